/** Rows for the tests: a candidate in the middle of a test, changed where a test needs it. */

import type { Attention, Row, Snapshot, Tick } from "../../shared/protocol.ts";

export const NOW = 1_800_000_000_000;

export function row(seat: string, change: Partial<Row> = {}): Row {
  return {
    sitting: `s${seat}`, version: 5, seat, name: `Candidate ${seat}`, reference: `R-${seat}`, station: null, lifecycle: "running", holds: [], link: "online",
    last_seen: NOW - 1_000, item_number: 3, item_maximum: 60, item_since: NOW - 20_000, areas_done: 0, areas_total: 6, remaining_ms: 600_000, clock_running: true,
    planned_ms: 0, incident_ms: 0, saved_at: NOW - 20_000, outbox_depth: 0, browser: "Firefox 140", check_failed: [], flags: { info: 0, notice: 0, alert: 0 },
    hand: null, unread: 0, message: null, drops: 0, review_ms: 0, end_reason: null, attention: [], can: {}, ...change,
  };
}

export function attention(kind: Attention["kind"], level: Attention["level"], since: number): Attention {
  return { subject: `${kind}:${since}`, kind, level, since, number: 1 };
}

export function snapshot(rows: readonly Row[], feed: number, server_ms = NOW): Snapshot {
  const exam_session = {
    id: "x", title: "CRM", room: "2", starts_at: NOW, status: "open" as const, operator: "01", operates: true, chief: false, supervises: false,
    grant_limit_minutes: 15, offline_after_ms: 8_000, unstable_after_ms: 5_000,
  };
  return { exam_session, feed, server_ms, rows };
}

export function tick(rows: readonly Row[], feed: number, server_ms = NOW + 250): Tick {
  return { feed, server_ms, rows, received: 10, expected: 10 };
}
