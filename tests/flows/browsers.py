"""Real Chromium for tests: every page is watched, and a page error or a breach of the content policy fails the test."""

import re
import shutil

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SIZE = {"width": 1366, "height": 768}
REPORTS_BREACHES = """
addEventListener("securitypolicyviolation", (breach) =>
  console.error("CSP " + breach.violatedDirective + " " + breach.blockedURI + " " + (breach.sourceFile ?? "")));
"""
BREACH = re.compile(r"^CSP |Content Security Policy|Refused to (load|apply|execute|connect|frame)")


def executable():
    """The installed Chromium, or None."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class Browsers:
    """Makes browser contexts and remembers what went wrong on their pages."""

    def __init__(self, chromium, playwright, origin):
        self.chromium, self.playwright, self.origin = chromium, playwright, origin
        self.contexts, self.wrong = [], []

    def context(self, **more):
        """A browser of its own: cookies, storage, English, the size the pages are designed for."""
        context = self.chromium.new_context(**{**self._manner(), **more})
        return self._watched(context)

    def kept(self, folder, **more):
        """A browser whose profile lies in a folder, in a process of its own."""
        context = self.playwright.chromium.launch_persistent_context(
            str(folder), executable_path=executable(), args=ARGUMENTS, **{**self._manner(), **more}
        )
        return self._watched(context)

    def _manner(self):
        return {
            "base_url": self.origin,
            "locale": "en-GB",
            "timezone_id": "Europe/Warsaw",
            "viewport": SIZE,
            "reduced_motion": "reduce",  # else a colour is looked at while it changes
        }

    def _watched(self, context):
        context.set_default_timeout(20_000)
        context.add_init_script(REPORTS_BREACHES)
        context.on("weberror", lambda error: self.wrong.append(f"page error: {error.error}"))
        context.on("console", self._heard)
        self.contexts.append(context)
        return context

    def _heard(self, message):
        if message.type == "error" and BREACH.search(message.text):
            self.wrong.append(message.text)

    def close(self):
        for context in self.contexts:
            try:
                context.close()
            except Exception as error:  # a killed browser cannot be closed; anything else is a fault
                if "closed" not in str(error):
                    raise
