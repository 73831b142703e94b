/** Which rows of a long list are drawn: the arithmetic of a window over rows of one height.
 *
 * - The row that holds the focus is always drawn, also when it was scrolled away, so that the focus is never lost.
 */

/** A drawn row, or so many rows left empty. */
export type Piece = { readonly kind: "row"; readonly index: number } | { readonly kind: "gap"; readonly rows: number; readonly number: number };

export interface Span {
  readonly first: number;
  readonly end: number;
}

/** The rows [first, end) that can be seen `scrolled` px below the first row in `height` px, and `spare` more on both sides. */
export function span(count: number, rowHeight: number, scrolled: number, height: number, spare = 6): Span {
  if (count === 0 || rowHeight <= 0) return { first: 0, end: 0 };
  const top = Math.min(Math.max(0, scrolled), Math.max(0, count * rowHeight - height));
  const first = Math.max(0, Math.floor(top / rowHeight) - spare);
  const end = Math.min(count, Math.ceil((top + height) / rowHeight) + spare);
  return { first, end };
}

/** Rows and gaps from the first row to the last: the span, and the row with the focus (-1: none). */
export function pieces(count: number, { first, end }: Span, focused: number): Piece[] {
  const drawn = new Set<number>();
  for (let index = first; index < end; index += 1) drawn.add(index);
  if (focused >= 0 && focused < count) drawn.add(focused);
  const list: Piece[] = [];
  let next = 0;
  let gaps = 0;
  const leave = (rows: number): void => {
    if (rows > 0) list.push({ kind: "gap", rows, number: gaps++ });
  };
  for (const index of [...drawn].sort((a, b) => a - b)) {
    leave(index - next);
    list.push({ kind: "row", index });
    next = index + 1;
  }
  leave(count - next);
  return list;
}

/** How far to scroll so that row `index` is whole in sight below a head of `head` px; the present position when it already is. */
export function reveal(index: number, rowHeight: number, scrolled: number, height: number, head: number): number {
  const top = index * rowHeight;
  const room = height - head;
  if (top < scrolled) return top;
  return top + rowHeight > scrolled + room ? top + rowHeight - room : scrolled;
}
