"""The bank for the psychometrician: coverage, figures, items with key; and response matrices that are read back."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from hall import Hall, short_plan
from test_pages import page

from engine import Parameters, read_responses
from engine.models import information, probability
from itembank import scoring
from itembank.interactions import Arrangement
from proctor import responses
from web.cli import main
from web.pages import bank, figures
from web.roles import Role


@pytest.fixture
def measurer(hall):
    hall.staff("measurer", Role.PSYCHOMETRICIAN)
    return hall.desk("measurer").client


def sit(hall, count=2):
    desk = hall.desk()
    for number in range(count):
        candidate = hall.candidate(name=f"Kandydat {number}", seat=str(number)).started(desk)
        while candidate.view["phase"] == "item":
            hall.clock.pass_(4)
            candidate.answer(response="some" if number else None)


def test_the_overview_counts_every_item_of_every_criterion(hall, measurer):
    text = page(measurer, "/bank/CRM")
    items = bank.newest(hall.wiring.bank.items("CRM"))
    for criterion in hall.wiring.bank.standard("CRM").criteria():
        count = sum(criterion.id in record.item.criteria for record in items)
        row = re.search(rf'<tr><th scope="row">(?:<a[^>]*>)?{re.escape(criterion.id)}<.*?</tr>', text, re.DOTALL)[0]
        assert (f'<td class="k-right">{count}</td>' in row) == bool(count)
    assert "All difficulties are provisional." in text


def test_exposure_is_the_share_of_sittings_that_saw_an_item(hall, measurer):
    sit(hall)
    seen, sittings = bank.exposure(hall.wiring, "CRM")
    answered = responses.rows([hall.wiring.log.read(one) for one in hall.wiring.log.sittings(hall.exam_session)])
    assert sittings == 2
    assert sum(seen.values()) == len(answered)
    assert max(seen.values()) <= 2


def test_an_item_shows_its_key_law_and_that_its_parameters_are_provisional(hall, measurer):
    of_each_form = {record.item.interaction: record for record in hall.wiring.bank.items("CRM")}
    assert len(of_each_form) == 5
    for record in of_each_form.values():
        text = page(measurer, f"/bank/items/{record.item.version_id}")
        assert "provisional" in text
        assert 'class="f-line f-1"' in text
        if record.item.law is not None:
            assert record.item.law.as_of.isoformat() in text
        said = [word for _, _, word in bank.answers(record.item) if word]
        assert len(said) == (len(record.item.key) if record.item.interaction != "numeric" else 0)


def test_a_draft_with_gaps_is_counted_listed_and_shown_without_invented_parameters(hall, measurer):
    draft = replace(
        next(one.item for one in hall.wiring.bank.items("CRM") if one.item.interaction == "single"),
        id="Q1", outcome="", criteria=(), rationale="", expected_difficulty=None, seconds=None,
    )  # fmt: skip
    tagged = replace(draft, id="Q2", outcome="CRM.1.1", criteria=("CRM.1.1.1",))
    hall.wiring.bank.add_items([draft, tagged], "author", 1)

    assert "2 items are not complete." in page(measurer, "/bank/CRM")
    listed = page(measurer, "/bank/CRM/incomplete")
    assert "learning outcome, verification criteria, reasons for the key, judged difficulty, expected time" in listed
    assert "not judged yet" in page(measurer, "/bank/CRM/criteria/CRM.1.1.1")
    for name in ("Q1@1", "Q2@1"):
        text = page(measurer, f"/bank/items/{name}")
        assert "This item is not complete." in text
        assert "provisional" not in text.split("<main")[1]
        assert "nobody has judged how difficult this item is" in text
        assert ("Not tagged yet." in text) == (name == "Q1@1")


def test_a_bank_without_gaps_says_so(measurer):
    assert "not complete" not in page(measurer, "/bank/CRM")
    assert "Every item is complete" in page(measurer, "/bank/CRM/incomplete")
    assert page(measurer, "/bank/XYZ/incomplete", 404)


def test_an_item_or_criterion_that_does_not_exist_is_not_found(measurer):
    for path in ("/bank/items/CRM.9.9.9-01@1", "/bank/CRM/criteria/CRM.9", "/bank/XYZ"):
        assert page(measurer, path, 404)


def test_the_wide_matrix_is_read_back_as_it_was_recorded(hall, measurer, tmp_path):
    sit(hall)
    file = tmp_path / "wide.csv"
    file.write_bytes(measurer.get(f"/exam-sessions/{hall.exam_session}/responses.csv?form=wide").data)
    read = read_responses(file)
    kept = responses.matrix([hall.wiring.log.read(one) for one in hall.wiring.log.sittings(hall.exam_session)])
    assert read.persons == kept.persons
    assert read.items == kept.items
    np.testing.assert_array_equal(read.scores, kept.scores)
    np.testing.assert_array_equal(read.presented, kept.presented)


def simulated(hall, persons):
    """Candidates of known ability sit a test: right with the Rasch chance of it, by the items' own keys."""
    desk, content = hall.desk(), hall.wiring.exams.of(hall.exam_session)
    rng = np.random.default_rng(20261128)
    for number, theta in enumerate(rng.standard_normal(persons)):
        candidate = hall.candidate(name=f"Kandydat {number}", seat=str(number)).started(desk)
        while candidate.view["phase"] == "item":
            hall.clock.pass_(4)
            shown = hall.state(candidate).presented
            arrangement = Arrangement(choices=shown.choices, targets=shown.targets)
            right = scoring.right_response(content.items[shown.item], arrangement)
            knows = rng.random() < 1 / (1 + np.exp(-theta))
            candidate.answer(response=list(right) if knows else None)


