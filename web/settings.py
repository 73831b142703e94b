"""What an installation can set, read from the environment (prefix KRITERIA_) and checked before anything starts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, FilePath, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "KRITERIA_"
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
HEX_KEY = re.compile(r"[0-9a-fA-F]{64}")
"""32 bytes, written as 64 hexadecimal digits."""


def _hexadecimal(value: SecretStr) -> SecretStr:
    if not HEX_KEY.fullmatch(value.get_secret_value()):
        raise ValueError("must be 64 hexadecimal digits")
    return value


HexKey = Annotated[SecretStr, AfterValidator(_hexadecimal)]


class SettingsError(ValueError):
    """The environment cannot be used; the text has one line for each bad setting."""


class Settings(BaseSettings):
    """Every setting; the description is what docs/settings.md says about it."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="ignore", hide_input_in_errors=True, env_ignore_empty=True
    )

    database_url: str = Field(
        default="sqlite:///kriteria.db",
        description="Where the log and everything else is kept: `sqlite:///FILE` (one process) or "
        "`postgresql+psycopg://...`.",
    )
    redis_url: str | None = Field(
        default=None,
        pattern=r"^rediss?://.+",
        description="Redis (`redis://host:port`) for pushes and rate limits between workers. Needed for more than one.",
    )
    secret_key: SecretStr = Field(
        min_length=32,
        description="Signs cookies and keys the digests of seat codes and devices. At least 32 random characters.",
    )
    log_key: HexKey = Field(
        description="Seed of the Ed25519 key that signs checkpoints and receipts: 64 hexadecimal digits. Keep a copy."
    )
    person_key: HexKey = Field(
        description="Wraps the keys under which personal data lie: 64 hexadecimal digits. Keep a copy apart."
    )
    public_origin: str = Field(
        default="http://localhost:8000",
        description="The address people type, scheme and host only. Outside this computer it must be https.",
    )
    tls_cert: FilePath | None = Field(default=None, description="Certificate (PEM) if this server speaks https itself.")
    tls_key: FilePath | None = Field(default=None, description="Private key (PEM) that belongs to the certificate.")
    bind: str = Field(
        default="127.0.0.1:8000",
        pattern=r"^(unix:.+|.+:\d{1,5})$",
        description="Where the server listens: `address:port` or `unix:FILE`.",
    )
    workers: int = Field(
        default=1, ge=1, le=64, description="Worker processes. More than one needs PostgreSQL and Redis."
    )
    forwarded_allow_ips: str = Field(
        default="127.0.0.1", description="Proxies whose X-Forwarded headers are believed, separated by commas."
    )
    proxies: int = Field(default=0, ge=0, le=5, description="How many proxies stand in front of this server.")
    checkpoint_file: Path = Field(
        default=Path("checkpoints.jsonl"),
        description="Signed checkpoints are also appended to this file; put it on another disk than the database.",
    )
    language: Literal["en", "pl"] = Field(
        default="en", description="Language of pages when neither the exam nor the browser says another."
    )
    time_zone: str = Field(
        default="Europe/Warsaw", description="Time zone of the exam centre (IANA name), for pages and documents."
    )
    institution: str = Field(
        default="", max_length=200, description="Name of the certifying institution, as it stands on protocols."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="How much the server writes to its log."
    )

    @field_validator("public_origin")
    @classmethod
    def _origin(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("must be like https://exam.example.org")
        if parts.path not in {"", "/"} or parts.query or parts.fragment or parts.username:
            raise ValueError("must be scheme and host only, without a path")
        if parts.scheme == "http" and parts.hostname not in LOCAL_HOSTS:
            raise ValueError("must be https outside this computer")
        return f"{parts.scheme}://{parts.netloc}".lower()

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str) -> str:
        if not value.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("must start with sqlite:/// or postgresql+psycopg://")
        return value

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError("must be a time zone such as Europe/Warsaw") from None
        return value

    @model_validator(mode="after")
    def _together(self) -> Self:
        if (self.tls_cert is None) != (self.tls_key is None):
            raise ValueError("TLS_CERT and TLS_KEY are set together or not at all")
        if self.workers > 1 and (self.sqlite or self.redis_url is None):
            raise ValueError("WORKERS above 1 needs a PostgreSQL DATABASE_URL and a REDIS_URL")
        return self

    @property
    def sqlite(self) -> bool:
        """Whether the embedded store is used: then this process is the only one."""
        return self.database_url.startswith("sqlite:")

    @property
    def cookie_secure(self) -> bool:
        """Cookies travel over https only, whenever the public origin is https."""
        return self.public_origin.startswith("https:")


def load() -> Settings:
    """The settings of the environment.

    Raises:
        SettingsError: one line per bad setting, never with its value.
    """
    try:
        return Settings.model_validate({})
    except ValidationError as error:
        raise SettingsError("\n".join(_lines(error))) from None


def _lines(error: ValidationError) -> list[str]:
    lines = []
    for problem in error.errors(include_url=False, include_input=False):
        name = PREFIX + str(problem["loc"][0]).upper() if problem["loc"] else "settings"
        what = "is missing" if problem["type"] == "missing" else problem["msg"].removeprefix("Value error, ")
        lines.append(f"{name}: {what}")
    return lines


def document() -> str:
    """docs/settings.md, written from the fields above."""
    rows = []
    for name, field in Settings.model_fields.items():
        default = "required" if field.is_required() else _shown(field.default)
        rows.append(f"| `{PREFIX}{name.upper()}` | {default} | {field.description} |")
    return "\n".join([*HEAD, *rows, ""])


def _shown(default: object) -> str:
    return "" if default is None else f"`{default}`"


HEAD = (
    "# Settings",
    "",
    "Read from the environment when the server starts; a bad one stops it with one line naming it.",
    "This page is written by `python -m web.settings` from `web/settings.py`.",
    "",
    "| Setting | Default | Meaning |",
    "|---|---|---|",
)

if __name__ == "__main__":
    (Path(__file__).parent.parent / "docs" / "settings.md").write_text(document(), encoding="utf-8")
