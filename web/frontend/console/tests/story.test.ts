import assert from "node:assert/strict";
import { test } from "node:test";
import type { TimelineEntry } from "../../shared/protocol.ts";
import { answers, axis, incidents, kindOf, marks, shortened } from "../story.ts";
import { NOW } from "./rows.ts";

let seq = 0;
const entry = (at: number, kind: string, facts: TimelineEntry["facts"] = {}, note: string | null = null): TimelineEntry =>
  ({ seq: (seq += 1), at: NOW + at, kind, actor: "server", name: null, facts, note });

const test1 = [
  entry(-5_000, "CheckedIn"),
  entry(0, "SittingStarted"),
  entry(0, "ItemPresented", { position: 1 }),
  entry(40_000, "AnswerRecorded", { position: 1 }),
  entry(40_000, "ItemPresented", { position: 2 }),
  entry(50_000, "SignalNoted", { kind: "blur" }),
  entry(69_000, "ConnectionLost", { effective_ms: NOW + 60_000 }),
  entry(95_000, "IncidentDrafted", { incident: "i1", category: "connection_lost", began_ms: NOW + 60_000, ended_ms: 0 }),
  entry(100_000, "ConnectionRestored", { gap_ms: 40_000 }),
  entry(120_000, "IncidentClosed", { incident: "i1", ended_ms: NOW + 100_000, action: "resumed" }, "cable"),
];

test("a kind is read in either spelling", () => {
  assert.equal(kindOf(entry(0, "ConnectionLost")), "connection_lost");
  assert.equal(kindOf(entry(0, "connection_lost")), "connection_lost");
});

test("the axis has items, gaps from their effective begin, and marks", () => {
  const picture = axis(test1, NOW + 130_000);
  assert.deepEqual(picture?.items, [{ from: NOW, to: NOW + 40_000 }, { from: NOW + 40_000, to: NOW + 130_000 }]);
  assert.deepEqual(picture?.gaps, [{ from: NOW + 60_000, to: NOW + 100_000 }]);
  assert.deepEqual(picture?.signals, [NOW + 50_000]);
});

test("a gap that lasts reaches to now, and before the start there is no axis", () => {
  assert.deepEqual(axis(test1.slice(0, 7), NOW + 80_000)?.gaps, [{ from: NOW + 60_000, to: NOW + 80_000 }]);
  assert.equal(axis(test1.slice(0, 1), NOW), null);
});

test("in the first minute a gap that lasts is not drawn into the future", () => {
  const lost = [...test1.slice(0, 3), entry(20_000, "ConnectionLost", { effective_ms: NOW + 12_000 })];
  const picture = axis(lost, NOW + 20_000);
  assert.equal(picture?.to, NOW + 60_000);
  assert.deepEqual(picture?.gaps, [{ from: NOW + 12_000, to: NOW + 20_000 }]);
  assert.deepEqual(picture?.items, [{ from: NOW, to: NOW + 20_000 }]);
});

test("an incident keeps its number, its end and what was done", () => {
  assert.deepEqual(incidents(test1), [
    { id: "i1", number: 1, category: "connection_lost", began: NOW + 60_000, ended: NOW + 100_000, action: "resumed", notes: ["cable"] },
  ]);
  assert.equal(incidents(test1.slice(0, 8))[0]?.ended, null);
});

test("an answered item is told once", () => {
  assert.deepEqual(shortened(test1.slice(0, 5)).map(kindOf), ["checked_in", "sitting_started", "answer_recorded", "item_presented"]);
  assert.equal(answers(test1), 1);
});

test("the axis has at most five labels on whole minutes", () => {
  for (const minutes of [1, 3, 17, 45, 90, 200]) {
    const labels = marks(NOW, NOW + minutes * 60_000);
    assert.ok(labels.length >= 1 && labels.length <= 5, String(minutes));
    assert.ok(labels.every((at) => at % 60_000 === 0));
  }
});
