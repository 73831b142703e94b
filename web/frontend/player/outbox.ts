/** Confirmed answers on their way to the server.
 *
 * - An answer is stored durably before anybody is told so, and leaves the store only on the reply to its own answer_id.
 * - Answers are sent one at a time in the order of client_seq; sending one again is harmless, the server knows its id.
 * - The computer may keep answers of somebody who sat here before: they are never sent with another person's lease, never deleted,
 *   never counted. An answer to the attempt that is on the screen is this person's whatever lease it was made under.
 */

import type { AnswerReply, AnswerRequest } from "../shared/protocol.ts";
import type { Outcome } from "../shared/transport.ts";

export interface Entry {
  readonly owner: string;
  readonly number: number;
  /** Instant on the server's clock; null: this computer could not keep it, it is held in memory only. */
  readonly stored_ms: number | null;
  readonly answer: AnswerRequest;
}

/** Where entries survive a reload; `put` resolves when the entry is on the disk. */
export interface EntryStore {
  all(): Promise<readonly Entry[]>;
  lastSeq(owner: string): Promise<number>;
  put(entry: Entry): Promise<void>;
  drop(answer_id: string): Promise<void>;
}

/** A browser that keeps nothing: every answer is held in memory until the server has it. */
export const KEEPS_NOTHING: EntryStore = {
  all: () => Promise.resolve([]),
  lastSeq: () => Promise.resolve(0),
  put: () => Promise.reject(new DOMException("this browser stores nothing", "NotSupportedError")),
  drop: () => Promise.resolve(),
};

/** The entries of this sitting in sending order. */
export function mine(entries: readonly Entry[], owner: string, attempt: string | null): readonly Entry[] {
  return entries
    .filter((entry) => entry.owner === owner || entry.answer.attempt === attempt)
    .toSorted((one, other) => one.answer.client_seq - other.answer.client_seq);
}

/** What the sender tells the page. */
export interface Listener {
  replied(reply: AnswerReply, sent_ms: number, answered_ms: number): void;
  /** The server will not take this answer as it is; it is out of the outbox and the item is open again. */
  rejected(entry: Entry, message: string): void;
  refused(code: string, message: string): void;
  unreachable(): void;
  changed(): void;
}

/** The refusals that speak of the answer itself, so sending it again would change nothing. */
const OF_THE_ANSWER: ReadonlySet<string> = new Set(["invalid_response", "bad_request"]);
const AGAIN_MS = 5000;
const UNREACHABLE_MS = 500;

export type Send = (answer: AnswerRequest) => Promise<Outcome<AnswerReply>>;

export class Outbox {
  readonly #store: EntryStore;
  readonly #send: Send;
  readonly #listener: Listener;
  readonly #owner: string;
  #entries: readonly Entry[] = [];
  #seq = 0;
  #acknowledged = 0;
  #sending = false;
  #not_before_ms = 0;
  #loading: Promise<void> = Promise.resolve();

  constructor(store: EntryStore, owner: string, send: Send, listener: Listener) {
    this.#store = store;
    this.#owner = owner;
    this.#send = send;
    this.#listener = listener;
  }

  get waiting(): readonly Entry[] {
    return this.#entries;
  }

  /** The highest client_seq the server has answered for in this page. */
  get acknowledgedSeq(): number {
    return this.#acknowledged;
  }

  /** Read what an earlier page left behind. */
  load(attempt: string | null): Promise<void> {
    this.#loading = this.#load(attempt);
    return this.#loading;
  }

  async #load(attempt: string | null): Promise<void> {
    const stored = mine(await this.#store.all(), this.#owner, attempt);
    const known = new Set(stored.map((entry) => entry.answer.answer_id));
    this.#entries = [...stored, ...this.#entries.filter((entry) => !known.has(entry.answer.answer_id))];
    this.#seq = Math.max(this.#seq, await this.#store.lastSeq(this.#owner), ...stored.map((entry) => entry.answer.client_seq));
    this.#listener.changed();
  }

  /** Store one confirmed answer. When the computer cannot keep it, it is held in memory and still sent. */
  async add(answer: Omit<AnswerRequest, "client_seq">, number: number, now_ms: number): Promise<void> {
    await this.#loading;
    this.#seq += 1;
    let entry: Entry = { owner: this.#owner, number, stored_ms: now_ms, answer: { ...answer, client_seq: this.#seq } };
    try {
      await this.#store.put(entry);
    } catch (problem) {
      if (!(problem instanceof DOMException)) throw problem;
      entry = { ...entry, stored_ms: null };
    }
    this.#entries = [...this.#entries, entry];
    this.#listener.changed();
  }

  /** Send what waits, in order, until it is empty or something stands in the way. */
  async flush(mono: () => number): Promise<void> {
    if (this.#sending || mono() < this.#not_before_ms) return;
    this.#sending = true;
    try {
      for (let entry = this.#entries[0]; entry !== undefined; entry = this.#entries[0]) {
        if (!(await this.#sendOne(entry, mono))) return;
      }
    } finally {
      this.#sending = false;
    }
  }

  async #sendOne(entry: Entry, mono: () => number): Promise<boolean> {
    const outcome = await this.#send(entry.answer);
    switch (outcome.kind) {
      case "ok":
        if (outcome.body.answer_id !== entry.answer.answer_id) return false;
        await this.#drop(entry);
        this.#acknowledged = Math.max(this.#acknowledged, entry.answer.client_seq);
        this.#listener.replied(outcome.body, outcome.sent_ms, outcome.answered_ms);
        this.#listener.changed();
        return true;
      case "busy":
        this.#not_before_ms = mono() + outcome.retry_after_ms;
        return false;
      case "unreachable":
        this.#not_before_ms = mono() + UNREACHABLE_MS;
        this.#listener.unreachable();
        return false;
      case "refused":
        if (OF_THE_ANSWER.has(outcome.error.error)) {
          await this.#drop(entry);
          this.#listener.rejected(entry, outcome.error.message);
          this.#listener.changed();
          return true;
        }
        this.#not_before_ms = mono() + (outcome.error.retry_after_ms ?? AGAIN_MS);
        this.#listener.refused(outcome.error.error, outcome.error.message);
        return false;
    }
  }

  async #drop(entry: Entry): Promise<void> {
    await this.#store.drop(entry.answer.answer_id);
    this.#entries = this.#entries.filter((other) => other.answer.answer_id !== entry.answer.answer_id);
  }
}
