/** JSON over HTTP with three ends: the server's answer, the server's refusal, or no server.
 *
 * Anything that is not JSON (a captive portal's page, a proxy's error) and every redirect counts as no server.
 * 429 and a fault the server itself describes mean "later".
 */

import type { ErrorReply } from "./protocol.ts";

export type Outcome<Reply> =
  | { readonly kind: "ok"; readonly body: Reply; readonly sent_ms: number; readonly answered_ms: number }
  | { readonly kind: "refused"; readonly status: number; readonly error: ErrorReply }
  | { readonly kind: "busy"; readonly retry_after_ms: number; readonly message: string }
  | { readonly kind: "unreachable" };

export interface Reached {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly retry_after: string | null;
}

const LATER_MS = 1000;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (problem) {
    if (problem instanceof SyntaxError) return undefined;
    throw problem;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a reply means; `sent_ms` and `answered_ms` are monotonic instants around it. */
export function read<Reply>(reached: Reached, sent_ms: number, answered_ms: number): Outcome<Reply> {
  const body = reached.type.includes("json") ? parsed(reached.text) : undefined;
  if (reached.status === 429 || (reached.status >= 500 && isObject(body))) {
    const told = isObject(body) && typeof body["retry_after_ms"] === "number" ? body["retry_after_ms"] : Number(reached.retry_after ?? "") * 1000;
    const message = isObject(body) && typeof body["message"] === "string" ? body["message"] : "";
    return { kind: "busy", retry_after_ms: told > 0 ? told : LATER_MS, message };
  }
  if (reached.status >= 500 || !isObject(body)) return { kind: "unreachable" };
  if (reached.status >= 400) {
    const error = typeof body["error"] === "string" ? body["error"] : "unknown";
    const message = typeof body["message"] === "string" ? body["message"] : "";
    const retry = typeof body["retry_after_ms"] === "number" ? body["retry_after_ms"] : null;
    return { kind: "refused", status: reached.status, error: { error, message, retry_after_ms: retry } };
  }
  return { kind: "ok", body: body as Reply, sent_ms, answered_ms };
}

export interface Wire {
  readonly fetch: typeof fetch;
  /** The monotonic clock in ms. */
  readonly mono: () => number;
  readonly headers: () => Readonly<Record<string, string>>;
}

/** One request; it never throws for what a network does. */
export async function request<Reply>(wire: Wire, method: "GET" | "POST", path: string, body: unknown, timeout_ms: number): Promise<Outcome<Reply>> {
  const sent_ms = wire.mono();
  try {
    const response = await wire.fetch(path, {
      method,
      headers: { Accept: "application/json", ...(method === "POST" ? { "Content-Type": "application/json" } : {}), ...wire.headers() },
      ...(method === "POST" ? { body: JSON.stringify(body ?? {}) } : {}),
      credentials: "same-origin",
      cache: "no-store",
      redirect: "error",
      signal: AbortSignal.timeout(timeout_ms),
    });
    const text = await response.text();
    const type = response.headers.get("content-type") ?? "";
    return read<Reply>({ status: response.status, type, text, retry_after: response.headers.get("retry-after") }, sent_ms, wire.mono());
  } catch (problem) {
    // fetch rejects with a TypeError when there is no way through, and with a DOMException when the time is up.
    if (problem instanceof TypeError || problem instanceof DOMException) return { kind: "unreachable" };
    throw problem;
  }
}
