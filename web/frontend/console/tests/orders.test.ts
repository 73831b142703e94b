import assert from "node:assert/strict";
import { test } from "node:test";
import type { Outcome } from "../../shared/transport.ts";
import { command, commands, draft, missing, persistently, tally, type Draft } from "../orders.ts";
import { row } from "./rows.ts";

const limits = { grantMinutes: 15, operates: true, chief: false, supervises: false };
const filled = (change: Partial<Draft>): Draft => ({ ...draft(change.action ?? "pause", []), ...change });

test("ending early needs a reason and a note", () => {
  assert.deepEqual(missing(draft("terminate", []), [], limits), ["reason", "note"]);
  assert.deepEqual(missing(filled({ action: "terminate", reason: "identity", note: " " }), [], limits), ["note"]);
  assert.deepEqual(missing(filled({ action: "terminate", reason: "identity", note: "…" }), [], limits), []);
});

test("another reason must be written out", () => {
  assert.deepEqual(missing(filled({ reason: "other" }), [], limits), ["note"]);
  assert.deepEqual(missing(filled({ reason: "health" }), [], limits), []);
});

test("an operator adds time up to the limit, a chief operator beyond it", () => {
  const wish = (minutes: number | null): Draft => filled({ action: "add_time", reason: "health", minutes });
  assert.deepEqual(missing(wish(15), [], limits), []);
  for (const bad of [null, 0, 16, 2.5]) assert.deepEqual(missing(wish(bad), [], limits), ["minutes"]);
  assert.deepEqual(missing(wish(16), [], { ...limits, chief: true }), []);
});

test("check-in asks for the document's kind and the last two to four characters", () => {
  const rows = [row("7", { station: "PC-7" })];
  const start = draft("check_in", rows);
  assert.equal(start.station, "PC-7");
  assert.deepEqual(missing(start, rows, limits), ["documentKind", "documentLast"]);
  const ready = { ...start, documentKind: "passport" as const, documentLast: "4KL" };
  assert.deepEqual(missing(ready, rows, limits), []);
  for (const bad of ["4", "12345", "4-L"]) assert.deepEqual(missing({ ...ready, documentLast: bad }, rows, limits), ["documentLast"]);
  assert.deepEqual(command(ready, rows, "c1"), { command_id: "c1", action: "check_in", sittings: ["s7"], document: { kind: "passport", last: "4KL" }, station: "PC-7" });
});

test("a long silence is charged as the operator decides: nothing, all of it or a part", () => {
  const rows = [row("7", { lifecycle: "suspended", holds: ["review"], review_ms: 760_000 })];
  const wish = (charge: Draft["charge"], chargeMinutes: number | null = null): Draft => filled({ action: "resume", reason: "technical_fault", charge, chargeMinutes });
  assert.equal(command(wish("none"), rows, "c").charge_ms, 0);
  assert.equal(command(wish("all"), rows, "c").charge_ms, 760_000);
  assert.equal(command(wish("part", 5), rows, "c").charge_ms, 300_000);
  assert.deepEqual(missing(wish("part", 13), rows, limits), ["chargeMinutes"], "not more than the silence lasted");
});

test("of many silences none is charged, and where none is under review nothing is said of it", () => {
  const rows = [row("7", { holds: ["review"], review_ms: 760_000 }), row("8", { holds: ["paused"] })];
  const wish = filled({ action: "resume", reason: "technical_fault", charge: "all" });
  assert.equal(command(wish, rows, "c").charge_ms, 0);
  assert.equal("charge_ms" in command(wish, rows.slice(1), "c"), false);
});

test("the tally names who had it done, who was refused and the codes made", () => {
  const rows = [row("1"), row("2")];
  const made = { sitting: "s1", outcome: "done" as const, code: null, message: null, seat_code: "418205" };
  const refused = { sitting: "s2", outcome: "refused" as const, code: "closed", message: "Over.", seat_code: null };
  const result = tally("new_seat_code", rows, { results: [made, refused] });
  assert.deepEqual(result.done.map((one) => one.seat), ["1"]);
  assert.deepEqual(result.refused.map((one) => [one.row.seat, one.code, one.message]), [["2", "closed", "Over."]]);
  assert.deepEqual(result.codes.map((one) => one.code), ["418205"]);
});

test("a command without an answer is sent again, three times at most, and a refusal is an answer", async () => {
  const answers = async (kinds: readonly Outcome<string>["kind"][]): Promise<[string, number]> => {
    let sent = 0;
    const send = async (): Promise<Outcome<string>> => {
      const kind = kinds[sent++];
      if (kind === "ok") return { kind, body: "done", sent_ms: 0, answered_ms: 0 };
      if (kind === "busy") return { kind, retry_after_ms: 10, message: "" };
      return kind === "refused" ? { kind, status: 409, error: { error: "closed", message: "", retry_after_ms: null } } : { kind: "unreachable" };
    };
    const last = await persistently(send, async () => {});
    return [last.kind, sent];
  };
  assert.deepEqual(await answers(["unreachable", "busy", "ok"]), ["ok", 3]);
  assert.deepEqual(await answers(["unreachable", "unreachable", "unreachable", "ok"]), ["unreachable", 3]);
  assert.deepEqual(await answers(["refused", "ok"]), ["refused", 1]);
});

