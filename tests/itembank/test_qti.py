"""Import of QTI: twins in 2.1, 2.2 and 3.0, what each interaction becomes, what is refused, what is not kept."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from qti_builders import (
    GAPS,
    INLINE,
    MATCH,
    MULTIPLE,
    NUMBER,
    ORDER,
    SINGLE,
    item,
    kept,
    mapping,
    one,
    prefixed,
    processing,
    reason,
    response,
    scored_if,
)

from itembank.exchange.qti_items import item_id
from itembank.scoring import rescore

VERSIONS = pytest.mark.parametrize("version", ["2.1", "2.2", "3.0"])
PAIRS = response(["L1 R3", "L2 R1", "L3 R4"], "multiple", "directedPair")
CORRECT = (
    '<equal toleranceMode="{}" tolerance="{}"><variable identifier="RESPONSE"/><correct identifier="RESPONSE"/></equal>'
)
STRAY = '<simpleChoice identifier="E">E</simpleChoice>'
KINDS = {
    "single": (SINGLE, response(["B"]), "match_correct", ("B",)),
    "multiple": (MULTIPLE, response(["D", "A"], "multiple"), "match_correct", ("A", "D")),
    "order": (ORDER, response(["C", "A", "D", "B"], "ordered"), "match_correct", ("C", "A", "D", "B")),
    "match": (MATCH, PAIRS, "match_correct", ("L1:R3", "L2:R1", "L3:R4")),
    "inline": (INLINE, response(["B"]), "match_correct", ("B",)),
    "gaps": (GAPS, response(["T1 G1", "T2 G2"], "multiple", "directedPair"), "match_correct", ("L1:T1", "L2:T2")),
    "numeric": (
        NUMBER, response(["12.50"], base="float"), processing(scored_if(CORRECT.format("absolute", "0.5"))), (),
    ),
}  # fmt: skip


@VERSIONS
@pytest.mark.parametrize("kind", KINDS)
def test_every_interaction_of_every_version_gives_its_key(version, kind):
    body, declared, rules, key = KINDS[kind]
    found = one(item(body, declared, rules, version))

    assert found.key == key
    assert found.id == "I1"
    assert found.language == "pl"
    assert rescore(found, key or ("12.9",)) == 1
    assert rescore(found, ()) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_twins_in_three_versions_are_equal_items(kind):
    body, declared, rules, _ = KINDS[kind]

    assert len({one(item(body, declared, rules, version)) for version in ("2.1", "2.2", "3.0")}) == 1


@VERSIONS
def test_a_prefix_says_nothing(version):
    plain = item(version=version)

    assert one(prefixed(plain, "q")) == one(plain)


def test_the_numbers_of_a_key_are_kept_as_they_are_written():
    assert one(item(*KINDS["numeric"][:3])).quantity.value == "12.50"
    assert one(item(*KINDS["numeric"][:3])).quantity.tolerance == "0.5"


def test_texts_become_lines_and_a_gap_shows_where_the_answer_stands():
    assert one(item(INLINE)).stem == "Stolicą jest ____."
    assert one(item(*KINDS["numeric"][:3])).stem == "Ile? ____"
    gaps = one(item(*KINDS["gaps"][:3]))
    assert gaps.stem == "Uzupełnij.\nPo [1] jest [2]."
    assert [left.text for left in gaps.options] == ["[1]", "[2]"]


@pytest.mark.parametrize(
    ("body", "stem"),
    [
        ("<p>Jeden\n   i  pół</p><div>Dwa<br/>Trzy</div>", "Jeden i pół\nDwa\nTrzy\nKtóra?"),
        ("<ul><li>raz</li><li>dwa</li></ul><ol><li>a</li><li>b</li></ol>", "- raz\n- dwa\n1. a\n2. b\nKtóra?"),
        ("<p>10 m<sup>2</sup> i H<sub>2</sub>O</p>", "10 m² i H₂O\nKtóra?"),
        ("<p><q>tak</q></p><p/>", "“tak”\nKtóra?"),
        ("<pre>a  b\n\nc</pre>", "a  b\n\nc\nKtóra?"),
        ("słowa <b>bez</b> akapitu", "słowa bez akapitu\nKtóra?"),
    ],
)
def test_the_stem_is_what_a_browser_would_show(body, stem):
    assert one(item(body + SINGLE, version="2.2")).stem == stem


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ('<p><img src="a.png" alt="a"/></p>', "a picture (img)"),
        ('<object data="a.swf" type="x"/>', "an embedded object (object)"),
        ('<p><audio src="a.mp3"/></p>', "sound (audio)"),
        ('<p><math xmlns="http://www.w3.org/1998/Math/MathML"><mi>x</mi></math></p>', "a formula (MathML)"),
        ("<p>x<sup>y</sup></p>", "raised or lowered"),
        ("<table><tr><td>1</td></tr></table>", "caption"),
        ('<table><caption>c</caption><tr><td colspan="2">1</td></tr></table>', "merged cells"),
        ("<table><caption>c</caption><tr><td>1</td></tr></table>" * 2, "more than one table"),
        ('<p style="display:none">x</p>', "not shown"),
        (
            '<p><feedbackInline outcomeIdentifier="F" identifier="f" showHide="hide">x</feedbackInline></p>',
            "takes away",
        ),
        ('<ol start="3"><li>x</li></ol>', "numbering of its own"),
        ('<infoControl title="x"><p>x</p></infoControl>', "infoControl"),
        ('<p><printedVariable identifier="X"/></p>', "a template"),
    ],
)
def test_what_plain_text_cannot_show_is_refused_by_name(body, named):
    assert named in reason(item(body + SINGLE, version="2.2"))


def test_a_table_with_a_caption_is_the_exhibit():
    table = '<table class="x"><caption>Stan</caption><tr><th scope="row">A</th><td><b>1</b></td></tr></table>'
    found, lost = kept(item(table + SINGLE))

    assert found.exhibit == (
        '<table><caption>Stan</caption><tbody><tr><th scope="row">A</th><td>1</td></tr></tbody></table>'
    )
    assert lost == ["emphasis"]


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"body": f"<p><b>x</b></p>{SINGLE}"}, "emphasis"),
        ({"body": f'<p><a href="http://x">x</a></p>{SINGLE}'}, "links"),
        ({"body": SINGLE.replace('shuffle="true"', "")}, "fixed order of the options"),
        ({"body": SINGLE.replace('identifier="D"', 'identifier="D" fixed="true"')}, "fixed place of an option"),
        ({"body": f"{SINGLE}<p>potem</p>"}, "place of the words after the options"),
        ({"body": MULTIPLE.replace('"0"', '"2"'), "declared": KINDS["multiple"][1]}, "limit on the number of choices"),
        (
            {"after": '<modalFeedback outcomeIdentifier="F" identifier="f" showHide="show">x</modalFeedback>'},
            "feedback",
        ),
        (
            {"body": f'<rubricBlock view="scorer"><p>x</p></rubricBlock>{SINGLE}'},
            "rubric for others than the candidate",
        ),
        ({"before": '<stylesheet href="a.css" type="text/css"/>'}, "styles"),
    ],
)
def test_what_is_lost_is_said(changed, what):
    assert kept(item(version="2.2", **changed))[1] == [what]


def test_a_rubric_for_candidates_belongs_to_the_stem_and_one_for_scorers_is_no_rationale():
    shown = one(item(f'<rubricBlock view="candidate scorer"><p>Czytaj.</p></rubricBlock>{SINGLE}', version="2.1"))
    hidden = one(item(f'<rubricBlock view="scorer"><p>Bo tak.</p></rubricBlock>{SINGLE}', version="2.1"))

    assert shown.stem == "Czytaj.\nKtóra?"
    assert (hidden.stem, hidden.rationale) == ("Która?", "")


@pytest.mark.parametrize(
    "words",
    [
        "All of the above", "None of these", "Both A and C", "Answers B and D", "A and B",
        "Wszystkie powyższe", "Żadna z wymienionych", "Odpowiedzi A i B", "A i C",
        "Všechny uvedené", "Všechny odpovědi", "Žádná z uvedených možností",
        "Все перечисленные", "Ничего из перечисленного", "Жоғарыдағылардың бәрі",
    ],
)  # fmt: skip
def test_an_option_that_speaks_of_the_others_is_refused_where_the_order_is_fixed(words):
    body = SINGLE.replace("Miasto D", words)

    assert "the order of the options matters" in reason(item(body.replace('shuffle="true"', 'shuffle="false"')))
    assert "the order of the options matters" in reason(
        item(body.replace('identifier="D"', 'identifier="D" fixed="true"'))
    )
    assert one(item(body)).key == ("B",)


@pytest.mark.parametrize(
    "words", ["Powyżej 10 dni", "Above 30 °C", "a cat and a dog", "Only a doctor", "Wszystkie dni"]
)
def test_an_option_that_speaks_of_something_else_is_not_mistaken(words):
    body = SINGLE.replace("Miasto D", words).replace('shuffle="true"', 'shuffle="false"')

    assert one(item(body)).key == ("B",)


@pytest.mark.parametrize(
    "name",
    [
        "associateInteraction", "hotspotInteraction", "graphicOrderInteraction", "sliderInteraction",
        "uploadInteraction",
        "mediaInteraction", "extendedTextInteraction", "customInteraction", "hottextInteraction", "drawingInteraction",
        "portableCustomInteraction", "selectPointInteraction", "endAttemptInteraction", "graphicGapMatchInteraction",
    ],
)  # fmt: skip
@VERSIONS
def test_an_interaction_that_has_no_counterpart_is_named(name, version):
    assert name in reason(item(f'<{name} responseIdentifier="RESPONSE"/>', version=version))


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"body": SINGLE + INLINE}, "has 2 interactions (choiceInteraction, inlineChoiceInteraction)"),
        ({"body": "<p>Czytaj.</p>"}, "has no interaction"),
        ({"declared": response([])}, "has no correct response"),
        ({"declared": response(["X"])}, "X is not among the options"),
        ({"declared": response(["A", "B"])}, "2 are"),
        ({"declared": response(["A"]).replace("RESPONSE", "OTHER")}, "'RESPONSE', which is not declared"),
        ({"rules": ""}, "no response processing"),
        ({"rules": "match_nothing"}, "template"),
        ({"before": '<templateDeclaration identifier="T" cardinality="single" baseType="float"/>'}, "by a template"),
        ({"before": '<assessmentStimulusRef identifier="S" href="s.xml"/>'}, "shared stimulus"),
        ({"attributes": 'adaptive="true"'}, "adaptive"),
        ({"body": KINDS["numeric"][0], "declared": response(["York"], base="string")}, "asks for words"),
        ({"body": ORDER, "declared": response(["A", "B"], "ordered")}, "only a part"),
        ({"body": MATCH, "declared": response(["L1 R1", "L2 R1", "L3 R2"], "multiple", "directedPair")}, "exactly one"),
        ({"body": MATCH, "declared": response(["L1 R1", "L2 R2"], "multiple", "directedPair")}, "exactly one"),
        ({"body": MATCH.replace('ations="3"', 'ations="2"'), "declared": PAIRS}, "allows 2"),
        ({"declared": response(["B"]).replace("<correct", "<defaultValue><value>A</value></defaultValue><correct")},
         "starts with an answer"),
        ({"body": SINGLE.replace(">Miasto A<", "><")}, "is empty"),
        ({"body": SINGLE.replace('identifier="B"', 'identifier="A"')}, "identifier"),
        ({"identifier": ""}, "has no identifier"),
    ],
)  # fmt: skip
def test_what_cannot_be_kept_is_rejected_with_its_reason(changed, named):
    if "attributes" in changed:
        data = item(version="2.1").replace(b'adaptive="false"', b'adaptive="true"')
    else:
        data = item(**{"version": "2.2", **changed})

    assert named in reason(data)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"body": SINGLE.replace("</prompt>", f"{STRAY}</prompt>")}, "simpleChoice"),
        ({"body": SINGLE.replace("</prompt>", '<gap identifier="G"/></prompt>')}, "gap"),
        ({"body": MATCH.replace("<simpleMatch", f"{STRAY}<simpleMatch", 1)}, "matchInteraction holds simpleChoice"),
        ({"body": GAPS.replace("<gapText", f"{STRAY}<gapText", 1)}, "simpleChoice"),
        ({"body": GAPS.replace('<gap identifier="G1"/>', '<gap identifier="G1">x</gap>')}, "a gap that is filled"),
        ({"declared": response(["B"]).replace("</value>", "<b>C</b></value>")}, "value holds b"),
        ({"declared": response(["B"], mapping="<mapping/><mapping/>")}, "responseDeclaration holds mapping"),
        ({"after": "<itemBody/>"}, "assessmentItem holds itemBody"),
    ],
)  # fmt: skip
def test_nothing_is_passed_over_that_stands_where_it_does_not_belong(changed, named):
    body = changed.get("body", SINGLE)
    pairs = {MATCH[:20]: PAIRS, GAPS[:20]: KINDS["gaps"][1]}.get(body[:20])

    assert named in reason(item(**({"declared": pairs} if pairs else {}) | changed, version="2.2"))


def test_a_match_may_be_turned_when_only_the_other_side_is_used_up():
    values = ["R1 L2", "R3 L1", "R4 L3"]
    first, second = re.findall(r"<simpleMatchSet>.*?</simpleMatchSet>", MATCH)
    turned = MATCH.replace(first + second, second + first)
    found = one(item(turned, response(values, "multiple", "directedPair")))

    assert found.key == ("L1:R3", "L2:R1", "L3:R4")


def test_ids_that_do_not_fit_are_lettered_and_the_key_follows():
    body = SINGLE.replace('identifier="A"', 'identifier="choice.with-a-long-identifier"')
    found = one(item(body, response(["B"])))

    assert [option.id for option in found.options] == ["A", "B", "C", "D"]
    assert found.key == ("B",)


@pytest.mark.parametrize(
    ("identifier", "found"),
    [
        ("I-1", "I-1"),
        ("i15.x_2", "i15.x_2"),
        ("Frage Nr. 7 ü", r"Frage-Nr.-7-u-\w{8}"),
        ("_", r"item-\w{8}"),
        ("x" * 99, r"x{55}-\w{8}"),
    ],
)
def test_an_identifier_becomes_an_item_id_the_same_way_every_time(identifier, found):
    assert re.fullmatch(found, item_id(identifier))
    assert item_id(identifier) == item_id(identifier)


@given(st.lists(st.text(max_size=90), unique=True, max_size=20))
def test_different_identifiers_give_different_item_ids(identifiers):
    assert len({item_id(one) for one in identifiers}) == len(identifiers)


def test_choices_without_a_maximum_follow_the_cardinality_of_their_response():
    body = SINGLE.replace(' maxChoices="1"', "")

    assert one(item(body, response(["B"]))).interaction == "single"
    assert one(item(body, response(["B"], "multiple"))).interaction == "multiple"
    assert one(item(SINGLE, response(["B"], "multiple"))).interaction == "single"
    assert one(item(MULTIPLE, response(["B"]))).interaction == "single"


def test_the_key_may_stand_in_the_mapping_alone():
    declared = response([], mapping=mapping({"C": 1, "B": 0.5}))
    found, lost = kept(item(SINGLE, declared, "map_response"))

    assert found.key == ("C",)
    assert lost == ["partial credit"]


def test_a_unit_after_a_number_is_its_unit():
    body = "<p>Ile?</p><p><textEntryInteraction responseIdentifier='RESPONSE'/> zł</p>"
    found = one(item(body, *KINDS["numeric"][1:3]))

    assert (found.stem, found.quantity.unit) == ("Ile?", "zł")
