/** Generated from web/messages/ by `make protocol`; never edited by hand. */

/** What became of this answer (the same for every repetition of it), and where the sitting stands now. */
export interface AnswerReply {
  readonly answer_id: string;
  readonly outcome: "recorded" | "quarantined";
  readonly reason: string | null;
  readonly view: CandidateView;
}

/** `response`: single ["2"]; multiple ["1","4"]; order all ids in order; match ["1:c","2:a"]; numeric ["15000.5"]; None leaves the item unanswered (scored 0). */
export interface AnswerRequest {
  readonly answer_id: string;
  readonly attempt: string;
  readonly client_seq: number;
  readonly response: readonly (string)[] | null;
  readonly mono_ms: number;
  readonly wall_ms: number;
  readonly visible_ms: number;
}

/** One entry of the attention queue; `kind` is a code, its sentence is the console's. */
export interface Attention {
  readonly subject: string;
  readonly kind: "connection_lost" | "review" | "hand" | "signals" | "check_failed" | "quarantine" | "time_low" | "waiting" | "incident" | "outage" | "after_outage";
  readonly level: "danger" | "warn" | "info";
  readonly since: number;
  readonly number: number;
}

/** The numbers of the briefing. */
export interface BriefingView {
  readonly minutes: number;
  readonly maximum: number;
  readonly areas_total: number;
}

/** One check of the browser. */
export interface BrowserCheck {
  readonly name: "storage" | "websocket" | "clock" | "screen" | "single_tab";
  readonly ok: boolean;
}

/** All checks of the browser. */
export interface BrowserCheckRequest {
  readonly command_id: string;
  readonly checks: readonly (BrowserCheck)[];
  readonly browser: string;
}

/** The decisions a candidate may see. */
export interface CandidateResult {
  readonly title: string;
  readonly theory: "met" | "not_met" | "undetermined";
  readonly qualification: "met" | "not_met" | "undetermined";
  readonly provisional: boolean;
  readonly void: boolean;
  readonly outcomes: readonly (OutcomeResult)[];
}

/** All a candidate's page may know; the phase says which of the optional parts are there. */
export interface CandidateView {
  readonly state_version: number;
  readonly phase: "see_operator" | "check" | "identity" | "waiting" | "briefing" | "item" | "covered" | "finished";
  readonly title: string;
  readonly server_ms: number;
  readonly settings: PlayerSettings;
  readonly person: PersonView | null;
  readonly briefing: BriefingView | null;
  readonly clock: ClockView | null;
  readonly progress: ProgressView | null;
  readonly item: ItemView | null;
  readonly cover: CoverView | null;
  readonly receipt: ReceiptView | null;
  readonly hand: "technical" | "item" | "health" | "other" | null;
  readonly messages: readonly (MessageView)[];
  readonly saved_at: number | null;
}

/** One text a candidate can point at. */
export interface Choice {
  readonly id: string;
  readonly text: string;
}

/** The clock that is charged. */
export interface ClockView {
  readonly remaining_ms: number;
  readonly allowed_ms: number;
  readonly running: boolean;
}

/** Confirm identity, start, withdraw a call, end the exam: nothing but the wish itself. */
export interface CommandOnly {
  readonly command_id: string;
}

/** What became of a wish, sitting by sitting. */
export interface CommandReply {
  readonly results: readonly (CommandResult)[];
}

/** What became of a wish for one sitting. */
export interface CommandResult {
  readonly sitting: string;
  readonly outcome: "done" | "refused";
  readonly code: string | null;
  readonly message: string | null;
  readonly seat_code: string | null;
}

/** One wish for one or many sittings; repeating it with the same id changes nothing. Each action reads its fields. `hold`: what `pause` places, ``paused`` by default. `incident` and `subject`: names from the timeline and the queue. `text`: the words of a ``free`` message, plain, at most 500 characters. */
export interface ConsoleCommand {
  readonly command_id: string;
  readonly action: "check_in" | "authorise" | "pause" | "resume" | "add_time" | "new_seat_code" | "terminate" | "acknowledge" | "answer_hand" | "report_incident" | "close_incident" | "reopen" | "message";
  readonly sittings: readonly (string)[];
  readonly reason?: string | null;
  readonly note?: string | null;
  readonly minutes?: number | null;
  readonly document?: Document | null;
  readonly station?: string | null;
  readonly charge_ms?: number | null;
  readonly subject?: string | null;
  readonly hold?: "paused" | "locked" | "break" | "technical" | null;
  readonly incident?: string | null;
  readonly template?: "operator_comes" | "connection_checked" | "pause_soon" | "break_soon" | "keep_silence" | "stay_at_station" | "free" | null;
  readonly text?: string | null;
}

