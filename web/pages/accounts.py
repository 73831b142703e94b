"""Accounts of staff: the list, and a form for a new one."""

from __future__ import annotations

import re

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from web import administration, auth, wired
from web.errors import Problem, sentence
from web.language import COMPLETE, language, t
from web.pages import forms
from web.pages.forms import Form
from web.pages.frame import done, role_word
from web.roles import Role, permission

routes = Blueprint("accounts", __name__)
LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,59}")


def page(form: Form, chosen: frozenset[str] = frozenset()) -> str:
    """The list with the form as it stands."""
    accounts = [
        {"login": one.login, "name": one.name, "roles": [role_word(role) for role in sorted(one.roles)]}
        for one in wired.wiring().accounts.all()
    ]
    return render_template(
        "accounts.html",
        accounts=accounts,
        form=form,
        chosen=chosen,
        roles=[(role.value, role_word(role)) for role in Role],
        length=auth.PASSWORD_LENGTH,
    )


@routes.get("/accounts")
@permission("accounts.manage")
def accounts() -> ResponseReturnValue:
    """Everybody who can sign in."""
    return page(forms.filled({"language": language()}))


@routes.post("/accounts")
@permission("accounts.manage")
def create() -> ResponseReturnValue:
    """Create an account with its roles."""
    form = forms.sent()
    name, login = form.line("name"), form.line("login", longest=60)
    spoken = form.one_of("language", COMPLETE)
    chosen = frozenset(request.form.getlist("role"))
    if "login" not in form.errors and not LOGIN.fullmatch(login):
        form.errors["login"] = t("Use 2 to 60 letters, digits, points and dashes.")
    if not chosen or not chosen <= {role.value for role in Role}:
        form.errors["roles"] = t("Choose at least one role.")
    if form.good:
        try:
            administration.create_account(
                wired.wiring(),
                login=login,
                name=name,
                password=form.values.get("password", ""),
                roles=[Role(role) for role in sorted(chosen)],
                language=spoken,
            )
        except Problem as problem:
            form.errors["password" if problem.code == "weak_password" else "login"] = sentence(problem.code)
    if not form.good:
        return page(form, chosen), 422
    return done(t("The account {login} was created.", login=login), "/accounts")
