/** A metronome in a thread of its own: browsers slow the timers of a hidden page down to one a minute, but not a worker's. */

const TICK_MS = 250;

setInterval(() => postMessage("tick"), TICK_MS);

export {};
