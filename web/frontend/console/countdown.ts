/** Times between two messages: the server's clock as this computer can know it, and what follows from it for one row.
 *
 * - The clock of a sitting ticks here only while the server said that it runs.
 * - Of the last samples the one that travelled fastest (largest server time minus own time) is the truest.
 */

import type { Row } from "../shared/protocol.ts";
import type { Entry } from "./board.ts";

const SAMPLES = 20;

/** Differences (ms) between the server's clock and this page's monotonic clock, newest last. */
export type Offsets = readonly number[];

export function observed(offsets: Offsets, serverMs: number, monotonic: number): Offsets {
  return [...offsets.slice(1 - SAMPLES), serverMs - monotonic];
}

/** The server's time now (ms since the epoch); 0 while nothing was heard. */
export function serverNow(offsets: Offsets, monotonic: number): number {
  return offsets.length === 0 ? 0 : Math.max(...offsets) + monotonic;
}

/** What is left on the clock of a sitting at the server's time `now`; never below zero, never more than was said. */
export function remaining(entry: Entry, now: number): number {
  const gone = entry.row.clock_running ? Math.max(0, now - entry.at) : 0;
  return Math.max(0, entry.row.remaining_ms - gone);
}

/** How long the present item has been on the screen, or null when there is none. */
export function itemTime(entry: Entry, now: number): number | null {
  const { item_since: since, clock_running: running } = entry.row;
  if (since === null) return null;
  return Math.max(0, (running ? now : entry.at) - since);
}

/** Milliseconds since the last sign of the candidate; null when there was none, or when an old "online" says nothing about now. */
export function silence(row: Row, now: number, unstableAfter: number): number | null {
  if (row.last_seen === null || row.link === "never") return null;
  const age = Math.max(0, now - row.last_seen);
  return row.link === "online" && age > unstableAfter ? null : age;
}

/** Whether there is a clock to show: the test has begun or is about to. */
export function hasClock(row: Row): boolean {
  return !["registered", "checked_in", "awaiting", "cancelled"].includes(row.lifecycle);
}
