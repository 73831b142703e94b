/** Listens to the window for integrity signals and to the browser for the network; it only reports. */

import type { Signal } from "./signals.ts";

export interface Reports {
  mono(): number;
  signal(signal: Signal): void;
  online(): void;
  offline(): void;
  leaving(): void;
}

/** Starts listening; the returned function ends it. */
export function watch(reports: Reports): () => void {
  const end = new AbortController();
  const once = { signal: end.signal };
  let hidden_since: number | null = null;
  let blurred_since: number | null = null;
  const moment = (kind: Signal["kind"]): void => {
    const now = reports.mono();
    reports.signal({ kind, from_ms: now, to_ms: now });
  };

  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") {
      hidden_since = reports.mono();
      blurred_since = null;
    } else if (hidden_since !== null) {
      reports.signal({ kind: "hidden", from_ms: hidden_since, to_ms: reports.mono() });
      hidden_since = null;
    }
  }, once);
  window.addEventListener("blur", () => {
    if (document.visibilityState === "visible") blurred_since = reports.mono();
  }, once);
  window.addEventListener("focus", () => {
    if (blurred_since !== null) reports.signal({ kind: "blur", from_ms: blurred_since, to_ms: reports.mono() });
    blurred_since = null;
  }, once);
  for (const kind of ["copy", "paste"] as const) document.addEventListener(kind, () => moment(kind), once);
  document.addEventListener("cut", () => moment("copy"), once);
  window.addEventListener("beforeprint", () => moment("print"), once);
  window.addEventListener("online", () => reports.online(), once);
  window.addEventListener("offline", () => reports.offline(), once);
  window.addEventListener("pagehide", () => reports.leaving(), once);
  // A page taken from the back-forward cache shows a moment that has passed.
  window.addEventListener("pageshow", (shown) => {
    if (shown.persisted) location.reload();
  }, once);
  return () => end.abort();
}
