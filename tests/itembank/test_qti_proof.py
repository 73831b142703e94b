"""What a QTI item must prove: its key alone reaches the maximum, no answer scores nothing, and nothing is guessed."""

from collections import Counter
from itertools import chain, combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qti_builders import (
    ASKS,
    CHOICES,
    MAPPED,
    MATCH,
    MATCHED,
    MULTIPLE,
    NUMBER,
    ORDER,
    SINGLE,
    TEMPLATES,
    VARIABLE,
    base,
    item,
    kept,
    mapping,
    one,
    processing,
    read,
    reason,
    response,
    scored_if,
    several,
)

from itembank.exchange import qti_proof


@pytest.mark.parametrize(
    "address",
    [
        "http://www.imsglobal.org/question/qti_v2p1/rptemplates/match_correct",
        "http://www.imsglobal.org/question/qti_v2p2/rptemplates/match_correct.xml",
        "https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/match_correct.xml",
        "https://www.imsglobal.org/question/qti_v3p0/rptemplates/match_correct.xml",
        "http://www.imsglobal.org/question/qti_v2p1/rptemplates/match_correct/",
    ],
)
def test_a_template_is_known_by_the_last_part_of_its_address(address):
    rules = f'<responseProcessing template="{address}"/>'

    assert one(item(rules=rules)).key == ("B",)


@pytest.mark.parametrize("name", ["map_response_point", "CC2_match", "match_correct_not"])
def test_another_template_is_not_guessed(name):
    assert "needs review, not auto-scorable: template" in reason(item(rules=name))


@pytest.mark.parametrize(
    "test",
    [
        MATCHED,
        f"<match>{VARIABLE}{base('B')}</match>",
        f"<and>{MATCHED}<not><isNull>{VARIABLE}</isNull></not></and>",
        f"<or><match>{VARIABLE}{base('B')}</match><match>{base('A')}{base('C')}</match></or>",
        f"<not><match>{VARIABLE}{base('A')}</match></not>".replace("<not>", f"<and>{MATCHED}<not>") + "</and>",
        f"<stringMatch caseSensitive='true'>{VARIABLE}{base('B')}</stringMatch>",
        f"<member>{VARIABLE}{several('B')}</member>",
        f"<and>{MATCHED}<gt><sum>{base(1, 'float')}{base(2, 'float')}</sum>{base(2.5, 'float')}</gt></and>",
    ],
)
def test_rules_of_its_own_that_score_the_key_alone_are_proved(test):
    assert one(item(rules=processing(scored_if(test)))).key == ("B",)


@pytest.mark.parametrize(
    ("rules", "named"),
    [
        (scored_if(f"<match>{VARIABLE}{base('A')}</match>"), "the correct response (B) scores 0"),
        (scored_if(f"<member>{VARIABLE}{several('BC')}</member>"), "(C) scores 1, the correct response (B) 1"),
        (scored_if(f"<not><match>{VARIABLE}{base('A')}</match></not>"), "(C) scores 1"),
        (scored_if(f"<or>{MATCHED}<isNull>{VARIABLE}</isNull></or>"), "no response scores 1"),
        (scored_if(MATCHED, points=0), "the correct response (B) scores 0"),
        (scored_if(MATCHED, points=1, otherwise=1), "no response scores 1"),
        (scored_if(f"<isNull>{VARIABLE}</isNull>", points=0, otherwise=1), "(A) scores 1"),
    ],
)
def test_rules_that_score_something_else_are_rejected_with_the_response_that_says_so(rules, named):
    assert named in reason(item(rules=processing(rules)))


@pytest.mark.parametrize(
    ("rule", "operator"),
    [
        (scored_if("<randomInteger min='0' max='1'/>"), "randomInteger"),
        (scored_if(f"<patternMatch pattern='B'>{VARIABLE}</patternMatch>"), "patternMatch"),
        (scored_if(f"<customOperator class='x'>{VARIABLE}</customOperator>"), "customOperator"),
        (
            '<lookupOutcomeValue identifier="SCORE"><variable identifier="RESPONSE"/></lookupOutcomeValue>',
            "lookupOutcomeValue",
        ),
        ('<include href="x.xml"/>', "include"),
        (f"<responseCondition><responseIf>{MATCHED}<exitTest/></responseIf></responseCondition>", "exitTest"),
    ],
)
def test_an_operator_that_is_not_known_is_named_and_never_guessed(rule, operator):
    said = reason(item(rules=processing(scored_if(MATCHED), rule)))

    assert f"needs review, not auto-scorable: operator {operator}" in said


