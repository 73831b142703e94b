/** How long to wait before the next attempt to reconnect. */

const STEPS_MS = [500, 1000, 2000, 4000, 5000] as const;

/** Milliseconds before attempt `attempt` (from 1): 0.5, 1, 2, 4, 5, 5 s, spread by +-50 % so that a room does not return at once.
 * `random` is a number in [0, 1). */
export function backoff(attempt: number, random: number): number {
  const step = STEPS_MS[Math.min(Math.max(attempt, 1), STEPS_MS.length) - 1]!;
  return Math.round(step * (0.5 + random));
}
