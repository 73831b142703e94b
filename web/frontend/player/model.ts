/** What the page shows, as a pure fold over what happened: the server's views, the connection, the outbox.
 *
 * - A view older than the one shown is ignored; so is a clock older than the one shown.
 * - The clock stands from the moment the item is covered until the server speaks again.
 * - A message of the operator is on the page until the candidate has read it, whether or not the server knows so yet.
 * - "Saved on the server" is said only after the reply to that answer, "saved on this computer" only after the strict write.
 */

import { newer, remaining, stopped, type Countdown } from "../shared/clock.ts";
import type { CandidateView, MessageView } from "../shared/protocol.ts";
import type { Standing } from "./link.ts";
import type { Entry } from "./outbox.ts";

export type Stage = "opening" | "seat" | "see_operator" | "second_tab" | "fenced" | "sitting";
export type Screen = Exclude<Stage, "sitting"> | CandidateView["phase"] | "offline";

/** Where the last confirmed answer is; instants on the server's clock. */
export type Saved =
  | { readonly where: "nowhere" }
  | { readonly where: "saving"; readonly number: number; readonly kept: boolean }
  | { readonly where: "computer"; readonly number: number; readonly at: number }
  | { readonly where: "server"; readonly at: number };

export interface Model {
  readonly stage: Stage;
  readonly view: CandidateView | null;
  readonly countdown: Countdown | null;
  readonly standing: Standing;
  readonly waiting: readonly Entry[];
  readonly saved: Saved;
  /** The browser check stays on the screen while it has something to say. */
  readonly check_held: boolean;
  /** Messages the candidate has read in this lease, by name. */
  readonly read: readonly string[];
}

export const OPENING: Model = {
  stage: "opening", view: null, countdown: null, standing: "steady", waiting: [], saved: { where: "nowhere" }, check_held: false, read: [],
};

export type Happening =
  | { readonly type: "stage"; readonly stage: Exclude<Stage, "sitting"> }
  | { readonly type: "leased"; readonly view: CandidateView }
  | { readonly type: "view"; readonly view: CandidateView }
  | { readonly type: "clock"; readonly countdown: Countdown }
  | { readonly type: "standing"; readonly standing: Standing; readonly server_now: number }
  | { readonly type: "confirming"; readonly number: number }
  | { readonly type: "outbox"; readonly waiting: readonly Entry[] }
  | { readonly type: "read"; readonly message: string }
  | { readonly type: "check_held"; readonly held: boolean };

export function reduce(model: Model, happening: Happening): Model {
  switch (happening.type) {
    case "stage":
      return { ...model, stage: happening.stage };
    case "leased":
      return seen({ ...OPENING, stage: "sitting", waiting: model.waiting }, happening.view);
    case "view":
      return seen(model, happening.view);
    case "clock":
      return { ...model, countdown: newer(model.countdown, happening.countdown) };
    case "standing": {
      const covered = happening.standing === "lost" && model.standing !== "lost" && model.countdown !== null;
      return { ...model, standing: happening.standing, countdown: covered ? stopped(model.countdown, happening.server_now) : model.countdown };
    }
    case "confirming":
      return { ...model, saved: { where: "saving", number: happening.number, kept: true } };
    case "outbox":
      return { ...model, waiting: happening.waiting, saved: savedWith(model, happening.waiting) };
    case "read":
      return { ...model, read: [...model.read, happening.message] };
    case "check_held":
      return { ...model, check_held: happening.held };
  }
}

function seen(model: Model, view: CandidateView): Model {
  if (model.view !== null && view.state_version < model.view.state_version) return model;
  const clock = view.clock === null ? null : { remaining_ms: view.clock.remaining_ms, running: view.clock.running, server_ms: view.server_ms };
  const countdown = clock === null ? model.countdown : newer(model.countdown, clock);
  const next = { ...model, view, countdown };
  return { ...next, saved: savedWith(next, model.waiting) };
}

function savedWith(model: Model, waiting: readonly Entry[]): Saved {
  const last = waiting.at(-1);
  if (last !== undefined) {
    if (last.stored_ms === null) return { where: "saving", number: last.number, kept: false };
    return { where: "computer", number: last.number, at: last.stored_ms };
  }
  if (model.saved.where === "saving" && model.waiting.length === 0) return model.saved;
  const at = model.view?.saved_at ?? null;
  return at === null ? { where: "nowhere" } : { where: "server", at };
}

/** Which page to show. */
export function screen(model: Model): Screen {
  if (model.stage !== "sitting") return model.stage;
  if (model.view === null) return "opening";
  if (model.check_held) return "check";
  const phase = model.view.phase;
  return phase === "item" && model.standing === "lost" ? "offline" : phase;
}

const WITHOUT_MESSAGES: ReadonlySet<Screen> = new Set(["opening", "seat", "see_operator", "second_tab", "fenced", "finished"]);

/** The operator's messages that wait to be read, oldest first. */
export function unread(model: Model): readonly MessageView[] {
  if (WITHOUT_MESSAGES.has(screen(model))) return [];
  return (model.view?.messages ?? []).filter((one) => !model.read.includes(one.message));
}

/** The message on the screen: one at a time. */
export function message(model: Model): MessageView | null {
  return unread(model)[0] ?? null;
}

/** The attempt that is visible now, for the exposure; null when none is. */
export function visibleAttempt(model: Model): string | null {
  return screen(model) === "item" ? (model.view?.item?.attempt ?? null) : null;
}

/** The confirmed answer to the item on the screen, as long as the server has not replied. */
export function confirmed(model: Model): Entry | null {
  const attempt = model.view?.item?.attempt;
  return model.waiting.find((entry) => entry.answer.attempt === attempt) ?? null;
}

/** The time left to show, ms; null before there is a clock. */
export function timeLeft(model: Model, server_now: number): number | null {
  return model.countdown === null ? null : remaining(model.countdown, server_now);
}

/** Whether the clock on the screen moves. */
export function ticking(model: Model): boolean {
  return model.countdown !== null && model.countdown.running && model.standing !== "lost";
}
