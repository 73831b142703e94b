/** Entry of the operator's console: wires the socket, the polling and the page together. */

import { io } from "socket.io-client";
import { mount } from "svelte";
import "../shared/tokens.css";
import "../shared/components.css";
import { page } from "../shared/messages.ts";
import type { Tick } from "../shared/protocol.ts";
import type { Wire } from "../shared/transport.ts";
import App from "./App.svelte";
import { Live } from "./live.ts";
import { Operator } from "./operator.svelte.ts";

const BEAT_MS = 500;
const CLOCK_MS = 1_000;

const exam = page.exam_session ?? "";
const root = `/api/console/${encodeURIComponent(exam)}`;
const wire: Wire = {
  fetch: (input, init) => fetch(input, init),
  mono: () => performance.now(),
  headers: () => ({ "X-CSRFToken": page.csrf ?? "" }),
};

const live: Live = new Live(wire, root, () => operator.dirty());
const operator = new Operator(live, wire, root);

const socket = io("/console", { transports: ["websocket"], auth: { exam_session: exam }, reconnectionDelay: 500, reconnectionDelayMax: 5_000 });
socket.on("tick", (tick: Tick) => void live.tick(tick));

setInterval(() => void live.beat(), BEAT_MS);
setInterval(() => operator.paint(), CLOCK_MS);
void live.beat();

// The page's frame is laid out on the body itself; the shell's empty place would take a row of it.
document.getElementById("console")?.remove();
mount(App, { target: document.body, props: { operator } });
