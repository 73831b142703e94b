import assert from "node:assert/strict";
import { test } from "node:test";
import type { Attention, Row } from "../../shared/protocol.ts";
import { queue, weight } from "../attention.ts";
import { leading, obstacle, others, preview } from "../bulk.ts";
import { counts, found, shown } from "../filters.ts";
import { trouble } from "../trouble.ts";
import { NOW, attention, row } from "./rows.ts";

const names = (rows: readonly Row[]): string[] => rows.map((one) => one.seat);

test("the queue is ordered by severity, then by age, then by seat", () => {
  const rows = [
    row("1", { attention: [attention("waiting", "info", NOW - 90_000)] }),
    row("2", { attention: [attention("hand", "warn", NOW - 10_000)] }),
    row("10", { attention: [attention("signals", "warn", NOW - 30_000)] }),
    row("9", { attention: [attention("review", "warn", NOW - 30_000)] }),
    row("5", { attention: [attention("connection_lost", "danger", NOW - 1_000)] }),
  ];
  assert.deepEqual(queue(rows).map((matter) => matter.parts[0]?.row.seat), ["5", "9", "10", "2", "1"]);
});

test("a room that loses its network is one matter as old as its first loss", () => {
  const rows = ["1", "2", "3", "4"].map((seat, n) => row(seat, { attention: [attention("connection_lost", "danger", NOW - n * 1_000)] }));
  const [matter, ...more] = queue(rows);
  assert.equal(more.length, 0);
  assert.equal(matter?.since, NOW - 3_000);
  assert.equal(weight(queue(rows)), 4);
});

const ofTheRoom = (kind: Attention["kind"], level: Attention["level"]): Attention => ({ ...attention(kind, level, NOW), subject: `${kind}:outage-1` });

test("an outage is one matter however many it strikes, and is settled when the last is back", () => {
  const lasting = ["1", "2"].map((seat) => row(seat, { attention: [ofTheRoom("outage", "danger")] }));
  const back = ["3", "4", "5"].map((seat) => row(seat, { attention: [ofTheRoom("after_outage", "info")] }));
  const [during, ...others] = queue([...lasting, ...back]);
  assert.equal(others.length, 0, "that some are back is no matter of its own");
  assert.deepEqual([during?.kind, during?.parts.length], ["outage", 2]);
  const after = queue(back);
  assert.deepEqual(after.map((one) => [one.kind, one.parts.length, one.key]), [["after_outage", 3, "after_outage:outage-1"]]);
});

test("two outages are two matters", () => {
  const first = row("1", { attention: [ofTheRoom("after_outage", "info")] });
  const second = row("2", { attention: [{ ...ofTheRoom("after_outage", "info"), subject: "after_outage:outage-2" }] });
  assert.equal(queue([first, second]).length, 2);
});

test("three losses are three matters, and hands are never put together", () => {
  const lost = ["1", "2", "3"].map((seat) => row(seat, { attention: [attention("connection_lost", "danger", NOW)] }));
  const hands = ["4", "5", "6", "7", "8"].map((seat) => row(seat, { attention: [attention("hand", "warn", NOW)] }));
  assert.equal(queue([...lost, ...hands]).length, 8);
});

test("an acknowledged matter is not in the queue, but the row stays in trouble", () => {
  const lost = row("1", { lifecycle: "suspended", holds: ["disconnected"], link: "offline" });
  assert.deepEqual(queue([lost]), []);
  assert.equal(trouble(lost), "danger");
});

test("what is fine or over is no trouble", () => {
  assert.equal(trouble(row("1")), null);
  assert.equal(trouble(row("1", { lifecycle: "suspended", holds: ["paused"], clock_running: false })), null);
  assert.equal(trouble(row("1", { lifecycle: "submitted", link: "offline", check_failed: ["storage"] })), null);
  assert.equal(trouble(row("1", { lifecycle: "registered", link: "never" })), null);
});

test("a failed check, a hand and an unstable link are warnings", () => {
  assert.equal(trouble(row("1", { lifecycle: "awaiting", check_failed: ["storage"] })), "warn");
  assert.equal(trouble(row("1", { hand: "health" })), "warn");
  assert.equal(trouble(row("1", { link: "unstable" })), "warn");
});

