/** The console's state on the screen: what is painted, filtered, picked, open and being sent.
 *
 * - The board may change many times a second; it is painted at most every 250 ms, and once a second so that clocks tick.
 */

import { newId } from "../shared/ids.ts";
import { t } from "../shared/messages.ts";
import type { CommandReply, ConsoleCommand, ExamSessionView, Row, Timeline } from "../shared/protocol.ts";
import { request, type Outcome, type Wire } from "../shared/transport.ts";
import { incidentOf, queue, type Matter } from "./attention.ts";
import { inOrder, type Board, type Entry } from "./board.ts";
import { obstacle, type Action } from "./bulk.ts";
import { counts, shown, type Filter } from "./filters.ts";
import type { Health, Slot } from "./health.ts";
import type { Live } from "./live.ts";
import { AT_ONCE, command, draft, persistently, tally, type Limits, type Particulars, type Tally } from "./orders.ts";
import { NOTHING, extend, pruned, toggle, toggleAll, type Selection } from "./selection.ts";
import { lettersAct, rememberLetters } from "./settings.ts";
import { actionCount } from "./words.ts";

const PAINT_MS = 250;
const SEND_TIMEOUT_MS = 15_000;

export interface Frame {
  readonly board: Board;
  readonly now: number;
  readonly health: Health;
  readonly slots: readonly Slot[];
  readonly refusal: string | null;
}

/** Commands that belong together and are sent one after the other; `left` are those without an answer yet. */
export interface Job {
  readonly action: Action;
  readonly rows: readonly Row[];
  readonly left: readonly ConsoleCommand[];
  readonly tallies: readonly Tally[];
  readonly state: "sending" | "unanswered" | "refused";
  readonly message: string | null;
}

export interface Asked {
  readonly action: Action;
  readonly rows: readonly Row[];
  /** What the wish says for each sitting beside what is filled in: which matter is accepted, which incident is meant. */
  readonly particulars: Particulars;
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function joined(tallies: readonly Tally[], action: Action): Tally {
  return {
    action,
    done: tallies.flatMap((one) => one.done),
    refused: tallies.flatMap((one) => one.refused),
    codes: tallies.flatMap((one) => one.codes),
  };
}

export class Operator {
  frame: Frame = $state.raw() as Frame;
  filter: Filter = $state("all");
  query = $state("");
  selection: Selection = $state.raw(NOTHING);
  /** The row that holds the place of the keyboard in the list. */
  active: string | null = $state(null);
  /** The sitting shown in the panel. */
  open: string | null = $state(null);
  asked: Asked | null = $state.raw(null);
  job: Job | null = $state.raw(null);
  result: Tally | null = $state.raw(null);
  codes: Tally["codes"] = $state.raw([]);
  shortcuts = $state(lettersAct());

  readonly entries: readonly Entry[] = $derived(inOrder(this.frame.board));
  readonly rows: readonly Row[] = $derived(this.entries.map((entry) => entry.row));
  readonly counts = $derived(counts(this.rows));
  readonly matters: readonly Matter[] = $derived(queue(this.rows));
  readonly shown = $derived(shown(this.rows, this.filter, this.query));
  readonly order: readonly string[] = $derived(this.shown.rows.map((row) => row.sitting));
  readonly picked: readonly Row[] = $derived(this.rows.filter((row) => this.selection.picked.has(row.sitting)));
  readonly session: ExamSessionView | null = $derived(this.frame.board.session);
  readonly limits: Limits = $derived({
    grantMinutes: this.session?.grant_limit_minutes ?? 0,
    operates: this.session?.operates ?? false,
    chief: this.session?.chief ?? false,
    supervises: this.session?.supervises ?? false,
  });

  private readonly live: Live;
  private readonly wire: Wire;
  private readonly root: string;
  private painted = -Infinity;
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(live: Live, wire: Wire, root: string) {
    this.live = live;
    this.wire = wire;
    this.root = root;
    this.paint();
  }

  /** Something changed: paint soon, but not more often than every 250 ms. */
  dirty(): void {
    this.timer ??= setTimeout(() => this.paint(), Math.max(0, this.painted + PAINT_MS - this.wire.mono()));
  }

  paint(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.painted = this.wire.mono();
    const { board, slots, refusal } = this.live;
    this.frame = { board, now: this.live.now(), health: this.live.health(), slots, refusal };
    this.selection = pruned(this.selection, (sitting) => board.entries.has(sitting));
    if (this.open !== null && board.session !== null && !board.entries.has(this.open)) this.open = null;
  }

