"""Which format a file of items is in."""

import pytest
from bank_builders import item

from itembank.exchange import jsonl, table
from itembank.exchange.recognition import recognised

XML = '<?xml version="1.0"?>\n<!-- <other> -->\n'


@pytest.mark.parametrize(
    ("name", "data", "form"),
    [
        ("x.csv", b"anything", "csv"),
        ("x.JSONL", b"anything", "jsonl"),
        ("x.gift", b"anything", "gift"),
        ("x.aiken", b"anything", "aiken"),
        ("x.zip", b"anything", "qti"),
        ("x", b"PK\x03\x04...", "qti"),
        ("x.xml", XML.encode() + b"<quiz><question/></quiz>", "moodle"),
        ("x.xml", "\ufeff<quiz/>".encode(), "moodle"),
        ("x.xml", "<quiz/>".encode("utf-16"), "moodle"),
        ("x.xml", XML.encode() + b'<qti-assessment-item xmlns="x"/>', "qti"),
        ("x.xml", b'<assessmentItem xmlns="x"/>', "qti"),
        ("x.xml", b'<imscp:manifest xmlns:imscp="x"/>', "qti"),
        ("x.xml", b"<html/>", ""),
        ("x.txt", jsonl.write([item()]).encode(), "jsonl"),
        ("x.txt", table.write([item()]).encode(), "csv"),
        ("x.txt", b"Co?\nA. a\nB. b\nANSWER: A", "aiken"),
        ("x.txt", b"::Q::Co? {=a ~b}", "gift"),
        ("x.txt", b"<p>Co?</p> {=a ~b}", "gift"),
        ("x.txt", b"item,model,a\n", ""),
        ("x", b"", ""),
        ("x", bytes(range(256)), ""),
    ],
)
def test_a_file_is_known_by_its_ending_and_else_by_what_it_holds(name, data, form):
    assert recognised(name, data) == form
