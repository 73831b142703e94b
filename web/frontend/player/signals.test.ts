/** Integrity signals: merged, and at most one a second. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { noticed, ripe, type Signal } from "./signals.ts";

const blur = (from_ms: number, to_ms: number): Signal => ({ kind: "blur", from_ms, to_ms });

test("signals of one kind within a second are one", () => {
  assert.deepEqual(noticed(noticed([], blur(0, 300)), blur(900, 1500)), [blur(0, 1500)]);
});

test("later ones and other kinds stand alone", () => {
  assert.equal(noticed(noticed([], blur(0, 300)), blur(1400, 1500)).length, 2);
  assert.equal(noticed(noticed([], blur(0, 300)), { kind: "copy", from_ms: 300, to_ms: 300 }).length, 2);
});

test("a signal waits until it can no longer grow", () => {
  const queue = [blur(0, 300)];
  assert.equal(ripe(queue, -5000, 1300), null);
  assert.equal(ripe(queue, -5000, 1301), queue[0]);
});

test("at most one a second leaves", () => {
  const queue = [blur(0, 300), blur(2000, 2100)];
  assert.equal(ripe(queue, 5000, 5999), null);
  assert.equal(ripe(queue, 5000, 6000), queue[0]);
});
