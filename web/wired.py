"""What the running application was put together from, for views and socket handlers."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from flask import current_app

if TYPE_CHECKING:
    from web.wiring import Wiring


def wiring() -> Wiring:
    """The wiring of the application that serves this request."""
    return cast("Wiring", current_app.extensions["kriteria"])
