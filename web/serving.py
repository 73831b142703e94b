"""How one gunicorn worker starts: checks, wiring, application, timers."""

from __future__ import annotations

import gc
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import gevent
from flask import Blueprint, Flask
from gevent import monkey

from web import journal, pages
from web.app import create_app
from web.settings import Settings
from web.sqlleader import Leader
from web.ticking import Ticker
from web.wiring import wire


def page_blueprints() -> tuple[Blueprint, ...]:
    """The `routes` of every module of web/pages."""
    modules = [import_module(f"web.pages.{found.name}") for found in iter_modules(pages.__path__)]
    return tuple(module.routes for module in modules if hasattr(module, "routes"))


class NotReady(RuntimeError):
    """The worker cannot serve; the text says why."""


def serve_worker(settings: Settings) -> tuple[Flask, Any]:
    """The application and its Socket.IO server, timers running; for gevent workers only."""
    if not monkey.is_module_patched("socket"):
        raise NotReady("the server runs under gunicorn's gevent worker: start it with `kriteria serve`")
    wiring = wire(settings, grouped=True)
    reason = wiring.unready()
    if reason is not None:
        raise NotReady(f"{reason}; run `kriteria db upgrade`")
    app = create_app(settings, wiring, async_mode="gevent", pages=page_blueprints())
    ticker = Ticker(wiring, Leader(wiring.engine))
    ticker.begin()
    gevent.spawn(ticker.run, gevent.sleep)
    _settle_memory()
    journal.journal.info("worker ready")
    return app, app.extensions["socketio"]


def _settle_memory() -> None:
    """Take what was loaded at the start out of the garbage collector's sight: walking it stops the event loop."""
    gc.collect()
    gc.freeze()
