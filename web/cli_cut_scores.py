"""`kriteria standard-set`: a cut on theta from files of judgements, without a database."""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np

import engine
from engine.poolfile import ParameterTable
from engine.standard_setting import (
    Cut,
    StandardSettingError,
    angoff,
    bookmark,
    contrasting_groups,
    ordered_booklet,
)
from web import judgement_files
from web.cli_exits import document, plain_errors, stop
from web.cli_options import ABOVE_NOUGHT, SHARE, refuse_given

FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
OF_METHODS = {  # which options belong to some methods only
    "parameters": ("angoff", "bookmark"),
    **dict.fromkeys(("response_probability", "adjust_for_guessing"), ("bookmark",)),
    **dict.fromkeys(("loss_ratio", "sizes_as_drawn"), ("contrasting",)),
}


@click.command("standard-set")
@click.argument("judgements", type=FILE)
@click.option("--method", required=True, type=click.Choice(("angoff", "bookmark", "contrasting")))
@click.option("--parameters", type=FILE, help="angoff, bookmark: PARAMS.csv of the judged items.")
@click.option("--response-probability", type=SHARE, default=2 / 3, show_default="2/3", help="bookmark")
@click.option("--adjust-for-guessing", is_flag=True, help="bookmark: the probability above the guessing level.")
@click.option(
    "--loss-ratio", type=ABOVE_NOUGHT, default=1.0, show_default=True, help="contrasting: false pass over false fail."
)
@click.option("--sizes-as-drawn", is_flag=True, help="contrasting: the groups' sizes are those of the population.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def standard_set(
    judgements: Path,
    method: str,
    parameters: Path | None,
    response_probability: float,
    adjust_for_guessing: bool,
    loss_ratio: float,
    sizes_as_drawn: bool,
    as_json: bool,
) -> None:
    """A cut on theta from JUDGEMENTS.csv: ratings by item, bookmarks by rater, or persons judged qualified."""
    refuse_given(f"--method is {method}", *(name for name, methods in OF_METHODS.items() if method not in methods))
    with plain_errors():
        try:
            if method == "contrasting":
                theta, qualified = judgement_files.judged_persons(judgements)
                raters: tuple[str, ...] = ()
                cut = contrasting_groups(theta, qualified, loss_ratio, equal_groups=not sizes_as_drawn)
            elif parameters is None:
                stop(f"{method} needs the items' parameters: give --parameters")
            elif method == "angoff":
                items, raters, table, rated = judgement_files.ratings(judgements)
                cut = angoff(_of_items(engine.read_parameters(parameters), items, judgements), table, rated)
            else:
                raters, places, tables = judgement_files.bookmarks(judgements)
                pool = engine.read_parameters(parameters).parameters
                cut = bookmark(ordered_booklet(pool, response_probability, adjust_for_guessing), places, tables)
        except StandardSettingError as error:
            stop(str(error))
    if as_json:
        document(cut.as_json() | {"raters": list(raters)})
    else:
        _show_cut(cut, raters)


def _of_items(table: ParameterTable, items: tuple[str, ...], path: Path) -> engine.Parameters:
    place = {item: j for j, item in enumerate(table.items)}
    for item in items:
        if item not in place:
            raise StandardSettingError(f"{path}: item {item} has no parameters")
    return table.parameters.take([place[item] for item in items])


def _show_cut(cut: Cut, raters: tuple[str, ...]) -> None:
    click.echo(f"cut {cut.cut:.4f}, standard error {cut.standard_error:.4f}, {cut.method}")
    if cut.reliability is not None:
        click.echo(f"reliability of the raters' mean {cut.reliability:.3f}")
    for rater, own, agreement in zip(raters, cut.rater_cuts, cut.consistency, strict=True):
        shown = f"\tconsistency {agreement:.3f}" if np.isfinite(agreement) else ""
        click.echo(f"{rater}\tcut {own:.4f}{shown}")
