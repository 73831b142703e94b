/** Seat codes as typed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { grouped, plainCode } from "./seat_code.ts";

test("a code is grouped by three however it was pasted", () => {
  for (const typed of ["418205", "418 205", " 4182 05", "418-205", "418\u00a0205"]) assert.equal(grouped(typed), "418 205");
  assert.equal(grouped("418"), "418");
});

test("spaces and dashes are no part of it", () => assert.equal(plainCode("418 – 205"), "418205"));

test("what cannot be a code is not sent", () => {
  for (const typed of ["", "41", "kod: 418205!", "1".repeat(21)]) assert.equal(plainCode(typed), null);
});
