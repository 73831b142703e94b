import assert from "node:assert/strict";
import { test } from "node:test";
import { queue } from "../attention.ts";
import { preview } from "../bulk.ts";
import { FILTERS } from "../filters.ts";
import { REASONS } from "../orders.ts";
import { told } from "../telling.ts";
import { because, filterWord, matterSentence, obstacleSentence, playbook, reasonWord, seats, stateBadge } from "../words.ts";
import { NOW, attention, row } from "./rows.ts";

test("a selection is told in words, with the reason the operator can act on", () => {
  const rows = [row("22", { can: { authorise: null } }), row("23", { can: { authorise: "browser_check_missing" }, check_failed: ["storage"] })];
  assert.deepEqual(preview("authorise", rows).unable.map(obstacleSentence), ["Seat 23 no, because the browser cannot store data."]);
});

test("many seats are named in part and counted", () => {
  assert.equal(seats(["1", "2"].map((seat) => row(seat))), "1, 2");
  assert.equal(seats(Array.from({ length: 9 }, (_, n) => row(String(n + 1)))), "1, 2, 3, 4, 5 and 4 more");
});

test("every hold of a suspended test is named, and a lost connection weighs most", () => {
  const badge = stateBadge(row("1", { lifecycle: "suspended", holds: ["paused", "disconnected"] }), true);
  assert.equal(badge.text, "Held: by the operator + disconnected");
  assert.equal(badge.status, "danger");
});

test("a matter says what happened, to one and to many", () => {
  const lost = (seat: string) => row(seat, { outbox_depth: 1, attention: [attention("connection_lost", "danger", NOW)] });
  assert.equal(matterSentence(queue([lost("1")])[0]!), "No connection. The clock stands, 1 answer waits on the computer.");
  assert.equal(matterSentence(queue(["1", "2", "3", "4"].map(lost))[0]!), "4 stations without connection at once: 1, 2, 3, 4. Their clocks stand.");
});

test("every reason and every filter has words, an unknown code shows itself", () => {
  for (const reason of [...REASONS, "new_lease", "long_silence", "many_drops"]) assert.notEqual(reasonWord(reason), reason);
  assert.equal(new Set(FILTERS.map(filterWord)).size, FILTERS.length);
  assert.equal(because("something_new"), "something_new");
});

test("the timeline is told in words, also a kind without any", () => {
  const entry = { seq: 1, at: NOW, kind: "AnswerRecorded", actor: "candidate", facts: { position: 13 }, note: null };
  assert.equal(told(entry).title, "Item 13");
  assert.equal(told({ ...entry, kind: "SomethingNew" }).title, "something new");
});

test("there is advice for trouble and silence for what is fine", () => {
  assert.equal(playbook(row("1")), null);
  assert.match(playbook(row("1", { lifecycle: "suspended", holds: ["disconnected"], link: "offline" })) ?? "", /network cable/);
});
