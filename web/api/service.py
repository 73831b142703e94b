"""Routes for those who run the server: health, readiness, measurements, the description of the interface."""

from __future__ import annotations

from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue

from web import openapi, wired
from web.metrics import exposition
from web.roles import permission

routes = Blueprint("service", __name__)


@routes.get("/healthz")
@permission("public")
def healthz() -> ResponseReturnValue:
    """The process answers."""
    return jsonify(status="ok")


@routes.get("/readyz")
@permission("public")
def readyz() -> ResponseReturnValue:
    """The database answers and its tables are those of this version."""
    reason = wired.wiring().unready()
    return (jsonify(status="ok"), 200) if reason is None else (jsonify(status="not ready", reason=reason), 503)


@routes.get("/metrics")
@permission("public")
def metrics() -> ResponseReturnValue:
    """Measurements for Prometheus: counts and times, nothing about persons."""
    return exposition(), 200, {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}


@routes.get("/api/openapi.json")
@permission("public")
def description() -> ResponseReturnValue:
    """This interface as OpenAPI 3.1."""
    return jsonify(openapi.describe(current_app))
