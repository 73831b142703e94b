/** A timeline in words: what each kind of entry says to the operator, and who brought it about. */

import { clockFace, inWords, timeOfDay } from "../shared/format.ts";
import type { IconName } from "../shared/icons.ts";
import { t } from "../shared/messages.ts";
import type { TimelineEntry } from "../shared/protocol.ts";
import { messageWords } from "../shared/templates.ts";
import { code, integer, kindOf } from "./story.ts";
import { because, documentWord, handWord, holdWord, reasonWord, word, type Status } from "./words.ts";

type Telling = readonly [IconName, Status, () => string, (entry: TimelineEntry) => string];
const nothing = (): string => "";
const reasonOf = (entry: TimelineEntry): string => {
  const name = code(entry, "reason");
  return name === null ? "" : reasonWord(name);
};
const faceOf = (entry: TimelineEntry, name: string): string => clockFace(integer(entry, name) ?? 0);
const itemOf = (entry: TimelineEntry): string => t("Item {n}", { n: integer(entry, "position") ?? "–" });

const SIGNALS: Readonly<Record<string, () => string>> = {
  hidden: () => t("Page hidden"),
  blur: () => t("Window lost the focus"),
  fullscreen_exit: () => t("Left full screen"),
  copy: () => t("Copying tried"),
  paste: () => t("Pasting tried"),
  print: () => t("Printing tried"),
  second_tab: () => t("Second tab opened"),
  network_change: () => t("Heard from another network address"),
};

const INCIDENTS: Readonly<Record<string, () => string>> = {
  connection: () => t("loss of connection"),
  connection_lost: () => t("loss of connection"),
  outage: () => t("loss of connection of the whole room"),
  termination: () => t("ended early"),
  technical: () => t("technical matter"),
  terminated: () => t("ended early"),
};
export const incidentWord = (category: string): string => INCIDENTS[category]?.() ?? reasonWord(category);

const REMEDIES: Readonly<Record<string, () => string>> = {
  restored: () => t("the connection came back"),
  connection_restored: () => t("the connection came back"),
};
export const remedyWord = (action: string): string => REMEDIES[action]?.() ?? reasonWord(action);

const ENDINGS: Readonly<Record<string, () => string>> = {
  stop_rule: () => t("every area is decided"),
  maximum_length: () => t("the maximum number of items was reached"),
  pool_exhausted: () => t("no more items"),
  candidate: () => t("ended by the candidate"),
  time: () => t("time used up"),
  terminated: () => t("ended early by the operator"),
};
export const endingWord = (reason: string): string => word(ENDINGS, reason);

const TELLINGS: Readonly<Record<string, Telling>> = {
  sitting_registered: ["doc", "idle", () => t("Booked on a seat"), (e) => code(e, "seat") ?? ""],
  checked_in: ["user", "idle", () => t("Check-in"), (e) => t("document seen: {kind}", { kind: documentWord(code(e, "document_kind") ?? "other") })],
  seat_code_issued: ["doc", "idle", () => t("New seat code"), reasonOf],
  lease_granted: ["link", "idle", () => t("Page opened"), (e) => t("opening no. {n}", { n: integer(e, "epoch") ?? 1 })],
  browser_checked: ["check", "idle", () => t("Browser check"), (e) => checked(e)],
  identity_confirmed: ["user", "idle", () => t("Identity confirmed by the candidate"), nothing],
  authorised: ["shield", "idle", () => t("Authorisation"), nothing],
  authorisation_expired: ["shield", "warn", () => t("Authorisation lapsed"), () => t("the test was not begun in time")],
  sitting_started: ["play", "ok", () => t("Start of the test"), nothing],
  item_presented: ["pencil", "idle", itemOfTitle, () => t("item shown")],
  answer_recorded: ["cloud", "ok", itemOfTitle, (e) => (integer(e, "omitted") === 1 ? t("left unanswered") : t("answer saved on the server"))],
  answer_quarantined: ["disk", "warn", () => t("Answer kept aside"), (e) => quarantineWord(code(e, "reason") ?? "")],
  connection_lost: ["unlink", "danger", () => t("Loss of connection"), (e) => t("the clock stands since {time}", { time: timeOfDay(integer(e, "effective_ms") ?? e.at) })],
  connection_restored: ["link", "ok", () => t("Connection restored"), (e) => t("gap {gap}, of it counted {charged}", { gap: faceOf(e, "gap_ms"), charged: faceOf(e, "charged_ms") })],
  hold_placed: ["pause", "warn", () => t("Put on hold"), (e) => holdAndReason(e)],
  hold_lifted: ["play", "idle", () => t("Hold released"), (e) => holdAndReason(e)],
  resumed: ["play", "ok", () => t("The clock runs again"), nothing],
  time_granted: ["info", "info", () => t("Time added"), (e) => [`+${inWords(integer(e, "granted_ms") ?? 0)}`, reasonOf(e)].filter(Boolean).join(", ")],
  time_charged: ["info", "info", () => t("Silence counted as used time"), (e) => faceOf(e, "charged_ms")],
  hand_raised: ["hand", "warn", () => t("Raised hand"), (e) => handWord(code(e, "category") ?? "other")],
  hand_lowered: ["hand", "idle", () => t("Hand lowered"), nothing],
  message_sent: ["msg", "info", () => t("Message to the candidate"), (e) => [numbered(e), templated(e)].filter(Boolean).join(": ")],
  message_shown: ["msg", "idle", () => t("Message on the screen"), (e) => numbered(e)],
  message_read: ["check", "ok", () => t("Message read"), (e) => numbered(e)],
  signal_noted: ["alert", "warn", () => t("Signal"), (e) => signalText(e)],
  incident_drafted: ["doc", "warn", () => t("Draft of an incident"), (e) => incidentWord(code(e, "category") ?? "other")],
  incident_closed: ["doc", "idle", () => t("Incident closed"), (e) => remedyWord(code(e, "action") ?? "")],
  attention_acknowledged: ["check", "idle", () => t("Matter accepted"), nothing],
  sitting_submitted: ["check", "ok", () => t("End of the test"), (e) => endingWord(code(e, "reason") ?? "")],
  sitting_timed_out: ["check", "idle", () => t("End of the test"), () => t("time used up")],
  sitting_terminated: ["stop", "danger", () => t("Ended early"), reasonOf],
  sitting_reopened: ["play", "warn", () => t("Test reopened"), reasonOf],
  sitting_cancelled: ["x", "idle", () => t("Cancelled"), nothing],
};

