/** What the page shows. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { CandidateView } from "../shared/protocol.ts";
import { OPENING, confirmed, reduce, screen, ticking, timeLeft, visibleAttempt, type Happening, type Model } from "./model.ts";
import type { Entry } from "./outbox.ts";

const view = (version: number, changes: Partial<CandidateView> = {}): CandidateView => ({
  state_version: version, phase: "item", title: "", server_ms: 10_000, settings: { heartbeat_ms: 2000, cover_after_ms: 8000 }, person: null, briefing: null,
  clock: { remaining_ms: 60_000, allowed_ms: 3_600_000, running: true }, progress: null, cover: null, receipt: null, hand: null, messages: [], saved_at: null,
  item: { attempt: `at-${version}`, number: version, interaction: "single", language: "pl", stem: "", exhibit: null, choices: [], targets: [], unit: null }, ...changes,
});
const entry = (attempt: string, stored_ms: number | null): Entry => ({
  owner: "me", number: 1, stored_ms, answer: { answer_id: "x", attempt, client_seq: 1, response: ["1"], mono_ms: 0, wall_ms: 0, visible_ms: 0 },
});
const after = (...happenings: Happening[]): Model => happenings.reduce(reduce, OPENING);
const leased = (first: CandidateView): Happening => ({ type: "leased", view: first });
const lost: Happening = { type: "standing", standing: "lost", server_now: 18_000 };

test("a view older than the one shown is ignored", () => {
  assert.equal(after(leased(view(5)), { type: "view", view: view(4, { phase: "finished" }) }).view?.state_version, 5);
});

test("a new lease begins anew, also with a lower version", () => {
  assert.equal(after(leased(view(5)), leased(view(2))).view?.state_version, 2);
});

test("without a connection the item is gone from the page and its clock stands", () => {
  const model = after(leased(view(1)), lost);
  assert.equal(screen(model), "offline");
  assert.equal(visibleAttempt(model), null);
  assert.equal(ticking(model), false);
  assert.equal(timeLeft(model, 18_000), 52_000);
  assert.equal(timeLeft(model, 99_000), 52_000);
});

test("an unsteady connection covers nothing", () => {
  const model = after(leased(view(1)), { type: "standing", standing: "unsteady", server_now: 12_000 });
  assert.deepEqual([screen(model), ticking(model)], ["item", true]);
});

test("the server's next word sets the clock again", () => {
  const model = after(leased(view(1)), lost, { type: "clock", countdown: { remaining_ms: 55_000, running: true, server_ms: 20_000 } }, { type: "standing", standing: "steady", server_now: 20_000 });
  assert.equal(timeLeft(model, 21_000), 54_000);
});

test("a covered page stays covered by its own reason when the connection goes too", () => {
  assert.equal(screen(after(leased(view(1, { phase: "covered", cover: { reasons: ["paused"], since: 0 } })), lost)), "covered");
});

test("saved is said in the order of what is true: saving, this computer, the server", () => {
  const saving = after(leased(view(1)), { type: "confirming", number: 1 });
  assert.deepEqual(saving.saved, { where: "saving", number: 1, kept: true });
  const kept = reduce(saving, { type: "outbox", waiting: [entry("at-1", 11_000)] });
  assert.deepEqual(kept.saved, { where: "computer", number: 1, at: 11_000 });
  const next = reduce(kept, { type: "view", view: view(2, { saved_at: 12_000 }) });
  assert.equal(next.saved.where, "computer", "the reply has not taken it out of the outbox yet");
  assert.deepEqual(reduce(next, { type: "outbox", waiting: [] }).saved, { where: "server", at: 12_000 });
});

test("a view pushed while an answer is being written does not call it saved", () => {
  const model = after(leased(view(1, { saved_at: 5000 })), { type: "confirming", number: 1 }, { type: "view", view: view(2, { saved_at: 5000 }) });
  assert.equal(model.saved.where, "saving");
});

test("what this computer could not keep is never called saved here", () => {
  const model = after(leased(view(1)), { type: "confirming", number: 1 }, { type: "outbox", waiting: [entry("at-1", null)] });
  assert.deepEqual(model.saved, { where: "saving", number: 1, kept: false });
});

test("an item answered before a reload is still answered after it", () => {
  const model = after(leased(view(1)), { type: "outbox", waiting: [entry("at-1", 9000)] });
  assert.equal(confirmed(model)?.answer.answer_id, "x");
  assert.equal(confirmed(reduce(model, { type: "view", view: view(2) })), null);
});

test("the browser check stays on the screen while it has something to say", () => {
  const model = after(leased(view(1, { phase: "identity", item: null, clock: null })), { type: "check_held", held: true });
  assert.equal(screen(model), "check");
  assert.equal(screen(reduce(model, { type: "check_held", held: false })), "identity");
});

test("a fenced page shows nothing of the sitting", () => {
  const model = after(leased(view(1)), { type: "stage", stage: "fenced" });
  assert.deepEqual([screen(model), visibleAttempt(model)], ["fenced", null]);
});