@pytest.mark.parametrize(
    ("rules", "named"),
    [
        (processing(), "is empty"),
        (
            processing(scored_if('<match><variable identifier="X"/><correct identifier="RESPONSE"/></match>')),
            "'X', which is not",
        ),
        (processing(scored_if(f"<match>{VARIABLE}</match>")), "match has 1 operands"),
        (processing(scored_if(f"<gt>{VARIABLE}{base('B')}</gt>")), "not a number"),
        (processing("<responseCondition><responseIf/></responseCondition>"), "asks nothing"),
        (processing(scored_if(MATCHED).replace('"SCORE"', '"POINTS"')), "'POINTS', which is not declared"),
        (processing(scored_if(MATCHED).replace('"SCORE"', '"RESPONSE"')), "change the response"),
        (MAPPED, "has no mapping"),
        (processing("<setOutcomeValue identifier='SCORE'><null/></setOutcomeValue>"), "gives no number"),
    ],
)
def test_rules_that_make_no_sense_are_rejected(rules, named):
    assert named in reason(item(rules=rules))


def test_numbers_that_grow_without_end_are_not_calculated():
    twice = '<variable identifier="SCORE"/>' * 2
    square = f'<setOutcomeValue identifier="SCORE"><product>{twice}</product></setOutcomeValue>'
    start = f"<setOutcomeValue identifier='SCORE'>{base(9, 'float')}</setOutcomeValue>"

    assert "grow without end" in reason(item(rules=processing(start, *[square] * 60)))
    assert "more than 2000 elements" in reason(item(rules=processing(start, *[square] * 600)))


def test_rules_and_a_template_must_agree():
    rules = f'<responseProcessing template="{TEMPLATES["3.0"].format("match_correct")}">{{}}</responseProcessing>'

    assert one(item(rules=rules.format(scored_if(MATCHED)))).key == ("B",)
    assert "scores 0" in reason(item(rules=rules.format(scored_if(f"<match>{VARIABLE}{base('A')}</match>"))))


def test_later_rules_and_exits_count():
    wins = scored_if(f"<match>{VARIABLE}{base('C')}</match>", points=3)

    assert "scores" in reason(item(rules=processing(scored_if(MATCHED), wins)))
    leaves = f"<responseCondition><responseIf>{MATCHED}<exitResponse/></responseIf></responseCondition>"
    undone = '<setOutcomeValue identifier="SCORE"><baseValue baseType="float">0</baseValue></setOutcomeValue>'
    assert one(item(rules=processing(scored_if(MATCHED), leaves, undone))).key == ("B",)


@pytest.mark.parametrize(
    ("entries", "bounds", "named"),
    [
        ({"A": 1, "D": 1}, {}, "(A, B, D) scores 2"),
        ({"A": 1, "D": 1, "B": 1}, {"defaultValue": -1}, "(A, B) scores 2"),
        ({"A": 1, "D": 1, "B": 1}, {"defaultValue": -1, "upperBound": 2}, "(A, B) scores 2"),
        ({"A": 1, "D": 0}, {"defaultValue": -1}, "(A) scores 1"),
        ({"A": 1, "D": 1}, {"defaultValue": -1, "upperBound": 1}, "(A) scores 1"),
    ],
)
def test_a_mapping_with_another_greatest_response_is_rejected(entries, bounds, named):
    declared = response(["A", "D"], "multiple", mapping=mapping(entries, **bounds))

    assert named in reason(item(MULTIPLE, declared, "map_response"))


def test_a_mapping_with_one_greatest_response_is_kept_and_its_partial_credit_is_said():
    declared = response(["A", "D"], "multiple", mapping=mapping({"A": 1, "D": 1}, defaultValue=-1, lowerBound=0))
    found, lost = kept(item(MULTIPLE, declared, "map_response"))

    assert found.key == ("A", "D")
    assert lost == ["maximum score other than 1", "partial credit"]


