"""Which format a file of items is in: by the ending of its name, where that says it, otherwise by what it holds."""

from __future__ import annotations

import re

ENDINGS = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".gift": "gift", ".aiken": "aiken", ".zip": "qti"}
QTI = re.compile(r"(qti-)?(assessment|outcomes|response)[a-z-]*|manifest|questestinterop", re.IGNORECASE)
"""Roots of a QTI item, test or package."""
LOOKED_AT = 100_000
"""Bytes that are looked at."""

_ROOT = re.compile(r"<(?![?!])(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)")
_PROLOGUE = re.compile(r"<!--.*?-->|<\?.*?\?>", re.DOTALL)
_ANSWER = re.compile(r"^[ \t]*ANSWER[ \t]*:", re.MULTILINE)
_BRACES = re.compile(r"(?<!\\)\{[^{}]*\}")


def recognised(name: str, data: bytes) -> str:
    """csv, jsonl, gift, aiken, moodle or qti; "" for a file that is none of them."""
    ending = name[name.rfind(".") :].lower() if "." in name else ""
    if ending in ENDINGS:
        return ENDINGS[ending]
    head = data[:LOOKED_AT].removeprefix(b"\xef\xbb\xbf")
    if head.startswith(b"PK\x03\x04"):
        return "qti"
    text = head.decode("utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", "replace").lstrip()
    if text.startswith("<") and (found := _of_xml(text)):
        return found
    if "\x00" in text:
        return ""
    header = text.partition("\n")[0]
    if text.startswith("{"):
        return "jsonl"
    if "interaction" in header and "stem" in header:
        return "csv"
    if _ANSWER.search(text):
        return "aiken"
    return "gift" if _BRACES.search(text) else ""


def _of_xml(text: str) -> str:
    root = _ROOT.search(_PROLOGUE.sub("", text))
    if root is None:
        return ""
    return "moodle" if root[1] == "quiz" else "qti" if QTI.fullmatch(root[1]) else ""
