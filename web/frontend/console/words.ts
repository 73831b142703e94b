/** The console's words for the codes of the protocol: states, links, refusals, matters of the queue. */

import { hourAndMinute, inWords, timeOfDay } from "../shared/format.ts";
import type { IconName } from "../shared/icons.ts";
import { t, tn } from "../shared/messages.ts";
import type { Attention, Row } from "../shared/protocol.ts";
import type { Matter } from "./attention.ts";
import type { Action, Obstacle } from "./bulk.ts";
import type { Filter } from "./filters.ts";
import type { Draft, Reason, Remedy } from "./orders.ts";

export type Status = "ok" | "warn" | "danger" | "info" | "idle";

export interface Badge {
  readonly status: Status;
  readonly icon: IconName;
  readonly text: string;
  /** Without a filled ground: nothing to do here. */
  readonly plain: boolean;
}

type Hold = Row["holds"][number];

/** The words of a table, looked up when shown; a code nobody has words for is shown as it is. */
export function word(table: Readonly<Record<string, () => string>>, name: string): string {
  return table[name]?.() ?? name;
}

const HOLDS: Readonly<Record<Hold, () => string>> = {
  disconnected: () => t("disconnected"),
  paused: () => t("by the operator"),
  locked: () => t("locked"),
  break: () => t("break"),
  transfer: () => t("moving to another station"),
  technical: () => t("technical stop"),
  review: () => t("to be decided"),
  reopened: () => t("reopened"),
};
export const holdWord = (hold: string): string => word(HOLDS, hold);

const LIFECYCLES: Readonly<Record<Exclude<Row["lifecycle"], "suspended">, () => Badge>> = {
  registered: () => ({ status: "idle", icon: "ring", text: t("Not checked in"), plain: true }),
  checked_in: () => ({ status: "idle", icon: "user", text: t("Checked in"), plain: true }),
  awaiting: () => ({ status: "info", icon: "in", text: t("To be authorised"), plain: false }),
  authorised: () => ({ status: "idle", icon: "shield", text: t("Authorised"), plain: true }),
  running: () => ({ status: "idle", icon: "play", text: t("In progress"), plain: true }),
  submitted: () => ({ status: "idle", icon: "check", text: t("Ended"), plain: true }),
  timed_out: () => ({ status: "idle", icon: "check", text: t("Time used up"), plain: true }),
  terminated: () => ({ status: "idle", icon: "stop", text: t("Ended early"), plain: true }),
  cancelled: () => ({ status: "idle", icon: "x", text: t("Cancelled"), plain: true }),
};

function holdStatus(holds: readonly Hold[]): Status {
  if (holds.includes("disconnected")) return "danger";
  if (holds.some((hold) => hold === "review" || hold === "locked" || hold === "technical")) return "warn";
  return "info";
}

/** State and holds; `short` for a cell. */
export function stateBadge(row: Row, short: boolean): Badge {
  if (row.lifecycle !== "suspended") return LIFECYCLES[row.lifecycle]();
  const holds = row.holds.map(holdWord).join(" + ");
  const text = short ? t("Held: {holds}", { holds }) : t("On hold: {holds}", { holds });
  return { status: holdStatus(row.holds), icon: "pause", text, plain: false };
}

const LINKS: Readonly<Record<Row["link"], () => Badge>> = {
  never: () => ({ status: "idle", icon: "ring", text: t("not connected yet"), plain: true }),
  online: () => ({ status: "ok", icon: "dot", text: t("online"), plain: true }),
  unstable: () => ({ status: "warn", icon: "half", text: t("unstable"), plain: true }),
  offline: () => ({ status: "danger", icon: "unlink", text: t("offline"), plain: true }),
};
export const linkBadge = (link: Row["link"]): Badge => LINKS[link]();

const HANDS: Readonly<Record<string, () => string>> = {
  technical: () => t("Technical problem"),
  item: () => t("About the item"),
  health: () => t("Health"),
  other: () => t("Something else"),
};
export const handWord = (category: string): string => word(HANDS, category);

/** How far the last message of a row came: how many wait, or when the last was read. */
export function messageBadge(row: Row): { badge: Badge; time: string; hidden: string } | null {
  const last = row.message;
  if (last === null) return null;
  const sent = t("message sent at {time}", { time: timeOfDay(last.sent_at) });
  if (row.unread === 0 && last.read_at !== null) {
    const hidden = `${sent}, ${t("read at {time}", { time: timeOfDay(last.read_at) })}`;
    return { badge: { status: "idle", icon: "check", text: "", plain: true }, time: hourAndMinute(last.read_at), hidden };
  }
  const shown = last.shown_at === null ? t("not on the screen yet") : t("on the screen since {time}", { time: timeOfDay(last.shown_at) });
  const hidden = `${tn("{n} message not read yet", "{n} messages not read yet", row.unread)}; ${sent}, ${last.read_at === null ? shown : t("read at {time}", { time: timeOfDay(last.read_at) })}`;
  return { badge: { status: "info", icon: "msg", text: String(row.unread), plain: true }, time: "", hidden };
}

