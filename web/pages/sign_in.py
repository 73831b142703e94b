"""Signing in and out, one's own password, and the choice of language and colours."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_limiter import RateLimitExceeded
from flask_login import current_user

from web import auth, wired
from web.app import LANGUAGE_COOKIE
from web.errors import Problem, sentence
from web.language import COMPLETE, t
from web.pages import forms
from web.pages.frame import COOKIE_AGE_S, done, local
from web.roles import permission
from web.shells import THEME_COOKIE, THEMES

routes = Blueprint("sign_in", __name__)


@routes.get("/login")
@permission("public")
def login() -> ResponseReturnValue:
    """The form to sign in."""
    wanted = local(request.args.get("next", "/"))
    if current_user.is_authenticated:
        return redirect(wanted)
    return render_template("login.html", form=forms.filled(), next=wanted)


@routes.post("/login")
@permission("public")
def enter() -> ResponseReturnValue:
    """Sign in and go where one wanted to."""
    form = forms.sent()
    name, password = form.line("login", longest=120), form.values.get("password", "")
    wanted = local(form.values.get("next", "/"))
    if not password:
        form.errors["password"] = t("Fill in this field.")
    if form.good:
        try:
            auth.sign_in(name, password[:200])
            return redirect(wanted, 303)
        except Problem as problem:
            form.errors["password"] = sentence(problem.code)
        except RateLimitExceeded:
            form.errors["password"] = t("Too many tries. Wait a minute, then try again.")
    return render_template("login.html", form=form, next=wanted), 401


@routes.post("/logout")
@permission("staff")
def leave() -> ResponseReturnValue:
    """Sign out."""
    auth.sign_out()
    return done(t("You are signed out."), "/login")


@routes.get("/password")
@permission("staff")
def password() -> ResponseReturnValue:
    """The form to change one's own password."""
    return render_template("password.html", form=forms.filled(), length=auth.PASSWORD_LENGTH)


@routes.post("/password")
@permission("staff")
def change_password() -> ResponseReturnValue:
    """Change one's own password; the present one is asked for."""
    form = forms.sent()
    present, wanted = form.values.get("present", ""), form.values.get("password", "")
    try:
        auth.change_password(current_user.account, present, wanted)
    except Problem as problem:
        form.errors["present" if problem.code == "wrong_login" else "password"] = (
            t("This is not your present password.") if problem.code == "wrong_login" else sentence(problem.code)
        )
        return render_template("password.html", form=form, length=auth.PASSWORD_LENGTH), 422
    return done(t("Your password was changed."), "/")


@routes.post("/appearance")
@permission("public")
def appearance() -> ResponseReturnValue:
    """Remember language and colours in this browser."""
    form = forms.sent()
    response = redirect(local(form.values.get("back", "/")), 303)
    secure = wired.wiring().settings.cookie_secure
    for cookie, value, known in (
        (LANGUAGE_COOKIE, form.values.get("language"), COMPLETE),
        (THEME_COOKIE, form.values.get("theme"), THEMES),
    ):
        if value in known:
            response.set_cookie(
                cookie, str(value), max_age=COOKIE_AGE_S, secure=secure, httponly=True, samesite="Lax", path="/"
            )
    return response
