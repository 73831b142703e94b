"""The OpenAPI description of the HTTP interface, made from the route table and the message models."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask
from pydantic.json_schema import models_json_schema

from web.errors import SENTENCES
from web.messages import ErrorReply, Message
from web.roles import stated

View = TypeVar("View", bound=Callable[..., Any])
VERBS = ("GET", "POST", "PUT", "DELETE")
ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")


def speaks(*, takes: type[Message] | None = None, gives: type[Message] | None = None) -> Callable[[View], View]:
    """State the models of a route's request and reply."""

    def mark_models(view: View) -> View:
        view.takes, view.gives = takes, gives  # type: ignore[attr-defined]
        return view

    return mark_models


def describe(app: Flask) -> dict[str, Any]:
    """OpenAPI 3.1 of every route under /api and of the service routes."""
    paths: dict[str, dict[str, Any]] = {}
    used: set[type[Message]] = {ErrorReply}
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if not rule.rule.startswith(("/api/", "/healthz", "/readyz", "/metrics")):
            continue
        view: Any = app.view_functions[rule.endpoint]
        takes, gives = getattr(view, "takes", None), getattr(view, "gives", None)
        used |= {model for model in (takes, gives) if model is not None}
        path = ARGUMENT.sub(r"{\1}", rule.rule)
        for verb in sorted(set(VERBS) & (rule.methods or set())):
            operation = _operation(view, takes, gives, stated(app, rule.endpoint))
            operation["parameters"] = [_path_parameter(name) for name in sorted(rule.arguments)]
            paths.setdefault(path, {})[verb.lower()] = operation
    models = [(model, "serialization") for model in sorted(used, key=lambda model: model.__name__)]
    _, schemas = models_json_schema(models, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]
    return {
        "openapi": "3.1.0",
        "info": {"title": "Kriteria", "version": "1", "description": "See docs/protocol.md."},
        "paths": paths,
        "components": {"schemas": schemas["$defs"]},
        "x-error-codes": {code: one.status for code, one in sorted(SENTENCES.items())},
    }


def _operation(
    view: Any, takes: type[Message] | None, gives: type[Message] | None, needs: str | None
) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": (view.__doc__ or "").strip().splitlines()[0],
        "x-permission": needs,
        "responses": {"default": _content(ErrorReply, "Refused"), "200": {"description": "Done"}},
    }
    if gives is not None:
        operation["responses"]["200"] = _content(gives, "Done")
    if takes is not None:
        operation["requestBody"] = {"required": True, **_content(takes, None)}
    return operation


def _content(model: type[Message], description: str | None) -> dict[str, Any]:
    content: dict[str, Any] = {
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}}
    }
    return content if description is None else {"description": description, **content}


def _path_parameter(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
