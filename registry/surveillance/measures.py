"""How well the programme works, and what it finds: shares and rates with exact intervals.

The figures of others stand beside these as references; they come from other populations and are never pooled.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from adjudication import surveillance
from adjudication.programme import Programme, Reference
from registry import sql
from registry.overview import readable_sites
from registry.statistics import DAYS_PER_YEAR, Interval, Rate, exact_interval, poisson_rate

if TYPE_CHECKING:
    from registry.database import Database
    from registry.roles import Actor


@dataclass(frozen=True)
class Share:
    """k of n with the exact (Clopper-Pearson) interval; `interval` is None when n is 0. `unit` says of what."""

    k: int
    n: int
    unit: str
    interval: Interval | None
    references: tuple[Reference, ...] = ()


@dataclass(frozen=True)
class Year:
    """A year since the first infusion: months and first cases of ITP in it, per 100 patient-years at risk."""

    year: int
    months: int
    counted: int
    patients: int
    incidence: Rate


@dataclass(frozen=True)
class Measures:
    """The measures of one programme on the day `as_of`, at the sites that the actor may read."""

    as_of: date
    programme: Programme
    months_counted: Share
    itp_rate: Share
    found_by_count: Share
    years: tuple[Year, ...]

    @property
    def missed_counts(self) -> int:
        """Months in which no count was taken."""
        return self.months_counted.n - self.months_counted.k

    def as_json(self) -> dict[str, Any]:
        """For programs: shares as k, n, unit and interval; incidence per 100 patient-years."""
        return {
            "as_of": self.as_of.isoformat(),
            "programme": self.programme.id,
            "missed_counts": self.missed_counts,
            **{
                name: _share(getattr(self, name)) for name in ("months_counted", "itp_rate", "found_by_count")
            },
            "years": [
                {
                    "year": one.year,
                    "months": one.months,
                    "counted": one.counted,
                    "patients": one.patients,
                    "onsets": one.incidence.events,
                    "patient_years": round(one.incidence.exposure, 3),
                    "per_100_patient_years": one.incidence.estimate,
                    "interval": one.incidence.interval and asdict(one.incidence.interval),
                }
                for one in self.years
            ],
        }


def measures(db: Database, actor: Actor, as_of: date, programme: Programme | None = None) -> Measures:
    """The measures of `programme` (the Belgian consensus of 2018 unless another is given) on the day `as_of`.

    Months and shares are of patients at the sites where `actor` may read. Months of one patient resemble each other,
    so the interval of their share is too narrow; it is given because none would suggest more. Raises NotPermitted
    for an actor who may read nowhere.
    """
    programme = programme or surveillance.load()
    plan = {
        "as_of": as_of,
        "sites": readable_sites(actor),
        "agent": programme.agent,
        "settings": list(programme.settings),
        "analyte": programme.analyte,
        "months_after_last_infusion": programme.schedule.months_after_last_infusion,
        "bleeding_from_grade": programme.bleeding.from_grade,
        "symptom_within_days": programme.measuring.symptom_within_days,
    }
    months = {year: (n, k) for year, n, k in db.rows(sql.text("queries/surveillance_months"), [plan])}
    onsets = {year: rest for year, *rest in db.rows(sql.text("queries/surveillance_onsets"), [plan])}
    years = []
    for year in sorted(months | onsets):
        n, k = months.get(year, (0, 0))
        patients, days, events, _ = onsets.get(year, (0, 0, 0, 0))
        years.append(Year(year, n, k, patients, poisson_rate(events, days / DAYS_PER_YEAR)))
    cases = sum(one.incidence.events for one in years)
    by_symptoms = sum(by for _, _, _, by in onsets.values())
    return Measures(
        as_of,
        programme,
        _of(
            programme,
            "months_counted",
            sum(one.counted for one in years),
            sum(one.months for one in years),
            "months",
        ),
        _of(programme, "itp_rate", cases, years[0].patients if years else 0, "patients"),
        _of(programme, "found_by_count", cases - by_symptoms, cases, "first cases of ITP"),
        tuple(years),
    )


def _of(programme: Programme, name: str, k: int, n: int, unit: str) -> Share:
    references = tuple(one for one in programme.references if one.of == name)
    return Share(k, n, unit, exact_interval(k, n), references)


def _share(share: Share) -> dict[str, Any]:
    return {
        "k": share.k,
        "n": share.n,
        "unit": share.unit,
        "interval": share.interval and asdict(share.interval),
        "references": [
            {"id": one.id, "percent": one.percent and float(one.percent), "who": one.who}
            for one in share.references
        ],
    }
