"""Check in a candidate, let him or her begin and say so: an operator's client of the protocol (docs/protocol.md).

    python operator_client.py http://localhost:8000 EXAM_SESSION LOGIN SEAT DOCUMENT_LAST_CHARACTERS < password

Needs requests. Says what the console would: what was done, or why not. Waits for the candidate in the waiting room.
"""

import sys
import time
import uuid

import requests

AGAIN_S = 1.0


class Operator:
    """A member of staff at the console of one exam session."""

    def __init__(self, origin, exam_session, patience_s=300):
        self.origin, self.console, self.patience_s = origin, f"{origin}/api/console/{exam_session}", patience_s
        self.http = requests.Session()
        self.http.headers["Origin"] = origin

    def sign_in(self, login, password):
        """Open the login; the token of the reply goes with everything that is sent from now on."""
        self.http.headers["X-CSRFToken"] = self.read(self.http.get(f"{self.origin}/api/csrf", timeout=10))["csrf"]
        reply = self.http.post(f"{self.origin}/api/login", json={"login": login, "password": password}, timeout=10)
        self.http.headers["X-CSRFToken"] = self.read(reply)["csrf"]

    @staticmethod
    def read(reply):
        """The body; a refusal ends the program with its sentence."""
        body = reply.json()
        if reply.status_code >= 400:
            raise SystemExit(f"{body['error']}: {body['message']}")
        return body

    def row(self, seat):
        """The candidate on this seat, as the console shows it now."""
        snapshot = self.read(self.http.get(f"{self.console}/snapshot", timeout=10))
        return next(row for row in snapshot["rows"] if row["seat"] == seat)

    def do(self, action, row, **fields):
        """One action on one sitting. Its id stays the same over every repetition, so it is done once."""
        wish = {"command_id": uuid.uuid4().hex, "action": action, "sittings": [row["sitting"]], **fields}
        until = time.monotonic() + self.patience_s
        while True:
            try:
                reply = self.http.post(f"{self.console}/commands", json=wish, timeout=10)
                if reply.status_code < 429:
                    break
            except requests.RequestException:
                pass
            if time.monotonic() > until:
                raise TimeoutError(action)
            time.sleep(AGAIN_S)
        (result,) = self.read(reply)["results"]
        return result["message"] or result["outcome"]

    def wait_until_possible(self, action, seat):
        """The row once nothing stands against the action."""
        until = time.monotonic() + self.patience_s
        while (row := self.row(seat))["can"][action] is not None:
            if time.monotonic() > until:
                raise TimeoutError(f"{action}: {row['can'][action]}")
            time.sleep(AGAIN_S)
        return row


if __name__ == "__main__":
    origin, exam_session, login, seat, last = sys.argv[1:]
    operator = Operator(origin, exam_session)
    operator.sign_in(login, sys.stdin.readline().rstrip("\n"))
    print(
        "Check in:", operator.do("check_in", operator.row(seat), document={"kind": "id_card", "last": last}), flush=True
    )
    print("Authorise:", operator.do("authorise", operator.wait_until_possible("authorise", seat)))
    print("Message:", operator.do("message", operator.row(seat), template="free", text="You may begin."))
