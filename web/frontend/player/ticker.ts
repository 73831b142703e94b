/** Calls back four times a second, also while the tab is hidden. */

export function startTicking(tick: () => void): () => void {
  const worker = new Worker(new URL("./ticker.worker.ts", import.meta.url), { type: "module" });
  worker.addEventListener("message", tick);
  return () => worker.terminate();
}
