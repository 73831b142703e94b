/** What this browser remembers for the operator: whether single letters act. */

const LETTERS = "kriteria.console.letters";

function storage(): Storage | null {
  try {
    return globalThis.localStorage;
  } catch (problem) {
    // A browser that forbids storage throws here; the setting then lasts as long as the page.
    if (problem instanceof DOMException) return null;
    throw problem;
  }
}

export const lettersAct = (): boolean => storage()?.getItem(LETTERS) !== "off";

export function rememberLetters(on: boolean): void {
  storage()?.setItem(LETTERS, on ? "on" : "off");
}