const CHECKS: Readonly<Record<string, readonly [() => string, () => string, () => string]>> = {
  storage: [
    () => t("No storage"),
    () => t("the browser cannot store data"),
    () => t("Leave the private window or allow this site to store data, then open the page again."),
  ],
  websocket: [
    () => t("No live channel"),
    () => t("the network blocks the live channel"),
    () => t("Connect the station without the proxy. The test also works without it, but its state is seen later."),
  ],
  clock: [
    () => t("Clock wrong"),
    () => t("the computer's clock is wrong"),
    () => t("Set the computer's clock automatically and open the page again."),
  ],
  screen: [
    () => t("Screen too small"),
    () => t("the screen is too small"),
    () => t("Enlarge the window or choose another station."),
  ],
  single_tab: [
    () => t("Second tab"),
    () => t("the test is open in a second tab"),
    () => t("Close the other tabs of the test and open the page again."),
  ],
};
export const checkWord = (name: string): string => CHECKS[name]?.[0]() ?? name;
export const checkRemedy = (name: string): string => CHECKS[name]?.[2]() ?? t("Try another browser or another station.");

const OBSTACLES: Readonly<Record<string, () => string>> = {
  not_permitted: () => t("this is not among your rights"),
  chief_only: () => t("only the chief operator may do it"),
  not_registered: () => t("the candidate is not registered here"),
  not_awaiting: () => t("the candidate is not waiting to be authorised"),
  browser_check_missing: () => t("the browser check has not been passed"),
  not_running: () => t("the test is not in progress"),
  not_suspended: () => t("the test is not on hold"),
  already_checked_in: () => t("the candidate has checked in already"),
  see_operator: () => t("the candidate has not checked in"),
  wrong_phase: () => t("it is not the time for it"),
  closed: () => t("the test has ended"),
  not_open: () => t("the exam session is not open"),
  hold_present: () => t("it is on hold already"),
  hold_absent: () => t("there is nothing to release"),
  wrong_hold: () => t("this reason ends by itself"),
  above_limit: () => t("it is above your limit"),
  hand_absent: () => t("no hand is raised"),
  nothing_to_acknowledge: () => t("there is nothing to accept"),
  unknown_incident: () => t("there is no incident that is over"),
  test_complete: () => t("the test came to its own end"),
  four_eyes: () => t("somebody else has to do it than who ended the test"),
  result_final: () => t("the result is confirmed or void"),
};

/** The end of "cannot, because …". */
export function because(reason: string): string {
  if (reason.startsWith("check:")) return CHECKS[reason.slice(6)]?.[1]() ?? t("the browser check has not been passed");
  return word(OBSTACLES, reason);
}

const NAMED = 6;

/** "05, 11 and 3 more": the seats of these rows. */
export function seats(rows: readonly Row[]): string {
  const names = rows.slice(0, rows.length > NAMED ? NAMED - 1 : NAMED).map((row) => row.seat).join(", ");
  const more = rows.length - NAMED + 1;
  return rows.length > NAMED ? tn("{seats} and {n} more", "{seats} and {n} more", more, { seats: names }) : names;
}

/** "Seat 23 no, because the browser cannot store data." */
export function obstacleSentence(obstacle: Obstacle): string {
  const values = { seats: seats(obstacle.rows), reason: because(obstacle.code) };
  return tn("Seat {seats} no, because {reason}.", "Seats {seats} no, because {reason}.", obstacle.rows.length, values);
}

const ACTIONS: Readonly<Record<Action, () => string>> = {
  check_in: () => t("Check in"),
  authorise: () => t("Authorise"),
  pause: () => t("Pause"),
  resume: () => t("Resume"),
  add_time: () => t("Add time"),
  new_seat_code: () => t("New seat code"),
  terminate: () => t("End early"),
  acknowledge: () => t("Accept matter"),
  answer_hand: () => t("Answer the call"),
  report_incident: () => t("Note an incident"),
  close_incident: () => t("Say what was done"),
  reopen: () => t("Reopen the test"),
  message: () => t("Send a message"),
};
export const actionWord = (action: Action): string => ACTIONS[action]();

/** The verb of the button with how many it will concern. */
export const actionCount = (action: Action, n: number): string => t("{action} {n}", { action: actionWord(action), n });

