/** Times, durations and numbers as people read them; the language is the page's, an argument only for tests. */

import { page, t } from "./messages.ts";

const two = (n: number): string => String(n).padStart(2, "0");

/** "10:42:19": an instant (ms since the epoch) on this computer's clock, 24 hours in every language. */
export function timeOfDay(instant: number): string {
  const date = new Date(instant);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** "10:42": the same without seconds, for what was planned to the minute. */
export function hourAndMinute(instant: number): string {
  return timeOfDay(instant).slice(0, 5);
}

/** "22.11.2026" in the manner of the language; in English "2026-11-22" as on every page, because its readers do not agree on an order. */
export function dayOf(instant: number, language: string = page.language): string {
  return new Intl.DateTimeFormat(language === "en" ? "sv" : language, { day: "2-digit", month: "2-digit", year: "numeric" }).format(instant);
}

/** "38:12", "1:02:05": a duration as a clock shows it; below zero it is zero, a started second counts as whole when `up`. */
export function clockFace(duration: number, up = false): string {
  const seconds = Math.max(0, up ? Math.ceil(duration / 1000) : Math.floor(duration / 1000));
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** "54 s", "1 min 42 s", "2 h 05 min": a duration in words short enough for a cell. */
export function inWords(duration: number): string {
  const seconds = Math.max(0, Math.floor(duration / 1000));
  if (seconds < 60) return t("{s} s", { s: seconds });
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return t("{min} min {s} s", { min: minutes, s: two(seconds % 60) });
  return t("{h} h {min} min", { h: Math.floor(minutes / 60), min: two(minutes % 60) });
}

/** A number with the language's decimal sign and a true minus; `digits` after it. */
export function decimal(value: number, digits = 0, language: string = page.language): string {
  const text = new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
  return text.replace("-", "\u2212");
}

/** "99,6 %": a share of one. */
export function percent(share: number, digits = 1, language: string = page.language): string {
  return `${decimal(share * 100, digits, language)}\u00a0%`;
}
