"""Exhibits: tables pass, everything else is refused rather than quietly removed."""

import re

import pytest
from bank_builders import TABLE
from hypothesis import given
from hypothesis import strategies as st

from itembank.errors import ContentError
from itembank.exhibits import TAGS, sanitised


def test_a_table_passes_and_stays_the_same():
    assert sanitised(TABLE, "x") == TABLE


def test_a_table_without_tbody_gets_the_one_a_browser_adds():
    bare = "<table><caption>C</caption><tr><td>1</td></tr></table>"

    assert sanitised(bare, "x") == "<table><caption>C</caption><tbody><tr><td>1</td></tr></tbody></table>"


def test_entities_and_words_keep_their_meaning():
    table = "<table><caption>A &amp; B &lt; C</caption><tr><td>1\u00a0250,50 zł</td></tr></table>"

    clean = sanitised(table, "x")

    assert "A &amp; B &lt; C" in clean
    assert "1&nbsp;250,50 zł" in clean
    assert sanitised(clean, "x") == clean


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        (TABLE.replace("<td>1", "<td><script>alert(1)</script>1"), "<script> is not allowed"),
        (TABLE.replace("<td>1", "<td><b>1</b>"), "<b> is not allowed"),
        (TABLE.replace("<td>", '<td onclick="x()">'), "onclick"),
        (TABLE.replace("<td>", '<td style="color:red">'), "style"),
        (TABLE.replace("<td>", '<td colspan="2">'), "colspan"),
        (TABLE.replace('scope="col"', 'scope="all"'), "scope"),
        (TABLE.replace("<td>", '<td scope="row">'), "scope"),
        (TABLE.replace("1</td>", "1<!-- B --></td>"), "a comment"),
        (TABLE + "ogon", "outside the table"),
        ("zdanie", "outside the table"),
        ("", "exactly one table"),
        (TABLE + TABLE, "exactly one table"),
        (TABLE.replace("<caption>Stan</caption>", ""), "needs a caption"),
        (TABLE.replace("Stan", " "), "needs a caption"),
        ("<table><caption>C</caption></table>", "no cells"),
        ("<table><caption>C</caption><tr><td>1</table>", "not well formed"),
        (TABLE.replace("</table>", "luzem</table>"), "not well formed"),
        ("<table>" * 300, "not well formed"),
        ("x" * 20_001, "longer than"),
        ("<!DOCTYPE html>" + TABLE, "not allowed"),
        ("<?php ?>" + TABLE, "not allowed"),
        ("<img src=x onerror=alert(1)>", "not allowed"),
    ],
)
def test_what_is_no_plain_table_is_refused_with_its_place(html, reason):
    with pytest.raises(ContentError) as caught:
        sanitised(html, "f.jsonl, line 1, field exhibit")

    assert caught.value.where == "f.jsonl, line 1, field exhibit"
    assert reason in caught.value.reason


@given(st.text(st.sampled_from("<>/=\"' abctdr!-&;#x0\n"), max_size=60))
def test_whatever_passes_holds_only_allowed_tags(noise):
    html = TABLE.replace("1</td>", f"{noise}</td>")
    try:
        clean = sanitised(html, "x")
    except ContentError:
        clean = TABLE

    assert set(re.findall(r"</?([a-zA-Z][^\s>/]*)", clean)) <= TAGS
    assert "=" not in re.sub(r'scope="(col|row)"|>[^<]*<', "", clean)
