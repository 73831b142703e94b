/** Telling a refusal of our own server from the network's trouble on a socket. */

/** Whether a connect error's message is a refusal code ("old_lease"); the library's own are "timeout" and sentences. */
export function isOurCode(message: string): boolean {
  return /^[a-z]+(_[a-z]+)+$/.test(message);
}
