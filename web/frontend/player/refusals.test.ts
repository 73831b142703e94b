/** Refusals on a socket. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isOurCode } from "./refusals.ts";

test("codes of the protocol are refusals, what the library says is the network", () => {
  assert.deepEqual(["old_lease", "no_device", "not_registered"].map(isOurCode), [true, true, true]);
  assert.deepEqual(["timeout", "websocket error", "xhr poll error", ""].map(isOurCode), [false, false, false, false]);
});
