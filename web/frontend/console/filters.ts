/** The filters above the list, which are counters at the same time.
 *
 * - A filter by state hides what is fine and otherwise; a row in trouble stays in sight under every one of them.
 * - A filter by trouble shows that trouble alone; the queue above the list is never filtered.
 */

import type { Row } from "../shared/protocol.ts";
import { ended, trouble, underWay } from "./trouble.ts";

export const FILTERS = [
  "all", "attention", "running", "on_hold", "waiting", "offline", "hand", "signals", "ended", "absent",
] as const;
export type Filter = (typeof FILTERS)[number];

const RULES: Readonly<Record<Filter, (row: Row) => boolean>> = {
  all: () => true,
  attention: (row) => trouble(row) !== null,
  running: (row) => row.lifecycle === "running",
  on_hold: (row) => row.lifecycle === "suspended",
  waiting: (row) => row.lifecycle === "awaiting",
  offline: (row) => underWay(row) && (row.link === "offline" || row.holds.includes("disconnected")),
  hand: (row) => row.hand !== null,
  signals: (row) => row.flags.notice + row.flags.alert > 0,
  ended,
  absent: (row) => row.lifecycle === "registered",
};

const BY_STATE: ReadonlySet<Filter> = new Set(["running", "on_hold", "waiting", "ended", "absent"]);

export const matches = (row: Row, filter: Filter): boolean => RULES[filter](row);

export function counts(rows: readonly Row[]): Readonly<Record<Filter, number>> {
  const result = Object.fromEntries(FILTERS.map((filter) => [filter, 0])) as Record<Filter, number>;
  for (const row of rows) for (const filter of FILTERS) if (RULES[filter](row)) result[filter] += 1;
  return result;
}

const plain = (text: string): string => text.normalize("NFD").replace(/\p{M}/gu, "").replace(/ł/g, "l").replace(/Ł/g, "L").toLowerCase();

/** Whether the seat, the name or the reference contains what was typed, without regard to case and accents. */
export function found(row: Row, query: string): boolean {
  const words = plain(query).split(/\s+/).filter(Boolean);
  const where = plain(`${row.seat} ${row.name} ${row.reference}`);
  return words.every((word) => where.includes(word));
}

/** What the list shows: the rows that match, and how many more are there only because they are in trouble. */
export function shown(rows: readonly Row[], filter: Filter, query: string): { rows: readonly Row[]; added: number } {
  let added = 0;
  const kept = rows.filter((row) => {
    if (!found(row, query)) return false;
    if (matches(row, filter)) return true;
    if (!BY_STATE.has(filter) || trouble(row) === null) return false;
    added += 1;
    return true;
  });
  return { rows: kept, added };
}
