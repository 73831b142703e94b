"""Two whole public question pools, written as Moodle XML, GIFT and Aiken would hold them, come in with their keys."""

import json
from xml.sax.saxutils import escape

import pytest
from bank_builders import SHARED

from itembank.exchange import aiken, gift, moodle
from itembank.reading import Given

BANKS = SHARED / "data" / "banks"
FORMATS = {"moodle": moodle, "gift": gift, "aiken": aiken}
GIVEN = Given(standard="FCC", language="en")


@pytest.fixture(scope="module")
def pool():
    """Every question of both pools."""
    files = sorted(BANKS.glob("*.jsonl"))
    if not files:
        pytest.skip("../shared/data/banks is not beside this repository")
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


def as_moodle(rows):
    def text(words):
        return f"<text>{escape(words)}</text>"

    def question(row):
        picture = f'<img src="@@PLUGINFILE@@/{row["media"]}"/>' if row["media"] else ""
        answers = "".join(
            f'<answer fraction="{100 * (n in row["correct"])}" format="html">{text(f"<p>{escape(one)}</p>")}</answer>'
            for n, one in enumerate(row["options"])
        )
        stem = f"<p>{escape(row['text'])}</p>{picture}"
        return (
            f'<question type="multichoice"><name>{text(row["id"])}</name><questiontext format="html">{text(stem)}'
            f"</questiontext><single>true</single><shuffleanswers>true</shuffleanswers>{answers}</question>"
        )

    return "<quiz>" + "\n".join(map(question, rows)) + "</quiz>"


def as_gift(rows):
    def text(words):
        return "".join("\\" + one if one in "~=#{}:\\" else one for one in words)

    def question(row):
        picture = f'<img src\\="@@PLUGINFILE@@/{text(row["media"])}">' if row["media"] else ""
        answers = "".join(
            f"\n\t{'=' if n in row['correct'] else '~'}[plain]{text(one)}" for n, one in enumerate(row["options"])
        )
        form = "[html]" if picture else "[plain]"
        return f"// question: {row['id']}\n::{row['id']}::{form}{text(row['text'])}{picture}{{{answers}\n}}\n"

    return "\n\n".join(map(question, rows))


def as_aiken(rows):
    return "\n".join(
        "\n".join(
            [
                row["text"],
                *(f"{'ABCD'[n]}. {one}" for n, one in enumerate(row["options"])),
                f"ANSWER: {'ABCD'[row['correct'][0]]}\n",
            ]
        )
        for row in rows
    )


WRITERS = {"moodle": as_moodle, "gift": as_gift, "aiken": as_aiken}


@pytest.mark.parametrize("form", FORMATS)
def test_every_question_comes_in_with_its_key_or_is_rejected_for_its_picture(pool, form):
    rows = [row for row in pool if not row["media"]] if form == "aiken" else pool

    reading = FORMATS[form].read(WRITERS[form](rows).encode(), "pool", GIVEN)

    assert len(pool) == 832
    assert {one.reason for one in reading.rejected} <= {"refers to an image or a file (@@PLUGINFILE@@)"}
    assert len(reading.rejected) == sum(bool(row["media"]) for row in rows)
    found = {(one.stem, tuple(option.text for option in one.options), one.key) for one in reading.items}
    assert found == {
        (row["text"], tuple(row["options"]), ("ABCD"[row["correct"][0]],)) for row in rows if not row["media"]
    }
    if form != "aiken":
        assert [one.id for one in reading.items] == [row["id"] for row in rows if not row["media"]]
    assert len(reading.warnings) == 1  # what they lack, in one line
