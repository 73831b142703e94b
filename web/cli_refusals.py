"""What the settings, the store and the desk refuse, as exit codes: for the commands that open the database.

Apart from `cli_exits`, so that the commands on files alone do not load the web to say what is wrong with a file.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from itembank.errors import Refused as BankRefused
from proctor.errors import BrokenLog, Refused
from web.cli_exits import CHECK_FAILED, plain_errors, stop
from web.errors import SENTENCES, Problem, sentence
from web.settings import SettingsError


@contextmanager
def plain_refusals() -> Iterator[None]:
    """`plain_errors` and every refusal in one line with exit code 2; a broken log is a failed check, exit code 1."""
    with plain_errors():
        try:
            yield
        except SettingsError as error:
            stop("; ".join(str(error).splitlines()))
        except Problem as error:
            stop(sentence(error.code, error.place))
        except Refused as error:
            stop(sentence(error.code))
        except BankRefused as error:
            stop(sentence(error.code, error.subject) if error.code in SENTENCES else str(error))
        except BrokenLog as error:
            stop(str(error), CHECK_FAILED)
