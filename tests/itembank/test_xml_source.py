"""XML from outside: a tree with lines, and nothing that a hostile file could do."""

import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itembank.errors import ContentError
from itembank.exchange import xml_source
from itembank.exchange.xml_source import parse

LAUGHS = """<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<a>&b;</a>"""
OUTSIDE = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>'
NETWORK = '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>'


def test_a_document_is_a_tree_that_knows_its_lines():
    root = parse(
        b'<quiz xmlns="urn:q" xml:lang="pl">\n<a n="1">x &lt; y<![CDATA[<b>]]><!-- no --> z<c/>t</a>\n</quiz>', "f"
    )

    first = root[0]
    assert (root.tag, root.line, first.line) == ("{urn:q}quiz", 1, 2)
    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == "pl"
    assert (first.get("n"), first.text, first[0].tail) == ("1", "x < y<b> z", "t")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-2", "windows-1250"])
def test_every_encoding_that_is_declared_is_read(encoding):
    declared = encoding.removesuffix("-sig")
    text = f'<?xml version="1.0" encoding="{declared}"?><a>Zażółć</a>'

    assert parse(text.encode(encoding), "f").text == "Zażółć"


@pytest.mark.parametrize("data", [LAUGHS, OUTSIDE, NETWORK], ids=["billion laughs", "external entity", "external DTD"])
def test_a_document_type_is_refused_before_it_is_read(data):
    with pytest.raises(ContentError, match=r"f\.xml, line 1: has a DOCTYPE"):
        parse(data.encode(), "f.xml")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "line 1: is not XML: no element found"),
        (b"<a>\n<b></a>", "line 2: is not XML: mismatched tag"),
        (b"<a>&undefined;</a>", "line 1: is not XML: undefined entity"),
        (b"<a>\xff</a>", "line 1: is not XML: not well-formed"),
        (b'<?xml version="1.0" encoding="big5"?><a/>', "is not XML: its encoding cannot be read"),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', "is not XML: its encoding cannot be read"),
        (b"<a>" * 101, "line 1: nested more than 100 deep"),
        (b"<a " + b" ".join(b'n%d="1"' % n for n in range(101)) + b"/>", "line 1: more than 100 attributes"),
    ],
)
def test_what_is_no_xml_or_too_much_is_named_with_its_line(data, said):
    with pytest.raises(ContentError, match=f"f.xml(, |: ){said}"):
        parse(data, "f.xml")


def test_size_and_number_of_elements_are_limited(monkeypatch):
    monkeypatch.setattr(xml_source, "MAX_BYTES", 100)
    monkeypatch.setattr(xml_source, "MAX_ELEMENTS", 3)

    with pytest.raises(ContentError, match="larger than 100 bytes"):
        parse(b"<a>" + b" " * 100 + b"</a>", "f")
    with pytest.raises(ContentError, match="more than 3 elements"):
        parse(b"<a><b/><b/><b/></a>", "f")


def test_a_long_text_is_read_in_a_time_that_grows_with_its_length_only():
    long = b"<a>" + b"x\n" * 5_000_000 + b"</a>"

    start = time.process_time()
    assert len(parse(long, "f").text or "") == 10_000_000
    assert time.process_time() - start < 10


@given(st.binary(max_size=200) | st.text('<a/>="&;![CDATA]-?x ', max_size=80).map(str.encode))
def test_nothing_but_a_tree_or_a_named_error_comes_of_any_bytes(data):
    with suppress(ContentError):
        assert parse(data, "f").tag
