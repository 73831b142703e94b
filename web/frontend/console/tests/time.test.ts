import assert from "node:assert/strict";
import { test } from "node:test";
import { itemTime, observed, remaining, serverNow, silence, type Offsets } from "../countdown.ts";
import { SLOTS, begin, counted, judge, pollAnswered, pollBegan, pollDue, pollFailed, share, sparkline, ticked } from "../health.ts";
import { NOW, row } from "./rows.ts";

test("the clock ticks here only while the server said that it runs", () => {
  assert.equal(remaining({ row: row("1"), at: NOW }, NOW + 4_000), 596_000);
  assert.equal(remaining({ row: row("1", { clock_running: false }), at: NOW }, NOW + 4_000), 600_000);
});

test("the clock never shows less than nothing nor more than was said", () => {
  assert.equal(remaining({ row: row("1"), at: NOW }, NOW + 700_000), 0);
  assert.equal(remaining({ row: row("1"), at: NOW }, NOW - 5_000), 600_000);
});

test("the time on an item stands while the clock stands", () => {
  assert.equal(itemTime({ row: row("1"), at: NOW }, NOW + 1_000), 21_000);
  assert.equal(itemTime({ row: row("1", { clock_running: false }), at: NOW }, NOW + 9_000), 20_000);
  assert.equal(itemTime({ row: row("1", { item_since: null }), at: NOW }, NOW), null);
});

test("an old sign of an online station is no age of silence", () => {
  assert.equal(silence(row("1"), NOW, 5_000), 1_000);
  assert.equal(silence(row("1"), NOW + 60_000, 5_000), null);
  assert.equal(silence(row("1", { link: "offline" }), NOW + 60_000, 5_000), 61_000);
  assert.equal(silence(row("1", { link: "never", last_seen: null }), NOW, 5_000), null);
});

test("the fastest of the last messages sets the server's clock", () => {
  let offsets: Offsets = [];
  for (const delay of [90, 20, 400]) offsets = observed(offsets, NOW, 1_000 + delay);
  assert.equal(serverNow(offsets, 1_020), NOW);
  for (let n = 0; n < 20; n += 1) offsets = observed(offsets, NOW, 1_100);
  assert.equal(serverNow(offsets, 1_100), NOW, "an old sample is forgotten");
});

test("the console is live while ticks come and not a moment longer than 3 s", () => {
  const facts = ticked(begin(0), 1_000);
  assert.equal(judge(facts, 3_999), "live");
  assert.notEqual(judge(facts, 4_000), "live");
});

test("without ticks it polls every 2 s and says so", () => {
  let facts = ticked(pollAnswered(pollBegan(begin(0), 0), 50), 1_000);
  assert.equal(pollDue(facts, 3_900), false);
  assert.equal(pollDue(facts, 4_000), true);
  facts = pollBegan(facts, 4_000);
  assert.equal(pollDue(facts, 9_000), false, "one question at a time");
  facts = pollAnswered(facts, 4_100);
  assert.equal(judge(facts, 4_200), "polling");
  assert.equal(pollDue(facts, 5_999), false);
  assert.equal(pollDue(facts, 6_000), true);
});

test("when polling fails too it is reconnecting, until either works again", () => {
  const lost = pollFailed(pollBegan(ticked(begin(0), 1_000), 4_000), 4_500);
  assert.equal(judge(lost, 4_600), "reconnecting");
  assert.equal(judge(pollAnswered(pollBegan(lost, 6_500), 6_600), 6_700), "polling");
  assert.equal(judge(ticked(lost, 6_600), 6_700), "live");
});

test("a poll that hangs does not keep the badge calm", () => {
  const facts = pollBegan(pollAnswered(pollBegan(ticked(begin(0), 0), 3_000), 3_100), 5_100);
  assert.equal(judge(facts, 9_000), "polling");
  assert.equal(judge(facts, 9_200), "reconnecting");
});

test("the first seconds are neither calm nor alarm", () => {
  assert.equal(judge(begin(0), 500), "connecting");
  assert.equal(pollDue(begin(0), 0), true);
  assert.equal(judge(pollFailed(pollBegan(begin(0), 0), 100), 200), "reconnecting");
});

test("heartbeats are summed in slots of 5 s and forgotten after 5 minutes", () => {
  let slots = counted(counted([], 0, 9, 10), 4_000, 10, 10);
  assert.deepEqual(slots, [{ slot: 0, received: 19, expected: 20 }]);
  slots = counted(slots, SLOTS * 5_000, 5, 10);
  assert.deepEqual(slots.map((one) => one.slot), [SLOTS]);
  assert.equal(share(slots), 0.5);
  assert.equal(share([]), null);
});

test("the sparkline breaks where no report came", () => {
  const slots = [0, 5_000, 20_000].reduce((all, at) => counted(all, at, 10, 10), counted([], 0, 0, 10));
  const lines = sparkline(slots, 20_000, 59, 10);
  assert.deepEqual(lines, ["55.0,5.0 56.0,0.0", "59.0,0.0"]);
});
