/** Keeps the board true: takes ticks, heals gaps by the feed, polls the snapshot when ticks stay away.
 *
 * - Socket.IO is a hint channel; whatever it loses is asked for over HTTP.
 * - One question for the feed and one for the snapshot at a time.
 */

import type { FeedReply, Snapshot, Tick } from "../shared/protocol.ts";
import { request, type Outcome, type Wire } from "../shared/transport.ts";
import { EMPTY, behind, takeFeed, takeSnapshot, takeTick, type Board } from "./board.ts";
import { observed, serverNow, type Offsets } from "./countdown.ts";
import { begin, counted, judge, pollAnswered, pollBegan, pollDue, pollFailed, ticked } from "./health.ts";
import type { Facts, Health, Slot } from "./health.ts";

const TIMEOUT_MS = 3_000;
const FEED_PAUSE_MS = 1_000;

export class Live {
  board: Board = EMPTY;
  slots: readonly Slot[] = [];
  /** The server refused to show this exam session: its sentence. */
  refusal: string | null = null;
  private offsets: Offsets = [];
  private facts: Facts;
  private head = 0;
  private asked = -Infinity;
  private asking = false;
  private readonly wire: Wire;
  private readonly root: string;
  private readonly changed: () => void;

  constructor(wire: Wire, root: string, changed: () => void) {
    this.wire = wire;
    this.root = root;
    this.changed = changed;
    this.facts = begin(wire.mono());
  }

  health(): Health {
    return judge(this.facts, this.wire.mono());
  }

  /** The server's time; it stands at the last message while nothing comes, because nothing is known about later. */
  now(): number {
    const heard = this.board.serverMs;
    return this.health() === "reconnecting" ? heard : Math.max(heard, serverNow(this.offsets, this.wire.mono()));
  }

  /** To be called a few times a second: polls when it is due and asks for what is still missing. */
  async beat(): Promise<void> {
    if (pollDue(this.facts, this.wire.mono())) await this.poll();
    await this.heal();
  }

  async tick(tick: Tick): Promise<void> {
    this.facts = ticked(this.facts, this.wire.mono());
    this.heard(tick.server_ms);
    this.board = takeTick(this.board, tick);
    this.head = Math.max(this.head, tick.feed);
    this.slots = counted(this.slots, tick.server_ms, tick.received, tick.expected);
    this.changed();
    await this.heal();
  }

  /** Ask for the whole picture, whatever the state. */
  async poll(): Promise<void> {
    this.facts = pollBegan(this.facts, this.wire.mono());
    const answer = await this.get<Snapshot>("/snapshot");
    if (answer.kind === "ok") {
      this.facts = pollAnswered(this.facts, this.wire.mono());
      this.refusal = null;
      this.heard(answer.body.server_ms);
      this.board = takeSnapshot(this.board, answer.body);
    } else {
      this.facts = pollFailed(this.facts, this.wire.mono());
      if (answer.kind === "refused") this.refusal = answer.error.message || answer.error.error;
    }
    this.changed();
  }

  private heard(serverMs: number): void {
    this.offsets = observed(this.offsets, serverMs, this.wire.mono());
  }

  private async heal(): Promise<void> {
    const now = this.wire.mono();
    if (this.asking || !behind(this.board, this.head) || now - this.asked < FEED_PAUSE_MS) return;
    this.asking = true;
    this.asked = now;
    const answer = await this.get<FeedReply>(`/feed?after=${this.board.feed}`);
    this.asking = false;
    if (answer.kind !== "ok") return;
    this.heard(answer.body.server_ms);
    this.head = Math.max(this.head, answer.body.head);
    this.board = takeFeed(this.board, answer.body);
    this.changed();
  }

  private get<T>(path: string): Promise<Outcome<T>> {
    return request<T>(this.wire, "GET", this.root + path, undefined, TIMEOUT_MS);
  }
}
