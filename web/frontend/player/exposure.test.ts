/** How long an item was visible. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { NOTHING_SHOWN, acknowledged, leave, show, takeOver, totalMs, uncoveredMs, visibleMs } from "./exposure.ts";

test("only uncovered time counts, over all covers of one attempt", () => {
  let seen = show(NOTHING_SHOWN, "a", 1000);
  seen = show(seen, null, 4000);
  seen = show(seen, "a", 10_000);
  assert.equal(visibleMs(seen, 12_000), 5000);
  assert.equal(uncoveredMs(seen, 12_000), 5000);
});

test("a new attempt begins at zero, the uncovered time goes on", () => {
  const seen = show(show(NOTHING_SHOWN, "a", 0), "b", 7000);
  assert.equal(visibleMs(seen, 9000), 2000);
  assert.equal(uncoveredMs(seen, 9000), 9000);
});

test("an acknowledged heartbeat settles what it reported and nothing later", () => {
  let seen = show(NOTHING_SHOWN, "a", 0);
  const reported = totalMs(seen, 2000);
  seen = acknowledged(seen, reported);
  assert.equal(uncoveredMs(seen, 2600), 600);
  assert.equal(uncoveredMs(acknowledged(seen, 500), 2600), 600, "an older acknowledgement takes nothing back");
});

test("showing the same again changes nothing", () => {
  const seen = show(NOTHING_SHOWN, "a", 0);
  assert.equal(show(seen, "a", 500), seen);
  const covered = show(seen, null, 600);
  assert.equal(show(covered, null, 900), covered);
});

test("a reload hands over what was not reported and how long the item was seen", () => {
  const seen = acknowledged(show(NOTHING_SHOWN, "a", 0), 4000);
  const next = show(takeOver(leave(seen, 5000)), "a", 100);
  assert.equal(visibleMs(next, 300), 5200);
  assert.equal(uncoveredMs(next, 300), 1200);
});

test("visible time is never more than the time that passed", () => {
  let seen = NOTHING_SHOWN;
  for (let k = 0; k < 60; k += 1) seen = show(seen, [null, "a", "b"][(k * 7) % 3] ?? null, k * 100);
  assert.ok(totalMs(seen, 6000) <= 6000);
});
