/** The server's clock and the time left. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { mark, newer, offset, remaining, remember, sample, stopped, type Sample } from "./clock.ts";

test("a symmetric exchange gives the exact offset", () => {
  assert.equal(sample(1000, 1200, 500_100).offset_ms, 499_000);
});

test("the sample with the shortest round trip counts, not the newest", () => {
  const samples = [sample(0, 10, 1005), sample(1000, 1800, 2700)].reduce<readonly Sample[]>(remember, []);
  assert.equal(offset(samples), 1000);
});

test("only five samples are kept, so a lucky one does not rule for ever", () => {
  let samples: readonly Sample[] = remember([], { offset_ms: 100, rtt_ms: 1 });
  for (let k = 0; k < 5; k += 1) samples = remember(samples, { offset_ms: 110, rtt_ms: 20 });
  assert.equal(samples.length, 5);
  assert.equal(offset(samples), 110);
});

test("after a sleep the old samples contradict the new one and are dropped", () => {
  const before = remember([], { offset_ms: 1000, rtt_ms: 4 });
  assert.equal(offset(remember(before, { offset_ms: 301_000, rtt_ms: 40 })), 301_000);
});

test("before the first sample there is no offset", () => assert.equal(offset([]), null));

test("whatever the delays of the two ways, the offset is off by half of the round trip at most", () => {
  for (let there = 0; there <= 400; there += 40) {
    for (let back = 0; back <= 400; back += 40) {
      const one = sample(5000, 5000 + there + back, 90_000 + 5000 + there);
      assert.ok(Math.abs(one.offset_ms - 90_000) <= one.rtt_ms / 2);
    }
  }
});

const running = { remaining_ms: 60_000, running: true, server_ms: 1000 };

test("the time left falls with the server's clock and ends at zero", () => {
  assert.deepEqual([1000, 2500, 61_000, 99_000].map((now) => remaining(running, now)), [60_000, 58_500, 0, 0]);
});

test("it never grows when the clock seems to go back", () => assert.equal(remaining(running, 400), 60_000));

test("it stands while the clock stands, and from where it was stopped", () => {
  const still = stopped(running, 11_000);
  assert.equal(remaining(still, 500_000), 50_000);
  assert.equal(remaining(stopped(still, 600_000), 700_000), 50_000);
});

test("a reply overtaken by a newer one does not set the clock back", () => {
  const later = { remaining_ms: 58_000, running: true, server_ms: 3000 };
  assert.equal(newer(later, running), later);
  assert.equal(newer(running, later), later);
  assert.equal(newer(null, running), running);
});

test("each mark is announced once, when the time falls to it", () => {
  const hour = 3_600_000;
  assert.equal(mark(1_800_001, 1_800_000, hour), "half");
  assert.equal(mark(1_800_000, 1_799_750, hour), null);
  assert.equal(mark(600_100, 599_900, hour), 10);
  assert.equal(mark(300_100, 299_900, hour), 5);
  assert.equal(mark(60_100, 59_900, hour), 1);
});

test("added time passes no mark", () => assert.equal(mark(250_000, 900_000, 3_600_000), null));
