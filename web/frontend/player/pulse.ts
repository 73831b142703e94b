/** The heartbeat on the wire: the socket, its stand-in by HTTP, and the reports of both to the link. */

import { io, type Socket } from "socket.io-client";
import { remember, sample, offset, type Sample } from "../shared/clock.ts";
import type { CandidateView, ErrorReply, Heartbeat, HeartbeatReply } from "../shared/protocol.ts";
import { request, type Wire } from "../shared/transport.ts";
import * as link from "./link.ts";
import { isOurCode } from "./refusals.ts";

/** A proxy that swallows sockets is found out twice before the item would be covered. */
const CONNECT_MS = 2500;
const POST_MS = 4000;

/** What the page knows and the heartbeat carries. */
export type Facts = Pick<Heartbeat, "state_version" | "outbox_depth" | "last_ack_seq" | "visible" | "covered" | "uncovered_ms">;

export interface Hooks {
  lease(): { readonly tab: string; readonly epoch: number };
  facts(): Facts;
  /** The heartbeat sent at this monotonic instant has been acknowledged. */
  acknowledged(reply: HeartbeatReply, sent_ms: number): void;
  view(view: CandidateView): void;
  refused(code: string, message: string): void;
}

export class Pulse {
  readonly #wire: Wire;
  readonly #hooks: Hooks;
  readonly #socket: Socket;
  readonly #sent = new Map<number, link.Waiting>();
  #link: link.Link;
  #samples: readonly Sample[] = [];
  #rtt_ms: number | null = null;
  #stopped = false;

  constructor(wire: Wire, hooks: Hooks, interval_ms: number, cover_after_ms: number) {
    this.#wire = wire;
    this.#hooks = hooks;
    this.#link = link.begin(interval_ms, cover_after_ms, wire.mono());
    this.#socket = io("/candidate", {
      transports: ["websocket"], autoConnect: false, reconnection: false, timeout: CONNECT_MS, forceNew: true,
      auth: (give) => give(hooks.lease()),
    });
    this.#listen();
  }

  get link(): link.Link {
    return this.#link;
  }

  get standing(): link.Standing {
    return link.standing(this.#link, this.#wire.mono());
  }

  /** The server's clock now, by the best samples; this computer's own before the first. */
  serverNow(): number {
    const shift = offset(this.#samples);
    return shift === null ? Date.now() : this.#wire.mono() + shift;
  }

  /** A round trip of any request that carried the server's clock. */
  measured(sent_ms: number, answered_ms: number, server_ms: number): void {
    this.#samples = remember(this.#samples, sample(sent_ms, answered_ms, server_ms));
  }

  tick(): void {
    if (this.#stopped) return;
    for (const act of link.due(this.#link, this.#wire.mono())) {
      if (act === "connect") this.#connect();
      else if (act === "drop_socket") this.#socket.disconnect();
      else if (act === "emit") this.#emit();
      else if (act === "post") void this.#post();
      else if (this.#link.waiting !== null) this.#fail(this.#link.waiting.beat);
    }
  }

  hurry(): void {
    this.#link = link.hurried(this.#link, this.#wire.mono());
    this.tick();
  }

  doubt(): void {
    this.#link = link.doubted(this.#link, this.#wire.mono());
  }

  unplugged(): void {
    this.#link = link.unplugged(this.#link);
  }

  stop(): void {
    this.#stopped = true;
    this.#socket.disconnect();
  }

  #listen(): void {
    this.#socket.on("connect", () => {
      this.#link = link.opened(this.#link, this.#wire.mono());
      this.tick();
    });
    this.#socket.on("connect_error", (problem: Error) => {
      this.#close();
      // A refusal by our own server names its code; anything else is the network.
      if (isOurCode(problem.message)) this.#hooks.refused(problem.message, "");
    });
    this.#socket.on("disconnect", () => this.#close());
    this.#socket.on("view", (view: CandidateView) => this.#hooks.view(view));
    this.#socket.on("fenced", (error: ErrorReply) => this.#hooks.refused(error.error, error.message));
  }

  #close(): void {
    this.#link = link.closed(this.#link, this.#wire.mono(), Math.random());
  }

  #connect(): void {
    this.#link = link.connecting(this.#link);
    this.#socket.connect();
  }

  #beat(way: link.Way): Heartbeat {
    const mono = this.#wire.mono();
    this.#link = link.sent(this.#link, way, mono);
    const beat = this.#link.beat;
    this.#sent.set(beat, { beat, sent_ms: mono, way });
    return { beat, mono_ms: Math.round(mono), wall_ms: Date.now(), rtt_ms: this.#rtt_ms, ...this.#hooks.facts() };
  }

  #emit(): void {
    this.#socket.emit("beat", this.#beat("socket"), (reply: HeartbeatReply | ErrorReply) => {
      if ("error" in reply) this.#hooks.refused(reply.error, reply.message);
      else this.#hear(reply);
    });
  }

  async #post(): Promise<void> {
    const beat = this.#beat("http");
    const outcome = await request<HeartbeatReply>(this.#wire, "POST", "/api/candidate/heartbeat", beat, POST_MS);
    if (this.#stopped) return;
    if (outcome.kind === "ok") this.#hear(outcome.body);
    else this.#fail(beat.beat);
    if (outcome.kind === "refused") this.#hooks.refused(outcome.error.error, outcome.error.message);
  }

  #hear(reply: HeartbeatReply): void {
    const sent = this.#sent.get(reply.beat);
    if (sent === undefined) return;
    const mono = this.#wire.mono();
    for (const older of [...this.#sent.keys()]) if (older <= reply.beat) this.#sent.delete(older);
    this.#rtt_ms = Math.round(mono - sent.sent_ms);
    this.measured(sent.sent_ms, mono, reply.server_ms);
    this.#link = link.acked(this.#link, sent, mono, reply.next_ms);
    this.#hooks.acknowledged(reply, sent.sent_ms);
  }

  #fail(beat: number): void {
    this.#link = link.failed(this.#link, beat, this.#wire.mono(), Math.random());
  }
}