test("several are checked in one by one, each with the document that was seen", () => {
  const rows = [row("7", { station: "PC-7" }), row("8")];
  const wish = draft("check_in", rows);
  assert.deepEqual(missing(wish, rows, limits), ["lines"]);
  wish.lines.s7!.last = "4KL";
  wish.lines.s8 = { kind: "passport", last: "77", station: " 8 " };
  assert.deepEqual(missing(wish, rows, limits), []);
  let made = 0;
  assert.deepEqual(commands(wish, rows, new Map(), () => `c${(made += 1)}`), [
    { command_id: "c1", action: "check_in", sittings: ["s7"], document: { kind: "id_card", last: "4KL" }, station: "PC-7" },
    { command_id: "c2", action: "check_in", sittings: ["s8"], document: { kind: "passport", last: "77" }, station: "8" },
  ]);
});

test("a matter is accepted with the note, sitting by sitting, under its own subject", () => {
  const rows = [row("7"), row("8")];
  const subjects = new Map([["s7", { subject: "hand:1" }], ["s8", { subject: "hand:2" }]]);
  const sent = commands(filled({ action: "acknowledge", note: "seen" }), rows, subjects, () => "c");
  assert.deepEqual(sent.map((one) => [one.sittings[0], one.subject, one.note]), [["s7", "hand:1", "seen"], ["s8", "hand:2", "seen"]]);
  assert.deepEqual(missing(filled({ action: "acknowledge" }), rows, limits), [], "without a note it is accepted too");
});

test("what was done about an incident is chosen from its own words, and a stop says its kind", () => {
  const wish = filled({ action: "close_incident", reason: "time_given" });
  const [sent] = commands(wish, [row("7")], new Map([["s7", { incident: "incident-1" }]]), () => "c");
  assert.deepEqual(sent, { command_id: "c", action: "close_incident", sittings: ["s7"], reason: "time_given", incident: "incident-1" });
  assert.equal(command(filled({ reason: "health", hold: "break" }), [row("7")], "c").hold, "break");
  assert.equal("hold" in command(filled({ reason: "health" }), [row("7")], "c"), false);
});

test("a message is a sentence that was chosen, or words that were written", () => {
  const rows = [row("7"), row("8")];
  assert.deepEqual(missing(draft("message", rows), rows, limits), ["template"]);
  assert.deepEqual(missing(filled({ action: "message", template: "free", text: " \n" }), rows, limits), ["text"]);
  const own = filled({ action: "message", template: "free", text: " Leave the window open.\n" });
  assert.deepEqual(missing(own, rows, limits), []);
  assert.deepEqual(commands(own, rows, new Map(), () => "c"), [{ command_id: "c", action: "message", sittings: ["s7", "s8"], template: "free", text: "Leave the window open." }]);
  const ready = filled({ action: "message", template: "keep_silence", text: "written before" });
  assert.deepEqual(command(ready, rows, "c"), { command_id: "c", action: "message", sittings: ["s7", "s8"], template: "keep_silence" });
});

test("what is the same for every sitting goes over the wire once, what differs goes one by one", () => {
  const rows = [row("1"), row("2")];
  const wish = filled({ action: "close_incident", reason: "restarted" });
  const ids = (): (() => string) => { let n = 0; return () => `c${(n += 1)}`; };
  const same = commands(wish, rows, new Map(rows.map((one) => [one.sitting, { incident: "outage-1" }])), ids());
  assert.deepEqual(same.map((one) => [one.sittings, one.incident]), [[["s1", "s2"], "outage-1"]]);
  const own = commands(wish, rows, new Map([["s1", { incident: "a" }], ["s2", { incident: "b" }]]), ids());
  assert.deepEqual(own.map((one) => [one.sittings, one.incident]), [[["s1"], "a"], [["s2"], "b"]]);
});

test("a station is a short name of letters, digits and a few signs, as the protocol takes it", () => {
  const rows = [row("7")];
  const wish = { ...draft("check_in", rows), documentKind: "passport" as const, documentLast: "4KL" };
  for (const good of ["7", "PC-7", "Sala Ł.2/4", " 8 "]) assert.deepEqual(missing({ ...wish, station: good }, rows, limits), []);
  for (const bad of ["", " ", "PC#7", "-", "Z".repeat(21), "Nowak, Jan"]) assert.deepEqual(missing({ ...wish, station: bad }, rows, limits), ["station"]);
});
