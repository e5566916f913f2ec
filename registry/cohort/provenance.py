"""What a figure of a cohort rests on: it stands beside each, so that it can be read alone and made again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from registry.cohort.filter import Filter
from registry.cohort.scope import Scope
from registry.record.consent import left_out_words
from registry.stamp import Stamp
from registry.wording import number_of


def decided_words(number: int) -> str:
    """`1 course decided by reviewers`, `3 courses decided by reviewers`."""
    return f"{number_of(number, 'course')} decided by reviewers"


@dataclass(frozen=True)
class Basis:
    """Which courses, of which sites, judged by what, at which change of the registry, and whether invented.

    The response of `decided` of the courses is that of people, who stand before the machine. `left_out` patients
    refused or withdrew consent, and are not among `patients`.
    """

    chosen: Filter
    scope: Scope
    patients: int
    courses: int
    decided: int
    criteria: tuple[str, ...]
    revision: int
    synthetic: bool
    left_out: int = 0

    @property
    def selection(self) -> str:
        """The filter in words, with the sites where these are not all."""
        if self.scope.sites is None or self.chosen.sites:
            return str(self.chosen)
        return f"{self.chosen}, {'site' if len(self.scope.sites) == 1 else 'sites'} {' and '.join(self.scope.sites)}"

    def __str__(self) -> str:
        """`ITP, line 2 and later: 22 patients, 34 courses. Judged by itp-iwg-2009, registry at change 4.`

        Where reviewers decided: `Judged by itp-iwg-2009, 3 courses decided by reviewers, registry at change 4.`
        """
        judged = f"Judged by {' and '.join(self.criteria)}" if self.criteria else "Without calls"
        if self.decided:
            judged += f", {decided_words(self.decided)}"
        without = left_out_words(self.left_out)
        return (
            f"{self.selection[:1].upper()}{self.selection[1:]}: {self.patients:,} patients, "
            f"{self.courses:,} courses. {judged}, registry at change {self.revision}."
            f"{' ' if without else ''}{without}"
        )

    @property
    def stamp(self) -> Stamp:
        """The same on a picture that leaves the registry."""
        by_people = (decided_words(self.decided),) if self.decided else ()
        return Stamp(criteria=(*self.criteria, *by_people), part=self.selection)

    def as_json(self) -> dict[str, Any]:
        """Plain values; `filter` is the address that chooses the same again."""
        return {
            "selection": self.selection,
            "filter": self.chosen.address(),
            "sites": None if self.scope.sites is None else list(self.scope.sites),
            "patients": self.patients,
            "patients_left_out": self.left_out,
            "courses": self.courses,
            "courses_decided": self.decided,
            "criteria": list(self.criteria),
            "revision": self.revision,
            "synthetic": self.synthetic,
        }

    def columns(self) -> dict[str, Any]:
        """What every row of a download carries."""
        return {
            "selection": self.selection,
            "criteria": " ".join(self.criteria),
            "courses_decided": self.decided,
            "registry_change": self.revision,
            "synthetic": "yes" if self.synthetic else "no",
        }
