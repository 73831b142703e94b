"""Every refusal in one sentence and with its HTTP status; nowhere else is a sentence about an error written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, g, redirect, render_template, request
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from proctor.errors import LogConflict, Refused
from web.journal import fault
from web.language import mark, t
from web.messages import ErrorReply


class Problem(Exception):
    """A request the web layer itself turns down; `code` stands in SENTENCES, `place` says where."""

    def __init__(self, code: str, *, place: str = "", retry_after_ms: int | None = None) -> None:
        super().__init__(code)
        self.code, self.place, self.retry_after_ms = code, place, retry_after_ms


@dataclass(frozen=True, slots=True)
class Sentence:
    """What a code means to HTTP and to a person."""

    status: int
    text: str


SENTENCES: dict[str, Sentence] = {
    # ---- the sitting (architecture.md, "Refusal codes")
    "not_registered": Sentence(404, mark("This sitting does not exist.")),
    "see_operator": Sentence(409, mark("Go to the operator's desk first. Your identity has to be checked there.")),
    "open_elsewhere": Sentence(
        409, mark("The exam is open in another window on this computer. Continue there or close it.")
    ),
    "seat_code_spent": Sentence(409, mark("This seat code has been used. The operator can give you a new one.")),
    "old_lease": Sentence(409, mark("The exam was moved to another window or computer. Continue there.")),
    "wrong_phase": Sentence(409, mark("This cannot be done at this point of the exam.")),
    "not_running": Sentence(409, mark("The test is not running at the moment.")),
    "not_suspended": Sentence(409, mark("The test is not stopped, so there is nothing to resume.")),
    "not_awaiting": Sentence(409, mark("The candidate is not waiting to be let in.")),
    "already_checked_in": Sentence(409, mark("This candidate has been checked in already.")),
    "closed": Sentence(409, mark("The sitting is over.")),
    "hold_absent": Sentence(409, mark("The reason to stop that you want to lift is not there.")),
    "hold_present": Sentence(409, mark("The test is stopped for this reason already.")),
    "unknown_attempt": Sentence(409, mark("This answer belongs to no item that was shown. It was kept for review.")),
    "already_answered": Sentence(409, mark("This item was answered before. The second answer was kept for review.")),
    "time_is_up": Sentence(409, mark("The time is up. The answer was kept for review.")),
    "above_limit": Sentence(403, mark("This is more time than an operator may add. Ask the chief operator.")),
    "reason_missing": Sentence(422, mark("Choose a reason.")),
    "note_missing": Sentence(422, mark("Write a note: this cannot be done without one.")),
    "invalid_response": Sentence(422, mark("This answer does not fit the item.")),
    "browser_check_missing": Sentence(409, mark("The browser has to be checked first.")),
    "hand_absent": Sentence(409, mark("Nobody has called the operator.")),
    "nothing_to_acknowledge": Sentence(409, mark("This entry is no longer in the queue.")),
    "already_registered": Sentence(409, mark("This sitting is registered already.")),
    "wrong_hold": Sentence(409, mark("This reason to stop ends by itself and cannot be set or lifted here.")),
    "wrong_amount": Sentence(422, mark("The amount of time does not fit.")),
    "wrong_signal": Sentence(422, mark("The page reported something that is not known here.")),
    "unknown_incident": Sentence(404, mark("This incident does not exist.")),
    "unknown_message": Sentence(404, mark("This message does not exist.")),
    "wrong_message": Sentence(422, mark("This message is not among those that can be sent.")),
    "text_missing": Sentence(422, mark("Write the message first.")),
    "incident_lasts": Sentence(
        409, mark("This incident is not over yet. It can be closed when the connection is back.")
    ),
    "test_complete": Sentence(409, mark("The test had come to its own end, so there is nothing to continue.")),
    "four_eyes": Sentence(403, mark("Whoever ended the test cannot reopen it. Somebody else has to do this.")),
    "person_erased": Sentence(409, mark("The data of this person were erased.")),
    # ---- the web layer
    "bad_request": Sentence(400, mark("The request cannot be read: {place}.")),
    "too_large": Sentence(413, mark("The request is too large.")),
    "not_json": Sentence(415, mark("The request must be JSON.")),
    "unknown_seat_code": Sentence(404, mark("There is no such seat code. Check the digits or ask the operator.")),
    "seat_code_expired": Sentence(409, mark("This seat code is no longer valid. The operator can give you a new one.")),
    "no_device": Sentence(401, mark("This computer has no exam open. Enter your seat code.")),
    "wrong_origin": Sentence(403, mark("The request came from another address and was refused.")),
    "csrf": Sentence(400, mark("The page was open for too long. Load it again and repeat what you did.")),
    "not_closed": Sentence(409, mark("The result can be seen when the exam is over.")),
    "no_result": Sentence(409, mark("The result is not ready yet.")),
    "login_required": Sentence(401, mark("Sign in to continue.")),
    "wrong_login": Sentence(401, mark("Login or password is not right.")),
    "not_allowed": Sentence(403, mark("Your role does not include this.")),
    "not_found": Sentence(404, mark("There is nothing at this address.")),
    "wrong_method": Sentence(405, mark("This address does not take this kind of request.")),
    "too_many_requests": Sentence(429, mark("Too many requests. Wait a moment; nothing is lost.")),
    "no_operator": Sentence(409, mark("An electronic exam session needs an operator. Assign one first.")),
    "sitting_elsewhere": Sentence(404, mark("This sitting is not part of the exam session.")),
    "field_missing": Sentence(422, mark("Something is missing: {place}.")),
    "still_running": Sentence(409, mark("A test is still under way. Wait for its end or end it from the console.")),
    "not_open_yet": Sentence(409, mark("This exam session is not open yet. See the operator.")),
    "session_over": Sentence(409, mark("This exam session is over. See the operator.")),
    "not_open": Sentence(409, mark("The exam session is not open.")),
    "login_taken": Sentence(409, mark("This login is used by another account.")),
    "weak_password": Sentence(422, mark("The password must have at least 12 characters.")),
    "allocation_unsigned": Sentence(409, mark("The committee has not signed the allocation of criteria yet.")),
    "incomplete": Sentence(
        409, mark("{place} lacks what a review needs. Fill in the gaps and import it again; that makes a next version.")
    ),
    "result_final": Sentence(409, mark("The result is confirmed or voided, so the test cannot be continued.")),
    "plan_impossible": Sentence(422, mark("The exam plan cannot be met: {place}.")),
    "seat_taken": Sentence(409, mark("This seat is booked for another candidate.")),
    "try_again": Sentence(503, mark("Too much happens at once. The request is repeated by itself.")),
    "internal": Sentence(500, mark("Something went wrong on the server. What was saved stays saved.")),
}
"""Codes are stable; docs/protocol.md lists them and a test compares."""

HTTP_CODES = {400: "bad_request", 404: "not_found", 405: "wrong_method", 413: "too_large", 415: "not_json"}


def sentence(code: str, place: str = "") -> str:
    """The sentence for `code` in the reader's language."""
    return t(SENTENCES[code].text, place=place)


