/** Facts about the window an exam runs in: hidden, left, copied from, printed. They are facts, not accusations.
 *
 * Signals of one kind that begin within a second of the last one's end are one; at most one a second is sent.
 */

import type { SignalRequest } from "../shared/protocol.ts";

export type Kind = SignalRequest["kind"];

export interface Signal {
  readonly kind: Kind;
  readonly from_ms: number;
  readonly to_ms: number;
}

const MERGE_MS = 1000;
const APART_MS = 1000;

/** The queue with one more signal. */
export function noticed(queue: readonly Signal[], signal: Signal): readonly Signal[] {
  const at = queue.findIndex((other) => other.kind === signal.kind && signal.from_ms - other.to_ms <= MERGE_MS);
  const same = queue[at];
  if (same === undefined) return [...queue, signal];
  return queue.with(at, { kind: same.kind, from_ms: Math.min(same.from_ms, signal.from_ms), to_ms: Math.max(same.to_ms, signal.to_ms) });
}

/** The signal to send now: the oldest that can no longer grow, if the last was sent a second ago or more. */
export function ripe(queue: readonly Signal[], last_sent_ms: number, mono: number): Signal | null {
  if (mono - last_sent_ms < APART_MS) return null;
  return queue.find((signal) => mono - signal.to_ms > MERGE_MS) ?? null;
}
