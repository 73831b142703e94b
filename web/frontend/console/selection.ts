/** Which sittings are picked for a common action.
 *
 * - The anchor is where an extension (Shift) began; an extension replaces the last extension, not what was picked before it.
 */

export interface Selection {
  readonly picked: ReadonlySet<string>;
  readonly anchor: string | null;
  /** What was picked before the extension from the anchor began. */
  readonly base: ReadonlySet<string>;
}

export const NOTHING: Selection = { picked: new Set(), anchor: null, base: new Set() };

export function toggle(selection: Selection, sitting: string): Selection {
  const picked = new Set(selection.picked);
  if (!picked.delete(sitting)) picked.add(sitting);
  return { picked, anchor: sitting, base: picked };
}

/** Everything between the anchor and `to` in the order shown; without an anchor it begins at `from`. */
export function extend(selection: Selection, order: readonly string[], from: string, to: string): Selection {
  const kept = selection.anchor !== null && order.includes(selection.anchor);
  const anchor = kept && selection.anchor !== null ? selection.anchor : from;
  const base = kept ? selection.base : selection.picked;
  const ends = [order.indexOf(anchor), order.indexOf(to)];
  if (ends.includes(-1)) return selection;
  const range = order.slice(Math.min(...ends), Math.max(...ends) + 1);
  return { picked: new Set([...base, ...range]), anchor, base };
}

/** All of `order` picked; when all are picked already, none of them. */
export function toggleAll(selection: Selection, order: readonly string[]): Selection {
  const all = order.length > 0 && order.every((sitting) => selection.picked.has(sitting));
  const picked = all ? new Set([...selection.picked].filter((one) => !order.includes(one))) : new Set([...selection.picked, ...order]);
  return { picked, anchor: null, base: picked };
}

/** Without the sittings that no longer exist; the same value when none is gone. */
export function pruned(selection: Selection, exists: (sitting: string) => boolean): Selection {
  if ([...selection.picked].every(exists)) return selection;
  const picked = new Set([...selection.picked].filter(exists));
  return { picked, anchor: null, base: picked };
}
