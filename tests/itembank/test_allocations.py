"""The parts of criteria: nothing is in force that no account has signed."""

import pytest
from bank_builders import crm, proposal, signed

from itembank import institution
from itembank.allocations import read_parts, sign
from itembank.content import institution_file
from itembank.errors import ContentError, Refused

PARTS = dict(proposal().default_parts)


def refusal(parts=PARTS, basis="protokół", by="account-7"):
    with pytest.raises(Refused) as caught:
        sign(crm(), parts, version=1, basis=basis, by=by, at=5)
    return caught.value.code


def test_a_decision_names_every_criterion_its_grounds_and_its_signer():
    decision = signed()

    assert list(decision.parts) == [criterion.id for criterion in crm().criteria()]
    assert (decision.signed_by, decision.signed_at, decision.version) == ("account-7", 5, 1)
    assert len(decision.criteria_in("theory")) == 21
    assert len(decision.criteria_in("practice")) == 26


def test_nobody_cannot_sign_and_grounds_are_needed():
    assert refusal(by=" ") == "allocation_unsigned"
    assert refusal(basis="") == "basis_missing"


def test_every_criterion_needs_a_part_and_only_known_ones_are_taken():
    assert refusal({name: parts for name, parts in PARTS.items() if name != "CRM.2.5.6"}) == "allocation_incomplete"
    assert refusal(PARTS | {"CRM.2.5.6": ()}) == "allocation_incomplete"
    assert refusal(PARTS | {"CRM.9.9.9": ("theory",)}) == "unknown_criterion"
    assert refusal(PARTS | {"CRM.2.5.6": ("essay",)}) == "unknown_part"
    assert refusal(PARTS | {"CRM.2.5.6": ("theory", "theory")}) == "unknown_part"


def test_a_decision_cannot_be_changed_afterwards():
    with pytest.raises(TypeError):
        signed().parts["CRM.1.1.1"] = ("practice",)


def test_parts_are_read_strictly():
    assert read_parts({"CRM.1": ["theory"]}, "f") == {"CRM.1": ("theory",)}
    for wrong in ([], {"CRM.1": []}, {"CRM.1": "theory"}, {"CRM.1": ["essay"]}):
        with pytest.raises(ContentError, match=r"^f"):
            read_parts(wrong, "f")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("{", "[", "is not JSON"),
        ('"schema"', '"shema"', "exactly the keys"),
        ('"standard": "CRM"', '"standard": "KZ"', "belongs to KZ"),
        ('"CRM.2.5.6": {', '"CRM.2.5.7": {', "CRM.2.5.6"),
        ('"theory_testable": "partly"', '"theory_testable": "perhaps"', "true, partly or false"),
        ('"gloss_en"', '"gloss_de"', "gloss_en is missing"),
        ('"cut": 0.0', '"cut": "0"', "CRM.1.1, cut: a number"),
        ('"min_items": 5', '"minimum": 5', "CRM.1.1, min_items: a number"),
    ],
)
def test_wrong_institution_data_are_refused_with_their_place(old, new, reason):
    text = institution_file("pl-crm").read_text(encoding="utf-8")
    assert old in text

    with pytest.raises(ContentError, match=r"^f\.json") as caught:
        institution.read(text.replace(old, new, 1), crm(), "f.json")
    assert reason in str(caught.value)
