"""Figures 43 to 51: Evans syndrome, deaths and adverse events, in patients and in events."""

from __future__ import annotations

from collections.abc import Iterator

from registry.cohort.figure import About, EventRate, Figure, Share
from registry.cohort.tally import Keep, Tally, total, values, where
from registry.statistics import DAYS_PER_YEAR, poisson_rate

PER_100_YEARS = "per 100 patient-years"

THROMBOSIS = frozenset({"thrombosis"})
CARDIOVASCULAR = THROMBOSIS | {"cardiovascular"}
INFECTION = frozenset({"infection"})
MALIGNANCY = frozenset({"solid_tumor", "ptld", "hematologic_malignancy"})
"""All but those of the skin, which stand apart."""


def figures(tally: Tally) -> Iterator[Figure]:
    """Events count from the first cytopenia to the end of follow-up."""
    everyone = tally.patients
    itp = list(filter(where(has_itp=True), everyone))
    for name, label, is_one in (
        ("evans", "ITP and AIHA (Evans syndrome)", where(has_itp=True, has_aiha=True)),
        ("deaths", "Died", where(died=True)),
    ):
        yield Share.of(
            About(f"{name}_of_itp", f"{label}, of those with ITP", "patients"),
            itp,
            is_one,
        )
        yield Share.of(
            About(name, f"{label}, of all", "patients"),
            everyone,
            is_one,
        )
    yield from _events(tally)
    yield from _others(tally)


def _events(tally: Tally) -> Iterator[Figure]:
    everyone, events = tally.patients, tally.events
    days = values(tally.follow_up, "days", where(disease="any"))
    years = float(days.sum()) / DAYS_PER_YEAR

    def of_patients(name: str, label: str, kinds: frozenset[str]) -> Share:
        about = About(f"{name}_patients", label, "patients")
        return Share.of(about, everyone, having(kinds))

    yield Share.of(
        About("any_event", "Any adverse event", "patients"), everyone, lambda row: bool(row["kinds"])
    )
    rate = poisson_rate(total(events), years)
    yield EventRate(About("event_rate", "Adverse events", PER_100_YEARS), rate)
    label = "Cardiovascular, thrombosis among them"
    about = About("cardiovascular_events", label, "events")
    yield Share.of(about, events, of_kind(CARDIOVASCULAR))
    yield of_patients("cardiovascular", label, CARDIOVASCULAR)
    yield Share.of(
        About("thrombosis_events", "Thrombosis, of cardiovascular", "events"),
        list(filter(of_kind(CARDIOVASCULAR), events)),
        of_kind(THROMBOSIS),
    )
    yield of_patients("thrombosis", "Thrombosis", THROMBOSIS)
    yield Share.of(
        About("severe_infection_events", "Infection of grade 3 or more, of infections", "events"),
        list(filter(of_kind(INFECTION), events)),
        where(severe=True),
    )
    about = About("infection_events", "Infection", "events")
    yield Share.of(about, events, of_kind(INFECTION))
    yield of_patients("infection", "Infection", INFECTION)


def _others(tally: Tally) -> Iterator[Figure]:
    everyone, unit = tally.patients, "patients"
    diabetes, label = having(frozenset({"steroid_diabetes"})), "Steroid-induced diabetes"
    about = About("steroid_diabetes", label, unit)
    yield Share.of(about, everyone, diabetes)
    yield Share.of(
        About("steroid_diabetes_at_risk", f"{label}, of those given corticosteroid", unit),
        list(filter(where(given_steroid=True), everyone)),
        diabetes,
    )
    about = About("graft_failure", "Graft failure", unit)
    yield Share.of(about, everyone, having(frozenset({"graft_failure"})))
    years = float(values(tally.grafts, "days").sum()) / DAYS_PER_YEAR
    yield EventRate(
        About("graft_failure_rate", "Graft failure", "per 100 graft-years"),
        poisson_rate(total(tally.grafts, where(lost=True)), years),
    )
    about = About("malignancy", "Malignancy but of the skin", unit)
    yield Share.of(about, everyone, having(MALIGNANCY))
    for kind, label in (("solid_tumor", "Solid tumor"), ("ptld", "Post-transplant lymphoproliferation")):
        yield Share.of(About(kind, label, unit), everyone, having(frozenset({kind})))


def having(kinds: frozenset[str]) -> Keep:
    """Keeps the patients with an adverse event of one of the kinds."""
    return lambda row: not kinds.isdisjoint(row["kinds"])


def of_kind(kinds: frozenset[str]) -> Keep:
    """Keeps the adverse events of one of the kinds."""
    return lambda row: row["category"] in kinds