@pytest.mark.slow
def test_an_exported_wide_file_is_calibrated_by_girth(tmp_path):
    """What a psychometrician does with it: the file of the page, unchanged, into the command line."""
    anything = {"criterion": "random", "randomesque": 1, "max_exposure": 1}
    hall = Hall(tmp_path, short_plan(("CRM.1.1",), least=16, most=16, selection=anything))
    simulated(hall, persons=40)
    hall.staff("measurer", Role.PSYCHOMETRICIAN)
    reply = hall.desk("measurer").client.get(f"/exam-sessions/{hall.exam_session}/responses.csv?form=wide")
    file = tmp_path / "wide.csv"
    file.write_bytes(reply.data)
    hall.close()
    ran = CliRunner().invoke(main, ["calibrate", str(file), "--model", "rasch", "--backend", "girth", "--json"])
    assert ran.exit_code == 0, ran.output
    found, matrix = json.loads(ran.stdout), read_responses(file)
    assert (found["backend"], found["n_persons"]) == ("girth", 40)
    assert [item["item"] for item in found["items"]] == list(matrix.items)
    shares = np.ma.array(matrix.scores, mask=~matrix.presented).mean(axis=0)
    difficulties = [item["b"][0] if isinstance(item["b"], list) else item["b"] for item in found["items"]]
    assert np.isfinite(difficulties).all()
    assert np.corrcoef(difficulties, shares)[0, 1] < -0.9, "an item fewer get right is the harder one"


def test_the_long_file_has_a_row_for_every_answer_and_no_name(hall, measurer):
    sit(hall)
    text = measurer.get(f"/exam-sessions/{hall.exam_session}/responses.csv?form=long").text
    answered = responses.rows([hall.wiring.log.read(one) for one in hall.wiring.log.sittings(hall.exam_session)])
    assert len(text.splitlines()) == 1 + len(answered)
    assert "Kandydat" not in text
    assert f"/exam-sessions/{hall.exam_session}/responses.csv?form=wide" in page(measurer, "/responses")


def test_a_form_of_file_nobody_knows_is_refused(hall, measurer):
    assert measurer.get(f"/exam-sessions/{hall.exam_session}/responses.csv?form=sav").status_code == 400


# ---- figures
def test_a_strip_stands_where_its_difficulties_are():
    found = figures.strip([(-0.8, 2), (0.0, 4), (0.8, 0)], cut=-0.3)
    assert [bar.count for bar in found.bars] == [2, 4]
    assert found.bars[0].x < found.cut < found.bars[1].x
    assert found.bars[1].top < found.bars[0].top, "more items, a higher bar"


def test_what_lies_outside_the_axis_stands_at_its_edge():
    found = figures.strip([(-9.0, 1), (9.0, 1)], cut=None)
    assert [bar.x for bar in found.bars] == [figures.STRIP_MARGIN, figures.STRIP_WIDTH - figures.STRIP_MARGIN]


@pytest.mark.parametrize(("a", "b", "c"), [(1.0, 0.0, 0.0), (1.7, 0.8, 0.25), (2.4, -0.8, 0.0)])
def test_curves_are_the_engines_functions(a, b, c):
    parameters = Parameters.of(a=a, b=b, c=c, d=1.0, model="3PL")
    curve, inside = figures.characteristic(parameters, 0.0), figures.information_curve(parameters, 0.0)
    assert curve.at_cut == pytest.approx(probability(parameters, np.array([0.0]))[0, 0])
    assert inside.at_cut == pytest.approx(information(parameters, np.array([0.0]))[0, 0])
    heights = [float(point.split(",")[1]) for point in inside.points.split()]
    assert len(heights) == figures.STEPS
    assert min(heights) >= inside.top - 0.05, "the highest point lies under the top of the axis"
