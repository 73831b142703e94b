/** What the server is still to be told about the operator's messages: that one stands on the screen, that one was read.
 *
 * - A receipt is owed until a view says that it arrived, or the server says that it no longer matters.
 * - "Shown" is owed for the message on the screen only, and only while somebody could see it.
 */

import type { MessageRequest } from "../shared/protocol.ts";
import { message, type Model } from "./model.ts";

export type Receipt = Pick<MessageRequest, "message" | "receipt">;

export const nameOf = (receipt: Receipt): string => `${receipt.receipt}:${receipt.message}`;

/** The next receipt to send, those of reading first; `settled` are the names of those that need no repeating. */
export function owed(model: Model, visible: boolean, settled: ReadonlySet<string>): Receipt | null {
  if (model.stage !== "sitting") return null;
  const there = new Set((model.view?.messages ?? []).map((one) => one.message));
  const shown = visible ? message(model) : null;
  const receipts: Receipt[] = model.read.filter((one) => there.has(one)).map((one) => ({ message: one, receipt: "read" }));
  if (shown !== null && !shown.shown) receipts.push({ message: shown.message, receipt: "shown" });
  return receipts.find((one) => !settled.has(nameOf(one))) ?? null;
}
