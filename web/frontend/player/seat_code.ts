/** A seat code as people type and read it. */

const FORM = /^[0-9A-Z]{4,20}$/;
const GROUP = 5;

function bare(typed: string): string {
  return typed.replace(/[\s\u00a0\u202f.\u2013\u2014-]/g, "").toUpperCase();
}

/** "41820 55713" for "4182055713", "418 205 571 3" or "41820-55713". */
export function grouped(typed: string): string {
  return bare(typed).replace(new RegExp(`(.{${GROUP}})(?=.)`, "g"), "$1 ");
}

/** The code without its spaces and dashes, or null when it cannot be one. */
export function plainCode(typed: string): string | null {
  const code = bare(typed);
  return FORM.test(code) ? code : null;
}
