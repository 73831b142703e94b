"""The figures of docs/psychometrics.md, drawn from the engine's own functions into docs/pictures.

    python -m bench.figures

The same seeds give the same bytes. Takes about a minute.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy.stats import norm

import engine
from engine import ItemPool, Parameters, ParameterTable, Plan, PoolItem, Population, ResponseMatrix
from engine.charts import Chart
from engine.grid import share_above, theta_nodes
from engine.item_curves import ThetaDistribution, posterior
from engine.linking import link
from engine.models import category_probabilities, expected_score, information, probability
from engine.person_fit import lz, lz_star
from engine.posterior import SecondOrder, likelihood_rows
from engine.simulate import simulate

PICTURES = Path(__file__).resolve().parents[1] / "docs" / "pictures"
THETA = np.linspace(-4, 4, 161)
SEED = 20260
ZONE = 0.25


def draw_from(parameters: Parameters, theta: np.ndarray, seed: int) -> ResponseMatrix:
    """Answers of these persons to all items."""
    reach = np.cumsum(category_probabilities(parameters, theta), axis=-1)
    scores = (np.random.default_rng(seed).random((*reach.shape[:2], 1)) > reach).sum(axis=-1)
    return ResponseMatrix(
        persons=tuple(map(str, range(len(theta)))),
        items=tuple(f"i{j}" for j in range(len(parameters))),
        scores=scores.astype(np.int8),
        presented=np.ones(scores.shape, dtype=bool),
    )


def a_bank(items: int, seed: int, c: float = 0.0) -> Parameters:
    """Invented items: slopes around 1.2, difficulties N(0, 1)."""
    draw = np.random.default_rng(seed)
    return Parameters.of(a=draw.uniform(0.8, 1.8, items), b=draw.normal(size=items), c=c, model="3PL" if c else "2PL")


def curves() -> Chart:
    """Three response functions and the information they carry."""
    items = Parameters.of(a=[1.2, 1.6], b=[-0.5, 0.5], c=[0, 0.2], model=["2PL", "3PL"])
    chart = Chart(
        title="Probability of a right answer (lines) and information (dashed)",
        across=(-4, 4),
        up=(0, 1),
        across_label="theta",
        up_label="probability, information",
        corner="upper left",
    )
    p, told = probability(items, THETA), information(items, THETA)
    for j, name in enumerate(("2PL: a 1.2, b -0.5", "3PL: a 1.6, b 0.5, c .2")):
        chart.line(THETA, p[:, j], j, name).line(THETA, told[:, j], j, dashed=True)
    return chart


def own_posterior() -> Chart:
    """One candidate's posterior of an outcome as answers come in."""
    bank, cut, nodes = a_bank(24, 3), -0.3, theta_nodes()
    order = np.argsort(-information(bank, np.array(cut)))
    matrix = draw_from(bank.take(order), np.array([0.5]), 5)
    chart = Chart(
        title="What is known about one outcome after 0, 4, 10 and 24 answers (theta is 0.5)",
        across=(-3, 3),
        up=(0, 1.3),
        across_label="theta of the outcome",
        up_label="density",
    )
    for colour, count in enumerate((0, 4, 10, 24)):
        seen = matrix.presented & (np.arange(24) < count)
        part = ResponseMatrix(persons=matrix.persons, items=matrix.items, scores=matrix.scores, presented=seen)
        density = posterior(bank.take(order), part, ThetaDistribution.normal())[0]
        mastery = float(density @ share_above(nodes, cut))
        chart.line(nodes, density / (nodes[1] - nodes[0]), colour, f"{count} answers: mastery {mastery:.2f}")
    return chart.mark(cut, "cut")


