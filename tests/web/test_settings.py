"""Settings: what is refused, how it is said, and that the page about them is up to date."""

from pathlib import Path

import pytest

from web import settings
from web.settings import Settings, SettingsError

ROOT = Path(__file__).resolve().parents[2]
GOOD = {
    "KRITERIA_SECRET_KEY": "s" * 40,
    "KRITERIA_LOG_KEY": "0f" * 32,
    "KRITERIA_PERSON_KEY": "a1" * 32,
}


@pytest.fixture
def environment(monkeypatch):
    for name in Settings.model_fields:
        monkeypatch.delenv(settings.PREFIX + name.upper(), raising=False)

    def put(**values):
        for name, value in {**GOOD, **values}.items():
            monkeypatch.setenv(name, value)

    return put


def test_three_keys_are_all_a_local_server_needs(environment):
    environment()
    loaded = settings.load()
    assert loaded.sqlite
    assert not loaded.cookie_secure


def test_every_bad_setting_has_its_own_line_and_no_line_shows_a_value(environment):
    environment(KRITERIA_LOG_KEY="not hexadecimal", KRITERIA_WORKERS="many", KRITERIA_DATABASE_URL="mysql://secret@x")
    with pytest.raises(SettingsError) as refused:
        settings.load()
    lines = str(refused.value).splitlines()
    assert [line.split(":")[0] for line in lines] == ["KRITERIA_DATABASE_URL", "KRITERIA_LOG_KEY", "KRITERIA_WORKERS"]
    assert "secret" not in str(refused.value)
    assert "not hexadecimal" not in str(refused.value)


def test_a_missing_key_is_named(environment, monkeypatch):
    environment()
    monkeypatch.delenv("KRITERIA_PERSON_KEY")
    with pytest.raises(SettingsError, match=r"^KRITERIA_PERSON_KEY: is missing$"):
        settings.load()


@pytest.mark.parametrize(
    ("origin", "secure"),
    [
        ("http://localhost:8000", False),
        ("http://127.0.0.1:8123", False),
        ("https://exam.example.org", True),
        ("https://EXAM.example.org/", True),
    ],
)
def test_cookies_are_secure_exactly_where_the_origin_is(environment, origin, secure):
    environment(KRITERIA_PUBLIC_ORIGIN=origin)
    loaded = settings.load()
    assert loaded.cookie_secure is secure
    assert loaded.public_origin == origin.rstrip("/").lower()


@pytest.mark.parametrize("origin", ["http://exam.example.org", "https://x/path", "ftp://x", "exam.example.org"])
def test_an_origin_that_is_no_secure_origin_stops_the_server(environment, origin):
    environment(KRITERIA_PUBLIC_ORIGIN=origin)
    with pytest.raises(SettingsError, match="KRITERIA_PUBLIC_ORIGIN"):
        settings.load()


def test_several_workers_need_a_shared_store(environment):
    environment(KRITERIA_WORKERS="2")
    with pytest.raises(SettingsError, match="WORKERS above 1"):
        settings.load()


def test_the_page_about_settings_is_what_the_code_says():
    assert (ROOT / "docs" / "settings.md").read_text(encoding="utf-8") == settings.document()
