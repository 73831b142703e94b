/** Opaque ids made by the client: for answers, commands and tabs. */

/** 128 random bits; safe in every field the protocol calls opaque. */
export function newId(): string {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
