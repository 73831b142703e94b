"""The figures of docs/psychometrics.md, computed by the engine, drawn in the house style into docs/pictures.

    python -m bench.figures

The same seeds give the same bytes. Takes about a minute.
"""

from __future__ import annotations

from pathlib import Path

import altair as alt
import numpy as np
from scipy.stats import norm

import engine
from engine import ItemPool, Parameters, ParameterTable, Plan, PoolItem, Population, ResponseMatrix
from engine.eligibility import sympson_hetter, with_eligibility
from engine.grid import share_above, theta_nodes
from engine.item_curves import ThetaDistribution, posterior
from engine.linking import link
from engine.models import category_probabilities, expected_score, information, probability
from engine.person_fit import lz, lz_star
from engine.posterior import SecondOrder, likelihood_rows
from engine.simulate import simulate
from web.figure_style import Figure, across, chart, level, lines, mark, rows, svg, up

PICTURES = Path(__file__).resolve().parents[1] / "docs" / "pictures"
THETA = np.linspace(-4, 4, 161)
SEED = 20260
ZONE, LIMIT = 0.25, 0.3


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


def curves() -> Figure:
    """Three response functions and the information they carry."""
    names = ("2PL: a 1.2, b −0.5", "3PL: a 1.6, b 0.5, c .2")
    items = Parameters.of(a=[1.2, 1.6], b=[-0.5, 0.5], c=[0, 0.2], model=["2PL", "3PL"])
    found = {"probability": probability(items, THETA), "information": information(items, THETA)}
    data = [row for what, y in found.items() for j in (0, 1) for row in rows(f"{what}, {names[j]}", THETA, y[:, j])]
    return Figure(
        title="Probability of a right answer and information",
        told="The probability of a right answer rises with theta, for the 3PL item from its guessing level; each item "
        "carries its information around its difficulty.",
        chart=lines(data, across("theta", -4, 4), up("probability, information", 0, 1)),
    )


def own_posterior() -> Figure:
    """One candidate's posterior of an outcome as answers come in."""
    bank, cut, nodes = a_bank(24, 3), -0.3, theta_nodes()
    order = np.argsort(-information(bank, np.array(cut)))
    matrix = draw_from(bank.take(order), np.array([0.5]), 5)
    data = []
    for count in (0, 4, 10, 24):
        seen = matrix.presented & (np.arange(24) < count)
        part = ResponseMatrix(persons=matrix.persons, items=matrix.items, scores=matrix.scores, presented=seen)
        density = posterior(bank.take(order), part, ThetaDistribution.normal())[0]
        mastery = float(density @ share_above(nodes, cut))
        data += rows(f"{count} answers: mastery {mastery:.2f}", nodes, density / (nodes[1] - nodes[0]))
    return Figure(
        title="What is known about one outcome after 0, 4, 10 and 24 answers (theta is 0.5)",
        told="The posterior grows narrow around the truth as answers come in; mastery is its share above the cut.",
        chart=alt.layer(
            lines(data, across("theta of the outcome", -3, 3), up("density", 0, 1.3)), mark(cut, "cut", left=True)
        ),
    )


def evidence_modes() -> Figure:
    """A strong candidate with one weak outcome: own and joint posterior of that outcome."""
    bank, nodes = a_bank(10, 7), theta_nodes()
    likelihood = likelihood_rows(bank, nodes)
    model = SecondOrder.of([-0.3] * 4, [0.84] * 4)
    truth = np.array([1.2, 1.1, 1.3, -1.0])
    answers = draw_from(bank, truth, 11).scores
    total = np.stack([likelihood[np.arange(10), answers[k]].sum(axis=0) for k in range(4)])
    data = []
    for name, standing in (("own", model.own(total)), ("joint", model.joint(total))):
        mean, deviation = float(standing.theta[3]), float(standing.standard_error[3])
        label = f"{name}: mastery {float(standing.mastery[3]):.2f}"
        data += rows(label, THETA, norm.pdf(THETA, mean, deviation))
    return Figure(
        title="An uneven candidate's weak outcome (theta −1.0): own and joint evidence",
        told="Joint evidence pulls the weak outcome of a strong candidate up towards the cut, own evidence does not.",
        chart=alt.layer(
            lines(data, across("theta of the weak outcome", -3, 3), up("density (normal)", 0, 1.0)),
            mark(-0.3, "cut"),
            mark(-1.0, "truth", left=True),
        ),
    )


