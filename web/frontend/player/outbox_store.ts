/** The outbox on the disk: IndexedDB, written with strict durability; drafts beside it, which are a comfort and may be lost. */

import { openDB, type DBSchema, type IDBPDatabase } from "idb";
import type { Entry, EntryStore } from "./outbox.ts";
import type { Draft } from "./responses.ts";

interface Shelves extends DBSchema {
  answers: { key: string; value: Entry };
  seqs: { key: string; value: number };
  drafts: { key: string; value: Draft };
}

const NAME = "kriteria-player";

export class DiskStore implements EntryStore {
  readonly #db: IDBPDatabase<Shelves>;

  private constructor(db: IDBPDatabase<Shelves>) {
    this.#db = db;
  }

  static async open(): Promise<DiskStore> {
    const db = await openDB<Shelves>(NAME, 1, {
      upgrade(fresh) {
        fresh.createObjectStore("answers");
        fresh.createObjectStore("seqs");
        fresh.createObjectStore("drafts");
      },
    });
    return new DiskStore(db);
  }

  async all(): Promise<readonly Entry[]> {
    return await this.#db.getAll("answers");
  }

  async lastSeq(owner: string): Promise<number> {
    return (await this.#db.get("seqs", owner)) ?? 0;
  }

  async put(entry: Entry): Promise<void> {
    const change = this.#db.transaction(["answers", "seqs"], "readwrite", { durability: "strict" });
    await change.objectStore("answers").put(entry, entry.answer.answer_id);
    await change.objectStore("seqs").put(entry.answer.client_seq, entry.owner);
    await change.done;
  }

  async drop(answer_id: string): Promise<void> {
    await this.#db.delete("answers", answer_id);
  }

  async draft(attempt: string): Promise<Draft | undefined> {
    return await this.#db.get("drafts", attempt);
  }

  /** Only the draft of the present attempt is of any use. */
  async keepDraft(attempt: string, draft: Draft): Promise<void> {
    const change = this.#db.transaction("drafts", "readwrite");
    await change.store.clear();
    await change.store.put(draft, attempt);
    await change.done;
  }
}

/** Whether this browser really keeps what is written: one strict write, read back and removed. */
export async function keepsData(): Promise<boolean> {
  try {
    const db = await openDB("kriteria-check", 1, { upgrade: (fresh) => void fresh.createObjectStore("probe") });
    const written = db.transaction("probe", "readwrite", { durability: "strict" });
    await written.store.put("kept", "probe");
    await written.done;
    const kept = (await db.get("probe", "probe")) === "kept";
    await db.delete("probe", "probe");
    db.close();
    return kept;
  } catch (problem) {
    if (problem instanceof DOMException || problem instanceof ReferenceError || problem instanceof TypeError) return false;
    throw problem;
  }
}
