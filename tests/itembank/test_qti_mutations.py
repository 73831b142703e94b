"""Damaged packages: nothing but a refusal or a rejection comes of them, and never a key the document does not say."""

import contextlib
import copy
from fractions import Fraction
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qti_builders import GAPS, INLINE, MATCH, MULTIPLE, NUMBER, ORDER, SINGLE, item, mapping, package, read, response
from qti_builders import processing as rules
from qti_builders import scored_if as scored

from itembank.errors import ContentError

VALUES = ("A", "B", "0", "2", "-1", "true", "", "single", "multiple", "float", "RESPONSE")
VARIABLE, RIGHT = '<variable identifier="RESPONSE"/>', '<correct identifier="RESPONSE"/>'
NEAR = f'<equal toleranceMode="absolute" tolerance="0.5">{VARIABLE}{RIGHT}</equal>'
WHOLE = [
    item(SINGLE, identifier="I1"),
    item(SINGLE, response(["B"]), rules(scored(f"<match>{VARIABLE}{RIGHT}</match>")), identifier="I2"),
    item(MULTIPLE, response(["A", "D"], "multiple"), identifier="I3"),
    item(
        MULTIPLE,
        response(["A", "D"], "multiple", mapping=mapping({"A": 1, "D": 1}, defaultValue=-1)),
        "map_response",
        identifier="I4",
    ),
    item(ORDER, response(["C", "A", "D", "B"], "ordered"), version="2.1", identifier="I5"),
    item(MATCH, response(["L1 R3", "L2 R1", "L3 R4"], "multiple", "directedPair"), version="2.2", identifier="I6"),
    item(NUMBER, response(["12.50"], base="float"), rules(scored(NEAR)), identifier="I7"),
    item(INLINE, identifier="I8"),
    item(GAPS, response(["T1 G1", "T2 G2"], "multiple", "directedPair"), identifier="I9"),
]
CHOICES = ("qti-simple-choice", "simpleChoice", "qti-inline-choice")
SOURCES = ("qti-simple-associable-choice", "simpleAssociableChoice", "qti-gap-text", "qti-gap")


def local(element):
    return element.tag.rpartition("}")[2]


def said(data):
    """Right values and identifiers of options as the document itself says them, read without the importer."""
    root = ElementTree.fromstring(data)
    values = [
        (value.text or "").split()
        for element in root.iter()
        if local(element) in ("qti-correct-response", "correctResponse")
        for value in element
    ]
    names = [one.get("identifier") for one in root.iter() if local(one) in (*CHOICES, *SOURCES)]
    return values, names


def check(data):
    """Whatever is imported of this document has the key the document says."""
    for found in read(package({"i.xml": data})).items:
        values, names = said(data)
        if not values:  # then the mapping says it
            assert b"map-entry" in data
            continue
        if found.quantity is not None:
            (value,) = values
            assert Fraction(found.quantity.value) == Fraction(value[0])
        elif found.interaction == "match":
            pairs = {frozenset(pair.split(":")) for pair in found.key}
            shown = dict(zip(names, ids(found, names), strict=True))
            assert pairs == {frozenset(shown[one] for one in pair) for pair in values}
        else:
            shown = dict(zip(names, (one.id for one in found.options), strict=True))
            keyed = [shown[" ".join(one)] for one in values]
            assert list(found.key) == keyed if found.interaction == "order" else set(found.key) == set(keyed)


def ids(found, names):
    """The ids of a match in the order of the document: gaps stand after their texts, rows before their partners."""
    left, right = [one.id for one in found.options], [one.id for one in found.targets]
    return [*right, *left] if "G1" in names or "T1" in names else [*left, *right]


@pytest.mark.parametrize("data", WHOLE, ids=[f"I{n}" for n in range(1, 10)])
def test_the_oracle_agrees_with_what_is_whole(data):
    assert len(read(package({"i.xml": data})).items) == 1
    check(data)


@settings(max_examples=400)
@given(
    data=st.sampled_from(WHOLE),
    flips=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=3),
)
def test_flipped_bytes_never_give_a_key_the_document_does_not_say(data, flips):
    changed = bytearray(data)
    for place, value in flips:
        changed[place % len(changed)] = value

    check(bytes(changed))


@settings(max_examples=400)
@given(data=st.sampled_from(WHOLE), pick=st.randoms(use_true_random=False), times=st.integers(1, 3))
def test_dropped_doubled_and_moved_elements_never_give_a_key_the_document_does_not_say(data, pick, times):
    root = ElementTree.fromstring(data)
    for _ in range(times):
        parents = [one for one in root.iter() if len(one)]
        if not parents:
            break
        parent = pick.choice(parents)
        child = pick.choice(list(parent))
        what = pick.choice(["drop", "double", "move", "rename"])
        if what == "drop":
            parent.remove(child)
        elif what == "double":
            parent.append(copy.deepcopy(child))
        elif what == "move":
            parent.remove(child)
            pick.choice(list(root.iter())).append(child)
        elif child.attrib:
            name = pick.choice(sorted(child.attrib))
            child.set(name, pick.choice(VALUES))

    check(ElementTree.tostring(root))


PACKED = package({f"items/{n}.xml": data for n, data in enumerate(WHOLE)})


@settings(max_examples=200)
@given(st.lists(st.tuples(st.integers(0, len(PACKED) - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_a_damaged_package_gives_whole_items_or_a_refusal(flips):
    changed = bytearray(PACKED)
    for place, value in flips:
        changed[place] = value
    whole = {found.id: found.digest for found in read(PACKED).items}
    with contextlib.suppress(ContentError):
        for found in read(bytes(changed)).items:
            assert whole[found.id] == found.digest
