"""Texts of web pages as plain lines: what is kept, what is said to be lost, what is refused by name."""

import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itembank.errors import ContentError
from itembank.exchange.html_text import plain

TABLE = "<table class='t'><caption>Stan</caption><thead><tr><th scope='col' style='width: 10%'>A</th></tr></thead>"
TABLE += "<tbody><tr><td>5 &lt; 7</td></tr></tbody></table>"


def html(text, **options):
    return plain(text, "html", "f, question 1", **options)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("<p>Jeden</p>\n<p>Dwa</p>", "Jeden\nDwa"),
        ("Jeden<br>Dwa<br/><br />Trzy", "Jeden\nDwa\nTrzy"),
        ("a\n   b\tc", "a b c"),
        ("<p>&nbsp;</p><p>Ile to 2 &lt; 3 &amp; 4?</p>", "Ile to 2 < 3 & 4?"),
        ("2 < 3 i 4>3", "2 < 3 i 4>3"),
        ("<ul><li>raz</li><li><p>dwa</p></li></ul>Koniec", "- raz\n- dwa\nKoniec"),
        ("<ol>\n<li>raz</li>\n<li>dwa</li>\n</ol>", "1. raz\n2. dwa"),
        ("10 m<sup>2</sup>, H<sub>2</sub>O, 10<sup>-3</sup>", "10 m², H₂O, 10⁻³"),
        ('<span lang="en">x</span><!-- nic -->', "x"),
        ('<p class="MsoNormal">x<o:p>&nbsp;</o:p></p><!--[if gte mso 9]><xml></xml><![endif]-->', "x"),
        ('<p dir="ltr" style="text-align: left; margin: 0cm">x</p>', "x"),
    ],
)
def test_blocks_become_lines_and_entities_characters(written, read):
    found = html(written)

    assert (found.text, found.exhibit, found.lost) == (read, None, False)


@pytest.mark.parametrize(
    "written", ["<b>x</b>", "<em>x</em>", '<span style="color: red">x</span>', "<code>x</code>", "<font>x</font>"]
)
def test_lost_emphasis_is_said(written):
    assert (html(written).text, html(written).lost) == ("x", True)


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ('<img src="a.png" alt="x">', "an image"),
        ('x <img src="@@PLUGINFILE@@/a.png">', "@@PLUGINFILE@@"),
        ('<a href="http://a.example">x</a>', "a link"),
        ("<math><mi>x</mi></math>", "a formula"),
        ("$$x^2$$", r"the formula \$\$x\^2"),
        (r"ile to \(x+1\)?", r"the formula \\\(x\+1"),
        ("<pre>a  b</pre>", "preformatted text"),
        ("<del>nie</del>", "struck-out words"),
        ('<p style="text-decoration: line-through">x</p>', "the style 'text-decoration: line-through'"),
        ('<p style="display:none">x</p>', "the style 'display:none'"),
        ("x<sup>abc</sup>", "the superscript 'abc'"),
        ("<sub>2", "not closed"),
        ('<ol type="a"><li>x</li></ol>', "a numbering of its own"),
        ("<ul><li>x<ul><li>y</li></ul></li></ul>", "a list inside a list"),
        ("<video src='x'></video>", "a video"),
        ("<script>x</script>", "a script"),
        ("<blink>x</blink>", "<blink>"),
        ('<span class="x accesshide">x</span>', "not seen"),
        ("a <b and c> d", "the attribute 'and' of <b>"),
        ('<abbr title="x">y</abbr>', "the attribute 'title' of <abbr>"),
        ("x <b", "markup that is not complete"),
        ("x <!-- y", "a comment without an end"),
        ("{mlang pl}tak{mlang}", "several languages"),
        ('<span class="multilang" lang="en">x</span>', "several languages"),
        (TABLE, "a table"),
        ("<td>x</td>", "<td> outside a table"),
    ],
)
def test_what_would_change_or_lose_meaning_is_refused_by_name(written, named):
    with pytest.raises(ContentError, match=named):
        html(written)


def test_one_captioned_table_becomes_the_exhibit_of_a_question():
    found = html(f"<p>Przed</p>{TABLE}<p>Po</p>", table=True)

    assert found.text == "Przed\nPo"
    assert found.exhibit == (
        '<table><caption>Stan</caption><thead><tr><th scope="col">A</th></tr></thead>'
        "<tbody><tr><td>5 &lt; 7</td></tr></tbody></table>"
    )


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ("<table><tr><td>1</td></tr></table>", "needs a caption"),
        (TABLE + TABLE, "more than one table"),
        (TABLE.replace("<td>", '<td colspan="2">'), "the attribute 'colspan' of <td>"),
        (TABLE.replace("5", "<img>"), "an image"),
        (TABLE.removesuffix("</table>"), "not closed"),
    ],
)
def test_a_table_that_is_no_exhibit_is_refused(written, named):
    with pytest.raises(ContentError, match=named):
        html(written, table=True)


def test_other_formats_keep_their_lines():
    assert plain("a\nb < c\n\n\n\nd  ", "plain_text", "f").text == "a\nb < c\n\nd"
    assert plain("a\nb<br>c", "moodle_auto_format", "f").text == "a\nb\nc"
    assert plain("jeden\ndwa\n\ntrzy", "markdown", "f").text == "jeden dwa\n\ntrzy"


@pytest.mark.parametrize("text", ["to **jest**", "# Tytuł", "- raz\n- dwa", "`x`", "[a](b)", "<b>x</b>", "1. raz"])
def test_markdown_that_means_something_is_refused(text):
    with pytest.raises(ContentError, match="Markdown"):
        plain(text, "markdown", "f")


def test_an_unknown_format_is_refused():
    with pytest.raises(ContentError, match="'wiki_like'"):
        plain("x", "wiki_like", "f")


@pytest.mark.parametrize(
    "hostile",
    [
        "<" * 99_000,
        "<b " * 33_000,
        "<b x='" * 16_000,
        r"\(" * 49_000,
        "<ul>" * 24_000,
        "<!--" * 24_000,
        "&#" * 49_000,
        "<p>" * 33_000,
        "<b" + " " * 90_000,
        "$$" * 49_000,
    ],
    ids=range(10),
)
def test_a_hostile_text_takes_a_moment_and_not_minutes(hostile):
    start = time.process_time()
    for form in ("html", "markdown"):
        with suppress(ContentError):
            plain(hostile, form, "f", table=True)
    assert time.process_time() - start < 5


@given(st.text("<>/abpliso &;#\"'=1\n!-", max_size=60), st.sampled_from(["html", "moodle_auto_format", "markdown"]))
def test_any_text_gives_lines_or_a_named_error(text, form):
    try:
        found = plain(text, form, "f", table=True)
    except ContentError:
        return
    assert found.text == found.text.strip()


words = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters="<&$\\{@["), min_size=1)


@given(words.filter(lambda text: "multilang" not in text.lower()))
def test_words_without_markup_stay_as_they_are(text):
    assert html(f"<p>{text}</p>").text == text