@settings(max_examples=150)
@given(
    values=st.dictionaries(st.sampled_from("ABCD"), st.integers(-2, 2), min_size=1),
    default=st.integers(-1, 1),
    low=st.none() | st.integers(-1, 1),
    high=st.none() | st.integers(1, 3),
    key=st.sets(st.sampled_from("ABCD"), min_size=1),
    most=st.integers(0, 4),
)
def test_a_mapping_is_accepted_exactly_when_trying_every_response_says_so(values, default, low, high, key, most):
    def score(chosen):
        total = sum(values.get(one, default) for one in chosen)
        total = total if low is None else max(total, low)
        return total if high is None else min(total, high)

    bounds = {name: value for name, value in (("lowerBound", low), ("upperBound", high)) if value is not None}
    declared = response(sorted(key), "multiple", mapping=mapping(values, defaultValue=default, **bounds))
    reading = read(item(MULTIPLE.replace('"0"', f'"{most}"'), declared, "map_response"))
    every = chain.from_iterable(combinations("ABCD", size) for size in range(1, (most or 4) + 1))
    allowed = len(key) <= (most or 4) and (most != 1 or len(key) == 1)
    expected = allowed and score(key) > 0 and all(score(one) < score(key) for one in every if set(one) != key)

    assert bool(reading.items) == expected, reading.rejected
    for found in reading.items:
        assert set(found.key) == key


@pytest.mark.parametrize("rules", ["match_correct", processing(scored_if(MATCHED))])
def test_many_options_need_no_trying_when_only_the_key_is_asked_for(rules, monkeypatch):
    monkeypatch.setattr(qti_proof, "MAX_RESPONSES", 1)
    names = [f"O{n}" for n in range(20)]
    choices = "".join(f'<simpleChoice identifier="{name}">{name}</simpleChoice>' for name in names)

    assert len(one(item(ORDER.replace(CHOICES, choices), response(names, "ordered"), rules)).key) == 20
    assert len(one(item(MULTIPLE.replace(CHOICES, choices), response(names[:9], "multiple"), rules)).key) == 9


def test_too_many_responses_to_try_are_a_rejection():
    names = [f"O{n}" for n in range(16)]
    choices = "".join(f'<simpleChoice identifier="{name}">{name}</simpleChoice>' for name in names)
    rules = processing(scored_if(f"<and>{MATCHED}<member>{base('O0')}{VARIABLE}</member></and>"))

    assert "more than 20000 responses to try" in reason(
        item(MULTIPLE.replace(CHOICES, choices), response(["O0"], "multiple"), rules)
    )


@given(order=st.permutations("ABCD"), asked=st.permutations("ABCD"))
def test_an_order_is_proved_by_every_order(order, asked):
    rules = processing(scored_if(f"<match>{VARIABLE}<ordered>{''.join(base(one) for one in asked)}</ordered></match>"))
    reading = read(item(ORDER, response(order, "ordered"), rules))

    assert bool(reading.items) == (order == asked)


def test_points_for_places_are_partial_credit_of_an_order():
    place = '<match><index n="{}"><variable identifier="RESPONSE"/></index>{}</match>'
    rules = [
        f"<responseCondition><responseIf>{place.format(n, base(one))}<setOutcomeValue identifier='SCORE'><sum>"
        f'<variable identifier="SCORE"/>{base(1, "float")}</sum></setOutcomeValue></responseIf></responseCondition>'
        for n, one in enumerate("CADB", 1)
    ]
    found, lost = kept(item(ORDER, response("CADB", "ordered"), processing(*rules)))

    assert found.key == tuple("CADB")
    assert lost == ["maximum score other than 1", "partial credit"]


def test_a_pair_more_than_the_key_must_not_score_as_much():
    pairs = ["L1 R3", "L2 R1", "L3 R4"]
    loose = MATCH.replace('matchMax="1"', 'matchMax="0"').replace('maxAssociations="3"', 'maxAssociations="0"')
    right = mapping(dict.fromkeys(pairs, 1))
    strict = mapping(dict.fromkeys(pairs, 1), defaultValue=-1)

    assert "scores 3, the correct response" in reason(
        item(loose, response(pairs, "multiple", "directedPair", right), "map_response")
    )
    assert one(item(loose, response(pairs, "multiple", "directedPair", strict), "map_response")).interaction == "match"
    assert one(item(MATCH, response(pairs, "multiple", "directedPair", right), "map_response")).interaction == "match"


