import assert from "node:assert/strict";
import { test } from "node:test";
import { EMPTY, behind, inOrder, seen, takeFeed, takeSnapshot, takeTick } from "../board.ts";
import { NOW, row, snapshot, tick } from "./rows.ts";

const start = takeSnapshot(EMPTY, snapshot([row("2"), row("10"), row("1")], 15));

test("rows stand in the order of their seats, numbers as numbers", () => {
  assert.deepEqual(inOrder(start).map((entry) => entry.row.seat), ["1", "2", "10"]);
});

test("a row keeps its place whatever happens to it", () => {
  const next = takeTick(start, tick([row("2", { version: 6, lifecycle: "suspended", holds: ["disconnected"] })], 16));
  assert.equal(next.order, start.order);
});

test("an older version never overwrites a newer one", () => {
  const newer = takeTick(start, tick([row("2", { version: 7, item_number: 9 })], 17, NOW + 100));
  const next = takeTick(newer, tick([row("2", { version: 6, item_number: 8 })], 17, NOW + 900));
  assert.equal(next.entries.get("s2")?.row.item_number, 9);
});

test("of two rows with the same version the later message wins", () => {
  const later = takeTick(start, tick([row("2", { link: "unstable" })], 15, NOW + 500));
  const overtaken = takeTick(later, tick([row("2", { link: "online" })], 15, NOW + 300));
  assert.equal(overtaken.entries.get("s2")?.row.link, "unstable");
});

test("a snapshot that comes late adds nothing older and removes nobody", () => {
  const ahead = takeTick(start, tick([row("3", { version: 1 })], 16, NOW + 5_000));
  const next = takeSnapshot(ahead, snapshot([row("2", { version: 4 })], 14, NOW + 1_000));
  assert.deepEqual(next.order, ["s1", "s2", "s3", "s10"]);
  assert.equal(next.entries.get("s2")?.row.version, 5);
  assert.equal(next.feed, 16);
});

test("a fresh snapshot removes who is no longer there", () => {
  assert.deepEqual(takeSnapshot(start, snapshot([row("1")], 15, NOW + 1)).order, ["s1"]);
});

test("a tick that brings every event up to its head leaves nothing to ask for", () => {
  const next = takeTick(start, tick([row("1", { version: 7 }), row("2", { version: 6 })], 18));
  assert.equal(behind(next, 18), false);
  assert.equal(next.feed, 18);
});

test("a tick ahead of what was seen is noticed and healed by the feed", () => {
  const gap = takeTick(start, tick([row("1", { version: 6 })], 18));
  assert.equal(seen(gap), 16);
  assert.equal(behind(gap, 18), true);
  assert.equal(gap.feed, 15, "the feed is asked from the last number that is certain");
  const entry = { feed: 18, sitting: "s2", seq: 7, at: NOW, kind: "AnswerRecorded", actor: "candidate" };
  const healed = takeFeed(gap, { head: 18, server_ms: NOW + 400, entries: [entry], rows: [row("2", { version: 7 })] });
  assert.equal(behind(healed, 18), false);
});

test("a part of the feed leaves the rest to be asked for", () => {
  const entry = { feed: 17, sitting: "s2", seq: 7, at: NOW, kind: "AnswerRecorded", actor: "candidate" };
  const part = takeFeed(start, { head: 19, server_ms: NOW, entries: [entry], rows: [row("2", { version: 7 })] });
  assert.equal(behind(part, 19), true);
  assert.equal(part.feed, 17);
});

test("a gap that closes by a later tick needs no question", () => {
  const gap = takeTick(start, tick([], 16, NOW + 100));
  assert.equal(behind(gap, 16), true);
  assert.equal(behind(takeTick(gap, tick([row("10", { version: 6 })], 16, NOW + 350)), 16), false);
});

test("nothing is asked for before there is a snapshot", () => {
  assert.equal(behind(takeTick(EMPTY, tick([], 40)), 40), false);
});
