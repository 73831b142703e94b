/** What the page remembers: the tab and its lease in sessionStorage, the sitting's local name in localStorage.
 *
 * The local name (`owner`) is made here and never leaves this computer: it tells this sitting's outbox from an earlier person's.
 */

import { newId } from "../shared/ids.ts";
import type { Left } from "./exposure.ts";

const TAB = "kriteria.tab";
const EPOCH = "kriteria.epoch";
const LEFT = "kriteria.left";
const OWNER = "kriteria.owner";
const CLOCK_HIDDEN = "kriteria.clock_hidden";

/** The id of this tab; a duplicated tab copies its sessionStorage, so a copy asks for a new one. */
export function tabId(fresh = false): string {
  const known = fresh ? null : sessionStorage.getItem(TAB);
  const tab = known ?? newId();
  sessionStorage.setItem(TAB, tab);
  return tab;
}

export function epoch(): number | null {
  const known = sessionStorage.getItem(EPOCH);
  return known === null ? null : Number(known);
}

export function keepEpoch(value: number): void {
  sessionStorage.setItem(EPOCH, String(value));
}

/** The local name of the sitting this browser holds a lease of, or null. */
export function owner(): string | null {
  return localStorage.getItem(OWNER);
}

/** A sitting was opened by a seat code: it gets a name of its own. */
export function newOwner(): string {
  const name = newId();
  localStorage.setItem(OWNER, name);
  return name;
}

/** Somebody else sits down: this browser no longer takes the sitting back by itself. */
export function forget(): void {
  localStorage.removeItem(OWNER);
  sessionStorage.removeItem(EPOCH);
  sessionStorage.removeItem(LEFT);
}

export function keepLeft(left: Left): void {
  sessionStorage.setItem(LEFT, JSON.stringify(left));
}

/** What the page before this one left, once. */
export function takeLeft(): Left | null {
  const text = sessionStorage.getItem(LEFT);
  sessionStorage.removeItem(LEFT);
  return text === null ? null : (JSON.parse(text) as Left);
}

export function clockHidden(): boolean {
  return sessionStorage.getItem(CLOCK_HIDDEN) === "1";
}

export function keepClockHidden(hidden: boolean): void {
  sessionStorage.setItem(CLOCK_HIDDEN, hidden ? "1" : "0");
}
