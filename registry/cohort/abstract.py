"""The figures of the published cohort: which number each figure of the summary has, and how that one can be read."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from adjudication.toml_table import Table, published

_LAST = 51
_SEVERAL = re.compile(r"_\d+$")
_BY_REGIMEN = re.compile(r"^(itp|aiha)_on_.*")


@dataclass(frozen=True)
class Reading:
    """One of two ways to read a published figure, and what lies between them.

    `printed` gives what was printed, `defensible` is what we would print.
    """

    kind: Literal["printed", "defensible"]
    difference: str


@dataclass(frozen=True)
class Published:
    """The number of a published figure, and how it is read where it can be read in two ways."""

    number: int
    reading: Reading | None


def parse(top: Table) -> dict[str, Published]:
    """What is published, by the id of our own figure. Raises Unfit with every fault."""
    top.table("source").take("citation", str)
    found: dict[str, Published] = {}
    for figure in top.tables("figure"):
        number = figure.number("number", 1, _LAST)
        figure.take("what", str)
        figure.take("prints", str)
        for row in figure.tables("met"):
            name = row.take("id", str)
            if name in found:
                row.wrong(f"the id {name} is used twice", "id")
            found[name] = Published(number, _reading(row))
    top.finish()
    return found


def _reading(row: Table) -> Reading | None:
    kind = row.one_of("reading", ("printed", "defensible"), None)
    difference = row.take("difference", str, ... if kind else "")
    return Reading(kind, difference) if kind else None


@cache
def _abstract() -> Mapping[str, Published]:
    return parse(published("abstract-figures"))


def of_figure(figure_id: str) -> Published | None:
    """What is published of a figure; None where nothing is.

    A second denominator, as in `exposed_2`, has the number of the first; `itp_on_tpo_ra` and the like have one.
    """
    known = _abstract()
    return (
        known.get(figure_id)
        or known.get(_SEVERAL.sub("", figure_id))
        or known.get(_BY_REGIMEN.sub(r"\1_on_*", figure_id))
    )