def evidence_modes() -> Chart:
    """A strong candidate with one weak outcome: own and joint posterior of that outcome."""
    bank, nodes = a_bank(10, 7), theta_nodes()
    rows = likelihood_rows(bank, nodes)
    model = SecondOrder.of([-0.3] * 4, [0.84] * 4)
    truth = np.array([1.2, 1.1, 1.3, -1.0])
    answers = draw_from(bank, truth, 11).scores
    total = np.stack([rows[np.arange(10), answers[k]].sum(axis=0) for k in range(4)])
    own, joint = model.own(total), model.joint(total)
    chart = Chart(
        title="An uneven candidate's weak outcome (theta -1.0): own and joint evidence",
        across=(-3, 3),
        up=(0, 1.0),
        across_label="theta of the weak outcome",
        up_label="density (normal)",
    )
    for colour, (name, standing) in enumerate((("own", own), ("joint", joint))):
        mean, deviation = float(standing.theta[3]), float(standing.standard_error[3])
        label = f"{name}: mastery {float(standing.mastery[3]):.2f}"
        chart.line(THETA, norm.pdf(THETA, mean, deviation), colour, label)
        chart.area(THETA, norm.pdf(THETA, mean, deviation), colour)
    return chart.mark(-0.3, "cut").mark(-1.0, "truth")


def errors_by_theta() -> Chart:
    """Wrong and early decisions by true theta under two rules."""
    bank = a_bank(60, 13)
    pool = ItemPool.build(
        PoolItem(item=f"i{j}", outcome="o", model="2PL", a=float(bank.a[j]), b=float(bank.b[j])) for j in range(60)
    )
    chart = Chart(
        title="Wrong decisions by true theta: what alpha .10 bounds is an average, not a point",
        across=(-2, 2),
        up=(0, 0.6),
        across_label="true theta (the cut is 0)",
        up_label="share of sittings",
        corner="upper left",
    )
    edges = np.linspace(-2, 2, 17)
    centre = (edges[:-1] + edges[1:]) / 2
    for colour, (name, stopping) in enumerate(
        (
            ("posterior", {"rule": "posterior", "alpha": 0.1}),
            ("zone, eps .25", {"rule": "zone", "alpha": 0.1, "eps": ZONE}),
        )
    ):
        plan = Plan.parse(
            {
                "outcomes": {"o": {"cut": 0, "min_items": 3, "max_items": 30}},
                "selection": {"criterion": "information_at_cut", "randomesque": 1, "max_exposure": 1},
                "stopping": stopping,
                "at_limit": "forced",
            }
        )
        sat = simulate(engine.compile(pool, plan), Population(), 12_000, SEED)
        theta = sat.theta[:, 0]
        wrong = np.array([row[0] == "met" for row in sat.decisions]) != sat.met[:, 0]
        early = np.array([row[0] == "early" for row in sat.closed])
        outside = early & (np.abs(theta) > ZONE)
        band = np.digitize(theta, edges) - 1
        share = [wrong[band == k].mean() for k in range(16)]
        rates = f"wrong of early {wrong[early].mean():.3f}, outside .25 {wrong[outside].mean():.3f}"
        chart.line(centre, share, colour, f"{name}: {len_mean(sat.presented):.1f} items; {rates}")
    return chart


def len_mean(presented: tuple[tuple[int, ...], ...]) -> float:
    """Mean number of items of a sitting."""
    return float(np.mean([len(items) for items in presented]))


def qualification() -> Chart:
    """How the conjunction over outcomes treats a candidate who has mastered all of them."""
    outcomes = np.arange(1, 11)
    chart = Chart(
        title="A master of every outcome passes them all",
        across=(1, 10),
        up=(0, 1),
        across_label="outcomes that must all be met",
        up_label="probability",
        corner="lower left",
    )
    for colour, each in enumerate((0.99, 0.95, 0.90, 0.80)):
        chart.line(outcomes, each**outcomes, colour, f"{each:.2f} on each outcome")
    return chart


