"""Bringing a database to the shape this version needs; done by the parent process, never by a worker."""

from __future__ import annotations

from alembic import command

from web.wiring import migrations_config


def upgrade(url: str) -> None:
    """Run every pending revision."""
    command.upgrade(migrations_config(url), "head")
