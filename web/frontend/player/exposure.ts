/** How long an item was visible: not covered by our overlay, whatever the browser's tabs do meanwhile.
 *
 * `total_ms` counts every visible moment since the page opened; a heartbeat reports what came since the last acknowledged one.
 * A hidden tab is no cover: the item could be seen again at any moment, so that time counts.
 */

export interface Exposure {
  readonly attempt: string | null;
  /** Monotonic instant since which the item is visible; null while it is covered. */
  readonly since_ms: number | null;
  readonly of_attempt_ms: number;
  readonly total_ms: number;
  readonly acknowledged_ms: number;
}

export const NOTHING_SHOWN: Exposure = { attempt: null, since_ms: null, of_attempt_ms: 0, total_ms: 0, acknowledged_ms: 0 };

const running = (exposure: Exposure, mono: number): number => (exposure.since_ms === null ? 0 : Math.max(0, mono - exposure.since_ms));

/** From now on `attempt` is on the screen; null: no item is, or it is covered. */
export function show(exposure: Exposure, attempt: string | null, mono: number): Exposure {
  const open = exposure.since_ms === null ? null : exposure.attempt;
  if (attempt === open) return exposure;
  const passed = running(exposure, mono);
  const settled = { ...exposure, total_ms: exposure.total_ms + passed, of_attempt_ms: exposure.of_attempt_ms + passed };
  if (attempt === null) return { ...settled, since_ms: null };
  return { ...settled, attempt, since_ms: mono, of_attempt_ms: attempt === exposure.attempt ? settled.of_attempt_ms : 0 };
}

/** Visible milliseconds of the present attempt, over all its covers. */
export function visibleMs(exposure: Exposure, mono: number): number {
  return Math.round(exposure.of_attempt_ms + running(exposure, mono));
}

/** All visible milliseconds since the page opened. */
export function totalMs(exposure: Exposure, mono: number): number {
  return exposure.total_ms + running(exposure, mono);
}

/** Visible milliseconds since the last acknowledged heartbeat. */
export function uncoveredMs(exposure: Exposure, mono: number): number {
  return Math.round(Math.max(0, totalMs(exposure, mono) - exposure.acknowledged_ms));
}

/** A heartbeat sent when the total stood at `total_ms` has been acknowledged. */
export function acknowledged(exposure: Exposure, total_ms: number): Exposure {
  return { ...exposure, acknowledged_ms: Math.max(exposure.acknowledged_ms, total_ms) };
}

/** What a page that goes away leaves to the next one of the same tab. */
export interface Left {
  readonly attempt: string | null;
  readonly of_attempt_ms: number;
  readonly uncovered_ms: number;
}

export function leave(exposure: Exposure, mono: number): Left {
  return { attempt: exposure.attempt, of_attempt_ms: visibleMs(exposure, mono), uncovered_ms: uncoveredMs(exposure, mono) };
}

export function takeOver(left: Left): Exposure {
  return { attempt: left.attempt, since_ms: null, of_attempt_ms: left.of_attempt_ms, total_ms: left.uncovered_ms, acknowledged_ms: 0 };
}
