"""The application factory: settings and wiring in, a Flask application with its Socket.IO server out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Literal

from flask import Blueprint, Flask, g, request
from flask_login import current_user
from flask_socketio import SocketIO
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from web import auth, device, errors, journal, limits, parsing, roles, security, sockets, websocket_frames
from web.api import candidate, console, service
from web.language import choose, t, tn
from web.parsing import FORM_BODY
from web.settings import Settings
from web.shells import routes as shells
from web.sqlaccounts import LOGIN_LASTS_MS
from web.wiring import Wiring

PING_S = (5, 8)
"""Engine.IO's own ping is only the janitor of dead sockets; presence comes from heartbeats."""
SOCKET_BUFFER = 100_000
LANGUAGE_COOKIE = "kriteria_language"


def create_app(
    settings: Settings,
    wiring: Wiring,
    *,
    pages: tuple[Blueprint, ...],
    async_mode: Literal["gevent", "threading"] = "threading",
) -> Flask:
    """Kriteria as a WSGI application; `app.extensions["socketio"]` is its Socket.IO server.

    `pages` are the blueprints of server-made pages, which also give errors their page.
    """
    app = Flask("web", static_folder="static", template_folder="templates")
    app.config.update(
        SECRET_KEY=wiring.keys.derive("flask"),
        SESSION_COOKIE_NAME="kriteria_staff",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.cookie_secure,
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=timedelta(milliseconds=LOGIN_LASTS_MS),
        MAX_CONTENT_LENGTH=FORM_BODY,
        WTF_CSRF_TIME_LIMIT=LOGIN_LASTS_MS // 1000,
        WTF_CSRF_SSL_STRICT=False,  # the referrer is not sent by every proxy; the token is what counts
        WTF_CSRF_CHECK_DEFAULT=True,
    )
    app.extensions["kriteria"] = wiring
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, *[settings.proxies] * 3)  # type: ignore[method-assign]
    journal.install(app)
    errors.install(app)
    security.install(app, settings)
    _speak(app, settings)
    auth.install(app)
    roles.install(app, device.hold)  # first of these: the others count by whom it let in
    parsing.install(app)
    csrf = CSRFProtect(app)
    csrf.exempt(candidate.routes)  # Origin and a header of our own stand in for the token
    limits.install(app, settings)
    for routes in (service.routes, auth.routes, candidate.routes, console.routes, shells, *pages):
        app.register_blueprint(routes)
    _connect(app, settings, wiring, async_mode)
    return app


def _speak(app: Flask, settings: Settings) -> None:
    app.jinja_env.globals.update(t=t, tn=tn, _=t)

    @app.before_request
    def language() -> None:
        wanted = request.cookies.get(LANGUAGE_COOKIE)
        if wanted is None and request.endpoint != "static" and current_user.is_authenticated:
            wanted = current_user.account.language
        g.language = choose(wanted, list(request.accept_languages.values()), settings.language)


def _connect(app: Flask, settings: Settings, wiring: Wiring, async_mode: str) -> None:
    websocket_frames.install()
    options: dict[str, Any] = {"transports": ["websocket"], "http_compression": False}
    socketio = SocketIO(
        app,
        async_mode=async_mode,
        message_queue=settings.redis_url,
        cors_allowed_origins=[settings.public_origin],
        ping_interval=PING_S[0],
        ping_timeout=PING_S[1],
        max_http_buffer_size=SOCKET_BUFFER,
        manage_session=False,
        **options,
    )
    socketio.on_namespace(sockets.CandidateNamespace("/candidate", wiring))
    socketio.on_namespace(sockets.ConsoleNamespace("/console", wiring))
    wiring.push.attach(socketio)
