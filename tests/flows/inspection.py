"""Looking at a page as it stands: accessibility by axe, reflow, and focus that nothing covers."""

from axe_playwright_python.sync_playwright import Axe

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ALL = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}, "resultTypes": ["violations"]}
DESIGNED = {"width": 1366, "height": 768}
NARROW = {"width": 320, "height": 640}
ZOOMED = {"width": 683, "height": 384}
STOPS = 40
COVERED = """() => {
  const one = document.activeElement;
  if (one === null || one === document.body) return null;
  const a = one.getBoundingClientRect();
  for (const bar of document.querySelectorAll("header.k-topbar, .p-player__foot, .k-bulk, thead")) {
    if (bar.contains(one) || !["sticky", "fixed"].includes(getComputedStyle(bar).position)) continue;
    const b = bar.getBoundingClientRect();
    const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    if (high > 1 && wide > 1) return `${one.outerHTML.slice(0, 120)} under ${bar.className}`;
  }
  return null;
}"""
WIDER = """() => {
  const all = document.documentElement;
  if (all.scrollWidth <= all.clientWidth) return null;
  const cut = (one) => one !== all && (getComputedStyle(one).overflowX !== "visible" || cut(one.parentElement));
  const wide = [...document.querySelectorAll("body *")].filter(
    (one) => one.getBoundingClientRect().right > all.clientWidth + 1 && !cut(one.parentElement));
  const told = wide.slice(0, 3).map((one) => one.outerHTML.slice(0, 90)).join(" | ");
  return `${all.scrollWidth} px of ${all.clientWidth}: ${told}`;
}"""


class Inspector:
    """Collects what is wrong with the pages it is shown."""

    def __init__(self):
        self.axe, self.wide, self.hidden, self.seen, self.wrong = [], [], [], [], []

    def look(self, page, name):
        """Look at the page as it stands: axe in every theme, two small windows."""
        self.seen.append(name)
        printed = page.inner_text("body")
        self.wrong += [f"{name}: prints {word!r}" for word in (" at 0x", "built-in") if word in printed]
        own = page.evaluate("document.documentElement.dataset.theme")
        for theme in ("light", "dark", "contrast"):
            page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
            self._violations(page, f"{name}, {theme}", ALL if theme == "light" else COLOURS)
        page.evaluate(f"document.documentElement.dataset.theme = '{own}'")
        for size in (NARROW, ZOOMED):
            page.set_viewport_size(size)
            wider = page.evaluate(WIDER)
            if wider:
                self.wide.append(f"{name}, {size['width']} px: {wider}")
        page.set_viewport_size(DESIGNED)

    def tab_through(self, page, name):
        """Tab through the page in the designed and in a zoomed window; no stop may lie under a bar."""
        for size in (ZOOMED, {"width": 900, "height": 600}):
            page.set_viewport_size(size)
            for _ in range(STOPS):
                page.keyboard.press("Tab")
                covered = page.evaluate(COVERED)
                if covered:
                    self.hidden.append(f"{name}, {size['width']}x{size['height']}: {covered}")
        page.set_viewport_size(DESIGNED)

    def _violations(self, page, name, options):
        if not page.evaluate("'axe' in window"):
            page.evaluate(Axe().axe_script)
        for found in page.evaluate("(options) => axe.run(document, options)", options)["violations"]:
            nodes = [f"{node['target']} {node.get('failureSummary', '')[:300]}" for node in found["nodes"][:3]]
            self.axe.append(f"{name}: {found['id']} ({found['impact']}) {len(found['nodes'])}x {nodes}")
