/** What an operator can say without writing: the words of each template, for who sends it and who reads it. */

import { t } from "./messages.ts";
import type { MessageView } from "./protocol.ts";

export type Template = MessageView["template"];

const WORDS: Readonly<Record<Exclude<Template, "free">, () => string>> = {
  operator_comes: () => t("Please wait at your station. The operator is coming to you."),
  connection_checked: () => t("Your connection is being looked at. While the item is covered, your time stands still."),
  pause_soon: () => t("The test will be paused in a moment. Your time will stand still and nothing will be lost."),
  break_soon: () => t("Five minutes until the break."),
  keep_silence: () => t("Please keep silence in the room."),
  stay_at_station: () => t("When you have finished, please stay at your station until the operator comes."),
};

export const TEMPLATES = Object.keys(WORDS) as readonly Exclude<Template, "free">[];
/** Characters of a message in the operator's own words. */
export const LONGEST = 500;

/** The words of a template, or the operator's own; these may have been erased. */
export function messageWords(template: string, text: string | null): string {
  if (template === "free") return text ?? t("The text of this message is no longer kept.");
  return template in WORDS ? WORDS[template as keyof typeof WORDS]() : template;
}
