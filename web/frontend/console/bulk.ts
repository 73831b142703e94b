/** What a common action will do before it is done: who can, who cannot and why.
 *
 * - The server says in `row.can` what is possible (null) and why not (a code); an action it does not name is not this person's.
 */

import type { ConsoleCommand, Row } from "../shared/protocol.ts";

export type Action = ConsoleCommand["action"];

/** What the reader of this console may do in the exam session. */
export interface Rights {
  readonly operates: boolean;
  readonly chief: boolean;
  readonly supervises: boolean;
}
export const EVERYTHING: Rights = { operates: true, chief: true, supervises: true };

/** Sittings that cannot, for one reason; `rows` in the order of their seats. */
export interface Obstacle {
  readonly code: string;
  readonly rows: readonly Row[];
}

export interface Preview {
  readonly action: Action;
  readonly able: readonly Row[];
  readonly unable: readonly Obstacle[];
}

/** The code of why not, or null when it can be done now; ending early is the chief operator's, reopening the supervisor's. */
export function obstacle(row: Row, action: Action, rights: Rights = EVERYTHING): string | null {
  const code = row.can[action];
  if (!(action === "reopen" ? rights.supervises : rights.operates)) return "not_permitted";
  if (action === "terminate" && !rights.chief && code !== "closed") return "chief_only";
  return code === undefined ? "not_permitted" : code;
}

/** Codes that say more than the server's: a failed browser check is named by what failed. */
function named(row: Row, code: string): string {
  const failed = row.check_failed?.[0];
  return code === "browser_check_missing" && failed !== undefined ? `check:${failed}` : code;
}

export function preview(action: Action, rows: readonly Row[], rights: Rights = EVERYTHING): Preview {
  const able: Row[] = [];
  const reasons = new Map<string, Row[]>();
  for (const row of rows) {
    const code = obstacle(row, action, rights);
    if (code === null) able.push(row);
    else reasons.set(named(row, code), [...(reasons.get(named(row, code)) ?? []), row]);
  }
  const unable = [...reasons].map(([code, group]) => ({ code, rows: group })).sort((a, b) => b.rows.length - a.rows.length);
  return { action, able, unable };
}

/** The actions of the bulk bar in the order of an exam day. */
export const BULK: readonly Action[] = ["check_in", "authorise", "resume", "pause", "message", "add_time", "new_seat_code", "report_incident", "terminate"];
const LEADING: readonly Action[] = ["authorise", "check_in", "resume", "pause"];

/** The one primary action: the first of the day's order that at least one of the picked can have done. */
export function leading(rows: readonly Row[], rights: Rights = EVERYTHING): Action {
  return LEADING.find((action) => rows.some((row) => obstacle(row, action, rights) === null)) ?? "authorise";
}

/** The others that make sense for at least one of the picked, in order. */
export function others(rows: readonly Row[], primary: Action, rights: Rights = EVERYTHING): readonly Action[] {
  return BULK.filter((action) => action !== primary && rows.some((row) => obstacle(row, action, rights) === null));
}
