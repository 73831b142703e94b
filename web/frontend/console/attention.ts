/** The queue of what waits for a hand: by severity, then by age, then by seat.
 *
 * - When the same thing happens to many at once (a room loses its network, a group waits at the start) it is one entry, not thirty.
 */

import type { Attention, Row } from "../shared/protocol.ts";

export type Kind = Attention["kind"];
export type Level = Attention["level"];

/** One line of the queue: one sitting's matter, or the same matter of several sittings. */
export interface Matter {
  readonly key: string;
  readonly kind: Kind;
  readonly level: Level;
  /** Server time (ms) of the oldest. */
  readonly since: number;
  readonly parts: readonly { readonly row: Row; readonly attention: Attention }[];
}

const SEVERITY: Readonly<Record<Level, number>> = { danger: 0, warn: 1, info: 2 };
const IN_ONE: ReadonlySet<Kind> = new Set(["connection_lost", "waiting"]);
/** From so many on, the same matter is one entry. */
export const MANY = 4;

function first(a: Matter, b: Matter): number {
  const seat = (matter: Matter): string => matter.parts[0]?.row.seat ?? "";
  return SEVERITY[a.level] - SEVERITY[b.level] || a.since - b.since || seat(a).localeCompare(seat(b), "en", { numeric: true });
}

function single(row: Row, attention: Attention): Matter {
  const { kind, level, since, subject } = attention;
  return { key: `${row.sitting} ${subject}`, kind, level, since, parts: [{ row, attention }] };
}

function united(kind: Kind, matters: readonly Matter[]): Matter {
  const level = [...matters].sort((a, b) => SEVERITY[a.level] - SEVERITY[b.level])[0]?.level ?? "info";
  return { key: kind, kind, level, since: Math.min(...matters.map((one) => one.since)), parts: matters.flatMap((one) => one.parts) };
}

/** The queue for these rows. */
export function queue(rows: readonly Row[]): readonly Matter[] {
  const matters = rows.flatMap((row) => row.attention.map((attention) => single(row, attention)));
  const result: Matter[] = matters.filter((one) => !IN_ONE.has(one.kind));
  for (const kind of IN_ONE) {
    const same = matters.filter((one) => one.kind === kind).sort(first);
    if (same.length >= MANY) result.push(united(kind, same));
    else result.push(...same);
  }
  return result.sort(first);
}

/** How many sittings the queue speaks of. */
export const weight = (matters: readonly Matter[]): number => matters.reduce((sum, one) => sum + one.parts.length, 0);
