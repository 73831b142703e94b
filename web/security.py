"""Headers of every answer, and the nonce a page's own inline data needs."""

from __future__ import annotations

from secrets import token_urlsafe

from flask import Flask, Response, g, request

from web.settings import Settings

FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
ASSET_AGE_S = 7 * 86_400
HTTPS_AGE_S = 365 * 86_400


def nonce() -> str:
    """The nonce of this request; templates write it on `<script type="application/json">` and module scripts."""
    if "nonce" not in g:
        g.nonce = token_urlsafe(16)
    return str(g.nonce)


def policy(settings: Settings) -> str:
    """The content security policy of one answer."""
    socket = "ws" + settings.public_origin.removeprefix("http")
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' 'nonce-{nonce()}'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            f"connect-src 'self' {socket}",
            "worker-src 'self'",
            "manifest-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def install(app: Flask, settings: Settings) -> None:
    """Write the headers; nothing but static files may be kept by a browser or proxy."""

    @app.after_request
    def headers(response: Response) -> Response:
        response.headers.update(FIXED)
        response.headers["Content-Security-Policy"] = policy(settings)
        if settings.cookie_secure:
            response.headers["Strict-Transport-Security"] = f"max-age={HTTPS_AGE_S}; includeSubDomains"
        static = request.endpoint == "static" and response.status_code in {200, 304}
        response.headers["Cache-Control"] = f"public, max-age={ASSET_AGE_S}" if static else "no-store"
        return response

    app.jinja_env.globals["csp_nonce"] = nonce
