/** The server's clock seen from here, and the time that is left.
 *
 * Instants are read from the monotonic clock, so a computer whose wall clock is wrong or jumps shows the right time.
 * The offset is that of the sample with the smallest round trip among the last five (midpoint rule): it is off by half that trip at most.
 * A sample that contradicts the older ones beyond what their round trips allow throws them away: the computer slept.
 */

export interface Sample {
  readonly offset_ms: number;
  readonly rtt_ms: number;
}

const KEPT = 5;
/** The server's stamps are whole milliseconds taken while it works on the reply. */
const TOLERANCE_MS = 50;

/** One exchange: sent and answered at monotonic instants, stamped `server_ms` by the server in between. */
export function sample(sent_ms: number, answered_ms: number, server_ms: number): Sample {
  return { offset_ms: server_ms - (sent_ms + answered_ms) / 2, rtt_ms: Math.max(0, answered_ms - sent_ms) };
}

function agree(one: Sample, other: Sample): boolean {
  return Math.abs(one.offset_ms - other.offset_ms) <= (one.rtt_ms + other.rtt_ms) / 2 + TOLERANCE_MS;
}

/** The samples to keep after a new one. */
export function remember(samples: readonly Sample[], fresh: Sample): readonly Sample[] {
  return [...samples.filter((old) => agree(old, fresh)), fresh].slice(-KEPT);
}

/** Server instant minus monotonic instant, in ms; null before the first sample. */
export function offset(samples: readonly Sample[]): number | null {
  let best: Sample | null = null;
  for (const one of samples) if (best === null || one.rtt_ms <= best.rtt_ms) best = one;
  return best === null ? null : best.offset_ms;
}

/** What the server said last about the time that is left. */
export interface Countdown {
  readonly remaining_ms: number;
  readonly running: boolean;
  readonly server_ms: number;
}

/** The time left at a server instant; it never grows by itself and stands while the clock stands. */
export function remaining(countdown: Countdown, server_now: number): number {
  if (!countdown.running) return countdown.remaining_ms;
  return Math.max(0, countdown.remaining_ms - Math.max(0, server_now - countdown.server_ms));
}

/** The countdown stopped where it is, until the server says otherwise. */
export function stopped(countdown: Countdown, server_now: number): Countdown {
  return { ...countdown, remaining_ms: remaining(countdown, server_now), running: false };
}

/** The newer of two statements of the server: replies may overtake each other. */
export function newer(known: Countdown | null, fresh: Countdown): Countdown {
  return known !== null && known.server_ms > fresh.server_ms ? known : fresh;
}

/** What is announced once when the time left falls to it: a half of the time allowed, and these minutes. */
export type Mark = "half" | 10 | 5 | 1;

/** The last mark passed between two readings, or null. */
export function mark(before_ms: number, after_ms: number, allowed_ms: number): Mark | null {
  const marks: readonly (readonly [Mark, number])[] = [[1, 60_000], [5, 300_000], [10, 600_000], ["half", allowed_ms / 2]];
  for (const [name, at] of marks) if (before_ms > at && after_ms <= at) return name;
  return null;
}
