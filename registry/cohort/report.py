"""The summary of a cohort as text for a person and as JSON for a program."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from registry.cohort.figure import Figure
from registry.cohort.provenance import decided_words
from registry.record.consent import left_out_words
from registry.statistics import DAYS_PER_MONTH

WIDTH = 120
_LABEL = 58
_FIGURE = 24
_PERCENT = 8


@dataclass(frozen=True)
class Summary:
    """Every figure of a cohort, in the order of the published one, and what they rest on.

    Only the printed summary of the `reference` cohort, which is made after the published one, speaks of that.
    `revision` is the last change of the registry that is in them; `not_judged` courses have no response yet, and the
    response of `decided` courses is that of people. `left_out` patients refused or withdrew consent.
    """

    figures: tuple[Figure, ...]
    synthetic: bool
    revision: int
    criteria: tuple[str, ...]
    sites: tuple[str, ...] | None
    not_judged: int
    decided: int
    reference: bool = False
    left_out: int = 0

    @property
    def judged_by(self) -> str:
        """`Judged by itp-iwg-2009 and aiha-hammersmith-2017, 3 courses decided by reviewers.`"""
        people = f", {decided_words(self.decided)}" if self.decided else ""
        return f"Judged by {' and '.join(self.criteria)}{people}."

    def figure(self, figure_id: str) -> Figure:
        """The figure of that id; KeyError if there is none."""
        found = {figure.about.id: figure for figure in self.figures}
        return found[figure_id]

    def as_json(self) -> dict[str, Any]:
        """`{"figures": [{"id", "seed_figure", "label", "unit", "k", "n", "ci_low", "ci_high", …}, …], …}`.

        Limits of proportions are fractions, durations are in their unit and rounded as printed.
        """
        return {
            "synthetic": self.synthetic,
            "revision": self.revision,
            "criteria": list(self.criteria),
            "sites": None if self.sites is None else list(self.sites),
            "courses_not_judged": self.not_judged,
            "courses_decided": self.decided,
            "patients_left_out": self.left_out,
            "days_per_month": DAYS_PER_MONTH,
            "figures": [figure.as_json() for figure in self.figures],
        }

    def text(self) -> str:
        """The figures in sections, aligned, with every remark below its line."""
        lines = list(self._head())
        said: set[str] = set()
        for section, figures in groupby(self._printed(), key=lambda figure: figure.section):
            lines += ["", section.upper(), *self._section(figures, said)]
        return "\n".join(lines)

    def _printed(self) -> Iterator[Figure]:
        """Without a comparison, a figure that differs only in how it was printed elsewhere is printed once."""
        ids = {figure.about.id for figure in self.figures}
        for figure in self.figures:
            as_printed = "_incidence_printed" in figure.about.id
            if self.reference or not as_printed or figure.about.id.replace("_printed", "") not in ids:
                yield figure

    def _head(self) -> Iterator[str]:
        title = "Cohort summary"
        if self.synthetic:
            title += ": SYNTHETIC patients, invented; nothing here says anything about real ones"
        yield title
        sites = "all sites" if self.sites is None else f"sites {', '.join(self.sites)}"
        yield f"Registry at change {self.revision}, {sites}. {self.judged_by}"
        if self.left_out:
            yield left_out_words(self.left_out)
        if self.not_judged:
            yield (
                f"{self.not_judged} courses are not assessed yet and count as not responding: run `nadir adjudicate`."
            )
        yield (
            "Percentages have exact (Clopper-Pearson) 95 % intervals and are rounded half up. "
            f"A month is {DAYS_PER_MONTH} days."
        )
        yield "NE = not evaluable, counted in n." + (
            " Where a published figure can be read in two ways, p = as printed, d = defensible."
            if self.reference
            else ""
        )

    def _section(self, figures: Iterator[Figure], said: set[str]) -> Iterator[str]:
        """The lines of one section; a remark that was `said` above is not repeated."""
        above: int | None = None
        for figure in figures:
            number, reading = (figure.about.number, figure.reading) if self.reference else (None, None)
            shown = "" if number is None or number == above else str(number)
            above = number
            mark = reading.kind[0] if reading else " "
            value, percent, more = figure.cells()
            label = textwrap.wrap(figure.about.label, _LABEL - 2, subsequent_indent="  ") or [""]
            head = f"{shown:>3} {mark} {label[0]:<{_LABEL}}"
            yield f"{head}{value:<{_FIGURE}}{percent:>{_PERCENT}}  {more}".rstrip()
            yield from (f"      {line}" for line in label[1:])
            remark = reading.difference if reading else ""
            if remark and remark not in said:
                said.add(remark)
                yield from textwrap.wrap(
                    remark, WIDTH, initial_indent="        · ", subsequent_indent=" " * 10
                )
