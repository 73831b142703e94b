/** The queue of what waits for a hand: by severity, then by age, then by seat.
 *
 * - When the same thing happens to many at once (a room loses its network, a group waits at the start) it is one entry, not thirty.
 * - What the server calls an outage is one entry however many it strikes; when it is over, it waits until somebody says what was done.
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
/** Matters of the room: their subject names the room's incident, the same for every sitting. */
const OF_THE_ROOM: ReadonlySet<Kind> = new Set(["outage", "after_outage"]);
/** The incident of the room a subject names. */
export const incidentOf = (subject: string): string => subject.slice(subject.indexOf(":") + 1);

const seatOf = (matter: Matter): string => matter.parts[0]?.row.seat ?? "";
const bySeat = (a: Matter, b: Matter): number => seatOf(a).localeCompare(seatOf(b), "en", { numeric: true });

function first(a: Matter, b: Matter): number {
  return SEVERITY[a.level] - SEVERITY[b.level] || a.since - b.since || bySeat(a, b);
}

function single(row: Row, attention: Attention): Matter {
  const { kind, level, since, subject } = attention;
  return { key: `${row.sitting} ${subject}`, kind, level, since, parts: [{ row, attention }] };
}

function united(key: string, kind: Kind, matters: readonly Matter[]): Matter {
  const level = [...matters].sort((a, b) => SEVERITY[a.level] - SEVERITY[b.level])[0]?.level ?? "info";
  return { key, kind, level, since: Math.min(...matters.map((one) => one.since)), parts: [...matters].sort(bySeat).flatMap((one) => one.parts) };
}

const subjectOf = (matter: Matter): string => matter.parts[0]?.attention.subject ?? "";

/** One entry per outage; that it is over is no matter while it lasts for somebody. */
function ofTheRoom(matters: readonly Matter[]): Matter[] {
  const groups = new Map<string, Matter[]>();
  for (const one of matters.filter((matter) => OF_THE_ROOM.has(matter.kind)).sort(first)) groups.set(subjectOf(one), [...(groups.get(subjectOf(one)) ?? []), one]);
  const lasting = new Set([...groups.values()].flat().filter((one) => one.kind === "outage").map((one) => incidentOf(subjectOf(one))));
  return [...groups]
    .filter(([subject, [one]]) => one?.kind === "outage" || !lasting.has(incidentOf(subject)))
    .map(([subject, same]) => united(subject, same[0]!.kind, same));
}

/** The queue for these rows. */
export function queue(rows: readonly Row[]): readonly Matter[] {
  const matters = rows.flatMap((row) => row.attention.map((attention) => single(row, attention)));
  const result: Matter[] = [...matters.filter((one) => !IN_ONE.has(one.kind) && !OF_THE_ROOM.has(one.kind)), ...ofTheRoom(matters)];
  for (const kind of IN_ONE) {
    const same = matters.filter((one) => one.kind === kind).sort(first);
    if (same.length >= MANY) result.push(united(kind, kind, same));
    else result.push(...same);
  }
  return result.sort(first);
}

/** How many sittings the queue speaks of. */
export const weight = (matters: readonly Matter[]): number => matters.reduce((sum, one) => sum + one.parts.length, 0);