PAIRS = [f"{left} {right}" for left in ("L1", "L2") for right in ("R1", "R2")]


@settings(max_examples=150)
@given(
    values=st.dictionaries(st.sampled_from(PAIRS), st.integers(-1, 2), min_size=1),
    default=st.integers(-1, 0),
    high=st.none() | st.integers(1, 3),
    key=st.sampled_from([("L1 R1", "L2 R2"), ("L1 R2", "L2 R1")]),
    uses=st.tuples(st.integers(0, 2), st.integers(0, 2)),
    most=st.sampled_from([0, 2, 3]),
)
def test_a_mapping_of_pairs_is_accepted_exactly_when_trying_every_response_says_so(
    values, default, high, key, uses, most
):
    def score(chosen):
        total = sum(values.get(one, default) for one in chosen)
        return total if high is None else min(total, high)

    def allowed(chosen):
        ends = [pair.split() for pair in chosen]
        return (not most or len(chosen) <= most) and all(
            not use or max(Counter(end[side] for end in ends).values()) <= use for side, use in enumerate(uses)
        )

    def side(names, use):
        choice = '<simpleAssociableChoice identifier="{0}" matchMax="{1}">{0}</simpleAssociableChoice>'
        return f"<simpleMatchSet>{''.join(choice.format(name, use) for name in names)}</simpleMatchSet>"

    sets = [side(("L1", "L2"), uses[0]), side(("R1", "R2"), uses[1])]
    body = f"<p>?</p><matchInteraction {ASKS} maxAssociations='{most}'>{''.join(sets)}</matchInteraction>"
    bounds = {} if high is None else {"upperBound": high}
    declared = response(key, "multiple", "directedPair", mapping(values, defaultValue=default, **bounds))
    reading = read(item(body, declared, "map_response"))
    every = [one for size in range(1, 5) for one in combinations(PAIRS, size) if allowed(one)]
    expected = score(key) > 0 and all(score(one) < score(key) for one in every if set(one) != set(key))

    assert bool(reading.items) == expected, reading.rejected


def test_options_and_gaps_without_number_are_refused_before_they_are_tried():
    choices = "".join(f'<simpleChoice identifier="O{n}">{n}</simpleChoice>' for n in range(21))
    entries = mapping(dict.fromkeys(range(1001), 1))

    assert "has 21 options, 20 are possible" in reason(item(SINGLE.replace(CHOICES, choices), response(["O1"])))
    assert "more than 1000 others" in reason(
        item(NUMBER, response(["1"], base="float", mapping=entries), "map_response")
    )


def test_an_operator_without_operands_is_not_known():
    assert "operator min" in reason(item(rules=processing(scored_if(f"<gt><min/>{base(1, 'float')}</gt>"))))


def test_a_directed_pair_is_not_its_reverse():
    pairs = response(["R3 L1", "L2 R1", "L3 R4"], "multiple", "directedPair")

    assert "not among the options" in reason(item(MATCH, pairs))


@given(chosen=st.sets(st.sampled_from("ABCD"), min_size=1), asked=st.sets(st.sampled_from("ABCD"), min_size=1))
def test_a_set_of_choices_is_proved_by_every_set(chosen, asked):
    rules = processing(scored_if(f"<match>{VARIABLE}{several(sorted(asked))}</match>"))
    reading = read(item(MULTIPLE, response(sorted(chosen), "multiple"), rules))

    assert bool(reading.items) == (chosen == asked)


def test_a_part_of_the_key_that_contains_it_is_not_the_key():
    contains = processing(scored_if(f"<contains>{VARIABLE}{several('AD')}</contains>"))
    size = f"<equal><containerSize>{VARIABLE}</containerSize>{base(2, 'integer')}</equal>"
    exactly = processing(scored_if(f"<and><contains>{VARIABLE}{several('AD')}</contains>{size}</and>"))
    declared = response("AD", "multiple")

    assert "(A, B, D) scores 1" in reason(item(MULTIPLE, declared, contains))
    assert one(item(MULTIPLE, declared, exactly)).key == ("A", "D")