def person_fit() -> Chart:
    """lz at an estimate is too narrow, lz* is right."""
    bank = a_bank(30, 17)
    matrix = draw_from(bank, np.random.default_rng(1).normal(size=20_000), 2)
    estimate = engine.score(ParameterTable(items=matrix.items, parameters=bank), matrix, "wle")
    theta = np.where(estimate.at_bound, np.nan, estimate.theta)
    chart = Chart(
        title="Person fit under the model, theta estimated (30 items, 20,000 persons)",
        across=(-4, 4),
        up=(0, 0.6),
        across_label="statistic",
        up_label="density",
        corner="upper left",
    )
    edges = np.linspace(-4, 4, 41)
    centre = (edges[:-1] + edges[1:]) / 2
    for colour, (name, found) in enumerate(
        (("lz", lz(bank, matrix, theta)), ("lz*", lz_star(bank, matrix, theta, "wle")))
    ):
        there = found[np.isfinite(found)]
        height = np.histogram(there, edges, density=True)[0]
        chart.line(centre, height, colour, f"{name}: SD {there.std():.2f}, {np.mean(there < -1.645):.3f} below -1.645")
    return chart.line(THETA, norm.pdf(THETA), 4, "N(0, 1)", dashed=True)


def item_fit() -> Chart:
    """An item that does not follow its curve: shares right by ability group."""
    bank = a_bank(40, 19)
    truth = Parameters.of(a=np.where(np.arange(40) == 0, 0.5, bank.a), b=bank.b, model="2PL")
    matrix = draw_from(truth, np.random.default_rng(3).normal(size=4000), 4)
    population = ThetaDistribution.normal()
    theta = posterior(bank, matrix, population) @ population.nodes
    groups = np.array_split(np.argsort(theta), 10)
    chart = Chart(
        title="Two items against their curves: one fits, one is flatter than its parameters say",
        across=(-2.5, 2.5),
        up=(0, 1),
        across_label="theta",
        up_label="share right",
        corner="upper left",
    )
    for colour, j in enumerate((1, 0)):
        chart.line(THETA[30:131], probability(bank, THETA[30:131])[:, j], colour, ("fits", "does not fit")[colour])
        chart.points([theta[who].mean() for who in groups], [matrix.scores[who, j].mean() for who in groups], colour)
    return chart


def linking() -> Chart:
    """Expected scores of the anchors before and after linking."""
    source = a_bank(15, 23)
    draw = np.random.default_rng(5)
    target = Parameters.of(
        a=source.a / 1.3 * np.exp(0.05 * draw.normal(size=15)),
        b=1.3 * source.b + 0.6 + 0.07 * draw.normal(size=15),
        model="2PL",
    )
    found = link(source, target)
    chart = Chart(
        title=f"Anchors of two calibrations; Stocking-Lord finds A {found.slope:.3f}, B {found.shift:.3f}",
        across=(-4, 4),
        up=(0, 15),
        across_label="theta on the target scale",
        up_label="expected score of 15 anchors",
        corner="lower right",
    )
    chart.line(THETA, expected_score(target, THETA).sum(axis=1), 0, "target calibration")
    chart.line(THETA, expected_score(source, THETA).sum(axis=1), 1, "source, not linked", dashed=True)
    return chart.line(
        THETA, expected_score(found.parameters(source), THETA).sum(axis=1), 2, "source, linked", dashed=True
    )


FIGURES = {
    "response-functions": curves,
    "own-posterior": own_posterior,
    "evidence-modes": evidence_modes,
    "errors-by-theta": errors_by_theta,
    "qualification": qualification,
    "person-fit": person_fit,
    "item-fit": item_fit,
    "linking": linking,
}


def main() -> None:
    """Draw every figure."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for name, figure in FIGURES.items():
        chart = figure()
        (PICTURES / f"{name}.svg").write_text(chart.svg(), encoding="utf-8")
        print(name, [label for label, _, _ in chart.legend])


if __name__ == "__main__":
    main()
