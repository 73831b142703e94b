"""`kriteria serve`, `db upgrade`, `user create`: running an installation."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from web import administration, schema
from web import settings as environment
from web.cli_exits import stop
from web.cli_refusals import plain_refusals
from web.language import COMPLETE
from web.roles import Role
from web.wiring import wire

ROOT = Path(__file__).resolve().parents[1]
CONFIG = next(
    path
    for path in (ROOT / "deploy" / "gunicorn.conf.py", Path(__file__).with_name("gunicorn.conf.py"))
    if path.exists()
)
"""How gunicorn runs: beside the packages in a checkout, inside `web` where the wheel was installed."""


@click.command()
def serve() -> None:
    """Bring the database up to date and serve, until stopped."""
    with plain_refusals():
        settings = environment.load()
        schema.upgrade(settings.database_url)
    given = {
        "KRITERIA_BIND": settings.bind,
        "KRITERIA_WORKERS": str(settings.workers),
        "KRITERIA_FORWARDED_ALLOW_IPS": settings.forwarded_allow_ips,
    }
    click.echo(f"Kriteria serves {settings.public_origin} on {settings.bind}", err=True)
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    arguments = [sys.executable, "-m", "gunicorn", "--config", str(CONFIG)]
    os.execve(sys.executable, arguments, {**os.environ, **given, "PYTHONPATH": path})  # noqa: S606 - this is the server


@click.group()
def db() -> None:
    """The database."""


@db.command()
def upgrade() -> None:
    """Bring the database to the shape this version needs."""
    with plain_refusals():
        schema.upgrade(environment.load().database_url)


@click.group()
def user() -> None:
    """Accounts of staff."""


@user.command()
@click.argument("login")
@click.option("--name", required=True, help="Name as it stands on documents.")
@click.option("--role", "roles", required=True, multiple=True, type=click.Choice([role.value for role in Role]))
@click.option("--language", type=click.Choice(COMPLETE), default="en", show_default=True)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of asking for it.")
def create(login: str, name: str, roles: tuple[str, ...], language: str, password_stdin: bool) -> None:
    """Create an account."""
    if password_stdin:
        password = sys.stdin.readline().rstrip("\n")
    else:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    with plain_refusals():
        wiring = wire(environment.load())
        reason = wiring.unready()
        if reason is not None:
            stop(f"{reason}; run `kriteria db upgrade`")
        account = administration.create_account(
            wiring, login=login, name=name, password=password, roles=map(Role, roles), language=language
        )
        wiring.close()
    click.echo(account.id)
