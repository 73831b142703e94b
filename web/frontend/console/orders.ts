/** From a filled-in dialog to a command: what is still missing, and the wish as it goes over the wire.
 *
 * - A command id is made once and kept over every repetition, so that nothing is done twice.
 * - Once a command went out and no answer came, its content is fixed: it can be repeated, not changed.
 */

import type { CommandReply, ConsoleCommand, Document, Row } from "../shared/protocol.ts";
import type { Template } from "../shared/templates.ts";
import type { Outcome } from "../shared/transport.ts";
import type { Action, Rights } from "./bulk.ts";

export const REASONS = [
  "technical_fault", "health", "candidate_request", "disturbance", "accommodation", "identity", "rules_violation", "other",
] as const;
export type Reason = (typeof REASONS)[number];

export const DOCUMENTS: readonly Document["kind"][] = ["id_card", "passport", "residence_card", "driving_licence", "other"];

/** What was done about an incident. */
export const REMEDIES = ["time_given", "station_changed", "restarted", "candidate_informed", "reported", "nothing_needed", "other"] as const;
export type Remedy = (typeof REMEDIES)[number];

export const HOLDS = ["paused", "break", "technical", "locked"] as const;

/** Actions whose dialog asks for a reason. */
export const WITH_REASON: ReadonlySet<Action> = new Set([
  "pause", "resume", "add_time", "new_seat_code", "terminate", "report_incident", "close_incident", "reopen",
]);
/** Actions that are not done without a note. */
export const WITH_NOTE: ReadonlySet<Action> = new Set(["terminate", "report_incident", "reopen"]);
/** Actions without a dialog: the preview beside the button is the confirmation. */
export const AT_ONCE: ReadonlySet<Action> = new Set(["authorise", "answer_hand"]);

/** The codes an action's reason is chosen from. */
export const reasonsOf = (action: Action): readonly (Reason | Remedy)[] => (action === "close_incident" ? REMEDIES : REASONS);

/** What the operator saw of one candidate at a check-in of several. */
export interface Line {
  kind: Document["kind"];
  last: string;
  station: string;
}

/** What a wish says for each sitting beside what is filled in, by sitting. */
export type Particulars = ReadonlyMap<string, Partial<ConsoleCommand>>;

export interface Draft {
  readonly action: Action;
  reason: Reason | Remedy | null;
  hold: (typeof HOLDS)[number];
  note: string;
  template: Template | null;
  /** The operator's own words to the candidate. */
  text: string;
  minutes: number | null;
  documentKind: Document["kind"] | null;
  documentLast: string;
  station: string;
  /** Check-in of several: one line per sitting. */
  lines: Record<string, Line>;
  /** How much of a long silence counts as used: nothing, all of it, or so many minutes. */
  charge: "none" | "all" | "part";
  chargeMinutes: number | null;
}

export function draft(action: Action, rows: readonly Row[]): Draft {
  const only = rows.length === 1 ? rows[0] : undefined;
  return {
    action, reason: null, hold: "paused", note: "", template: null, text: "", minutes: null, documentKind: null, documentLast: "",
    station: only?.station ?? only?.seat ?? "",
    lines: Object.fromEntries(action === "check_in" && rows.length > 1 ? rows.map((row) => [row.sitting, { kind: "id_card", last: "", station: row.station ?? row.seat }]) : []),
    charge: "none", chargeMinutes: null,
  };
}

export type Field = "reason" | "note" | "minutes" | "documentKind" | "documentLast" | "station" | "chargeMinutes" | "lines" | "template" | "text";

export interface Limits extends Rights {
  readonly grantMinutes: number;
}

const whole = (value: number | null, least: number, most: number): boolean =>
  value !== null && Number.isInteger(value) && value >= least && value <= most;

/** The hold that waits for a decision about a long silence, where exactly one sitting is resumed. */
export function underReview(rows: readonly Row[]): Row | null {
  const only = rows.length === 1 ? rows[0] : undefined;
  return only !== undefined && only.holds.includes("review") ? only : null;
}

const LAST = /^[0-9A-Za-z]{2,4}$/;
/** What the protocol takes for the name of a station. */
const STATION = /^[\p{L}0-9][\p{L}0-9 _./-]{0,19}$/u;
const fits = (station: string): boolean => STATION.test(station.trim());

/** What is missing or wrong in one line of a check-in of several. */
export function lineFaults(filled: Draft, row: Row): readonly ("last" | "station")[] {
  const line = filled.lines[row.sitting];
  if (line === undefined) return [];
  return [...(LAST.test(line.last) ? [] : ["last" as const]), ...(fits(line.station) ? [] : ["station" as const])];
}

