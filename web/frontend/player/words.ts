/** Codes of the protocol in a candidate's words. */

import { t } from "../shared/messages.ts";
import type { CoverView, HandRequest, ReceiptView } from "../shared/protocol.ts";
import type { CheckName } from "./checks.ts";

type Hold = CoverView["reasons"][number];
type Hand = HandRequest["category"];

/** Of several reasons the page names the one a candidate most needs to know. */
const WEIGHT: readonly Hold[] = ["locked", "transfer", "review", "paused", "break", "technical", "reopened", "disconnected"];

export function foremost(reasons: readonly Hold[]): Hold {
  return WEIGHT.find((reason) => reasons.includes(reason)) ?? "technical";
}

export interface Cover {
  readonly title: string;
  readonly text: string;
  readonly next: string;
}

/** What happened, what it means, what to do. */
export function cover(reason: Hold): Cover {
  switch (reason) {
    case "paused":
      return {
        title: t("The operator has paused the test"),
        text: t("The test is paused and the item is covered. This does not affect your result."),
        next: t("The operator will resume the test. You do not have to do anything."),
      };
    case "locked":
      return {
        title: t("The test is stopped until the operator comes"),
        text: t("The operator has to look at something at your station. This is not a judgement about you."),
        next: t("The operator will come to you and explain what happens next."),
      };
    case "break":
      return {
        title: t("You have a break"),
        text: t("The item is covered during the break."),
        next: t("The operator will resume the test when the break is over."),
      };
    case "transfer":
      return {
        title: t("You are moving to another station"),
        text: t("The test will go on at the new station, from the same item."),
        next: t("Go with the operator and enter the new seat code there."),
      };
    case "technical":
      return {
        title: t("A short technical pause"),
        text: t("The exam system is being looked after. This does not affect your result."),
        next: t("The test will come back by itself, to the same item."),
      };
    case "review":
      return {
        title: t("The operator is checking the interruption"),
        text: t("The connection was lost for longer than usual or several times. This is a technical matter."),
        next: t("The operator decides about the time and then resumes the test."),
      };
    case "reopened":
      return {
        title: t("The test has been reopened"),
        text: t("The test was closed and is open again. Your answers are all there."),
        next: t("The operator will resume the test."),
      };
    case "disconnected":
      return {
        title: t("The connection is back"),
        text: t("The test will resume in a moment, at the same item."),
        next: t("You do not have to do anything."),
      };
  }
}

export function handWord(category: Hand): string {
  switch (category) {
    case "technical": return t("Technical matter");
    case "item": return t("Something is wrong with the item");
    case "health": return t("Health or wellbeing");
    case "other": return t("Another matter");
  }
}

export const HANDS: readonly Hand[] = ["technical", "item", "health", "other"];

/** Why the test is over, without a word about the result. */
export function ended(reason: ReceiptView["reason"]): string {
  switch (reason) {
    case "candidate": return t("You ended the test.");
    case "time": return t("The time of the test has run out.");
    case "terminated": return t("The test was ended by the operator. The certifying institution will tell you what happens next.");
    case "stop_rule":
    case "maximum_length":
    case "pool_exhausted":
      return t("All the items needed have been shown.");
  }
}

export interface CheckWords {
  readonly good: string;
  readonly bad: string;
  readonly help: string;
}

export function checkWords(name: CheckName): CheckWords {
  switch (name) {
    case "storage":
      return {
        good: t("Answers can be saved on this computer"),
        bad: t("This browser cannot save answers on this computer"),
        help: t("Close private windows and open the exam in an ordinary window, or call the operator: another browser may be needed."),
      };
    case "websocket":
      return {
        good: t("The live connection to the server works"),
        bad: t("The live connection to the server does not work"),
        help: t("The test will run in a slower way. Tell the operator: the network may be blocking the connection."),
      };
    case "clock":
      return {
        good: t("The clock of this computer is right"),
        bad: t("The clock of this computer is wrong"),
        help: t("The test uses the clock of the server, so your time is safe. Tell the operator, so that the computer can be set right."),
      };
    case "screen":
      return {
        good: t("The window is large enough"),
        bad: t("The window is too small"),
        help: t("Make the window larger or choose a smaller zoom, then check again."),
      };
    case "single_tab":
      return {
        good: t("The exam is open in one tab only"),
        bad: t("The exam is open in more than one tab"),
        help: t("Close the other tabs with the exam, then check again."),
      };
  }
}
