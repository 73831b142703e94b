import assert from "node:assert/strict";
import { test } from "node:test";
import { queue } from "../attention.ts";
import { preview } from "../bulk.ts";
import { FILTERS } from "../filters.ts";
import { REASONS } from "../orders.ts";
import { told } from "../telling.ts";
import { messageWords, TEMPLATES } from "../../shared/templates.ts";
import { because, filterWord, matterSentence, messageBadge, obstacleSentence, playbook, reasonWord, seats, stateBadge } from "../words.ts";
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
  const entry = { seq: 1, at: NOW, kind: "AnswerRecorded", actor: "candidate", name: null, facts: { position: 13 }, note: null };
  assert.equal(told(entry).title, "Item 13");
  assert.equal(told({ ...entry, kind: "SomethingNew" }).title, "something new");
});

test("there is advice for trouble and silence for what is fine", () => {
  assert.equal(playbook(row("1")), null);
  assert.match(playbook(row("1", { lifecycle: "suspended", holds: ["disconnected"], link: "offline" })) ?? "", /network cable/);
});

test("a row says how many messages wait, and when the last was read", () => {
  const last = { template: "free" as const, sent_at: NOW, shown_at: null, read_at: null };
  assert.equal(messageBadge(row("1")), null);
  const sent = messageBadge(row("1", { unread: 2, message: last }));
  assert.deepEqual([sent?.badge.icon, sent?.badge.text], ["msg", "2"]);
  assert.match(sent?.hidden ?? "", /^2 messages not read yet; message sent at .*, not on the screen yet$/);
  assert.match(messageBadge(row("1", { unread: 1, message: { ...last, shown_at: NOW } }))?.hidden ?? "", /on the screen since/);
  const read = messageBadge(row("1", { unread: 0, message: { ...last, shown_at: NOW, read_at: NOW + 60_000 } }));
  assert.deepEqual([read?.badge.status, read?.badge.icon], ["idle", "check"]);
  assert.match(read?.hidden ?? "", /read at/);
});

test("every ready sentence has words, an erased text says so, and the timeline names the message", () => {
  assert.equal(new Set(TEMPLATES.map((one) => messageWords(one, null))).size, TEMPLATES.length);
  assert.equal(messageWords("free", "Hello."), "Hello.");
  assert.equal(messageWords("free", null), "The text of this message is no longer kept.");
  const sent = { seq: 1, at: NOW, kind: "MessageSent", actor: "staff:a", name: "Operator 01", facts: { message: "message-2", template: "break_soon" }, note: null };
  assert.deepEqual([told(sent).title, told(sent).detail], ["Message to the candidate", "no. 2: Five minutes until the break"]);
  assert.equal(told({ ...sent, facts: { message: "message-3", template: "free" }, note: "Hello." }).detail, "no. 3");
  assert.equal(told({ ...sent, kind: "MessageRead", facts: { message: "message-2" } }).detail, "no. 2");
});
