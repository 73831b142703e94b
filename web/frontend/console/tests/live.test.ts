import assert from "node:assert/strict";
import { test } from "node:test";
import type { Row } from "../../shared/protocol.ts";
import { Live } from "../live.ts";
import { NOW, row, snapshot, tick } from "./rows.ts";

/** A server that answers from what it is told, and the monotonic clock of the page. */
function stage(rows: readonly Row[], feed: number) {
  const asked: string[] = [];
  const server = { rows, feed, reachable: true };
  const clock = { mono: 0 };
  const answer = (body: unknown): Response => new Response(JSON.stringify(body), { headers: { "content-type": "application/json" } });
  const fetch = async (input: RequestInfo | URL): Promise<Response> => {
    const path = String(input);
    asked.push(path);
    if (!server.reachable) throw new TypeError("no way through");
    if (path.endsWith("/snapshot")) return answer(snapshot(server.rows, server.feed, NOW + clock.mono));
    return answer({ head: server.feed, server_ms: NOW + clock.mono, entries: [], rows: server.rows });
  };
  const live = new Live({ fetch, mono: () => clock.mono, headers: () => ({}) }, "/api", () => {});
  return { live, server, clock, asked };
}

test("it begins with a snapshot and is live with the first tick", async () => {
  const { live, asked } = stage([row("1")], 5);
  await live.beat();
  assert.deepEqual(asked, ["/api/snapshot"]);
  await live.tick(tick([], 5));
  assert.equal(live.health(), "live");
});

test("a lost tick is healed by the feed", async () => {
  const { live, server, asked } = stage([row("1"), row("2")], 10);
  await live.beat();
  server.rows = [row("1", { version: 6, item_number: 4 }), row("2")];
  server.feed = 11;
  await live.tick(tick([], 11));
  assert.deepEqual(asked, ["/api/snapshot", "/api/feed?after=10"]);
  assert.equal(live.board.entries.get("s1")?.row.item_number, 4);
});

test("what the feed could not give at once is asked for again, a second later", async () => {
  const { live, server, clock, asked } = stage([row("1")], 5);
  await live.beat();
  server.reachable = false;
  await live.tick(tick([], 6));
  server.reachable = true;
  server.rows = [row("1", { version: 6 })];
  server.feed = 6;
  clock.mono = 500;
  await live.beat();
  assert.equal(asked.length, 2);
  clock.mono = 1_000;
  await live.beat();
  assert.equal(asked.length, 3);
  assert.equal(live.board.entries.get("s1")?.row.version, 6);
});

test("when ticks stay away it polls, and when that fails its clock stands", async () => {
  const { live, server, clock } = stage([row("1")], 5);
  await live.beat();
  await live.tick(tick([], 5, NOW));
  clock.mono = 3_000;
  await live.beat();
  assert.equal(live.health(), "polling");
  assert.equal(live.now(), NOW + 3_000);
  server.reachable = false;
  clock.mono = 5_000;
  await live.beat();
  assert.equal(live.health(), "reconnecting");
  clock.mono = 9_000;
  assert.equal(live.now(), NOW + 3_000);
});
