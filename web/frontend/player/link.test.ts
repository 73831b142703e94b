/** Heartbeats, reconnection and the cover. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ACK_WAIT_MS, acked, begin, closed, connecting, doubted, due, failed, hurried, opened, sent, standing, type Link } from "./link.ts";

const T = 2000;
const COVER = 8000;
const start = (): Link => opened(connecting(begin(T, COVER, 0)), 100);
const answered = (link: Link, mono: number): Link => acked(link, link.waiting!, mono, T);
const cut = (link: Link, mono: number): Link => closed(connecting(link), mono, 0.5);

test("a fresh link connects at once and beats as soon as the socket is open", () => {
  assert.deepEqual(due(begin(T, COVER, 0), 0), ["connect"]);
  assert.deepEqual(due(start(), 100), ["emit"]);
});

test("beats keep their interval, or the one the server asks for", () => {
  const link = answered(sent(start(), "socket", 100), 140);
  assert.deepEqual(due(link, 2099), []);
  assert.deepEqual(due(link, 2100), ["emit"]);
  const stretched = acked(sent(start(), "socket", 100), { beat: 1, sent_ms: 100, way: "socket" }, 140, 5000);
  assert.deepEqual(due(stretched, 5000), []);
});

test("a missing acknowledgement is a failure within three seconds", () => {
  const link = sent(start(), "socket", 100);
  assert.ok(ACK_WAIT_MS + 250 < 3000);
  assert.deepEqual(due(link, 100 + ACK_WAIT_MS), ["give_up"]);
  assert.equal(standing(failed(link, 1, 100 + ACK_WAIT_MS, 0.5), 2200), "unsteady");
});

test("two missing acknowledgements drop the socket", () => {
  let link = failed(sent(start(), "socket", 100), 1, 2100, 0.5);
  assert.deepEqual(due(link, 2100), ["emit"]);
  link = failed(sent(link, "socket", 2100), 2, 4100, 0.5);
  assert.deepEqual(due(link, 4100), ["drop_socket"]);
});

test("a late acknowledgement still counts as having been heard", () => {
  const link = sent(start(), "socket", 3000);
  const late = acked(failed(link, 1, 5000, 0.5), link.waiting!, 5600, T);
  assert.equal(standing(late, 5600), "steady");
  assert.equal(late.heard_ms, 3000);
});

test("the item is covered by the sending of the last acknowledged beat", () => {
  const link = answered(sent(start(), "socket", 5000), 5900);
  assert.equal(standing(link, 5000 + COVER - 1), "steady");
  assert.equal(standing(link, 5000 + COVER), "lost");
});

test("after a drop the socket is tried after 0.5, 1, 2, 4, 5, 5 s", () => {
  let link = closed(start(), 1000, 0.5);
  const waits: number[] = [];
  for (let k = 0; k < 6; k += 1) {
    waits.push(link.retry_ms - 1000);
    link = closed(connecting(link), 1000, 0.5);
  }
  assert.deepEqual(waits, [500, 1000, 2000, 4000, 5000, 5000]);
});

test("from the second failure of the socket on the heartbeat goes by HTTP as well", () => {
  const once = closed(start(), 1000, 0.5);
  assert.deepEqual(due(once, once.retry_ms), ["connect"]);
  const twice = cut(once, 2000);
  assert.deepEqual(due(twice, twice.retry_ms), ["connect", "post"]);
});

test("while HTTP carries the beats all is well and the socket is tried rarely", () => {
  const down = connecting(cut(closed(start(), 1000, 0.5), 2000));
  const http = closed(answered(sent(down, "http", 3000), 3050), 5500, 0.5);
  assert.equal(standing(http, 5500), "steady");
  assert.deepEqual(due(http, 5500), ["post"]);
  assert.ok(http.retry_ms - 5500 >= 20_000);
});

test("when HTTP fails too, the attempts are frequent again", () => {
  const down = connecting(cut(closed(start(), 1000, 0.5), 2000));
  const http = sent(closed(answered(sent(down, "http", 3000), 3050), 5500, 0.5), "http", 5600);
  const gone = failed(http, http.beat, 6000, 0.5);
  assert.equal(standing(gone, 6000), "unsteady");
  assert.deepEqual(due(gone, 6500), ["connect", "post"]);
});

test("the network's return and the candidate's wish try at once", () => {
  const down = cut(cut(cut(closed(start(), 1000, 0.5), 2000), 3000), 4000);
  assert.deepEqual(due(down, 4001), []);
  assert.ok(due(hurried(down, 4001), 4001).includes("connect"));
});

test("a failed request of another kind asks the heartbeat at once", () => {
  const link = answered(sent(start(), "socket", 100), 140);
  assert.equal(standing(doubted(link, 300), 300), "unsteady");
  assert.deepEqual(due(doubted(link, 300), 300), ["emit"]);
});

test("an acknowledgement ends every trouble", () => {
  const back = opened(connecting(cut(cut(closed(start(), 1000, 0.5), 2000), 9000)), 12_000);
  assert.equal(standing(back, 12_000), "lost");
  const heard = answered(sent(back, "socket", 12_000), 12_040);
  assert.equal(standing(heard, 12_040), "steady");
  assert.equal(heard.attempt, 0);
});
