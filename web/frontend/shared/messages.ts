/** Words in the reader's language: the page carries the catalogue, English is the key. */

type Entry = string | readonly string[];

export interface PageData {
  readonly language: string;
  readonly theme: string;
  readonly messages: Readonly<Record<string, Entry>>;
  readonly csrf: string | null;
  readonly exam_session: string | null;
}

const EMPTY: PageData = { language: "en", theme: "light", messages: {}, csrf: null, exam_session: null };

function read(): PageData {
  const holder = globalThis.document?.getElementById("kriteria-page");
  return holder?.textContent ? (JSON.parse(holder.textContent) as PageData) : EMPTY;
}

export const page: PageData = read();

/** Forms of a gettext plural in the order gettext numbers them, by CLDR category. */
const FORMS: Readonly<Record<string, readonly string[]>> = {
  pl: ["one", "few", "many"],
  cs: ["one", "few", "other"],
  ru: ["one", "few", "many"],
  kk: ["one", "other"],
  en: ["one", "other"],
};

export function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in values ? String(values[name]) : whole));
}

/** The sentence `msgid` (English) in the page's language, with `{name}` replaced. */
export function t(msgid: string, values: Readonly<Record<string, string | number>> = {}): string {
  const entry = page.messages[msgid];
  return fill(typeof entry === "string" && entry !== "" ? entry : msgid, values);
}

/** The form of a counted sentence for `n`; `{n}` is filled in. */
export function tn(one: string, many: string, n: number, values: Readonly<Record<string, string | number>> = {}): string {
  const entry = page.messages[`${one}|${many}`];
  const all = { n, ...values };
  if (!Array.isArray(entry)) return fill(n === 1 ? one : many, all);
  const order = FORMS[page.language] ?? FORMS["en"]!;
  const category = new Intl.PluralRules(page.language).select(n);
  const at = order.indexOf(category);
  return fill((at < 0 ? entry[entry.length - 1] : entry[at]) ?? many, all);
}
