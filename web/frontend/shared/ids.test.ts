/** Opaque ids. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { newId } from "./ids.ts";

test("an id fits the protocol's opaque field and never comes twice", () => {
  const ids = Array.from({ length: 500 }, newId);
  assert.ok(ids.every((id) => /^[A-Za-z0-9_.:@-]{1,64}$/.test(id)));
  assert.equal(new Set(ids).size, 500);
});
