/** The operator's message on the candidate's page, and what the server is told of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { CandidateView, MessageView } from "../shared/protocol.ts";
import { OPENING, message, reduce, unread, type Happening, type Model } from "./model.ts";
import { nameOf, owed } from "./receipts.ts";

const one = (n: number, changes: Partial<MessageView> = {}): MessageView => ({ message: `message-${n}`, template: "keep_silence", text: null, sent_at: 1000, shown: false, ...changes });
const view = (version: number, messages: readonly MessageView[], phase: CandidateView["phase"] = "item"): CandidateView => ({
  state_version: version, phase, title: "", server_ms: 10_000, settings: { heartbeat_ms: 2000, cover_after_ms: 8000 }, person: null, briefing: null,
  clock: { remaining_ms: 60_000, allowed_ms: 3_600_000, running: true }, progress: null, cover: null, receipt: null, hand: null, saved_at: null, item: null, messages,
});
const after = (...happenings: Happening[]): Model => happenings.reduce(reduce, OPENING);
const leased = (first: CandidateView): Happening => ({ type: "leased", view: first });
const read = (n: number): Happening => ({ type: "read", message: `message-${n}` });
const NONE: ReadonlySet<string> = new Set();

test("the oldest message is on the screen until it is read, then the next", () => {
  const model = after(leased(view(1, [one(1), one(2)])));
  assert.equal(message(model)?.message, "message-1");
  assert.deepEqual(unread(reduce(model, read(1))).map((left) => left.message), ["message-2"]);
  assert.equal(message(after(leased(view(1, [one(1)])), read(1))), null);
});

test("a message is there on every page of the sitting, also without a connection, and on no other", () => {
  for (const phase of ["check", "identity", "waiting", "briefing", "item", "covered"] as const)
    assert.equal(unread(after(leased(view(1, [one(1)], phase)))).length, 1, phase);
  assert.equal(unread(after(leased(view(1, [one(1)])), { type: "standing", standing: "lost", server_now: 1 })).length, 1);
  assert.equal(unread(after(leased(view(1, [one(1)], "finished")))).length, 0);
  assert.equal(unread(after(leased(view(1, [one(1)])), { type: "stage", stage: "fenced" })).length, 0);
});

test("the message on the screen is reported shown once, and only while somebody can see it", () => {
  const model = after(leased(view(1, [one(1), one(2)])));
  assert.deepEqual(owed(model, true, NONE), { message: "message-1", receipt: "shown" });
  assert.equal(owed(model, false, NONE), null);
  assert.equal(owed(after(leased(view(1, [one(1, { shown: true }), one(2)]))), true, NONE), null);
});

test("that it was read is owed until a view without it says that the server knows", () => {
  const model = after(leased(view(1, [one(1, { shown: true })])), read(1));
  assert.deepEqual(owed(model, false, NONE), { message: "message-1", receipt: "read" });
  assert.deepEqual(owed(reduce(model, { type: "standing", standing: "lost", server_now: 1 }), false, NONE), { message: "message-1", receipt: "read" });
  assert.equal(owed(reduce(model, { type: "view", view: view(2, []) }), true, NONE), null);
});

test("reading is told before the next is reported shown, and what the server turned down is not repeated", () => {
  const model = after(leased(view(1, [one(1), one(2)])), read(1));
  const first = owed(model, true, NONE);
  assert.deepEqual(first, { message: "message-1", receipt: "read" });
  assert.deepEqual(owed(model, true, new Set([nameOf(first!)])), { message: "message-2", receipt: "shown" });
});

test("a new lease shows again what the server still counts as unread", () => {
  const model = after(leased(view(1, [one(1)])), read(1), leased(view(2, [one(1)])));
  assert.equal(message(model)?.message, "message-1");
});