/** Why the item is covered, and since when. */
export interface CoverView {
  readonly reasons: readonly ("disconnected" | "paused" | "locked" | "break" | "transfer" | "technical" | "review" | "reopened")[];
  readonly since: number;
}

/** The identity document the operator saw: kind and last characters only. */
export interface Document {
  readonly kind: "id_card" | "passport" | "residence_card" | "driving_licence" | "other";
  readonly last: string;
}

/** Any refusal: a stable code and one clear sentence in the reader's language. */
export interface ErrorReply {
  readonly error: string;
  readonly message: string;
  readonly retry_after_ms: number | null;
}

/** The exam session a console shows, and what its reader may do there: operate, decide as chief, reopen. */
export interface ExamSessionView {
  readonly id: string;
  readonly title: string;
  readonly room: string;
  readonly starts_at: number;
  readonly status: "planned" | "open" | "closed";
  readonly operator: string;
  readonly operates: boolean;
  readonly chief: boolean;
  readonly supervises: boolean;
  readonly grant_limit_minutes: number;
  readonly offline_after_ms: number;
  readonly unstable_after_ms: number;
}

/** One event of an exam session, in the order all see it. */
export interface FeedEntry {
  readonly feed: number;
  readonly sitting: string;
  readonly seq: number;
  readonly at: number;
  readonly kind: string;
  readonly actor: string;
}

/** What was missed, with the rows it changed. */
export interface FeedReply {
  readonly head: number;
  readonly server_ms: number;
  readonly entries: readonly (FeedEntry)[];
  readonly rows: readonly (Row)[];
}

/** Integrity signals by level. */
export interface Flags {
  readonly info: number;
  readonly notice: number;
  readonly alert: number;
}

/** Call the operator. */
export interface HandRequest {
  readonly command_id: string;
  readonly category: "technical" | "item" | "health" | "other";
}

/** `uncovered_ms`: how long the item was visible since the last acknowledged heartbeat. */
export interface Heartbeat {
  readonly beat: number;
  readonly mono_ms: number;
  readonly wall_ms: number;
  readonly state_version: number;
  readonly outbox_depth: number;
  readonly last_ack_seq: number;
  readonly visible: boolean;
  readonly covered: boolean;
  readonly uncovered_ms: number;
  readonly rtt_ms: number | null;
}

/** `view` comes only when the client's state_version is behind. */
export interface HeartbeatReply {
  readonly beat: number;
  readonly server_ms: number;
  readonly next_ms: number;
  readonly state_version: number;
  readonly remaining_ms: number | null;
  readonly running: boolean;
  readonly view: CandidateView | null;
}

/** One presented item. `choices`: options, rows to order, or left column; `targets`: right column of a match. */
export interface ItemView {
  readonly attempt: string;
  readonly number: number;
  readonly interaction: "single" | "multiple" | "order" | "match" | "numeric";
  readonly language: string;
  readonly stem: string;
  readonly exhibit: string | null;
  readonly choices: readonly (Choice)[];
  readonly targets: readonly (Choice)[];
  readonly unit: string | null;
}

/** The lease and where the sitting stands. */
export interface LeaseReply {
  readonly epoch: number;
  readonly view: CandidateView;
}

/** Take the lease back on the same device. */
export interface LeaseRequest {
  readonly tab: string;
}

/** The last message sent to a candidate: when it was sent, stood on the screen, was read (None: not yet). */
export interface MessageReceipt {
  readonly template: "operator_comes" | "connection_checked" | "pause_soon" | "break_soon" | "keep_silence" | "stay_at_station" | "free";
  readonly sent_at: number;
  readonly shown_at: number | null;
  readonly read_at: number | null;
}

/** A receipt for an operator's message: it stands on a visible screen, or the candidate says it was read. */
export interface MessageRequest {
  readonly command_id: string;
  readonly message: string;
  readonly receipt: "shown" | "read";
}

/** A message of the operator that waits to be read: a `template` the page has words for, or ``free`` words. `text` is None for a template, and for free words that were erased. `shown`: the page has reported it. */
export interface MessageView {
  readonly message: string;
  readonly template: "operator_comes" | "connection_checked" | "pause_soon" | "break_soon" | "keep_silence" | "stay_at_station" | "free";
  readonly text: string | null;
  readonly sent_at: number;
  readonly shown: boolean;
}

