"""The shipped CRM bank: enough items everywhere, every one valid and scored by its own key."""

from datetime import date

import pytest
from bank_builders import crm, proposal, signed

from engine import check_plan
from engine.draws import SeededDraw
from engine.plan import Plan
from itembank import blueprints, content, pools
from itembank.checks import Least, check
from itembank.exchange import jsonl
from itembank.exhibits import TAGS, sanitised
from itembank.interactions import arrange, face, shown_choice, shown_target
from itembank.lifecycle import BankItem, State
from itembank.provisional import parameters_of
from itembank.scoring import mark

FILES = content.item_files("pl-crm")
READINGS = [jsonl.read(path.read_bytes(), path.name) for path in FILES]
ITEMS = [item for reading in READINGS for item in reading.items]
DRAW = SeededDraw(secret=b"content")
THEORY = sorted(signed().criteria_in("theory"))
DAY = date(2026, 11, 22)

pytestmark = pytest.mark.skipif(not FILES, reason="no items are shipped yet")
each = pytest.mark.parametrize("item", ITEMS, ids=[item.id for item in ITEMS])


def right_response(item, shown):
    """The key in shown ids."""
    choices = {one: shown_choice(n) for n, one in enumerate(shown.choices)}
    targets = {one: shown_target(n) for n, one in enumerate(shown.targets)}
    if item.quantity is not None:
        return [item.quantity.value.replace(".", ",")]
    if item.interaction == "match":
        return [f"{choices[left]}:{targets[right]}" for left, right in (pair.split(":") for pair in item.key)]
    return [choices[one] for one in item.key]


def wrong_response(item, shown):
    """A valid response that is not the key."""
    right = right_response(item, shown)
    if item.quantity is not None:
        return [f"{abs(float(item.quantity.value)) + float(item.quantity.tolerance) + 1:.0f}9"]
    if item.interaction == "order":
        return right[1:] + right[:1]
    if item.interaction == "match":
        rows, sides = zip(*(pair.split(":") for pair in right), strict=True)
        return [f"{row}:{side}" for row, side in zip(rows, sides[1:] + sides[:1], strict=True)]
    return [next(shown_choice(n) for n in range(len(shown.choices)) if shown_choice(n) not in right)]


def test_every_line_is_a_valid_item():
    assert [one for reading in READINGS for one in reading.rejected] == []
    assert len({item.version_id for item in ITEMS}) == len(ITEMS) >= 130


def test_the_bank_passes_its_own_checks():
    findings = check(
        ITEMS,
        criteria=[criterion.id for criterion in crm().criteria()],
        theory=THEORY,
        day=DAY,
        least=Least(per_outcome=20, per_criterion=4),
    )

    assert findings == ()


def test_six_outcomes_have_theory_and_only_they_have_items():
    assert {item.outcome for item in ITEMS} == set(proposal().outcomes)
    assert {one for item in ITEMS for one in item.criteria} == set(THEORY)
    assert {proposal().theory_testable[one] for one in THEORY} == {True, "partly"}


@each
def test_the_key_scores_one_and_another_response_zero(item):
    shown = arrange(item, DRAW)

    assert mark(item, shown, right_response(item, shown)).score == 1
    assert mark(item, shown, wrong_response(item, shown)).score == 0


@each
def test_an_item_lies_in_the_file_of_its_outcome_and_is_named_after_a_criterion(item):
    path = next(path for path, reading in zip(FILES, READINGS, strict=True) if item in reading.items)

    assert path.name == f"{item.outcome}.jsonl"
    assert item.id.rpartition("-")[0] in item.criteria
    assert (item.standard, item.language) == ("CRM", "pl")


@pytest.mark.parametrize("item", [one for one in ITEMS if one.exhibit], ids=lambda one: one.id)
def test_an_exhibit_stays_as_it_is_when_cleaned_again(item):
    assert sanitised(item.exhibit, item.id) == item.exhibit
    assert set(item.exhibit.replace("</", "<").replace(">", " ").split("<")[1].split()[:1]) <= TAGS


@each
def test_the_face_shows_no_tag_and_no_rationale(item):
    said = repr(face(item, arrange(item, DRAW)))

    assert item.id not in said
    assert item.outcome not in said
    assert item.rationale not in said


def test_the_default_plan_can_be_met_with_the_shipped_bank():
    records = [BankItem(item=item, state=State.RELEASED, added_by="a", added_at=0) for item in ITEMS]
    chosen = pools.drawable(records, signed(), language="pl", day=DAY)
    pool = pools.build(chosen.items, signed(), parameters_of(chosen.items))

    witness = check_plan(pool, Plan.parse(blueprints.plan(proposal(), signed())))

    assert chosen.left_out == ()
    assert witness is not None
