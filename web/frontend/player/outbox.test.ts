/** The outbox: nothing is lost, nothing is sent twice in effect, nobody's answers are mixed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { AnswerReply, AnswerRequest, CandidateView } from "../shared/protocol.ts";
import type { Outcome } from "../shared/transport.ts";
import { KEEPS_NOTHING, Outbox, mine, type Entry, type EntryStore, type Listener } from "./outbox.ts";

class MemoryStore implements EntryStore {
  readonly entries = new Map<string, Entry>();
  readonly seqs = new Map<string, number>();
  readonly log: string[] = [];
  all = () => Promise.resolve([...this.entries.values()]);
  lastSeq = (owner: string) => Promise.resolve(this.seqs.get(owner) ?? 0);
  put = async (entry: Entry) => {
    await Promise.resolve();
    this.log.push(`put ${entry.answer.client_seq}`);
    this.entries.set(entry.answer.answer_id, entry);
    this.seqs.set(entry.owner, entry.answer.client_seq);
  };
  drop = async (id: string) => {
    this.log.push(`drop ${this.entries.get(id)?.answer.client_seq}`);
    this.entries.delete(id);
    await Promise.resolve();
  };
}

const view = { state_version: 1 } as CandidateView;
const ok = (answer: AnswerRequest, outcome: AnswerReply["outcome"] = "recorded"): Outcome<AnswerReply> => ({
  kind: "ok", body: { answer_id: answer.answer_id, outcome, reason: null, view }, sent_ms: 0, answered_ms: 1,
});
const draft = (id: string, attempt = `at-${id}`) => ({ answer_id: id, attempt, response: ["1"], mono_ms: 0, wall_ms: 0, visible_ms: 0 });

function listening(log: string[] = []): Listener & { log: string[] } {
  return {
    log, changed: () => undefined,
    replied: (reply) => void log.push(`replied ${reply.answer_id}`),
    rejected: (entry, message) => void log.push(`rejected ${entry.answer.answer_id} ${message}`),
    refused: (code) => void log.push(`refused ${code}`),
    unreachable: () => void log.push("unreachable"),
  };
}

const mono = () => 0;

test("the entry is on the disk before the page knows of it", async () => {
  const store = new MemoryStore();
  let stored_when_told = false;
  const outbox: Outbox = new Outbox(store, "me", (a) => Promise.resolve(ok(a)), { ...listening(), changed: () => { stored_when_told = store.entries.has("x"); } });
  await outbox.add(draft("x"), 1, 1000);
  assert.ok(stored_when_told);
  assert.equal(outbox.waiting[0]?.stored_ms, 1000);
});

test("an entry leaves only on the reply to its own id", async () => {
  const store = new MemoryStore();
  const wrong = new Outbox(store, "me", (a) => Promise.resolve(ok({ ...a, answer_id: "other" })), listening());
  await wrong.add(draft("x"), 1, 0);
  await wrong.flush(mono);
  assert.ok(store.entries.has("x"));
  const right = new Outbox(store, "me", (a) => Promise.resolve(ok(a)), listening());
  await right.load(null);
  await right.flush(mono);
  assert.equal(store.entries.size, 0);
  assert.equal(right.acknowledgedSeq, 1);
});

test("answers survive a reload and are sent in the order of client_seq", async () => {
  const store = new MemoryStore();
  const before = new Outbox(store, "me", () => Promise.resolve({ kind: "unreachable" }), listening());
  for (const id of ["c", "a", "b"]) await before.add(draft(id), 1, 0);
  await before.flush(mono);
  const sent: string[] = [];
  const after = new Outbox(store, "me", (a) => { sent.push(a.answer_id); return Promise.resolve(ok(a)); }, listening());
  await after.load(null);
  await after.flush(mono);
  assert.deepEqual(sent, ["c", "a", "b"]);
  assert.deepEqual(after.waiting, []);
});

test("client_seq goes on after a reload, even when nothing waits", async () => {
  const store = new MemoryStore();
  const before = new Outbox(store, "me", (a) => Promise.resolve(ok(a)), listening());
  await before.add(draft("a"), 1, 0);
  await before.flush(mono);
  const after = new Outbox(store, "me", (a) => Promise.resolve(ok(a)), listening());
  void after.load(null);
  await after.add(draft("b"), 2, 0);
  assert.equal(after.waiting[0]?.answer.client_seq, 2);
});

test("a lost reply sends the same answer with the same id again", async () => {
  const ids: string[] = [];
  const ends: Outcome<AnswerReply>[] = [{ kind: "unreachable" }];
  const outbox = new Outbox(new MemoryStore(), "me", (a) => { ids.push(`${a.answer_id} ${a.client_seq}`); return Promise.resolve(ends.pop() ?? ok(a)); }, listening());
  await outbox.add(draft("x"), 1, 0);
  await outbox.flush(mono);
  await outbox.flush(() => 1000);
  assert.deepEqual(ids, ["x 1", "x 1"]);
  assert.deepEqual(outbox.waiting, []);
});

test("a quarantined answer has arrived too", async () => {
  const heard = listening();
  const outbox = new Outbox(new MemoryStore(), "me", (a) => Promise.resolve(ok(a, "quarantined")), heard);
  await outbox.add(draft("x"), 1, 0);
  await outbox.flush(mono);
  assert.deepEqual([outbox.waiting.length, heard.log], [0, ["replied x"]]);
});

test("429 keeps the answer and waits as long as it is told", async () => {
  let tries = 0;
  const outbox = new Outbox(new MemoryStore(), "me", (a) => { tries += 1; return Promise.resolve(tries === 1 ? { kind: "busy", retry_after_ms: 700, message: "" } : ok(a)); }, listening());
  await outbox.add(draft("x"), 1, 0);
  await outbox.flush(() => 0);
  await outbox.flush(() => 699);
  assert.deepEqual([tries, outbox.waiting.length], [1, 1]);
  await outbox.flush(() => 700);
  assert.deepEqual([tries, outbox.waiting.length], [2, 0]);
});

test("an answer the server cannot take is given back, so that the item can be answered", async () => {
  const heard = listening();
  const outbox = new Outbox(new MemoryStore(), "me", () => Promise.resolve({ kind: "refused", status: 422, error: { error: "invalid_response", message: "M", retry_after_ms: null } }), heard);
  await outbox.add(draft("x"), 1, 0);
  await outbox.flush(mono);
  assert.deepEqual([outbox.waiting.length, heard.log], [0, ["rejected x M"]]);
});

test("a refusal that is not about the answer keeps it", async () => {
  const heard = listening();
  const store = new MemoryStore();
  const outbox = new Outbox(store, "me", () => Promise.resolve({ kind: "refused", status: 409, error: { error: "old_lease", message: "", retry_after_ms: null } }), heard);
  await outbox.add(draft("x"), 1, 0);
  await outbox.flush(mono);
  assert.deepEqual([store.entries.size, heard.log], [1, ["refused old_lease"]]);
});

test("two flushes at once send once", async () => {
  let sends = 0;
  const outbox = new Outbox(new MemoryStore(), "me", async (a) => { sends += 1; await Promise.resolve(); return ok(a); }, listening());
  await outbox.add(draft("x"), 1, 0);
  await Promise.all([outbox.flush(mono), outbox.flush(mono)]);
  assert.equal(sends, 1);
});

test("a computer that keeps nothing still sends, and the page does not say it is saved", async () => {
  const outbox = new Outbox(KEEPS_NOTHING, "me", (a) => Promise.resolve(ok(a)), listening());
  await outbox.add(draft("x"), 1, 1000);
  assert.equal(outbox.waiting[0]?.stored_ms, null);
  await outbox.flush(mono);
  assert.deepEqual(outbox.waiting, []);
});

test("answers of the person who sat here before are neither sent nor deleted nor counted", async () => {
  const store = new MemoryStore();
  await new Outbox(store, "before", () => Promise.resolve({ kind: "unreachable" }), listening()).add(draft("old"), 9, 0);
  const outbox = new Outbox(store, "me", (a) => Promise.resolve(ok(a)), listening());
  await outbox.load("at-new");
  await outbox.add(draft("new"), 1, 0);
  await outbox.flush(mono);
  assert.deepEqual([...store.entries.keys()], ["old"]);
});

test("an answer to the attempt on the screen is this person's, whatever lease it was made under", async () => {
  const store = new MemoryStore();
  await new Outbox(store, "older lease", () => Promise.resolve({ kind: "unreachable" }), listening()).add(draft("x", "at-1"), 1, 0);
  assert.equal(mine(await store.all(), "newer lease", "at-1").length, 1);
  assert.equal(mine(await store.all(), "newer lease", "at-2").length, 0);
});
