"""The pairs of colours a person has to tell apart keep the contrast WCAG 2.2 asks for, in every theme."""

import re
from pathlib import Path

import pytest

TOKENS = Path(__file__).resolve().parents[2] / "web" / "frontend" / "shared" / "tokens.css"
STATUSES = ("ok", "warn", "danger", "info", "open", "idle")
GROUNDS = ("bg", "surface", "sunken")


def themes():
    text = re.sub(r"/\*.*?\*/", "", TOKENS.read_text(encoding="utf-8"), flags=re.S)
    found = {}
    for selector, body in re.findall(r"([^{}]+)\{([^{}]*)\}", text):
        theme = re.search(r'\[data-theme="(\w+)"\]', selector)
        if theme and "@media" not in selector:
            colours = dict(re.findall(r"--([\w-]+):\s*(#[0-9a-fA-F]{3,6})", body))
            found.setdefault(theme[1], {}).update(colours)
    return found


def luminance(colour):
    digits = colour[1:] if len(colour) == 7 else "".join(c * 2 for c in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


THEMES = themes()


def test_there_are_three_themes():
    assert set(THEMES) == {"light", "dark", "contrast"}


@pytest.mark.parametrize("theme", sorted(THEMES))
def test_text_stands_out_from_every_ground(theme):
    colours = THEMES[theme]
    pairs = [(text, ground) for text in ("text", "text-2", "text-3", "accent") for ground in GROUNDS]
    pairs += [(status, f"{status}-soft") for status in STATUSES] + [(status, "surface") for status in STATUSES]
    pairs += [("on-accent", "accent"), ("on-danger", "danger"), ("text", "accent-soft")]

    assert {
        pair: contrast(colours[pair[0]], colours[pair[1]])
        for pair in pairs
        if contrast(colours[pair[0]], colours[pair[1]]) < 4.5
    } == {}


@pytest.mark.parametrize("theme", sorted(THEMES))
def test_boundaries_and_marks_stand_out(theme):
    colours = THEMES[theme]
    marks = ["line-strong", "focus", "accent-line", *(f"{status}-line" for status in STATUSES)]
    weak = {mark: contrast(colours[mark], colours[ground]) for mark in marks for ground in ("bg", "surface")}

    assert {mark: ratio for mark, ratio in weak.items() if ratio < 3} == {}
