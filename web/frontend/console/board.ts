/** What the console knows: rows by sitting, merged from snapshots, ticks and the feed.
 *
 * - A row with an older version never overwrites a newer one; of two with the same version the later message wins
 *   (the link and the clock change without an event).
 * - Every event of the exam session raises one row's version by one and the feed by one. So the versions gained since the last
 *   known feed number say how far we have really seen; a tick that is ahead of that has lost something on the way.
 * - Rows keep their place: the order is that of the seats.
 */

import type { ExamSessionView, FeedReply, Row, Snapshot, Tick } from "../shared/protocol.ts";

/** A row and the server's time (ms) at which it was true. */
export interface Entry {
  readonly row: Row;
  readonly at: number;
}

export interface Board {
  readonly session: ExamSessionView | null;
  readonly entries: ReadonlyMap<string, Entry>;
  /** Sittings in the order of their seats. */
  readonly order: readonly string[];
  /** Server time of the newest message. */
  readonly serverMs: number;
  /** A feed number and the sum of all versions that belonged to it. */
  readonly feed: number;
  readonly versionsAtFeed: number;
}

export const EMPTY: Board = { session: null, entries: new Map(), order: [], serverMs: 0, feed: 0, versionsAtFeed: 0 };

const seats = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

function bySeat(entries: ReadonlyMap<string, Entry>): string[] {
  return [...entries.values()]
    .sort((a, b) => seats.compare(a.row.seat, b.row.seat) || seats.compare(a.row.sitting, b.row.sitting))
    .map((entry) => entry.row.sitting);
}

function supersedes(known: Entry | undefined, row: Row, at: number): boolean {
  if (known === undefined || row.version > known.row.version) return true;
  return row.version === known.row.version && at >= known.at;
}

function merged(entries: ReadonlyMap<string, Entry>, rows: readonly Row[], at: number): ReadonlyMap<string, Entry> {
  const next = new Map(entries);
  for (const row of rows) if (supersedes(next.get(row.sitting), row, at)) next.set(row.sitting, { row, at });
  return next;
}

function versions(entries: ReadonlyMap<string, Entry>): number {
  let sum = 0;
  for (const entry of entries.values()) sum += entry.row.version;
  return sum;
}

function reordered(board: Board, entries: ReadonlyMap<string, Entry>): readonly string[] {
  if (entries.size !== board.order.length) return bySeat(entries);
  const same = board.order.every((sitting) => entries.get(sitting)?.row.seat === board.entries.get(sitting)?.row.seat);
  return same ? board.order : bySeat(entries);
}

function settled(board: Board, entries: ReadonlyMap<string, Entry>, serverMs: number): Board {
  return { ...board, entries, order: reordered(board, entries), serverMs: Math.max(board.serverMs, serverMs) };
}

/** A snapshot is complete: what it does not name is gone, unless it is older than what we already have. */
export function takeSnapshot(board: Board, snapshot: Snapshot): Board {
  const rows = merged(board.entries, snapshot.rows, snapshot.server_ms);
  const named = new Set(snapshot.rows.map((row) => row.sitting));
  const fresh = snapshot.server_ms >= board.serverMs;
  const entries = fresh ? new Map([...rows].filter(([sitting]) => named.has(sitting))) : rows;
  const next = settled({ ...board, session: snapshot.exam_session }, entries, snapshot.server_ms);
  if (snapshot.feed < board.feed) return next;
  return { ...next, feed: snapshot.feed, versionsAtFeed: sumAt(snapshot.rows) };
}

function sumAt(rows: readonly Row[]): number {
  return rows.reduce((sum, row) => sum + row.version, 0);
}

/** A tick brings the rows that changed; when nothing is missing up to its head, that head becomes the known feed number. */
export function takeTick(board: Board, tick: Tick): Board {
  const entries = tick.rows.length > 0 ? merged(board.entries, tick.rows, tick.server_ms) : board.entries;
  const next = settled(board, entries, tick.server_ms);
  if (tick.feed <= board.feed || behind(next, tick.feed)) return next;
  return { ...next, feed: tick.feed, versionsAtFeed: versions(entries) - (seen(next) - tick.feed) };
}

/** The reply to a question for what was missed; it may be a part, then `behind` asks for the rest. */
export function takeFeed(board: Board, reply: FeedReply): Board {
  const next = settled(board, merged(board.entries, reply.rows, reply.server_ms), reply.server_ms);
  const reached = reply.entries.at(-1)?.feed ?? reply.head;
  return reached <= board.feed ? next : { ...next, feed: reached, versionsAtFeed: versions(next.entries) };
}

/** The feed number up to which every event is known to be in the rows. */
export function seen(board: Board): number {
  return board.feed + Math.max(0, versions(board.entries) - board.versionsAtFeed);
}

/** Whether the head of the feed is ahead of what was seen, so that the feed must be asked. */
export function behind(board: Board, head: number): boolean {
  return board.session !== null && head > seen(board);
}

/** The rows in the order of their seats. */
export function inOrder(board: Board): Entry[] {
  return board.order.map((sitting) => board.entries.get(sitting)).filter((entry) => entry !== undefined);
}
