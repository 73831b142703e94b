/** The sitting as this page lives it: the only place where the network, the disk and the clock meet the model. */

import { newId } from "../shared/ids.ts";
import { t } from "../shared/messages.ts";
import type {
  AnswerReply, BrowserCheck, CandidateView, HandRequest, ItemView, LeaseReply,
} from "../shared/protocol.ts";
import { request, type Outcome, type Wire } from "../shared/transport.ts";
import type { Surroundings } from "./checks.ts";
import * as exposure from "./exposure.ts";
import * as memory from "./memory.ts";
import { OPENING, confirmed, reduce, screen, timeLeft, visibleAttempt, type Happening, type Model } from "./model.ts";
import { KEEPS_NOTHING, Outbox, type Entry, type EntryStore } from "./outbox.ts";
import { DiskStore } from "./outbox_store.ts";
import { Pulse } from "./pulse.ts";
import { blank, fitting, type Draft } from "./responses.ts";
import { nameOf, owed } from "./receipts.ts";
import { noticed, ripe, type Signal } from "./signals.ts";
import { openTabs, type Tabs } from "./tabs.ts";
import { startTicking } from "./ticker.ts";
import { watch } from "./watch.ts";

const REQUEST_MS = 8000;
const TAKE_BACK_MS = 10_000;
const RETRY_MS = 1000;

const mono = (): number => performance.now();
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What a wish of the candidate came to: nothing to say, or a sentence. */
export type Said = string | null;

export class Sitting {
  model: Model = $state.raw(OPENING);
  /** The server's clock as of the last tick; the page's only source of "now". */
  now = $state(Date.now());
  /** Seconds to the next attempt and its number, while there is no connection. */
  attempt = $state(0);
  next_try_s = $state(0);
  draft: Draft | null = $state.raw(null);
  /** A sentence about the last answer that the server did not take. */
  notice: Said = $state(null);
  /** The server could not be asked where the sitting stands; the page goes on asking. */
  unheard = $state(false);
  /** Where the focus was when the item was covered. */
  focus: { readonly attempt: string; readonly id: string } | null = null;

  readonly #instance = newId();
  readonly #wire: Wire = { fetch: (...call) => fetch(...call), mono, headers: () => ({ "X-Kriteria-Tab": this.#tab, "X-Kriteria-Epoch": String(this.#epoch) }) };
  readonly #wishes = new Map<string, string>();
  #code: string | null = null;
  #tab = "";
  #epoch = 0;
  #tabs: Tabs | null = null;
  #store: EntryStore = KEEPS_NOTHING;
  #disk: DiskStore | null = null;
  #outbox: Outbox | null = null;
  #pulse: Pulse | null = null;
  #exposure = exposure.NOTHING_SHOWN;
  #totals = new Map<number, number>();
  #signals: readonly Signal[] = [];
  #signalled_ms = 0;
  #drafted: string | null = null;
  /** Receipts that need no repeating, their ids, and when the next may be sent. */
  readonly #settled = new Set<string>();
  readonly #receipts = new Map<string, string>();
  #receipt_ms = 0;

