import assert from "node:assert/strict";
import { test } from "node:test";
import { NOTHING, extend, pruned, toggle, toggleAll } from "../selection.ts";
import { pieces, reveal, span } from "../viewport.ts";

test("only the rows in sight and a few more are drawn", () => {
  assert.deepEqual(span(1_000, 30, 15_000, 390, 6), { first: 494, end: 519 });
  assert.deepEqual(span(1_000, 30, 0, 390, 6), { first: 0, end: 19 });
  assert.deepEqual(span(1_000, 30, 1e9, 390, 6), { first: 981, end: 1_000 });
  assert.deepEqual(span(3, 30, 0, 390, 6), { first: 0, end: 3 });
  assert.deepEqual(span(0, 30, 0, 390, 6), { first: 0, end: 0 });
});

test("rows and gaps together are always the whole list, whatever is drawn", () => {
  for (let scrolled = 0; scrolled < 9_000; scrolled += 777)
    for (const focused of [-1, 0, 7, 150, 299]) {
      const drawn = pieces(300, span(300, 30, scrolled, 400), focused);
      assert.equal(drawn.reduce((sum, piece) => sum + (piece.kind === "gap" ? piece.rows : 1), 0), 300);
      if (focused >= 0) assert.ok(drawn.some((piece) => piece.kind === "row" && piece.index === focused));
    }
});

test("the row with the focus stays drawn between two gaps when it is scrolled away", () => {
  const drawn = pieces(100, { first: 50, end: 52 }, 10);
  assert.deepEqual(drawn, [
    { kind: "gap", rows: 10, number: 0 }, { kind: "row", index: 10 }, { kind: "gap", rows: 39, number: 1 },
    { kind: "row", index: 50 }, { kind: "row", index: 51 }, { kind: "gap", rows: 48, number: 2 },
  ]);
});

test("a row is brought into sight by as little as needed and never under the head", () => {
  assert.equal(reveal(5, 30, 0, 400, 34), 0);
  assert.equal(reveal(5, 30, 600, 400, 34), 150);
  assert.equal(reveal(20, 30, 0, 400, 34), 264);
});

const order = ["a", "b", "c", "d", "e"];
const picked = (selection: { picked: ReadonlySet<string> }): string => [...selection.picked].sort().join("");

test("Space picks a row and puts it back", () => {
  assert.equal(picked(toggle(NOTHING, "b")), "b");
  assert.equal(picked(toggle(toggle(NOTHING, "b"), "b")), "");
});

test("Shift and an arrow extend from where the selection began, and shrink it again", () => {
  let selection = toggle(NOTHING, "b");
  selection = extend(selection, order, "b", "c");
  selection = extend(selection, order, "c", "d");
  assert.equal(picked(selection), "bcd");
  assert.equal(picked(extend(selection, order, "d", "c")), "bc");
  assert.equal(picked(extend(selection, order, "d", "a")), "ab");
});

test("an extension keeps what was picked before it and begins at the row itself when nothing was", () => {
  const before = toggle(toggle(NOTHING, "e"), "a");
  assert.equal(picked(extend(before, order, "a", "b")), "abe");
  assert.equal(picked(extend(NOTHING, order, "c", "d")), "cd");
});

test("the box in the head picks all that is shown, and only that", () => {
  const some = toggle(NOTHING, "z");
  const all = toggleAll(some, order);
  assert.equal(picked(all), "abcdez");
  assert.equal(picked(toggleAll(all, order)), "z");
});

test("who left the exam session leaves the selection", () => {
  const selection = toggle(toggle(NOTHING, "a"), "b");
  assert.equal(picked(pruned(selection, (one) => one === "b")), "b");
  assert.equal(pruned(selection, () => true), selection);
});