TITLES: dict[int, str] = {
    400: mark("This could not be read"),
    401: mark("First enter your seat code"),
    403: mark("This page is not part of your work"),
    404: mark("There is no such page"),
    409: mark("This cannot be done now"),
    413: mark("This is too large"),
    429: mark("A short pause, please"),
    500: mark("Something went wrong here"),
}
"""What a page of refusal is headed with, by status; any other like 400 or 500."""


def reply(code: str, *, place: str = "", retry_after_ms: int | None = None) -> Response:
    """The HTTP answer that carries a refusal: JSON for programs, a page for people."""
    status, said = SENTENCES[code].status, sentence(code, place)
    if _is_api():
        body = ErrorReply(error=code, message=said, retry_after_ms=retry_after_ms)
        response = Response(body.model_dump_json(), status, mimetype="application/json")
    else:
        response = Response(_page(code, status, said), status)
    if retry_after_ms is not None:
        response.headers["Retry-After"] = str(-(-retry_after_ms // 1000))
    return response


def _page(code: str, status: int, said: str) -> str:
    return render_template(
        "error.html",
        title=t(TITLES.get(status, TITLES[500 if status >= 500 else 400])),
        sentence=said,
        back=request.path if code == "csrf" else None,
        home="/exam" if request.path.startswith("/exam/") else "/",
        request_id=g.get("request_id") if status >= 500 else None,
    )


def _is_api() -> bool:
    return request.path.startswith(("/api/", "/metrics", "/healthz", "/readyz", "/static/"))


def install(app: Flask) -> None:
    """Turn every exception of a request into an answer; pages get a redirect to the login where that helps."""

    @app.errorhandler(Refused)
    def refused(error: Refused) -> Response:
        return reply(error.code)

    @app.errorhandler(Problem)
    def problem(error: Problem) -> Any:
        if error.code == "login_required" and request.method == "GET" and not _is_api():
            return redirect(f"/login?{urlencode({'next': request.path})}")
        return reply(error.code, place=error.place, retry_after_ms=error.retry_after_ms)

    @app.errorhandler(LogConflict)
    def lost_the_race(_error: LogConflict) -> Response:
        return reply("try_again", retry_after_ms=500)

    @app.errorhandler(CSRFError)
    def csrf(_error: CSRFError) -> Response:
        return reply("csrf")

    @app.errorhandler(RateLimitExceeded)
    def limited(error: RateLimitExceeded) -> Response:
        return reply("too_many_requests", retry_after_ms=1000 * error.limit.limit.get_expiry())

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        status = error.code or 500
        if status < 400:
            return error.get_response()  # type: ignore[return-value]
        code = HTTP_CODES.get(status, "internal" if status >= 500 else "bad_request")
        return reply(code, place=t("its form") if code == "bad_request" else "")

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> Response:
        fault("unexpected", error, request=g.get("request_id"))
        return reply("internal")