const room = [
  row("1"),
  row("2", { lifecycle: "submitted" }),
  row("3", { lifecycle: "suspended", holds: ["disconnected"], link: "offline" }),
  row("4", { lifecycle: "awaiting" }),
  row("5", { lifecycle: "registered", link: "never" }),
  row("6", { hand: "technical", flags: { info: 1, notice: 0, alert: 1 } }),
];

test("every filter counts the rows it stands for", () => {
  assert.deepEqual(counts(room), { all: 6, attention: 2, running: 2, on_hold: 1, waiting: 1, offline: 1, hand: 1, signals: 1, ended: 1, absent: 1 });
});

test("hiding what is fine never hides a problem", () => {
  for (const filter of ["running", "on_hold", "waiting", "ended", "absent"] as const) {
    const seats = names(shown(room, filter, "").rows);
    assert.ok(seats.includes("3") && seats.includes("6"), filter);
  }
});

test("rows kept only because of trouble are counted apart", () => {
  assert.equal(shown(room, "ended", "").added, 2);
  assert.equal(shown(room, "all", "").added, 0);
});

test("a filter by trouble shows that trouble alone, in the order of the seats", () => {
  assert.deepEqual(names(shown(room, "hand", "").rows), ["6"]);
  assert.deepEqual(names(shown(room, "attention", "").rows), ["3", "6"]);
});

test("a name is found without its accents and in any order of words", () => {
  assert.equal(found(row("7", { name: "Łucja Żółć" }), "zolc lucja"), true);
  assert.equal(found(row("7"), "r-7"), true);
  assert.equal(found(row("7"), "8"), false);
});

const selected = [
  row("21", { can: { authorise: null, new_seat_code: null } }),
  row("22", { can: { authorise: null, new_seat_code: null } }),
  row("23", { can: { authorise: "browser_check_missing", new_seat_code: null }, check_failed: ["storage"] }),
  row("24", { can: { authorise: "not_awaiting", new_seat_code: "see_operator" } }),
  row("25", { can: { authorise: "not_awaiting" } }),
];

test("the preview says who can and groups who cannot by reason, the most frequent first", () => {
  const plan = preview("authorise", selected);
  assert.deepEqual(names(plan.able), ["21", "22"]);
  assert.deepEqual(plan.unable.map((one) => [one.code, names(one.rows)]), [["not_awaiting", ["24", "25"]], ["check:storage", ["23"]]]);
});

test("everybody is either able or has a reason", () => {
  for (const action of ["authorise", "pause", "new_seat_code", "terminate"] as const) {
    const plan = preview(action, selected);
    assert.equal(plan.able.length + plan.unable.reduce((sum, one) => sum + one.rows.length, 0), selected.length);
  }
});

test("an action the server does not name is not permitted", () => {
  assert.equal(obstacle(selected[0]!, "terminate"), "not_permitted");
});

test("only a chief operator ends a test early", () => {
  const plain = { operates: true, chief: false, supervises: false };
  const rows = [row("1", { can: { terminate: null } })];
  assert.equal(obstacle(rows[0]!, "terminate", plain), "chief_only");
  assert.deepEqual(others(rows, "authorise", plain), []);
  assert.deepEqual(others(rows, "authorise"), ["terminate"]);
});

test("the primary action is the first of the exam day that can be done, the others follow", () => {
  assert.equal(leading(selected), "authorise");
  assert.equal(leading([row("1", { can: { pause: null, add_time: null } })]), "pause");
  assert.deepEqual(others(selected, "authorise"), ["new_seat_code"]);
});

test("who only looks can do nothing, and reopening is the supervisor's alone", () => {
  const closed = row("1", { lifecycle: "terminated", can: { reopen: null, report_incident: null } });
  const auditor = { operates: false, chief: false, supervises: false };
  assert.equal(obstacle(closed, "report_incident", auditor), "not_permitted");
  assert.equal(obstacle(closed, "reopen", { ...auditor, operates: true, chief: true }), "not_permitted");
  assert.equal(obstacle(closed, "reopen", { ...auditor, supervises: true }), null);
});
