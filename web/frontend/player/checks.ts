/** The browser check: what this computer must be able to do before an exam, tried for real. */

import { io } from "socket.io-client";
import type { BrowserCheck } from "../shared/protocol.ts";
import { isOurCode } from "./refusals.ts";
import { keepsData } from "./outbox_store.ts";

export type CheckName = BrowserCheck["name"];

/** Beyond this the computer's time of day misleads people who compare it with the wall clock of the room. */
const SKEW_MS = 120_000;
/** The page works from 320 px on (a wide screen at 400 % zoom). */
const NARROWEST_PX = 320;
const LOWEST_PX = 240;
const SOCKET_MS = 4000;

export function clockIsRight(wall_ms: number, server_ms: number): boolean {
  return Math.abs(wall_ms - server_ms) <= SKEW_MS;
}

export function screenIsEnough(width: number, height: number): boolean {
  return width >= NARROWEST_PX && height >= LOWEST_PX;
}

function socketOpens(auth: object): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = io("/candidate", { transports: ["websocket"], reconnection: false, timeout: SOCKET_MS, forceNew: true, auth });
    const end = (opened: boolean): void => {
      socket.disconnect();
      resolve(opened);
    };
    socket.on("connect", () => end(true));
    // A refusal with a code of ours has come through a socket that works.
    socket.on("connect_error", (problem) => end(isOurCode(problem.message)));
  });
}

/** What the check needs from the page: the server's clock, whether its own socket is open, and whether another tab holds the exam. */
export interface Surroundings {
  server_ms(): number;
  socket_open(): boolean;
  auth(): object;
  alone(): Promise<boolean>;
}

export async function check(around: Surroundings): Promise<readonly BrowserCheck[]> {
  // Asked for, not demanded: some browsers never grant it and still keep what is written.
  await navigator.storage?.persist?.();
  const [storage, websocket, single_tab] = await Promise.all([
    keepsData(),
    around.socket_open() ? Promise.resolve(true) : socketOpens(around.auth()),
    around.alone(),
  ]);
  return [
    { name: "storage", ok: storage },
    { name: "websocket", ok: websocket },
    { name: "clock", ok: clockIsRight(Date.now(), around.server_ms()) },
    { name: "screen", ok: screenIsEnough(window.innerWidth, window.innerHeight) },
    { name: "single_tab", ok: single_tab },
  ];
}

const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/SEB\/(\d{1,4})/, "SEB"], [/Edg\/(\d{1,4})/, "Edge"], [/OPR\/(\d{1,4})/, "Opera"], [/Firefox\/(\d{1,4})/, "Firefox"], [/Chrom(?:e|ium)\/(\d{1,4})/, "Chrome"],
  [/Version\/(\d{1,4}).*Safari/, "Safari"],
];
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/Windows/, "Windows"], [/Android/, "Android"], [/iPhone|iPad/, "iOS"], [/CrOS/, "ChromeOS"], [/Mac OS X/, "macOS"], [/Linux/, "Linux"],
];

/** "Firefox 140 / Windows" out of a user agent; no more than an operator needs. */
export function browserName(agent: string): string {
  const browser = BROWSERS.map(([form, name]) => [form.exec(agent)?.[1], name] as const).find(([version]) => version !== undefined);
  const system = SYSTEMS.find(([form]) => form.test(agent))?.[1] ?? "?";
  return `${browser ? `${browser[1]} ${browser[0]}` : "?"} / ${system}`;
}
