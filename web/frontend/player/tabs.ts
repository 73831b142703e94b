/** Tabs of one browser asking each other who holds the exam. */

export interface Tabs {
  /** Whether another live tab holds the exam, and whether it carries this tab's id (a duplicated tab). */
  anotherHolds(): Promise<{ held: boolean; same: boolean }>;
  close(): void;
}

interface Word {
  readonly says: "who" | "here";
  readonly from: string;
  readonly tab: string;
}

const ANSWER_MS = 300;

/** `holds`: whether this tab holds the exam now; `asked`: called when another tab has asked while it does. */
export function openTabs(instance: string, tab: () => string, holds: () => boolean, asked: () => void): Tabs {
  const channel = new BroadcastChannel("kriteria-player");
  let heard: ((word: Word) => void) | null = null;
  channel.addEventListener("message", (message: MessageEvent<Word>) => {
    const word = message.data;
    if (word.from === instance) return;
    if (word.says === "here") heard?.(word);
    if (word.says === "who" && holds()) {
      channel.postMessage({ says: "here", from: instance, tab: tab() } satisfies Word);
      asked();
    }
  });
  return {
    async anotherHolds() {
      const answer = await new Promise<Word | null>((resolve) => {
        heard = resolve;
        setTimeout(() => resolve(null), ANSWER_MS);
        channel.postMessage({ says: "who", from: instance, tab: tab() } satisfies Word);
      });
      heard = null;
      return { held: answer !== null, same: answer?.tab === tab() };
    },
    close: () => channel.close(),
  };
}
