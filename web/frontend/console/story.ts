/** One sitting's timeline: what its entries mean for the axis, the incidents and the counts of the panel.
 *
 * - Entries come from the server in the order of the log; kinds are the events' names, written in snake_case here.
 * - The axis has items as bars, gaps in the connection in their place, signals and operator's actions as marks.
 */

import type { TimelineEntry } from "../shared/protocol.ts";

/** "ConnectionLost" and "connection_lost" alike become "connection_lost". */
export function kindOf(entry: TimelineEntry): string {
  return entry.kind.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase();
}

export function integer(entry: TimelineEntry, name: string): number | null {
  const value = entry.facts[name];
  return typeof value === "number" ? value : null;
}

export function code(entry: TimelineEntry, name: string): string | null {
  const value = entry.facts[name];
  return typeof value === "string" && value !== "" ? value : null;
}

export interface Bar {
  readonly from: number;
  readonly to: number;
}

export interface Axis {
  readonly from: number;
  readonly to: number;
  readonly items: readonly Bar[];
  readonly gaps: readonly Bar[];
  readonly signals: readonly number[];
  readonly actions: readonly number[];
}

const ENDS: ReadonlySet<string> = new Set(["sitting_submitted", "sitting_timed_out", "sitting_terminated"]);
const ACTIONS: ReadonlySet<string> = new Set(["hold_placed", "hold_lifted", "time_granted", "seat_code_issued", "sitting_reopened", "message_sent"]);

/** The axis from the start of the test to its end or `now`; null before the start. */
export function axis(entries: readonly TimelineEntry[], now: number): Axis | null {
  const start = entries.find((entry) => kindOf(entry) === "sitting_started");
  if (start === undefined) return null;
  const until = entries.find((entry) => ENDS.has(kindOf(entry)))?.at ?? now;
  const to = Math.max(until, start.at + 60_000);
  const items: Bar[] = [];
  const gaps: Bar[] = [];
  let item: number | null = null;
  let gap: number | null = null;
  for (const entry of entries) {
    const kind = kindOf(entry);
    if (kind === "item_presented") item = entry.at;
    if ((kind === "answer_recorded" || ENDS.has(kind)) && item !== null) {
      items.push({ from: item, to: entry.at });
      item = null;
    }
    if (kind === "connection_lost") gap ??= integer(entry, "effective_ms") ?? entry.at;
    if (kind === "connection_restored" && gap !== null) {
      gaps.push({ from: gap, to: entry.at });
      gap = null;
    }
  }
  // What still lasts is drawn as far as it is known, not to the end of a short axis.
  if (item !== null) items.push({ from: item, to: Math.max(item, until) });
  if (gap !== null) gaps.push({ from: gap, to: Math.max(gap, until) });
  const when = (wanted: (kind: string) => boolean): number[] =>
    entries.filter((entry) => entry.at >= start.at && entry.at <= to && wanted(kindOf(entry))).map((entry) => entry.at);
  return { from: start.at, to, items, gaps, signals: when((kind) => kind === "signal_noted"), actions: when((kind) => ACTIONS.has(kind)) };
}

/** At most five labelled instants on whole minutes, evenly apart. */
export function marks(from: number, to: number): number[] {
  const steps = [1, 2, 5, 10, 15, 30, 60, 120].map((minutes) => minutes * 60_000);
  const step = steps.find((one) => (to - from) / one <= 4) ?? 240 * 60_000;
  const list: number[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) list.push(at);
  return list;
}

export interface Incident {
  readonly id: string;
  readonly number: number;
  readonly category: string;
  readonly began: number;
  /** null while it lasts. */
  readonly ended: number | null;
  readonly action: string | null;
  readonly notes: readonly string[];
}

/** The incidents of a sitting, oldest first; what closes one is found by its id. */
export function incidents(entries: readonly TimelineEntry[]): readonly Incident[] {
  const found = new Map<string, Incident>();
  for (const entry of entries) {
    const kind = kindOf(entry);
    const id = code(entry, "incident") ?? String(entry.seq);
    const notes = entry.note === null ? [] : [entry.note];
    const ended = integer(entry, "ended_ms") || null;
    if (kind === "incident_drafted") {
      const began = integer(entry, "began_ms") ?? entry.at;
      found.set(id, { id, number: found.size + 1, category: code(entry, "category") ?? "other", began, ended, action: null, notes });
    }
    const open = found.get(id);
    if (kind === "incident_closed" && open !== undefined)
      found.set(id, { ...open, ended: ended ?? entry.at, action: code(entry, "action"), notes: [...open.notes, ...notes] });
  }
  return [...found.values()];
}

/** Without the showing of items that were answered, because the answer says it, and without decisions, which are not told here. */
export function shortened(entries: readonly TimelineEntry[]): TimelineEntry[] {
  const answered = new Set(entries.filter((entry) => kindOf(entry) === "answer_recorded").map((entry) => integer(entry, "position")));
  return entries.filter((entry) => {
    if (kindOf(entry) === "outcome_decided") return false;
    return kindOf(entry) !== "item_presented" || !answered.has(integer(entry, "position"));
  });
}

/** How many answers the server has. */
export function answers(entries: readonly TimelineEntry[]): number {
  return entries.filter((entry) => kindOf(entry) === "answer_recorded").length;
}
