"""The words the engine gives a simulation's report: they come in English, the catalogues translate them."""

from __future__ import annotations

from web.language import mark

WORDS = (
    mark("items"),
    mark("mean"),
    mark("undetermined"),
    mark("false fail"),
    mark("false pass"),
    mark("accuracy"),
    mark("p50"),
    mark("p90"),
    mark(
        "At most the share alpha of outcomes decided early is wrong, on average over the population of "
        "the prior and with true parameters; for one theta and for outcomes decided at the limit it "
        "bounds nothing."
    ),
    mark("outcome"),
    mark("early"),
    mark("expected accuracy"),
    mark("consistency"),
    mark("early wrong"),
    mark("as the plan believes"),
    mark("lambda -0.2"),
    mark("lambda +0.2"),
    mark("population mean -0.5"),
    mark("population mean +0.5"),
    mark("parameters calibrated on 500 persons"),
    mark("guessing 0.2"),
    mark("theta at the cut"),
    mark("theta at cut -0.1"),
    mark("theta at cut +0.1"),
    mark("theta at cut -0.25"),
    mark("theta at cut +0.25"),
    mark("theta at cut -0.5"),
    mark("theta at cut +0.5"),
    mark("case"),
    mark("lambda of {n} outcomes ends at 0 or 1"),
    mark("slopes of {n} items end at a tenth of the one found"),
    mark("{n} items of more than two scores keep their parameters: their errors are not simulated"),
    mark("qualification false pass"),
    mark("qualification false fail"),
    mark("qualification undetermined"),
    mark(
        "At most the share alpha of outcomes decided early whose true theta lies outside the zone is "
        "wrong, on average over the population of the prior and with true parameters, not for one theta; inside the "
        "zone it bounds nothing."
    ),
    mark("Alpha and beta bound wrong decisions at theta = cut - delta and cut + delta, lost by truncation."),
    mark("Alpha and beta are the aims at theta = cut - delta and cut + delta; no bound is proven."),
    mark(
        "Alpha bounds wrong early decisions as far as the posterior is normal, on average over the population of "
        "the prior and with true parameters, not for one theta."
    ),
    mark("The rule bounds the uncertainty of theta, not the error of a decision."),
    mark("A fixed length bounds no error."),
)
"""Names of rates and cases, and what a stopping rule bounds; a test compares them with what reports say."""
