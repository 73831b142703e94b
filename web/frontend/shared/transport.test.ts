/** What a reply means. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { read, request, type Reached, type Wire } from "./transport.ts";

const reached = (status: number, text: string, type = "application/json", retry_after: string | null = null): Reached => ({ status, text, type, retry_after });

test("JSON with 200 is the server's answer with the instants around it", () => {
  assert.deepEqual(read(reached(200, '{"epoch":2}'), 5, 9), { kind: "ok", body: { epoch: 2 }, sent_ms: 5, answered_ms: 9 });
});

test("the page of a captive portal is no server, whatever it calls itself", () => {
  for (const portal of [reached(200, "<html>", "text/html"), reached(200, "<html>"), reached(200, "[]"), reached(511, "<html>", "text/html"), reached(404, "", "text/html")]) {
    assert.equal(read(portal, 0, 1).kind, "unreachable");
  }
});

test("a refusal carries its code, its sentence and when to come again", () => {
  const refusal = read(reached(409, '{"error":"open_elsewhere","message":"M","retry_after_ms":800}'), 0, 1);
  assert.deepEqual(refusal, { kind: "refused", status: 409, error: { error: "open_elsewhere", message: "M", retry_after_ms: 800 } });
});

test("429 and a described fault mean later", () => {
  assert.deepEqual(read(reached(429, '{"error":"too_many_requests","message":"M","retry_after_ms":300}'), 0, 1), { kind: "busy", retry_after_ms: 300, message: "M" });
  assert.deepEqual(read(reached(429, "slow", "text/plain", "2"), 0, 1), { kind: "busy", retry_after_ms: 2000, message: "" });
  assert.deepEqual(read(reached(500, '{"error":"internal","message":"M","retry_after_ms":null}'), 0, 1), { kind: "busy", retry_after_ms: 1000, message: "M" });
});

const wire = (answer: () => Promise<Response>): Wire => ({ fetch: () => answer(), mono: () => 7, headers: () => ({ "X-Kriteria-Tab": "t" }) });

test("a network that is not there is an end, not an exception", async () => {
  assert.deepEqual(await request(wire(() => Promise.reject(new TypeError("failed"))), "POST", "/x", {}, 100), { kind: "unreachable" });
  assert.deepEqual(await request(wire(() => Promise.reject(new DOMException("late", "TimeoutError"))), "POST", "/x", {}, 100), { kind: "unreachable" });
});

test("any other error is a fault of ours and is not swallowed", async () => {
  await assert.rejects(request(wire(() => Promise.reject(new RangeError("ours"))), "GET", "/x", null, 100), RangeError);
});

test("a request never follows a redirect and carries the lease", async () => {
  let seen: RequestInit | undefined;
  const one: Wire = { mono: () => 0, headers: () => ({ "X-Kriteria-Tab": "t" }), fetch: (_path, init) => { seen = init; return Promise.resolve(Response.json({ ok: true })); } };
  assert.equal((await request(one, "POST", "/x", { a: 1 }, 100)).kind, "ok");
  assert.equal(seen?.redirect, "error");
  assert.equal(seen?.body, '{"a":1}');
  assert.equal((seen?.headers as Record<string, string>)["X-Kriteria-Tab"], "t");
});
