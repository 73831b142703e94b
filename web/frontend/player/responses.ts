/** A candidate's draft of an answer and the response codes it becomes.
 *
 * Codes: single ["2"]; multiple ["1","4"]; order all ids in order; match ["1:c","2:a"]; numeric ["15000.5"].
 */

import type { ItemView } from "../shared/protocol.ts";

/** `chosen`: option ids, or the rows in the chosen order; `pairs`: target by row; `number`: as typed. */
export interface Draft {
  readonly chosen: readonly string[];
  readonly pairs: Readonly<Record<string, string>>;
  readonly number: string;
}

const EMPTY: Draft = { chosen: [], pairs: {}, number: "" };

/** Where an item begins: nothing chosen; rows to order stand as they were shown. */
export function blank(item: ItemView): Draft {
  return item.interaction === "order" ? { ...EMPTY, chosen: item.choices.map((choice) => choice.id) } : EMPTY;
}

/** A stored draft if it still fits the item, else a blank one. */
export function fitting(item: ItemView, draft: Draft | undefined): Draft {
  if (draft === undefined) return blank(item);
  const ids = new Set(item.choices.map((choice) => choice.id));
  const fits = draft.chosen.every((id) => ids.has(id)) && (item.interaction !== "order" || draft.chosen.length === ids.size);
  return fits ? draft : blank(item);
}

/** What keeps a draft from being confirmed, or the response. */
export type Response =
  | { readonly ok: true; readonly codes: readonly string[] }
  | { readonly ok: false; readonly missing: "choice" | "choices" | "pairs" | "number" };

export function response(item: ItemView, draft: Draft): Response {
  switch (item.interaction) {
    case "single":
      return draft.chosen.length === 1 ? { ok: true, codes: draft.chosen } : { ok: false, missing: "choice" };
    case "multiple": {
      const codes = item.choices.map((choice) => choice.id).filter((id) => draft.chosen.includes(id));
      return codes.length > 0 ? { ok: true, codes } : { ok: false, missing: "choices" };
    }
    case "order":
      return { ok: true, codes: draft.chosen };
    case "match": {
      const codes = item.choices.flatMap((row) => (draft.pairs[row.id] ? [`${row.id}:${draft.pairs[row.id]}`] : []));
      return codes.length === item.choices.length ? { ok: true, codes } : { ok: false, missing: "pairs" };
    }
    case "numeric": {
      const value = number(draft.number);
      return value === null ? { ok: false, missing: "number" } : { ok: true, codes: [value] };
    }
  }
}

const LONGEST_CODE = 24;

/** "12 500,50" -> "12500.50": spaces between digits and either decimal sign; null when it is no number. */
export function number(typed: string): string | null {
  const plain = typed.trim().replace(/[\s\u00a0\u202f]/g, "").replace(/^\u2212/, "-").replace(/^\+/, "").replace(",", ".");
  return /^-?\d+(\.\d+)?$/.test(plain) && plain.length <= LONGEST_CODE ? plain : null;
}

/** The rows with the one at `from` moved by `by`; the same rows when there is no room. */
export function moved(rows: readonly string[], from: number, by: -1 | 1): readonly string[] {
  const to = from + by;
  const row = rows[from];
  const other = rows[to];
  if (row === undefined || other === undefined) return rows;
  return rows.with(to, row).with(from, other);
}

/** The letter shown before an option: A, B, C ... */
export function letter(index: number): string {
  return String.fromCharCode(65 + index);
}

/** Which option a key chooses: letters from A and digits from 1, in the order shown; null for any other key. */
export function byKey(key: string, options: number): number | null {
  if (key.length !== 1) return null;
  const code = key.toUpperCase().charCodeAt(0);
  const index = code >= 49 && code <= 57 ? code - 49 : code - 65;
  return index >= 0 && index < options && (code <= 57 || code >= 65) ? index : null;
}