const ABLE: Readonly<Record<Action, (n: number) => string>> = {
  check_in: (n) => tn("{n} can be checked in.", "{n} can be checked in.", n),
  authorise: (n) => tn("{n} can be authorised.", "{n} can be authorised.", n),
  pause: (n) => tn("{n} can be paused.", "{n} can be paused.", n),
  resume: (n) => tn("{n} can be resumed.", "{n} can be resumed.", n),
  add_time: (n) => tn("{n} can get more time.", "{n} can get more time.", n),
  new_seat_code: (n) => tn("{n} can get a new seat code.", "{n} can get a new seat code.", n),
  terminate: (n) => tn("{n} can be ended early.", "{n} can be ended early.", n),
  acknowledge: (n) => tn("{n} can be accepted.", "{n} can be accepted.", n),
  answer_hand: (n) => tn("{n} can be answered.", "{n} can be answered.", n),
  report_incident: (n) => tn("It is noted for {n} candidate.", "It is noted for {n} candidates.", n),
  close_incident: (n) => tn("It is written for {n} candidate.", "It is written for {n} candidates.", n),
  reopen: (n) => tn("{n} can be reopened.", "{n} can be reopened.", n),
  message: (n) => tn("{n} candidate gets the message.", "{n} candidates get the message.", n),
};
export const ableSentence = (action: Action, n: number): string => ABLE[action](n);

const DONE: Readonly<Record<Action, (n: number) => string>> = {
  check_in: (n) => tn("Checked in {n} candidate.", "Checked in {n} candidates.", n),
  authorise: (n) => tn("Authorised {n} candidate.", "Authorised {n} candidates.", n),
  pause: (n) => tn("Paused {n} test.", "Paused {n} tests.", n),
  resume: (n) => tn("Resumed {n} test.", "Resumed {n} tests.", n),
  add_time: (n) => tn("Added time to {n} test.", "Added time to {n} tests.", n),
  new_seat_code: (n) => tn("Made {n} new seat code.", "Made {n} new seat codes.", n),
  terminate: (n) => tn("Ended {n} test early.", "Ended {n} tests early.", n),
  acknowledge: (n) => tn("Accepted {n} matter.", "Accepted {n} matters.", n),
  answer_hand: (n) => tn("Answered {n} raised hand.", "Answered {n} raised hands.", n),
  report_incident: (n) => tn("Noted {n} incident.", "Noted {n} incidents.", n),
  close_incident: (n) => tn("Dealt with {n} incident.", "Dealt with {n} incidents.", n),
  reopen: (n) => tn("Reopened {n} test.", "Reopened {n} tests.", n),
  message: (n) => tn("Sent a message to {n} candidate.", "Sent a message to {n} candidates.", n),
};
export const doneSentence = (action: Action, n: number): string => DONE[action](n);

const HOLD_ACTIONS: Readonly<Record<Draft["hold"], () => string>> = {
  paused: () => t("Pause by the operator"),
  break: () => t("Break of the candidate"),
  technical: () => t("Technical stop"),
  locked: () => t("Lock; only the chief operator resumes"),
};
export const holdAction = (hold: Draft["hold"]): string => HOLD_ACTIONS[hold]();

const REASON_WORDS: Readonly<Record<Reason | Remedy, () => string>> = {
  time_given: () => t("Time was given"),
  station_changed: () => t("Another station was given"),
  restarted: () => t("Computer or browser was restarted"),
  candidate_informed: () => t("The candidate was told"),
  reported: () => t("It was passed on"),
  nothing_needed: () => t("Nothing had to be done"),

  technical_fault: () => t("Technical fault"),
  health: () => t("Health"),
  candidate_request: () => t("The candidate's wish"),
  disturbance: () => t("Disturbance in the room"),
  accommodation: () => t("Accommodation"),
  identity: () => t("Doubt about identity"),
  rules_violation: () => t("Breach of the rules"),
  other: () => t("Another reason"),
};

/** Reasons that no person gave: they follow from a rule. */
const RULE_WORDS: Readonly<Record<string, () => string>> = {
  new_lease: () => t("Opened with the new code"),
  long_silence: () => t("Long silence"),
  many_drops: () => t("Many losses of connection"),
};
export const reasonWord = (reason: string): string => word({ ...REASON_WORDS, ...RULE_WORDS }, reason);

const DOCUMENT_WORDS: Readonly<Record<string, () => string>> = {
  id_card: () => t("Identity card"),
  passport: () => t("Passport"),
  residence_card: () => t("Residence card"),
  driving_licence: () => t("Driving licence"),
  other: () => t("Another document"),
};
export const documentWord = (kind: string): string => word(DOCUMENT_WORDS, kind);

