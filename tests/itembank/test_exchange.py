"""Items in and out: CSV and JSON Lines, exact both ways."""

import csv
import io

import pytest
from bank_builders import GAPS, OPTIONS, TABLE, item, row
from hypothesis import given
from hypothesis import strategies as st

from itembank import content
from itembank.errors import ContentError
from itembank.exchange import jsonl, table
from itembank.items import INTERACTIONS
from itembank.reading import Given

LAW = {"act": "RODO; art. 33, ust. 1", "as_of": "2026-11-22", "valid_to": None}
WHOLE = [
    item(
        kind,
        id=f"CRM.1.1.1-{n:02}",
        exhibit=TABLE if n % 2 else None,
        law=LAW if n % 3 else None,
        enemies=["X.1", "X.2"],
    )
    for n, kind in enumerate(INTERACTIONS)
]
FORMATS = pytest.mark.parametrize("form", [table, jsonl], ids=["csv", "jsonl"])


@FORMATS
def test_a_round_trip_is_exact(form):
    assert list(form.read(form.write(WHOLE).encode(), "f").items) == WHOLE


@FORMATS
def test_the_shipped_items_survive_a_round_trip(form):
    items = [one for path in content.item_files("pl-crm") for one in jsonl.read(path.read_bytes(), path.name).items]
    if not items:
        pytest.skip("no items are shipped yet")

    again = form.read(form.write(items).encode(), "f")

    assert list(again.items) == items
    assert again.rejected == ()


@FORMATS
@given(named=st.sets(st.sampled_from(sorted(GAPS))), standard=st.booleans())
def test_gaps_leave_as_empty_cells_or_null_and_come_back_as_gaps(form, named, standard):
    gaps = dict.fromkeys(named | ({"criteria"} if "outcome" in named else set()))
    draft = item(**gaps) if standard else item(**(GAPS | gaps), standard=None)

    reading = form.read(form.write([draft]).encode(), "f")

    assert (list(reading.items), reading.rejected) == ([draft], ())
    assert set(draft.gaps) == (set(gaps) if standard else {"standard", *GAPS})
    assert bool(reading.warnings) == bool(draft.gaps)


@FORMATS
def test_what_is_given_for_a_file_fills_only_what_its_items_do_not_say(form):
    here, elsewhere = item(**GAPS, standard=None), item(**GAPS, standard="KZ", id="K-1")

    reading = form.read(form.write([here, elsewhere]).encode(), "f", Given(standard="CRM", language="en"))

    assert [(one.standard, one.language) for one in reading.items] == [("CRM", "pl"), ("KZ", "pl")]


def test_many_gaps_are_one_line():
    lines = "".join(jsonl.write([item(**GAPS, id=f"Q{n}"), item(seconds=None, id=f"R{n}")]) for n in range(40))

    assert jsonl.read(lines.encode(), "f").warnings == (
        "80 items lack outcome (40), criteria (40), rationale (40), expected_difficulty (40), seconds: "
        "to be filled in before a review",
    )


texts = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\u2028\u2029\ufeff<>")
)


@given(stem=texts.filter(str.strip), option=texts.filter(str.strip))
def test_any_words_survive_both_formats(stem, option):
    options = [{"id": "A", "text": f"1 {option}"}, {"id": "B", "text": f"2 {option}"}]
    authored = [item(stem=stem + "\nciąg dalszy", options=options)]

    for form in (table, jsonl):
        assert list(form.read(form.write(authored).encode(), "f").items) == authored


@pytest.mark.parametrize("stem", ["=1+1", "+48 600", "-5 zł", "@suma", "'cytat", "''"])
def test_a_cell_that_looks_like_a_formula_is_made_harmless_and_comes_back(stem):
    written = table.write([item(stem=stem)])

    assert [one["stem"] for one in csv.DictReader(io.StringIO(written))] == ["'" + stem]
    assert table.read(written.encode(), "f").items[0].stem == stem


def test_a_table_saved_with_semicolons_and_a_byte_order_mark_is_read():
    rows = list(csv.reader(io.StringIO(table.write(WHOLE))))
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows(rows)

    assert list(table.read(("\ufeff" + out.getvalue()).encode(), "f").items) == WHOLE


def damaged(column, value):
    rows = list(csv.DictReader(io.StringIO(table.write([item()]))))
    rows[0][column] = value
    out = io.StringIO()
    writer = csv.DictWriter(out, table.COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


@pytest.mark.parametrize(
    ("column", "value", "where"),
    [
        ("options", "{", "f.csv, line 2, field options"),
        ("options", "", "f.csv, line 2, field options"),
        ("key", '"E"', "f.csv, line 2, field key"),
        ("seconds", "60,5", "f.csv, line 2, field seconds"),
        ("outcome", "", "f.csv, line 2, field criteria"),
        ("language", "Polish", "f.csv, line 2, field language"),
        ("stem", "x" * 100_001, "f.csv, line 2, field stem"),
        ("options", "[" * 50_000, "f.csv, line 2, field options"),
    ],
)
def test_a_bad_cell_is_rejected_with_line_and_field(column, value, where):
    reading = table.read(damaged(column, value), "f.csv")

    assert reading.items == ()
    assert [one.where for one in reading.rejected] == [where]


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (b"", "f.csv, line 1"),
        (b"id,stem\n1,2\n", "f.csv, line 1"),
        (b"\xff", "f.csv, line 1"),
        (b"\x00", "f.csv"),
        (",".join(table.COLUMNS).encode(), "f.csv"),
        (",".join([*table.COLUMNS, "id"]).encode(), "f.csv, line 1"),
        (b'"' + b"x" * 200_000, "f.csv, line"),
    ],
    ids=["empty", "other header", "no text", "zero byte", "header only", "column twice", "open quote"],
)
def test_a_file_that_is_no_table_of_items_is_refused_with_its_place(data, where):
    with pytest.raises(ContentError) as caught:
        table.read(data, "f.csv")

    assert caught.value.where.startswith(where)


def test_a_row_with_too_few_cells_is_rejected():
    cut = table.write([item(), item(id="CRM.1.1.1-02")]).encode().replace(b",60\r\n", b"\r\n", 1)

    reading = table.read(cut, "f.csv")

    assert [one.id for one in reading.items] == ["CRM.1.1.1-02"]
    assert reading.rejected[0].reason == "15 cells, the header has 16"


def test_options_are_one_cell_of_json():
    cells = next(csv.DictReader(io.StringIO(table.write([item()]))))

    assert cells["options"].startswith('[{"id": "A"')
    assert row()["options"] == OPTIONS["single"]