/** "no. 2": which message of the sitting is meant. */
const numbered = (entry: TimelineEntry): string => t("no. {n}", { n: (code(entry, "message") ?? "").replace(/^message-/, "") });

/** The words of a template; the operator's own stand under the entry. */
function templated(entry: TimelineEntry): string {
  const template = code(entry, "template") ?? "free";
  return template === "free" ? "" : messageWords(template, null).replace(/\.$/, "");
}

function itemOfTitle(): string {
  return t("Item");
}

function checked(entry: TimelineEntry): string {
  const failed = (code(entry, "failed") ?? "").split(/[,\s]+/).filter(Boolean);
  const browser = code(entry, "browser") ?? "";
  const result = failed.length === 0 ? t("all checks passed") : failed.map((name) => because(`check:${name}`)).join(", ");
  return [browser, result].filter(Boolean).join(": ");
}

const QUARANTINES: Readonly<Record<string, () => string>> = {
  old_lease: () => t("from a page that was replaced"),
  unknown_attempt: () => t("to an item that is not open"),
  already_answered: () => t("the item had an answer already"),
  time_is_up: () => t("after the end of the time"),
  closed: () => t("after the end of the test"),
};
const quarantineWord = (reason: string): string => word(QUARANTINES, reason);

function holdAndReason(entry: TimelineEntry): string {
  return [holdWord(code(entry, "hold") ?? ""), reasonOf(entry)].filter(Boolean).join(", ");
}

function signalText(entry: TimelineEntry): string {
  const kind = word(SIGNALS, code(entry, "kind") ?? code(entry, "signal") ?? "");
  const lasted = integer(entry, "duration_ms") ?? 0;
  return lasted > 0 ? `${kind}, ${inWords(lasted)}` : kind;
}

export interface Told {
  readonly icon: IconName;
  readonly status: Status;
  readonly title: string;
  readonly detail: string;
}

/** An entry of the timeline in words; a kind without words shows its name. */
export function told(entry: TimelineEntry): Told {
  const telling = TELLINGS[kindOf(entry)];
  if (telling === undefined) return { icon: "dot", status: "idle", title: kindOf(entry).replaceAll("_", " "), detail: "" };
  const [icon, status, title, detail] = telling;
  return { icon, status, title: title === itemOfTitle ? itemOf(entry) : title(), detail: detail(entry) };
}

/** Who brought an entry about; an account that is no more is named by its id. */
export function actorWord({ actor, name }: Pick<TimelineEntry, "actor" | "name">): string {
  if (actor === "candidate") return t("candidate");
  return actor === "server" ? t("system") : (name ?? actor.replace(/^staff:/, ""));
}
