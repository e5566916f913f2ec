"""How well a protocol works, and what it finds: shares and rates with exact intervals, days with asymptotic ones.

The figures of others stand beside these as references; they come from other populations and are never pooled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

import numpy as np

from adjudication.surveillance.contact import Contact, contacts, low_up_to_e6, results
from adjudication.surveillance.judge import Judged, judge
from adjudication.surveillance.protocol import Protocol, Reference
from registry import sql
from registry.errors import Usage
from registry.record.synthetic import is_synthetic
from registry.roles import readable_sites
from registry.stamp import Stamp
from registry.statistics import (
    DAYS_PER_YEAR,
    Interval,
    Median,
    Rate,
    exact_interval,
    kaplan_meier,
    poisson_rate,
)
from registry.surveillance.facts import Watch, watch
from registry.surveillance.in_force import InForce, concerning, infused, standing

if TYPE_CHECKING:
    from registry.roles import Actor
    from registry.store.database import Database
    from registry.store.snapshot import Snapshot

MOST = 0.9
"""The share of results by which the slower ones are told: the 90th percentile of the days to contact."""


@dataclass(frozen=True)
class Share:
    """k of n with the exact (Clopper-Pearson) interval; `interval` is None when n is 0. `unit` says of what."""

    k: int
    n: int
    unit: str
    interval: Interval | None
    references: tuple[Reference, ...] = ()

    @classmethod
    def of(cls, k: int, n: int, unit: str, references: Iterable[Reference] = ()) -> Share:
        return cls(k, n, unit, exact_interval(k, n), tuple(references))

    def as_json(self) -> dict[str, Any]:
        return {
            "k": self.k,
            "n": self.n,
            "unit": self.unit,
            "interval": self.interval and asdict(self.interval),
            "references": [_reference(one) for one in self.references],
        }


@dataclass(frozen=True)
class Contacts:
    """Days from a result that demands contact to the contact, by Kaplan-Meier (READ-SURV-21, READ-SURV-22).

    `results` were followed by contact or not: `not_contacted` counts the latter by what they were waited for until
    (`next result`, `taken off the list`, `death`, `still waiting`). `median` and `most` are days within which half and
    nine of ten are contacted, None where that is not reached.
    """

    results: int
    contacted: int
    not_contacted: dict[str, int]
    median: Median
    most: Median

    def as_json(self) -> dict[str, Any]:
        return {
            "results": self.results,
            "contacted": self.contacted,
            "not_contacted": self.not_contacted,
            "median_days": asdict(self.median),
            "percentile_90_days": asdict(self.most),
        }


@dataclass(frozen=True)
class Year:
    """A year since the first infusion: months with a count, and first cases of ITP per 100 patient-years at risk."""

    year: int
    counted: Share
    patients: int
    incidence: Rate

    def as_json(self) -> dict[str, Any]:
        return {
            "year": self.year,
            "months": self.counted.n,
            "counted": self.counted.k,
            "counted_interval": self.counted.interval and asdict(self.counted.interval),
            "patients": self.patients,
            "onsets": self.incidence.events,
            "patient_years": round(self.incidence.exposure, 3),
            "per_100_patient_years": self.incidence.estimate,
            "interval": self.incidence.interval and asdict(self.incidence.interval),
        }


@dataclass(frozen=True)
class Measures:
    """The measures of one protocol on the day `as_of`, of the patients whom it watches at the sites that were read.

    `sites` are those (None: all). `unwatched` counts the living patients there whom no protocol in force watches, by
    agent and setting.
    """

    as_of: date
    protocol: Protocol
    sites: tuple[str, ...] | None
    patients: int
    months_counted: Share
    contacts: Contacts
    itp_rate: Share
    found_by_count: Share
    years: tuple[Year, ...]
    unwatched: dict[tuple[str, str], int]
    revision: int
    synthetic: bool

    @property
    def missed_counts(self) -> int:
        """Months in which no count was taken."""
        return self.months_counted.n - self.months_counted.k

    @property
    def found_by_symptoms(self) -> Share:
        """The first cases of ITP that no count found."""
        by_count = self.found_by_count
        return Share.of(
            by_count.n - by_count.k, by_count.n, by_count.unit, self.references("found_by_symptoms")
        )

    @property
    def selection(self) -> str:
        """Whom the figures are of: `alemtuzumab for multiple sclerosis, all sites, until 2026-03-31`."""
        settings = " or ".join(self.protocol.settings).replace("_", " ")
        where = "all sites" if self.sites is None else ", ".join(self.sites)
        return f"{self.protocol.agent} for {settings}, {where}, until {self.as_of}"

    @property
    def stamp(self) -> Stamp:
        """What a picture says of itself wherever it goes."""
        return Stamp((f"protocol {self.protocol.id}",), self.selection)

    def references(self, measure: str) -> tuple[Reference, ...]:
        """The published figures that stand beside a measure."""
        return tuple(one for one in self.protocol.references if one.of == measure)

    def columns(self) -> dict[str, Any]:
        """What every row of a download carries."""
        return {
            "protocol": self.protocol.id,
            "selection": self.selection,
            "registry_change": self.revision,
            "synthetic": "yes" if self.synthetic else "no",
        }

    def as_json(self) -> dict[str, Any]:
        """For programs: shares as k, n, unit and interval; incidence per 100 patient-years."""
        return {
            "as_of": self.as_of.isoformat(),
            "protocol": self.protocol.id,
            "citation": self.protocol.citation,
            "selection": self.selection,
            "patients": self.patients,
            "revision": self.revision,
            "synthetic": self.synthetic,
            "missed_counts": self.missed_counts,
            "months_counted": self.months_counted.as_json(),
            "contacts": self.contacts.as_json(),
            "itp_rate": self.itp_rate.as_json(),
            "found_by_count": self.found_by_count.as_json(),
            "found_by_symptoms": self.found_by_symptoms.as_json(),
            "years": [one.as_json() for one in self.years],
            "incidence_references": [_reference(one) for one in self.references("incidence")],
            "unwatched": [
                {"agent": agent, "setting": setting, "patients": number}
                for (agent, setting), number in self.unwatched.items()
            ],
        }


def measures(
    db: Database,
    actor: Actor,
    as_of: date,
    protocol: Protocol | None = None,
    *,
    protocol_id: str | None = None,
) -> Measures:
    """The measures of a protocol on the day `as_of`, of the patients whom it watches where `actor` may read.

    `protocol_id` chooses among those in force there (else the first that goes before others); `protocol` measures a
    file as if it alone were in force. Months of one patient resemble each other, so the interval of their share is too
    narrow; it is given because none would suggest more. Raises Usage for an id that is not in force, NotPermitted for
    an actor who may read nowhere.
    """
    sites = readable_sites(actor)
    found = standing(db, protocol)
    there = concerning(found, sites)
    chosen = next((one for one in there if protocol_id in (None, one.id)), None)
    if chosen is None:
        raise Usage(
            f"No protocol {protocol_id} is in force at your sites. There: {', '.join(one.id for one in there)}."
        )
    place, in_force = next((place, one) for place, one in enumerate(found) if one.protocol is chosen)
    with infused(db, as_of, found, sites, counted=True) as snapshot:
        return _measured(db, snapshot, as_of, in_force, place, sites)


def _measured(
    db: Database, snapshot: Snapshot, as_of: date, one: InForce, place: int, sites: list[str] | None
) -> Measures:
    protocol = one.protocol
    plan = _plan(protocol, place, as_of)
    watched = watch(snapshot, protocol, place, as_of, dead=True)
    judged = judge(protocol, watched.facts, as_of, datetime.combine(as_of, time()))
    snapshot.keep("taken_off", _TAKEN_OFF, [[*_taken_off(watched, judged)]])
    months = {year: (n, k) for year, n, k in snapshot.rows(sql.text("queries/surveillance_months"), [plan])}
    onsets = {year: rest for year, *rest in snapshot.rows(sql.text("queries/surveillance_onsets"), [plan])}
    [(patients,)] = snapshot.rows("SELECT count(*) FROM infused WHERE place = $1", [place])
    unwatched = snapshot.rows(sql.text("queries/surveillance_unwatched"), [{"as_of": as_of, "sites": sites}])
    years = []
    for year in sorted(months | onsets):
        n, k = months.get(year, (0, 0))
        at_risk, days, events, _ = onsets.get(year, (0, 0, 0, 0))
        years.append(
            Year(year, Share.of(k, n, "months"), at_risk, poisson_rate(events, days / DAYS_PER_YEAR))
        )
    cases = sum(year.incidence.events for year in years)
    by_symptoms = sum(by for _, _, _, by in onsets.values())

    def share(name: str, k: int, n: int, unit: str) -> Share:
        return Share.of(k, n, unit, (ref for ref in protocol.references if ref.of == name))

    return Measures(
        as_of,
        protocol,
        _where(one, sites),
        int(patients),
        share(
            "months_counted",
            sum(year.counted.k for year in years),
            sum(year.counted.n for year in years),
            "months",
        ),
        _contacts(list(_made(protocol, watched, judged, as_of))),
        share("itp_rate", cases, years[0].patients if years else 0, "patients"),
        share("found_by_count", cases - by_symptoms, cases, "first cases of ITP"),
        tuple(years),
        {(agent, setting): number for agent, setting, number in unwatched},
        snapshot.revision,
        is_synthetic(db),
    )


def _plan(protocol: Protocol, place: int, as_of: date) -> dict[str, Any]:
    return {
        "as_of": as_of,
        "place": place,
        "agent": protocol.agent,
        "settings": list(protocol.settings),
        "analyte": protocol.analyte,
        "months_after_last_infusion": protocol.schedule.months_after_last_infusion,
        "bleeding_from_grade": protocol.bleeding.from_grade,
        "symptom_within_days": protocol.measuring.symptom_within_days,
    }


_TAKEN_OFF = "SELECT unnest($1::STRUCT(patient_key INTEGER, taken_off_on DATE)[], recursive := true)"


def _taken_off(watched: Watch, judged: Judged) -> Iterator[dict[str, Any]]:
    """Who is off the list, as the judge says, and since when."""
    keys = watched.patients["patient_key"]
    for patient, one in judged.followed.items():
        if one.removed:
            yield {"patient_key": keys[patient].as_py(), "taken_off_on": one.removed_since}


def _made(protocol: Protocol, watched: Watch, judged: Judged, as_of: date) -> Iterator[Contact]:
    """How long each result that demands contact waited for it."""
    taken, done = watched.facts.taken, watched.facts.done
    first, last = taken.bounds(watched.facts.patients)
    died_on = watched.patients["died_on"].to_pylist()
    for patient in np.unique(taken.patient[taken.e6 <= low_up_to_e6(protocol)]).tolist():
        steps = taken.of(int(first[patient]), int(last[patient]))
        found = results(protocol, steps, judged.cycle.first_on[patient].item())
        followed = judged.followed.get(patient)
        off_on = None if followed is None else followed.removed_since
        acts = done.get(patient, [])
        yield from contacts(protocol, found, acts, as_of, died_on=died_on[patient], taken_off_on=off_on)


def _contacts(made: Sequence[Contact]) -> Contacts:
    """The days to contact of all results, and until when those without were waited for."""
    waited = sorted((one.days, one.waited_until) for one in made if one.waited_until is not None)
    left = Counter(why for _, why in waited)
    contacted = np.array([one.waited_until is None for one in made], dtype=bool)
    curve = kaplan_meier(np.array([one.days for one in made], dtype=np.int64), contacted)
    return Contacts(len(made), int(contacted.sum()), dict(left), curve.median(), curve.falls_to(1 - MOST))


def _where(one: InForce, sites: list[str] | None) -> tuple[str, ...] | None:
    """The sites that are measured: those read of those where the protocol is in force."""
    if sites is None:
        return one.sites
    return tuple(site for site in sites if one.at(site))


def _reference(one: Reference) -> dict[str, Any]:
    return {
        "id": one.id,
        "percent": None if one.percent is None else float(one.percent),
        "by_year": [float(value) for value in one.by_year],
        "who": one.who,
    }
