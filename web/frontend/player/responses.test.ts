/** Drafts and response codes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ItemView } from "../shared/protocol.ts";
import { blank, byKey, fitting, letter, moved, number, response } from "./responses.ts";

const item = (interaction: ItemView["interaction"], rows = 4): ItemView => ({
  attempt: "a", number: 1, interaction, language: "pl", stem: "", exhibit: null, unit: null,
  choices: Array.from({ length: rows }, (_, k) => ({ id: String(k + 1), text: `row ${k + 1}` })), targets: [{ id: "a", text: "" }, { id: "b", text: "" }],
});

test("each interaction becomes its codes", () => {
  const empty = { chosen: [], pairs: {}, number: "" };
  assert.deepEqual(response(item("single"), { ...empty, chosen: ["2"] }), { ok: true, codes: ["2"] });
  assert.deepEqual(response(item("multiple"), { ...empty, chosen: ["4", "1"] }), { ok: true, codes: ["1", "4"] });
  assert.deepEqual(response(item("order", 3), { ...empty, chosen: ["3", "1", "2"] }), { ok: true, codes: ["3", "1", "2"] });
  assert.deepEqual(response(item("match", 2), { ...empty, pairs: { 2: "a", 1: "b" } }), { ok: true, codes: ["1:b", "2:a"] });
  assert.deepEqual(response(item("numeric", 0), { ...empty, number: "15 000,5" }), { ok: true, codes: ["15000.5"] });
});

test("an incomplete draft says what is missing", () => {
  const missing = (["single", "multiple", "match", "numeric"] as const).map((kind) => response(item(kind), blank(item(kind))));
  assert.deepEqual(missing.map((made) => (made.ok ? null : made.missing)), ["choice", "choices", "pairs", "number"]);
  assert.equal(response(item("match", 2), { chosen: [], pairs: { 1: "a" }, number: "" }).ok, false);
});

test("rows to order begin as they were shown", () => assert.deepEqual(blank(item("order", 3)).chosen, ["1", "2", "3"]));

test("numbers are read as people of five languages write them", () => {
  for (const [typed, value] of [["72", "72"], [" 12 500,50 ", "12500.50"], ["12\u00a0500", "12500"], ["0.5", "0.5"], ["−3", "-3"], ["+4", "4"]] as const) assert.equal(number(typed), value);
});

test("what is no number is not guessed", () => {
  for (const typed of ["", "piętnaście", "1,2,3", "1e5", ",5", "5,", "--1", "12 zł", "9".repeat(25)]) assert.equal(number(typed), null);
});

test("a row moves by one and nothing is lost or doubled", () => {
  const rows = ["1", "2", "3", "4"];
  assert.deepEqual(moved(rows, 1, 1), ["1", "3", "2", "4"]);
  for (let k = 0; k < 4; k += 1) for (const by of [-1, 1] as const) assert.deepEqual([...moved(rows, k, by)].sort(), rows);
});

test("at the ends there is nowhere to go", () => {
  const rows = ["1", "2"];
  assert.equal(moved(rows, 0, -1), rows);
  assert.equal(moved(rows, 1, 1), rows);
});

test("letters of both cases and digits choose, other keys do not", () => {
  assert.deepEqual(["a", "B", "1", "4", "e", "5", "0", "@", "[", "Tab", " "].map((key) => byKey(key, 4)), [0, 1, 0, 3, null, null, null, null, null, null, null]);
  assert.deepEqual([0, 5].map(letter), ["A", "F"]);
});

test("a stored draft that no longer fits the item is dropped", () => {
  const three = item("order", 3);
  assert.deepEqual(fitting(three, { chosen: ["3", "2", "1"], pairs: {}, number: "" }).chosen, ["3", "2", "1"]);
  assert.deepEqual(fitting(three, { chosen: ["9", "2", "1"], pairs: {}, number: "" }).chosen, ["1", "2", "3"]);
  assert.deepEqual(fitting(three, undefined).chosen, ["1", "2", "3"]);
});