const FILTER_WORDS: Readonly<Record<Filter, () => string>> = {
  all: () => t("All stations"),
  attention: () => t("Need attention"),
  running: () => t("In progress"),
  on_hold: () => t("On hold"),
  waiting: () => t("Waiting candidates"),
  offline: () => t("Disconnected stations"),
  hand: () => t("Hand raised"),
  signals: () => t("Signals"),
  ended: () => t("Finished stations"),
  absent: () => t("Absent candidates"),
};
export const filterWord = (filter: Filter): string => FILTER_WORDS[filter]();

const URGENCY: Readonly<Record<Attention["level"], () => string>> = {
  danger: () => t("Urgent"),
  warn: () => t("Important"),
  info: () => t("Waits for you"),
};

const MATTER_ICONS: Readonly<Record<Attention["kind"], IconName>> = {
  connection_lost: "unlink", review: "pause", hand: "hand", signals: "alert",
  check_failed: "alert", quarantine: "disk", time_low: "alert", waiting: "in", incident: "doc", outage: "unlink", after_outage: "doc",
};

/** How urgent a matter is: icon of the matter, word of the urgency. */
export function matterBadge(matter: Matter): Badge {
  return { status: matter.level, icon: MATTER_ICONS[matter.kind], text: URGENCY[matter.level](), plain: false };
}

const MATTERS: Readonly<Record<Attention["kind"], (row: Row, number: number) => string>> = {
  connection_lost: (row) => {
    const waits = row.outbox_depth ?? 0;
    return waits === 0
      ? t("No connection. The clock stands.")
      : tn("No connection. The clock stands, {n} answer waits on the computer.", "No connection. The clock stands, {n} answers wait on the computer.", waits);
  },
  review: (row) => t("Silence of {time} waits for a decision: does it count as used time?", { time: inWords(row.review_ms) }),
  hand: (row) => t("Raised hand: “{category}”.", { category: handWord(row.hand ?? "other") }),
  signals: (_, n) => tn("{n} signal to look at. See the timeline.", "{n} signals to look at. See the timeline.", n),
  check_failed: (row) => t("Browser check failed: {what}.", { what: (row.check_failed ?? []).map((name) => because(`check:${name}`)).join(", ") }),
  quarantine: (_, n) => tn("{n} answer came too late or from an old page and is kept aside.", "{n} answers came too late or from an old page and are kept aside.", n),
  time_low: () => t("The time is running out."),
  waiting: () => t("Waits to be authorised."),
  outage: (row) => outageSentence([row]),
  after_outage: (row) => afterOutageSentence([row]),
  incident: (_, n) => tn("{n} incident without a word on what was done. See the incidents.", "{n} incidents without a word on what was done. See the incidents.", n),
};

function outageSentence(rows: readonly Row[]): string {
  return tn("The room has lost the connection: {n} station, {seats}. The clock stands.", "The room has lost the connection: {n} stations, {seats}. The clocks stand.", rows.length, { seats: seats(rows) });
}

function afterOutageSentence(rows: readonly Row[]): string {
  return tn("The room had no connection: {n} station, {seats}. What was done?", "The room had no connection: {n} stations, {seats}. What was done?", rows.length, { seats: seats(rows) });
}

/** What happened, in one line. */
export function matterSentence(matter: Matter): string {
  const part = matter.parts[0];
  if (part !== undefined && matter.parts.length === 1) return MATTERS[matter.kind](part.row, part.attention.number);
  const rows = matter.parts.map((one) => one.row);
  if (matter.kind === "outage") return outageSentence(rows);
  if (matter.kind === "after_outage") return afterOutageSentence(rows);
  const values = { seats: seats(rows) };
  const n = matter.parts.length;
  return matter.kind === "connection_lost"
    ? tn("{n} station without connection at once: {seats}. Their clocks stand.", "{n} stations without connection at once: {seats}. Their clocks stand.", n, values)
    : tn("{n} candidate waits to be authorised: {seats}.", "{n} candidates wait to be authorised: {seats}.", n, values);
}

/** What to do about the worst thing of a row, or null. */
export function playbook(row: Row): string | null {
  const failed = row.check_failed?.[0];
  if (row.holds.includes("review")) return t("Ask what happened during the silence, then resume and say how much of it counts as used time.");
  if (row.link === "offline" || row.holds.includes("disconnected"))
    return t("Check the network cable. If the connection is not back after 2 minutes, give a new seat code for a free station. Answers on the server go along; one that waits on this computer goes to review.");
  if (failed !== undefined) return checkRemedy(failed);
  if (row.hand !== null) return t("Go to the station, then mark the call as answered. The clock runs meanwhile; pause the test if that would be unfair.");
  if (row.flags.alert > 0) return t("Look at the timeline. A signal is a fact, not an accusation; talk to the candidate only if it repeats.");
  return null;
}