def errors_by_theta() -> Figure:
    """Wrong and early decisions by true theta under two rules."""
    bank = a_bank(60, 13)
    pool = ItemPool.build(
        PoolItem(item=f"i{j}", outcome="o", model="2PL", a=float(bank.a[j]), b=float(bank.b[j])) for j in range(60)
    )
    edges = np.linspace(-2, 2, 17)
    centre = (edges[:-1] + edges[1:]) / 2
    data = []
    for name, stopping in (
        ("posterior", {"rule": "posterior", "alpha": 0.1}),
        ("zone, eps .25", {"rule": "zone", "alpha": 0.1, "eps": ZONE}),
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
        rates = f"wrong of early {wrong[early].mean():.3f}, outside .25 {wrong[outside].mean():.3f}"
        items = float(np.mean([len(presented) for presented in sat.presented]))
        data += rows(f"{name}: {items:.1f} items; {rates}", centre, [wrong[band == k].mean() for k in range(16)])
    return Figure(
        title="Wrong decisions by true theta: alpha .10 bounds their average over the prior",
        told="What alpha bounds is an average over the population of the prior, with true parameters, and no theta. "
        "Under either rule the share of wrong decisions is large around the cut and near nothing far from it.",
        chart=alt.layer(
            lines(data, across("true theta (the cut is 0)", -2, 2), up("share of sittings", 0, 0.6), points=True),
            level(0.1, "alpha, on average"),
        ),
    )


def qualification() -> Figure:
    """How the conjunction over outcomes treats a candidate who has mastered all of them."""
    outcomes = np.arange(1, 11)
    data = [
        row
        for each in (0.99, 0.95, 0.90, 0.80)
        for row in rows(f"{each:.2f} on each outcome", outcomes, each**outcomes)
    ]
    return Figure(
        title="A master of every outcome passes them all",
        told="The probability of passing every outcome falls with their number.",
        chart=lines(
            data,
            across("outcomes that must all be met", 1, 10, format="d", tickCount=10),
            up("probability", 0, 1),
            points=True,
        ),
    )


def exposure_control() -> Figure:
    """Exposure of each item without a limit, by the plan's lottery and by Sympson and Hetter's chances."""
    bank = a_bank(60, 13)
    pool = ItemPool.build(
        PoolItem(item=f"i{j}", outcome="o", model="2PL", a=float(bank.a[j]), b=float(bank.b[j])) for j in range(60)
    )
    free = Plan.parse(
        {
            "outcomes": {"o": {"cut": 0, "min_items": 3, "max_items": 12}},
            "selection": {"criterion": "information", "randomesque": 1, "max_exposure": 1},
            "stopping": {"rule": "posterior", "alpha": 0.1},
            "at_limit": "forced",
        }
    )
    chances = sympson_hetter(pool, free, LIMIT, n=2000, seed=SEED).eligibility
    plans = {
        "no limit": free,
        "lottery": Plan.parse(free.as_json() | {"selection": {**free.as_json()["selection"], "max_exposure": LIMIT}}),
        "Sympson-Hetter": with_eligibility(free, chances, LIMIT),
    }
    data = []
    for name, plan in plans.items():
        test = engine.compile(pool, plan)
        found = engine.report(test, simulate(test, Population(), 6000, SEED + 1))
        rates = sorted(found.exposure["items"].values(), reverse=True)
        told = f"{name}: {found.length['mean']:.1f} items, right {found.outcomes['o']['accuracy']:.3f}, "
        data += rows(f"{told}overlap {found.exposure['overlap']:.2f}", range(1, 61), rates)
    return Figure(
        title="Exposure of 60 items under a limit of .30",
        told="Without a limit the best items are met by nearly everybody; both ways of control keep them near .30 and "
        "spread the sittings over the bank.",
        chart=alt.layer(
            lines(data, across("items, the most exposed first", 1, 60, format="d"), up("share of sittings", 0, 1)),
            level(LIMIT, "limit"),
        ),
    )


def decision_quality() -> Figure:
    """Lee's accuracy, consistency and kappa of a fixed form by its length."""
    bank, lengths = a_bank(60, 13), range(4, 61, 4)
    found = [engine.lee(bank.take(range(n)), [n // 2]) for n in lengths]
    data = [
        row
        for name in ("accuracy", "consistency", "kappa")
        for row in rows(name, lengths, [getattr(one, name) for one in found])
    ]
    return Figure(
        title="Accuracy, consistency and kappa of a fixed form, by its length (Lee)",
        told="All three rise with the length, ever more slowly; consistency stays below accuracy.",
        chart=lines(
            data, across("items, half of them right to pass", 0, 60, format="d"), up("share", 0, 1), points=True
        ),
    )


def person_fit() -> Figure:
    """lz at an estimate is too narrow, lz* is right."""
    bank = a_bank(30, 17)
    matrix = draw_from(bank, np.random.default_rng(1).normal(size=20_000), 2)
    estimate = engine.score(ParameterTable(items=matrix.items, parameters=bank), matrix, "wle")
    theta = np.where(estimate.at_bound, np.nan, estimate.theta)
    edges = np.linspace(-4, 4, 41)
    centre = (edges[:-1] + edges[1:]) / 2
    data = []
    for name, found in (("lz", lz(bank, matrix, theta)), ("lz*", lz_star(bank, matrix, theta, "wle"))):
        there = found[np.isfinite(found)]
        label = f"{name}: SD {there.std():.2f}, {np.mean(there < -1.645):.3f} below −1.645"
        data += rows(label, centre, np.histogram(there, edges, density=True)[0])
    data += rows("N(0, 1)", THETA, norm.pdf(THETA))
    return Figure(
        title="Person fit under the model, theta estimated (30 items, 20,000 persons)",
        told="At estimated theta lz spreads less than the standard normal, lz* as much.",
        chart=lines(data, across("statistic", -4, 4), up("density", 0, 0.6)),
    )


def item_fit() -> Figure:
    """An item that does not follow its curve: shares right by ability group."""
    bank = a_bank(40, 19)
    truth = Parameters.of(a=np.where(np.arange(40) == 0, 0.5, bank.a), b=bank.b, model="2PL")
    matrix = draw_from(truth, np.random.default_rng(3).normal(size=4000), 4)
    population = ThetaDistribution.normal()
    theta = posterior(bank, matrix, population) @ population.nodes
    groups = np.array_split(np.argsort(theta), 10)
    data, seen = [], []
    for name, j in (("fits", 1), ("does not fit", 0)):
        data += rows(name, THETA[30:131], probability(bank, THETA[30:131])[:, j])
        seen += rows(name, [theta[who].mean() for who in groups], [matrix.scores[who, j].mean() for who in groups])
    x, y = across("theta", -2.5, 2.5), up("share right", 0, 1)
    return Figure(
        title="Two items against their curves: one fits, one is flatter than its parameters say",
        told="Shares right in ten groups of ability: those of one item lie on its curve, those of the other cross it.",
        chart=alt.layer(
            lines(data, x, y), chart(seen).mark_circle(size=55, opacity=1).encode(x=x, y=y, color="series:N")
        ),
    )


def linking() -> Figure:
    """Expected scores of the anchors before and after linking."""
    source = a_bank(15, 23)
    draw = np.random.default_rng(5)
    target = Parameters.of(
        a=source.a / 1.3 * np.exp(0.05 * draw.normal(size=15)),
        b=1.3 * source.b + 0.6 + 0.07 * draw.normal(size=15),
        model="2PL",
    )
    found = link(source, target)
    anchors = {"target": target, "source, linked": found.parameters(source), "source, not linked": source}
    data = [row for name, bank in anchors.items() for row in rows(name, THETA, expected_score(bank, THETA).sum(axis=1))]
    return Figure(
        title=f"Anchors of two calibrations; Stocking-Lord finds A {found.slope:.3f}, B {found.shift:.3f}",
        told="Before linking the expected scores of the anchors differ along the scale, afterwards the curves are one.",
        chart=lines(data, across("theta on the target scale", -4, 4), up("expected score of 15 anchors", 0, 15)),
    )


FIGURES = {
    "response-functions": curves,
    "own-posterior": own_posterior,
    "evidence-modes": evidence_modes,
    "errors-by-theta": errors_by_theta,
    "exposure-control": exposure_control,
    "decision-quality": decision_quality,
    "qualification": qualification,
    "person-fit": person_fit,
    "item-fit": item_fit,
    "linking": linking,
}


def main() -> None:
    """Draw every figure."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for name, figure in FIGURES.items():
        drawn = figure()
        (PICTURES / f"{name}.svg").write_text(svg(name, drawn), encoding="utf-8")
        print(f"{name}: {drawn.title}")


if __name__ == "__main__":
    main()
