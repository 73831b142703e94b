/** The browser check's rules that need no browser. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { browserName, clockIsRight, screenIsEnough } from "./checks.ts";

test("two minutes of difference are the limit of a right clock", () => {
  assert.ok(clockIsRight(120_000, 0));
  assert.ok(!clockIsRight(0, 120_001));
});

test("320 px at 400 % zoom are enough", () => {
  assert.ok(screenIsEnough(320, 256));
  assert.ok(!screenIsEnough(300, 800));
});

test("the operator reads the browser, not its user agent", () => {
  assert.equal(browserName("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"), "Firefox 140 / Linux");
  assert.equal(browserName("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0"), "Edge 142 / Windows");
  assert.equal(browserName("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15"), "Safari 18 / macOS");
  assert.equal(browserName("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 SEB/3.8.0"), "SEB 3 / Windows");
  assert.equal(browserName("?"), "? / ?");
});
