"""`kriteria`: the root of the command line; a command's module is loaded only when the command is called."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from web import VERSION

COMMANDS: Mapping[str, str] = {
    "serve": "web.cli_server:serve",
    "demo": "web.cli_demo:demo",
    "db": "web.cli_server:db",
    "user": "web.cli_server:user",
    "standard": "web.cli_standard:standard",
    "bank": "web.cli_bank:bank",
    "calibrate": "web.cli_calibration:calibrate",
    "score": "web.cli_score:score",
    "simulate": "web.cli_simulation:simulate",
    "fit": "web.cli_checks:fit",
    "dif": "web.cli_checks:dif",
    "link": "web.cli_checks:link",
    "standard-set": "web.cli_cut_scores:standard_set",
    "decide": "web.cli_decide:decide",
    "export": "web.cli_export:export",
    "verify-log": "web.cli_records:verify_log",
    "bench": "web.cli_bench:bench",
}
"""Command -> where it lives."""


class LazyCommands(click.Group):
    """A group that knows its commands by name and loads one when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one command."""
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name].split(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def main(self, *args: Any, **more: Any) -> Any:
        """Run; words the command line does not understand are one line on standard error and exit code 2."""
        try:
            found = super().main(*args, **(more | {"standalone_mode": False}))
        except click.exceptions.NoArgsIsHelpError as error:
            error.show()
            sys.exit(error.exit_code)
        except click.ClickException as error:
            context = getattr(error, "ctx", None)
            command = context.command_path if context is not None else "kriteria"
            click.echo(f"{command}: {' '.join(error.format_message().split())}", err=True)
            sys.exit(error.exit_code)
        except click.Abort:
            click.echo("kriteria: stopped", err=True)
            sys.exit(1)
        sys.exit(found if isinstance(found, int) else 0)


@click.command(cls=LazyCommands)
@click.version_option(VERSION, prog_name="kriteria")
def main() -> None:
    """Adaptive theory tests with live proctoring and a decision per learning outcome."""


if __name__ == "__main__":
    main()
