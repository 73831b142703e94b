"""Signing in and out: argon2 off the event loop, a fresh token per login, throttled tries."""

from __future__ import annotations

from threading import BoundedSemaphore

import gevent
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from flask import Blueprint, Flask, current_app, jsonify, session
from flask.typing import ResponseReturnValue
from flask_limiter.util import get_remote_address
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from flask_wtf.csrf import generate_csrf
from pydantic import Field

from web import journal, parsing, wired
from web.errors import Problem
from web.limits import LOGIN_TRIES, limiter
from web.messages import Message
from web.roles import permission
from web.sqlaccounts import Account

hasher = PasswordHasher()
HASHING_AT_ONCE = BoundedSemaphore(2)
"""Each hash takes 64 MiB and some 90 ms of a core."""
NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
"""Checked for unknown logins, so that they take as long as known ones."""
PASSWORD_LENGTH = 12


class Staff(UserMixin):  # type: ignore[misc]
    """The signed-in account as Flask-Login sees it; its id is the browser's token, not the account."""

    def __init__(self, account: Account, token: str) -> None:
        self.account, self.token = account, token
        self.permissions = account.permissions

    def get_id(self) -> str:
        """What the cookie remembers."""
        return self.token


class LoginRequest(Message):
    """Login and password of a member of staff."""

    login: str = Field(min_length=1, max_length=120)
    password: str = Field(min_length=1, max_length=200)


class AccountReply(Message):
    """Who is signed in, and the token that POSTs carry in X-CSRFToken."""

    account: str
    name: str
    roles: tuple[str, ...]
    csrf: str


def hash_password(password: str) -> str:
    """The argon2id hash of a new password, made in a native thread."""
    if len(password) < PASSWORD_LENGTH:
        raise Problem("weak_password")
    with HASHING_AT_ONCE:
        return str(gevent.get_hub().threadpool.apply(hasher.hash, (password,)))


def _verified(stored: str, password: str) -> bool:
    with HASHING_AT_ONCE:
        return bool(gevent.get_hub().threadpool.apply(_matches, (stored, password)))


def _matches(stored: str, password: str) -> bool:
    try:
        return hasher.verify(stored, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


def sign_in(login: str, password: str) -> Account:
    """Check a login and make the browser's session new; for the form of the pages and for the JSON route alike.

    Raises:
        Problem: ``wrong_login``; RateLimitExceeded after five tries a minute for one login at one address.
    """
    wiring = wired.wiring()
    with limiter.limit(LOGIN_TRIES, key_func=lambda: f"{get_remote_address()}/{login.casefold()}"):
        found = wiring.accounts.by_login(login)
        if not _verified(found[1] if found else NOBODY, password) or found is None:
            raise Problem("wrong_login")
    account = found[0]
    sign_out()
    login_user(Staff(account, wiring.accounts.sign_in(account.id, wiring.now())))
    session.permanent = True
    journal.note(account=account.id)
    return account


def change_password(account: Account, present: str, wanted: str) -> None:
    """Give the signed-in account a new password; every browser but this one is signed out.

    Raises:
        Problem: ``wrong_login`` when the present password is not right, ``weak_password``.
    """
    wiring = wired.wiring()
    with limiter.limit(LOGIN_TRIES, key_func=lambda: f"password/{account.id}"):
        found = wiring.accounts.by_login(account.login)
        with HASHING_AT_ONCE:
            right = gevent.get_hub().threadpool.apply(_matches, (found[1] if found else NOBODY, present))
        if found is None or not right:
            raise Problem("wrong_login")
    wiring.accounts.set_password(account.id, hash_password(wanted), keep=current_user.token)


def sign_out() -> None:
    """Forget the browser's token here and on the server, and everything else its session held."""
    if current_user.is_authenticated:
        wired.wiring().accounts.sign_out(current_user.token)
        logout_user()
    session.clear()


def install(app: Flask) -> None:
    """Teach the application who is signed in."""
    manager = LoginManager(app)
    manager.session_protection = None  # the address may change; the token is what counts

    @manager.user_loader  # type: ignore[untyped-decorator]
    def load(token: str) -> Staff | None:
        wiring = wired.wiring()
        account = wiring.accounts.signed_in(token, wiring.now())
        return None if account is None else Staff(account, token)


routes = Blueprint("auth", __name__)


@routes.get("/api/csrf")
@permission("public")
def csrf() -> ResponseReturnValue:
    """The token that POSTs of staff carry in X-CSRFToken."""
    return jsonify(csrf=generate_csrf())


@routes.post("/api/login")
@permission("public")
def login() -> ResponseReturnValue:
    """Sign in from a script."""
    wanted = parsing.body(LoginRequest)
    return _account(sign_in(wanted.login, wanted.password))


@routes.post("/api/logout")
@permission("staff")
def logout() -> ResponseReturnValue:
    """Sign out."""
    sign_out()
    return "", 204


@routes.get("/api/account")
@permission("staff")
def account() -> ResponseReturnValue:
    """Who is signed in."""
    return _account(current_user.account)


def _account(account: Account) -> ResponseReturnValue:
    roles = tuple(sorted(account.roles))
    reply = AccountReply(account=account.id, name=account.name, roles=roles, csrf=generate_csrf())
    return current_app.response_class(reply.model_dump_json(), mimetype="application/json")