/** After the sitting is closed: the decision on one outcome, without probabilities. */
export interface OutcomeResult {
  readonly outcome: string;
  readonly title: string;
  readonly decision: "met" | "not_met" | "undetermined" | "practice_only";
  readonly closed: "early" | "limit" | "open" | "none";
  readonly items: number;
  readonly criteria_sampled: number;
  readonly criteria_total: number;
}

/** Who sits here: shown to be confirmed. */
export interface PersonView {
  readonly name: string;
  readonly reference: string;
  readonly seat: string;
  readonly station: string | null;
}

/** Timings the server sets. */
export interface PlayerSettings {
  readonly heartbeat_ms: number;
  readonly cover_after_ms: number;
}

/** Where the candidate is, without a hint of correctness. */
export interface ProgressView {
  readonly number: number;
  readonly maximum: number;
  readonly areas_done: number;
  readonly areas_total: number;
}

/** What the candidate takes away: the code and the head of the log. */
export interface ReceiptView {
  readonly code: string;
  readonly chain_head: string;
  readonly answered: number;
  readonly ended_at: number;
  readonly reason: "stop_rule" | "maximum_length" | "pool_exhausted" | "candidate" | "time" | "terminated";
  readonly result_available: boolean;
}

/** One sitting on the console. `can` maps an action to None or to the code of why it cannot be done now. */
export interface Row {
  readonly sitting: string;
  readonly version: number;
  readonly seat: string;
  readonly name: string;
  readonly reference: string;
  readonly station: string | null;
  readonly lifecycle: "registered" | "checked_in" | "awaiting" | "authorised" | "running" | "suspended" | "submitted" | "timed_out" | "terminated" | "cancelled";
  readonly holds: readonly ("disconnected" | "paused" | "locked" | "break" | "transfer" | "technical" | "review" | "reopened")[];
  readonly link: "never" | "online" | "unstable" | "offline";
  readonly last_seen: number | null;
  readonly item_number: number;
  readonly item_maximum: number;
  readonly item_since: number | null;
  readonly areas_done: number;
  readonly areas_total: number;
  readonly remaining_ms: number;
  readonly clock_running: boolean;
  readonly planned_ms: number;
  readonly incident_ms: number;
  readonly saved_at: number | null;
  readonly outbox_depth: number | null;
  readonly browser: string | null;
  readonly check_failed: readonly (string)[] | null;
  readonly flags: Flags;
  readonly hand: "technical" | "item" | "health" | "other" | null;
  readonly unread: number;
  readonly message: MessageReceipt | null;
  readonly drops: number;
  readonly review_ms: number;
  readonly end_reason: "stop_rule" | "maximum_length" | "pool_exhausted" | "candidate" | "time" | "terminated" | null;
  readonly attention: readonly (Attention)[];
  readonly can: Partial<Record<"check_in" | "authorise" | "pause" | "resume" | "add_time" | "new_seat_code" | "terminate" | "acknowledge" | "answer_hand" | "report_incident" | "close_incident" | "reopen" | "message", string | null>>;
}

/** Open the sitting of this seat code in this tab. */
export interface SeatRequest {
  readonly code: string;
  readonly tab: string;
}

/** Something happened to the page. */
export interface SignalRequest {
  readonly command_id: string;
  readonly kind: "hidden" | "blur" | "fullscreen_exit" | "copy" | "paste" | "print" | "second_tab";
  readonly duration_ms: number;
}

/** Everything a console shows, at one instant. */
export interface Snapshot {
  readonly exam_session: ExamSessionView;
  readonly feed: number;
  readonly server_ms: number;
  readonly rows: readonly (Row)[];
}

/** Pushed at most every 250 ms while something changes, and every second in any case. */
export interface Tick {
  readonly feed: number;
  readonly server_ms: number;
  readonly rows: readonly (Row)[];
  readonly received: number;
  readonly expected: number;
}

/** A sitting from its first event. */
export interface Timeline {
  readonly sitting: string;
  readonly entries: readonly (TimelineEntry)[];
}

/** One event of a sitting, for people; `name` of the member of staff who brought it about, else None. */
export interface TimelineEntry {
  readonly seq: number;
  readonly at: number;
  readonly kind: string;
  readonly actor: string;
  readonly name: string | null;
  readonly facts: Record<string, number | string>;
  readonly note: string | null;
}
