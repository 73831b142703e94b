/** Waiting before the next attempt. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { backoff } from "./backoff.ts";

test("the steps are 0.5, 1, 2, 4, 5 s and stay there", () => {
  assert.deepEqual([1, 2, 3, 4, 5, 6, 60].map((attempt) => backoff(attempt, 0.5)), [500, 1000, 2000, 4000, 5000, 5000, 5000]);
});

test("the spread is half of the step to both sides", () => {
  assert.equal(backoff(3, 0), 1000);
  assert.equal(backoff(3, 0.999999), 3000);
});

test("an attempt before the first waits like the first", () => assert.equal(backoff(0, 0.5), 500));