  /** Start the page: take the lease back if this browser has one, else ask for the seat code. */
  async open(): Promise<void> {
    this.#tab = memory.tabId();
    this.#tabs = openTabs(this.#instance, () => this.#tab, () => this.model.stage === "sitting", () => this.#another());
    try {
      this.#disk = await DiskStore.open();
      this.#store = this.#disk;
    } catch (problem) {
      // Private windows and locked-down profiles refuse: the browser check says so in words.
      if (!(problem instanceof DOMException || problem instanceof ReferenceError)) throw problem;
    }
    startTicking(() => this.#tick());
    watch({
      mono,
      signal: (signal) => { if (this.screen === "item") this.#signals = noticed(this.#signals, signal); },
      online: () => this.hurry(),
      offline: () => this.#pulse?.unplugged(),
      leaving: () => this.#leave(),
    });
    if (memory.owner() === null) this.#happen({ type: "stage", stage: "seat" });
    else await this.takeBack();
  }

  get screen() {
    return screen(this.model);
  }

  get view(): CandidateView | null {
    return this.model.view;
  }

  get left(): number | null {
    return timeLeft(this.model, this.now);
  }

  /** Take the exam back on this computer after the page was reopened. */
  async takeBack(): Promise<void> {
    this.#happen({ type: "stage", stage: "opening" });
    const other = await this.#tabs?.anotherHolds();
    if (other?.same) this.#tab = memory.tabId(true);
    if (other?.held) return this.#happen({ type: "stage", stage: "second_tab" });
    let elsewhere_since: number | null = null;
    for (;;) {
      const outcome = await this.#post<LeaseReply>("lease", { tab: this.#tab });
      this.unheard = outcome.kind === "unreachable";
      if (outcome.kind === "ok") return this.#leased(outcome, memory.owner() ?? memory.newOwner());
      let wait = RETRY_MS;
      if (outcome.kind === "busy") wait = outcome.retry_after_ms;
      if (outcome.kind === "refused") {
        if (outcome.error.error === "see_operator") return this.#happen({ type: "stage", stage: "see_operator" });
        if (outcome.error.error !== "open_elsewhere") return this.startAnew();
        elsewhere_since ??= mono();
        if (mono() - elsewhere_since >= TAKE_BACK_MS) return this.#happen({ type: "stage", stage: "second_tab" });
        wait = outcome.error.retry_after_ms ?? RETRY_MS;
      }
      await pause(wait);
    }
  }

  /** Open the sitting with a seat code (digits only). */
  async enter(code: string): Promise<Said> {
    this.#code = code;
    const outcome = await this.#post<LeaseReply>("seat", { code, tab: this.#tab });
    if (outcome.kind === "ok") {
      this.#leased(outcome, memory.newOwner());
      return null;
    }
    if (outcome.kind === "refused" && outcome.error.error === "see_operator") {
      this.#happen({ type: "stage", stage: "see_operator" });
      return null;
    }
    return sentence(outcome);
  }

  /** The operator was to be seen first: try the same code again. */
  async again(): Promise<Said> {
    if (this.#code !== null) return await this.enter(this.#code);
    await this.takeBack();
    return null;
  }

  /** Back to the seat code, for a new code or the next person; what is stored on this computer stays. */
  startAnew(): void {
    memory.forget();
    this.#pulse?.stop();
    this.#pulse = null;
    this.#epoch = 0;
    this.#happen({ type: "stage", stage: "seat" });
  }

  /** Send one of the candidate's plain wishes; repeating it after a failure is the same wish. */
  async command(name: "identity" | "start" | "end" | "hand/withdraw"): Promise<Said> {
    if (name === "end") {
      await this.#outbox?.flush(mono);
      if (this.model.waiting.length > 0) return t("Your last answer is not on the server yet. Wait a moment and try again.");
    }
    return await this.#wish(name, {});
  }

  async hand(category: HandRequest["category"]): Promise<Said> {
    return await this.#wish("hand", { category });
  }

  /** The candidate has read a message: it goes from the page at once, and the server is told until it knows. */
  acknowledge(message: string): void {
    this.#happen({ type: "read", message });
    this.#receipt_ms = 0;
    void this.#receive();
  }

  /** Report the browser check; its page stays while something in it needs reading. */
  async checked(checks: readonly BrowserCheck[], browser: string): Promise<Said> {
    this.#wishes.delete("browser-check");
    this.#happen({ type: "check_held", held: checks.some((check) => !check.ok) });
    return await this.#wish("browser-check", { checks, browser });
  }

  /** What the browser check asks of this page. */
  surroundings(): Surroundings {
    return {
      server_ms: () => this.#pulse?.serverNow() ?? Date.now(),
      socket_open: () => this.#pulse?.link.socket === "open",
      auth: () => ({ tab: this.#tab, epoch: this.#epoch }),
      alone: async () => !(await this.#tabs?.anotherHolds())?.held,
    };
  }

  releaseCheck(): void {
    this.#happen({ type: "check_held", held: false });
  }

  /** Change the draft of the answer to the item on the screen. */
  drafts(item: ItemView, draft: Draft): void {
    this.draft = draft;
    this.notice = null;
    void this.#disk?.keepDraft(item.attempt, draft);
  }

  /** Confirm the answer; null leaves the item unanswered. From here on it cannot be lost or sent twice. */
  async confirm(item: ItemView, codes: readonly string[] | null): Promise<void> {
    if (this.#outbox === null || this.model.saved.where === "saving" || confirmed(this.model) !== null) return;
    this.notice = null;
    this.#happen({ type: "confirming", number: item.number });
    const now = mono();
    await this.#outbox.add({
      answer_id: newId(), attempt: item.attempt, response: codes,
      mono_ms: Math.round(now), wall_ms: Date.now(), visible_ms: exposure.visibleMs(this.#exposure, now),
    }, item.number, this.now);
    await this.#outbox.flush(mono);
  }

  /** Try the connection now. */
  hurry(): void {
    this.#pulse?.hurry();
  }

  // ------------------------------------------------------------------------------------------------ inside
  #happen(happening: Happening): void {
    this.model = reduce(this.model, happening);
    this.#exposure = exposure.show(this.#exposure, visibleAttempt(this.model), mono());
    const item = this.model.stage === "sitting" ? (this.model.view?.item ?? null) : null;
    if (item !== null && item.attempt !== this.#drafted) void this.#present(item);
    if (this.screen === "finished" && this.model.waiting.length === 0) this.#pulse?.stop();
  }

  /** A new item: its draft, and on the first one of a lease what an earlier page has left in the outbox. */
  async #present(item: ItemView): Promise<void> {
    const first = this.#drafted === null;
    this.#drafted = item.attempt;
    this.draft = blank(item);
    if (!first) return;
    const kept = await this.#disk?.draft(item.attempt);
    if (this.#drafted === item.attempt) this.draft = fitting(item, kept);
    await this.#outbox?.load(item.attempt);
    await this.#outbox?.flush(mono);
  }

  #leased(outcome: Extract<Outcome<LeaseReply>, { kind: "ok" }>, owner: string): void {
    const { epoch, view } = outcome.body;
    this.#epoch = epoch;
    memory.keepEpoch(epoch);
    const left = memory.takeLeft();
    this.#exposure = left === null ? exposure.NOTHING_SHOWN : exposure.takeOver(left);
    this.#drafted = null;
    this.draft = null;
    this.#settled.clear();
    this.#receipts.clear();
    this.#pulse?.stop();
    this.#pulse = new Pulse(this.#wire, {
      lease: () => ({ tab: this.#tab, epoch: this.#epoch }),
      facts: () => this.#facts(),
      acknowledged: (reply, sent_ms) => {
        // The server counts the connection as lost until it hears from a page that knows so: nothing is settled yet, ask again.
        const still_lost = reply.view?.cover?.reasons.includes("disconnected") ?? false;
        if (!still_lost) this.#exposure = exposure.acknowledged(this.#exposure, this.#totals.get(sent_ms) ?? 0);
        for (const at of [...this.#totals.keys()]) if (at <= sent_ms) this.#totals.delete(at);
        if (reply.view !== null) this.#happen({ type: "view", view: reply.view });
        const { remaining_ms, running, server_ms } = reply;
        if (remaining_ms !== null) this.#happen({ type: "clock", countdown: { remaining_ms, running, server_ms } });
        this.#stand();
        if (still_lost) this.hurry();
        void this.#outbox?.flush(mono);
      },
      view: (seen) => this.#happen({ type: "view", view: seen }),
      refused: (code) => this.#refused(code),
    }, view.settings.heartbeat_ms, view.settings.cover_after_ms);
    this.#pulse.measured(outcome.sent_ms, outcome.answered_ms, view.server_ms);
    this.now = this.#pulse.serverNow();
    this.#outbox = new Outbox(this.#store, owner, (answer) => this.#post<AnswerReply>("answer", answer), {
      replied: (reply, sent_ms, answered_ms) => {
        this.#pulse?.measured(sent_ms, answered_ms, reply.view.server_ms);
        this.#happen({ type: "view", view: reply.view });
        if (reply.reason === "old_lease") this.#refused("old_lease");
      },
      rejected: (_entry: Entry, message) => { this.notice = message || t("The server could not take this answer. Check it and confirm it again."); },
      refused: (code) => this.#refused(code),
      unreachable: () => this.#pulse?.doubt(),
      changed: () => this.#happen({ type: "outbox", waiting: this.#outbox?.waiting ?? [] }),
    });
    this.#happen({ type: "leased", view });
    void this.#outbox.load(view.item?.attempt ?? null).then(() => this.#outbox?.flush(mono));
    this.#pulse.tick();
  }

  #facts() {
    const now = mono();
    this.#totals.set(this.#pulse?.link.waiting?.sent_ms ?? now, exposure.totalMs(this.#exposure, now));
    return {
      state_version: this.model.view?.state_version ?? 0,
      outbox_depth: Math.min(this.model.waiting.length, 1000),
      last_ack_seq: this.#outbox?.acknowledgedSeq ?? 0,
      visible: document.visibilityState === "visible",
      covered: this.screen !== "item",
      uncovered_ms: exposure.uncoveredMs(this.#exposure, now),
    };
  }

  #refused(code: string): void {
    if (code === "old_lease") {
      this.#pulse?.stop();
      this.#happen({ type: "stage", stage: "fenced" });
    } else if (code === "no_device" || code === "not_registered") this.startAnew();
  }

  #tick(): void {
    const pulse = this.#pulse;
    if (pulse === null || this.model.stage !== "sitting") {
      // A fenced page still hands over what it holds: the server keeps it for review.
      if (this.model.stage === "fenced") void this.#outbox?.flush(mono);
      return;
    }
    pulse.tick();
    this.now = pulse.serverNow();
    this.attempt = pulse.link.attempt;
    this.next_try_s = Math.max(0, Math.ceil((pulse.link.retry_ms - mono()) / 1000));
    this.#stand();
    if (this.model.waiting.length > 0 && this.model.standing === "steady") void this.#outbox?.flush(mono);
    void this.#receive();
    const signal = ripe(this.#signals, this.#signalled_ms, mono());
    if (signal !== null) void this.#signal(signal);
  }

  #stand(): void {
    const standing = this.#pulse?.standing ?? "steady";
    if (standing !== this.model.standing) this.#happen({ type: "standing", standing, server_now: this.now });
  }

  async #signal(signal: Signal): Promise<void> {
    this.#signalled_ms = mono();
    const duration_ms = Math.round(signal.to_ms - signal.from_ms);
    const outcome = await this.#post<CandidateView>("signal", { command_id: newId(), kind: signal.kind, duration_ms });
    if (outcome.kind === "ok" || outcome.kind === "refused") this.#signals = this.#signals.filter((other) => other !== signal);
    if (outcome.kind === "ok") this.#happen({ type: "view", view: outcome.body });
  }

  /** Send the next receipt for a message of the operator, one at a time; what gets no answer is sent again. */
  async #receive(): Promise<void> {
    const epoch = this.#epoch;
    const receipt = owed(this.model, document.visibilityState === "visible", this.#settled);
    if (receipt === null || this.model.standing === "lost" || mono() < this.#receipt_ms) return;
    this.#receipt_ms = mono() + REQUEST_MS + RETRY_MS;
    const name = nameOf(receipt);
    const command_id = this.#receipts.get(name) ?? newId();
    this.#receipts.set(name, command_id);
    const outcome = await this.#post<CandidateView>("message", { command_id, ...receipt });
    if (epoch !== this.#epoch) return;
    this.#receipt_ms = mono() + (outcome.kind === "ok" ? 0 : RETRY_MS);
    if (outcome.kind === "ok" || outcome.kind === "refused") this.#settled.add(name);
    if (outcome.kind === "ok") this.#happen({ type: "view", view: outcome.body });
    if (outcome.kind === "refused") this.#refused(outcome.error.error);
    if (outcome.kind === "unreachable") this.#pulse?.doubt();
  }

  /** Another tab of this browser has asked for the exam while this one holds it. */
  #another(): void {
    const now = mono();
    this.#signals = noticed(this.#signals, { kind: "second_tab", from_ms: now, to_ms: now });
  }

  #leave(): void {
    if (this.model.stage !== "sitting" || this.screen === "finished") return;
    memory.keepLeft(exposure.leave(this.#exposure, mono()));
    navigator.sendBeacon("/api/candidate/left");
  }

  async #wish(name: string, body: object): Promise<Said> {
    const command_id = this.#wishes.get(name) ?? newId();
    this.#wishes.set(name, command_id);
    const outcome = await this.#post<CandidateView>(name, { command_id, ...body });
    if (outcome.kind === "ok") {
      this.#wishes.delete(name);
      this.#pulse?.measured(outcome.sent_ms, outcome.answered_ms, outcome.body.server_ms);
      this.#happen({ type: "view", view: outcome.body });
      return null;
    }
    if (outcome.kind === "unreachable") this.#pulse?.doubt();
    if (outcome.kind === "refused") {
      this.#wishes.delete(name);
      this.#refused(outcome.error.error);
    }
    return sentence(outcome);
  }

  #post<Reply>(name: string, body: object): Promise<Outcome<Reply>> {
    return request<Reply>(this.#wire, "POST", `/api/candidate/${name}`, body, REQUEST_MS);
  }
}

function sentence(outcome: Exclude<Outcome<unknown>, { kind: "ok" }>): string {
  const told = outcome.kind === "unreachable" ? "" : outcome.kind === "busy" ? outcome.message : outcome.error.message;
  return told || t("There is no connection to the server. Nothing is lost. Try again in a moment.");
}
