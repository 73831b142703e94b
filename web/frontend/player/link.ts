/** The state of the connection and what is due on it: heartbeats, attempts to reconnect, the cover.
 *
 * - Heartbeats go by socket; a missing acknowledgement is a failure after ACK_WAIT_MS, two in a row drop the socket.
 * - A lost socket is tried again after 0.5, 1, 2, 4, 5, 5 ... s; from the second failure on the heartbeat also goes by HTTP.
 * - While HTTP carries the heartbeats the socket is tried only every SOCKET_AGAIN_MS.
 * - `lost` (the item is covered) is counted from the sending of the last acknowledged heartbeat, so never later than the server's own count.
 * Time is an argument: monotonic milliseconds.
 */

import { backoff } from "../shared/backoff.ts";

/** With the tick of 250 ms the banner comes well within 3 s of the first failed send. */
export const ACK_WAIT_MS = 2000;
const MISSES_ALLOWED = 2;
const SOCKET_AGAIN_MS = 30_000;
const HTTP_AFTER = 2;

export type Standing = "steady" | "unsteady" | "lost";
export type Way = "socket" | "http";
export type Due = "give_up" | "connect" | "drop_socket" | "emit" | "post";

export interface Waiting {
  readonly beat: number;
  readonly sent_ms: number;
  readonly way: Way;
}

export interface Link {
  readonly interval_ms: number;
  readonly cover_after_ms: number;
  readonly beat: number;
  readonly waiting: Waiting | null;
  readonly next_beat_ms: number;
  readonly heard_ms: number;
  readonly failing: boolean;
  readonly misses: number;
  readonly socket: "open" | "connecting" | "closed";
  readonly socket_failures: number;
  readonly http_works: boolean;
  readonly attempt: number;
  readonly retry_ms: number;
}

/** A fresh link: the lease was just granted, so the server has just been heard. */
export function begin(interval_ms: number, cover_after_ms: number, mono: number): Link {
  return {
    interval_ms, cover_after_ms, beat: 0, waiting: null, next_beat_ms: mono, heard_ms: mono, failing: false, misses: 0,
    socket: "closed", socket_failures: 0, http_works: false, attempt: 0, retry_ms: mono,
  };
}

export function standing(link: Link, mono: number): Standing {
  if (mono - link.heard_ms >= link.cover_after_ms) return "lost";
  return link.failing ? "unsteady" : "steady";
}

/** What to do now; the caller does it and reports by the functions below. */
export function due(link: Link, mono: number): readonly Due[] {
  const todo: Due[] = [];
  if (link.waiting?.way === "socket" && mono - link.waiting.sent_ms >= ACK_WAIT_MS) return ["give_up"];
  if (link.socket === "open" && link.misses >= MISSES_ALLOWED) return ["drop_socket"];
  const again = link.socket === "closed" && mono >= link.retry_ms;
  if (again) todo.push("connect");
  if (link.waiting !== null) return todo;
  if (link.socket === "open") {
    if (mono >= link.next_beat_ms) todo.push("emit");
  } else if (link.http_works ? mono >= link.next_beat_ms : again && link.socket_failures >= HTTP_AFTER) {
    todo.push("post");
  }
  return todo;
}

export function connecting(link: Link): Link {
  return { ...link, socket: "connecting", attempt: link.attempt + 1 };
}

export function opened(link: Link, mono: number): Link {
  return { ...link, socket: "open", socket_failures: 0, misses: 0, http_works: false, waiting: null, next_beat_ms: mono };
}

/** The socket could not be opened or has closed. `random` in [0, 1) spreads the next attempt. */
export function closed(link: Link, mono: number, random: number): Link {
  const failures = link.socket_failures + 1;
  const wait = link.http_works ? SOCKET_AGAIN_MS : backoff(Math.max(link.attempt, failures), random);
  return {
    ...link, socket: "closed", socket_failures: failures, misses: 0, retry_ms: mono + wait,
    failing: link.failing || !link.http_works,
    waiting: link.waiting?.way === "socket" ? null : link.waiting,
  };
}

/** A heartbeat leaves; its number is `link.beat` of the result. */
export function sent(link: Link, way: Way, mono: number): Link {
  const beat = link.beat + 1;
  return { ...link, beat, waiting: { beat, sent_ms: mono, way } };
}

/** A heartbeat came back, be it late: the server heard what was sent at `beat.sent_ms`. */
export function acked(link: Link, beat: Waiting, mono: number, next_ms: number): Link {
  const http = beat.way === "http";
  const expected = link.waiting === null || link.waiting.beat === beat.beat;
  return {
    ...link, interval_ms: next_ms, waiting: expected ? null : link.waiting, heard_ms: Math.max(link.heard_ms, beat.sent_ms),
    failing: false, misses: 0, attempt: 0, next_beat_ms: Math.max(mono, beat.sent_ms + next_ms), http_works: http,
    retry_ms: http && !link.http_works ? mono + SOCKET_AGAIN_MS : link.retry_ms,
  };
}

/** A heartbeat was not acknowledged in time or could not be sent. */
export function failed(link: Link, beat: number, mono: number, random: number): Link {
  const waiting = link.waiting;
  if (waiting === null || waiting.beat !== beat) return link;
  const http = waiting.way === "http";
  return {
    ...link, waiting: null, failing: true, next_beat_ms: mono,
    misses: http ? link.misses : link.misses + 1,
    http_works: false,
    retry_ms: http && link.http_works ? mono + backoff(1, random) : link.retry_ms,
  };
}

/** The network says it is back, or the candidate asks: try at once. */
export function hurried(link: Link, mono: number): Link {
  return link.socket === "closed" ? { ...link, retry_ms: mono } : { ...link, next_beat_ms: mono };
}

/** Another request has just failed for want of a server: ask the heartbeat at once. */
export function doubted(link: Link, mono: number): Link {
  return { ...link, failing: true, next_beat_ms: Math.min(link.next_beat_ms, mono) };
}

/** The browser says there is no network: the first failed send. */
export function unplugged(link: Link): Link {
  return { ...link, failing: true };
}
