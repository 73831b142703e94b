/** Seat codes as typed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { grouped, plainCode } from "./seat_code.ts";

test("a code is grouped by five however it was pasted", () => {
  for (const typed of ["4182055713", "418 205 571 3", " 41820 55713", "41820-55713", "41820\u00a055713"]) {
    assert.equal(grouped(typed), "41820 55713");
  }
  assert.equal(grouped("418"), "418");
});

test("spaces and dashes are no part of it", () => assert.equal(plainCode("418 – 205"), "418205"));

test("what cannot be a code is not sent", () => {
  for (const typed of ["", "41", "kod: 418205!", "1".repeat(21)]) assert.equal(plainCode(typed), null);
});
