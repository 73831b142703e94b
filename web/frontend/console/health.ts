/** Whether what the console shows can be trusted: its own state, when to poll, and how many heartbeats arrive.
 *
 * - live: a tick within 3 s. polling: no tick, but the snapshot answers every 2 s. reconnecting: neither.
 * - Instants without "server" in their name are this page's monotonic clock (ms).
 */

export const SILENCE_MS = 3_000;
export const POLL_EVERY_MS = 2_000;
const POLL_TRUSTED_MS = 3 * POLL_EVERY_MS;

export type Health = "connecting" | "live" | "polling" | "reconnecting";

export interface Facts {
  readonly started: number;
  readonly tick: number | null;
  readonly polled: number | null;
  readonly failed: number | null;
  readonly pollStarted: number | null;
  readonly pollRunning: boolean;
}

export function begin(now: number): Facts {
  return { started: now, tick: null, polled: null, failed: null, pollStarted: null, pollRunning: false };
}

export const ticked = (facts: Facts, now: number): Facts => ({ ...facts, tick: now });
export const pollBegan = (facts: Facts, now: number): Facts => ({ ...facts, pollStarted: now, pollRunning: true });
export const pollAnswered = (facts: Facts, now: number): Facts => ({ ...facts, polled: now, pollRunning: false });
export const pollFailed = (facts: Facts, now: number): Facts => ({ ...facts, failed: now, pollRunning: false });

const silentFor = (facts: Facts, now: number): number => now - (facts.tick ?? facts.started);

export function judge(facts: Facts, now: number): Health {
  if (facts.tick !== null && now - facts.tick < SILENCE_MS) return "live";
  const failing = facts.failed !== null && facts.failed >= (facts.polled ?? -Infinity);
  if (facts.tick === null && !failing && now - facts.started < SILENCE_MS) return "connecting";
  if (!failing && facts.polled !== null && now - facts.polled < POLL_TRUSTED_MS) return "polling";
  return "reconnecting";
}

/** Whether a snapshot should be asked for now: at the start, and every 2 s while no tick comes. */
export function pollDue(facts: Facts, now: number): boolean {
  if (facts.pollRunning) return false;
  if (facts.pollStarted === null) return true;
  const missing = facts.polled === null;
  return now - facts.pollStarted >= POLL_EVERY_MS && (missing || silentFor(facts, now) >= SILENCE_MS);
}

/** Heartbeats of 5 s: how many came of how many were due. */
export interface Slot {
  readonly slot: number;
  readonly received: number;
  readonly expected: number;
}

const SLOT_MS = 5_000;
export const SLOTS = 60;

/** The slots of the last 5 minutes with one more report added; `at` is the server's time. */
export function counted(slots: readonly Slot[], at: number, received: number, expected: number): readonly Slot[] {
  const slot = Math.floor(at / SLOT_MS);
  const kept = slots.filter((one) => one.slot > slot - SLOTS);
  const same = kept.find((one) => one.slot === slot);
  const sum = { slot, received: received + (same?.received ?? 0), expected: expected + (same?.expected ?? 0) };
  return [...kept.filter((one) => one !== same), sum].sort((a, b) => a.slot - b.slot);
}

/** Share of the expected heartbeats that came (0 to 1), or null when none was expected. */
export function share(slots: readonly Slot[]): number | null {
  const expected = slots.reduce((sum, one) => sum + one.expected, 0);
  const received = slots.reduce((sum, one) => sum + one.received, 0);
  return expected === 0 ? null : Math.min(1, received / expected);
}

/** Lines of the sparkline ("x,y x,y" each); a slot without a report interrupts the line. Top is everything, bottom nothing. */
export function sparkline(slots: readonly Slot[], now: number, width: number, height: number): string[] {
  const newest = Math.floor(now / SLOT_MS);
  const lines: string[][] = [];
  let previous = NaN;
  for (const one of slots) {
    const place = one.slot - (newest - SLOTS + 1);
    if (one.expected === 0 || place < 0 || place >= SLOTS) continue;
    if (one.slot !== previous + 1) lines.push([]);
    const y = height * (1 - Math.min(1, one.received / one.expected));
    lines.at(-1)?.push(`${((place * width) / (SLOTS - 1)).toFixed(1)},${y.toFixed(1)}`);
    previous = one.slot;
  }
  return lines.map((line) => line.join(" "));
}