  row(sitting: string): Row | null {
    return this.frame.board.entries.get(sitting)?.row ?? null;
  }

  toggle(sitting: string): void {
    this.selection = toggle(this.selection, sitting);
  }

  toggleAll(): void {
    this.selection = toggleAll(this.selection, this.order);
  }

  extend(from: string, to: string): void {
    this.selection = extend(this.selection, this.order, from, to);
  }

  pick(rows: readonly Row[]): void {
    const picked = new Set(rows.map((row) => row.sitting));
    this.selection = { picked, anchor: null, base: picked };
  }

  unpick(): void {
    this.selection = NOTHING;
  }

  setShortcuts(on: boolean): void {
    this.shortcuts = on;
    rememberLetters(on);
  }

  /** Begin an action for these rows: at once where the preview is enough, otherwise by its dialog. */
  ask(action: Action, rows: readonly Row[], particulars: Particulars = new Map()): void {
    if (!AT_ONCE.has(action)) {
      this.asked = { action, rows, particulars };
      return;
    }
    const able = rows.filter((row) => obstacle(row, action, this.limits) === null);
    if (able.length > 0) void this.send(action, able, [command(draft(action, able), able, newId())]);
  }

  acknowledge(matter: Matter): void {
    const parts = matter.parts.filter((part) => obstacle(part.row, "acknowledge", this.limits) === null);
    const particulars = new Map(parts.map(({ row, attention }) => [row.sitting, { subject: attention.subject }]));
    if (parts.length > 0) this.ask("acknowledge", parts.map((part) => part.row), particulars);
  }

  /** Say what was done about an outage that is over: once, for everybody it struck. */
  settle(incident: string): void {
    const struck = this.rows.filter((row) => row.attention.some((one) => one.kind === "after_outage" && incidentOf(one.subject) === incident));
    const able = struck.filter((row) => obstacle(row, "close_incident", this.limits) === null);
    if (able.length > 0) this.ask("close_incident", able, new Map(able.map((row) => [row.sitting, { incident }])));
  }

  /** Send commands one after the other; resolves to whether all of them were answered. */
  async send(action: Action, rows: readonly Row[], commands: readonly ConsoleCommand[], before: readonly Tally[] = []): Promise<boolean> {
    this.result = null;
    const tallies = [...before];
    for (let at = 0; at < commands.length; at += 1) {
      const one = commands[at]!;
      const left = commands.slice(at);
      this.job = { action, rows, left, tallies, state: "sending", message: null };
      const answer = await this.deliver(one);
      if (answer.kind === "ok") tallies.push(tally(action, rows, answer.body));
      else {
        const refused = answer.kind === "refused";
        this.job = { action, rows, left, tallies, state: refused ? "refused" : "unanswered", message: refused ? answer.error.message || answer.error.error : null };
        return false;
      }
    }
    this.finish(joined(tallies, action));
    return true;
  }

  /** Repeat what got no answer, under the same ids. */
  async repeat(): Promise<boolean> {
    const job = this.job;
    return job === null ? true : this.send(job.action, job.rows, job.left, job.tallies);
  }

  drop(): void {
    this.job = null;
  }

  /** Words for what is being sent. */
  jobWords(job: Job): string {
    return actionCount(job.action, job.rows.length);
  }

  async timeline(sitting: string): Promise<Timeline | string> {
    const path = `${this.root}/sittings/${encodeURIComponent(sitting)}/timeline`;
    const answer = await request<Timeline>(this.wire, "GET", path, undefined, SEND_TIMEOUT_MS);
    if (answer.kind === "ok") return answer.body;
    return answer.kind === "refused" ? answer.error.message : t("The timeline cannot be read now. It is tried again by itself.");
  }

  private finish(result: Tally): void {
    this.job = null;
    this.asked = null;
    this.result = result;
    this.codes = result.codes;
    const refused = new Set(result.refused.map((one) => one.row.sitting));
    const done = result.done.filter((row) => !refused.has(row.sitting)).map((row) => row.sitting);
    if (done.length > 1 && result.action !== "acknowledge") {
      const picked = new Set([...this.selection.picked].filter((sitting) => !done.includes(sitting)));
      this.selection = { picked, anchor: null, base: picked };
    }
    if (this.frame.health !== "live") void this.live.poll();
  }

  private deliver(one: ConsoleCommand): Promise<Outcome<CommandReply>> {
    return persistently(() => request<CommandReply>(this.wire, "POST", `${this.root}/${one.action === "reopen" ? "reopen" : "commands"}`, one, SEND_TIMEOUT_MS), wait);
  }
}
