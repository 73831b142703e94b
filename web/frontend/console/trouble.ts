/** When a row needs a hand: the one rule the row's mark, the filters and the counters share. */

import type { Row } from "../shared/protocol.ts";

export type Level = "danger" | "warn";

/** The test is under way or about to be, so silence means something. */
export function underWay(row: Row): boolean {
  return ["awaiting", "authorised", "running", "suspended"].includes(row.lifecycle);
}

export const ended = (row: Row): boolean => ["submitted", "timed_out", "terminated", "cancelled"].includes(row.lifecycle);

/** The worst thing about a row, or null when it is fine. */
export function trouble(row: Row): Level | null {
  const active = underWay(row);
  if (row.attention.some((one) => one.level === "danger")) return "danger";
  if (active && (row.link === "offline" || row.holds.includes("disconnected"))) return "danger";
  if (row.attention.some((one) => one.level === "warn")) return "warn";
  if (active && (row.link === "unstable" || row.hand !== null)) return "warn";
  if (active && row.holds.some((hold) => hold === "review" || hold === "locked" || hold === "technical")) return "warn";
  return !ended(row) && (row.check_failed?.length ?? 0) > 0 ? "warn" : null;
}