/** The fields that are missing or wrong, in the order of the dialog. */
export function missing(filled: Draft, rows: readonly Row[], limits: Limits): Field[] {
  const fields: Field[] = [];
  if (filled.action === "check_in" && rows.length > 1) {
    if (rows.some((row) => lineFaults(filled, row).length > 0)) fields.push("lines");
  } else if (filled.action === "check_in") {
    if (filled.documentKind === null) fields.push("documentKind");
    if (!LAST.test(filled.documentLast)) fields.push("documentLast");
    if (!fits(filled.station)) fields.push("station");
  }
  if (filled.action === "add_time" && !whole(filled.minutes, 1, limits.chief ? 600 : limits.grantMinutes)) fields.push("minutes");
  const reviewed = filled.action === "resume" ? underReview(rows) : null;
  if (reviewed !== null && filled.charge === "part" && !whole(filled.chargeMinutes, 1, Math.floor(reviewed.review_ms / 60_000)))
    fields.push("chargeMinutes");
  if (filled.action === "message" && filled.template === null) fields.push("template");
  if (filled.action === "message" && filled.template === "free" && filled.text.trim() === "") fields.push("text");
  if (WITH_REASON.has(filled.action)) {
    if (filled.reason === null) fields.push("reason");
    const noted = filled.note.trim() !== "";
    if (!noted && (WITH_NOTE.has(filled.action) || filled.reason === "other")) fields.push("note");
  }
  return fields;
}

function charged(filled: Draft, reviewed: Row): number {
  if (filled.charge === "none") return 0;
  return filled.charge === "all" ? reviewed.review_ms : (filled.chargeMinutes ?? 0) * 60_000;
}

/** The wish for these sittings under this id. */
export function command(filled: Draft, rows: readonly Row[], id: string): ConsoleCommand {
  const base = { command_id: id, action: filled.action, sittings: rows.map((row) => row.sitting) };
  const reason = WITH_REASON.has(filled.action) ? { reason: filled.reason } : {};
  const note = filled.note.trim() === "" ? {} : { note: filled.note.trim() };
  if (filled.action === "check_in" && filled.documentKind !== null)
    return { ...base, document: { kind: filled.documentKind, last: filled.documentLast }, station: filled.station.trim(), ...note };
  if (filled.action === "add_time") return { ...base, ...reason, ...note, minutes: filled.minutes };
  if (filled.action === "message") return { ...base, template: filled.template, ...(filled.template === "free" ? { text: filled.text.trim() } : {}) };
  // Every long silence needs a decision; of many at once none is charged.
  const silences = filled.action === "resume" ? rows.filter((row) => row.holds.includes("review")) : [];
  const reviewed = underReview(rows);
  const charge = silences.length === 0 ? {} : { charge_ms: reviewed === null ? 0 : charged(filled, reviewed) };
  const hold = filled.action === "pause" && filled.hold !== "paused" ? { hold: filled.hold } : {};
  return { ...base, ...reason, ...note, ...charge, ...hold };
}

/** The wishes as they go over the wire: one for all, or one per sitting where something differs from one to the next. */
export function commands(filled: Draft, rows: readonly Row[], particulars: Particulars, id: () => string): ConsoleCommand[] {
  const each = (row: Row, more: Partial<ConsoleCommand>): ConsoleCommand => ({ ...command(filled, [row], id()), ...more });
  if (filled.action === "check_in" && rows.length > 1)
    return rows.map((row) => {
      const line = filled.lines[row.sitting];
      return each(row, line === undefined ? {} : { document: { kind: line.kind, last: line.last }, station: line.station.trim() });
    });
  const own = rows.map((row) => particulars.get(row.sitting) ?? {});
  if (new Set(own.map((one) => JSON.stringify(one))).size > 1) return rows.map((row, n) => each(row, own[n] ?? {}));
  return [{ ...command(filled, rows, id()), ...own[0] }];
}

/** What came of a command: who had it done, who was refused and in which words, and the seat codes that were made. */
export interface Tally {
  readonly action: Action;
  readonly done: readonly Row[];
  readonly refused: readonly { readonly row: Row; readonly code: string; readonly message: string | null }[];
  readonly codes: readonly { readonly row: Row; readonly code: string }[];
}

export function tally(action: Action, rows: readonly Row[], reply: CommandReply): Tally {
  const known = new Map(rows.map((row) => [row.sitting, row]));
  const done: Row[] = [];
  const refused: { row: Row; code: string; message: string | null }[] = [];
  const codes: { row: Row; code: string }[] = [];
  for (const result of reply.results) {
    const row = known.get(result.sitting);
    if (row === undefined) continue;
    if (result.outcome === "refused") refused.push({ row, code: result.code ?? "unknown", message: result.message });
    else done.push(row);
    if (result.seat_code !== null) codes.push({ row, code: result.seat_code });
  }
  return { action, done, refused, codes };
}

const PAUSES_MS = [500, 1_500];

/** Send, and send the same again while the server is busy or cannot be reached; gives the last answer. */
export async function persistently<T>(send: () => Promise<Outcome<T>>, wait: (ms: number) => Promise<void>): Promise<Outcome<T>> {
  for (const pause of PAUSES_MS) {
    const answer = await send();
    if (answer.kind === "ok" || answer.kind === "refused") return answer;
    await wait(answer.kind === "busy" ? Math.max(pause, answer.retry_after_ms) : pause);
  }
  return send();
}
