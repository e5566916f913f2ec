"""Figures 43 to 51: Evans syndrome, deaths and adverse events, in patients and in events."""

from __future__ import annotations

from collections.abc import Iterator

from registry.cohort.figure import About, EventRate, Figure, Share, defensible, printed
from registry.cohort.tally import Keep, Tally, total, values, where
from registry.statistics import DAYS_PER_YEAR, poisson_rate

PER_100_YEARS = "per 100 patient-years"
IN_EVENTS = printed("In events: the abstract's kinds add up to 64, more than the 33 patients who had any.")
IN_PATIENTS = defensible("In patients: each counts once, however many such events.")


THROMBOSIS = frozenset({"thrombosis"})
CARDIOVASCULAR = THROMBOSIS | {"cardiovascular"}
INFECTION = frozenset({"infection"})
MALIGNANCY = frozenset({"solid_tumor", "ptld", "hematologic_malignancy"})
"""All but those of the skin, which stand apart."""


def figures(tally: Tally) -> Iterator[Figure]:
    """Events count from the first cytopenia to the end of follow-up."""
    everyone = tally.patients
    itp = list(filter(where(has_itp=True), everyone))
    for name, number, label, is_one in (
        ("evans", 43, "ITP and AIHA (Evans syndrome)", where(has_itp=True, has_aiha=True)),
        ("deaths", 44, "Died", where(died=True)),
    ):
        yield Share.of(
            About(f"{name}_of_itp", number, f"{label}, of those with ITP", "patients"),
            itp,
            is_one,
            reading=printed("The sentence of the abstract is about patients with ITP."),
        )
        yield Share.of(
            About(name, number, f"{label}, of all", "patients"),
            everyone,
            is_one,
            reading=defensible("Of the whole cohort."),
        )
    yield from _events(tally)
    yield from _others(tally)


def _events(tally: Tally) -> Iterator[Figure]:
    everyone, events = tally.patients, tally.events
    days = values(tally.follow_up, "days", where(disease="any"))
    years = float(days.sum()) / DAYS_PER_YEAR

    def of_patients(name: str, number: int, label: str, kinds: frozenset[str]) -> Share:
        about = About(f"{name}_patients", number, label, "patients")
        return Share.of(about, everyone, having(kinds), reading=IN_PATIENTS)

    yield Share.of(
        About("any_event", 45, "Any adverse event", "patients"), everyone, lambda row: bool(row["kinds"])
    )
    rate = poisson_rate(total(events), years)
    yield EventRate(About("event_rate", 45, "Adverse events", PER_100_YEARS), rate)
    label = "Cardiovascular, thrombosis among them"
    about = About("cardiovascular_events", 46, label, "events")
    yield Share.of(about, events, of_kind(CARDIOVASCULAR), reading=IN_EVENTS)
    yield of_patients("cardiovascular", 46, label, CARDIOVASCULAR)
    yield Share.of(
        About("thrombosis_events", 47, "Thrombosis, of cardiovascular", "events"),
        list(filter(of_kind(CARDIOVASCULAR), events)),
        of_kind(THROMBOSIS),
        reading=printed("A part of the line above; the abstract does not tell arterial from venous."),
    )
    yield of_patients("thrombosis", 47, "Thrombosis", THROMBOSIS)
    yield Share.of(
        About("severe_infection_events", 48, "Infection of grade 3 or more, of infections", "events"),
        list(filter(of_kind(INFECTION), events)),
        where(severe=True),
        reading=printed("The abstract names no CTCAE version; here each event carries its own."),
    )
    about = About("infection_events", 48, "Infection", "events")
    yield Share.of(about, events, of_kind(INFECTION), reading=IN_EVENTS)
    yield of_patients("infection", 48, "Infection", INFECTION)


def _others(tally: Tally) -> Iterator[Figure]:
    everyone, unit = tally.patients, "patients"
    diabetes, label = having(frozenset({"steroid_diabetes"})), "Steroid-induced diabetes"
    about = About("steroid_diabetes", 49, label, unit)
    yield Share.of(about, everyone, diabetes, reading=printed("Of the whole cohort."))
    yield Share.of(
        About("steroid_diabetes_at_risk", 49, f"{label}, of those given corticosteroid", unit),
        list(filter(where(given_steroid=True), everyone)),
        diabetes,
        reading=defensible(
            "Only they are at risk: diabetes of patients without a course of corticosteroid is not counted; earlier "
            "diabetes is not recorded and not taken out."
        ),
    )
    about = About("graft_failure", 50, "Graft failure", unit)
    yield Share.of(
        about, everyone, having(frozenset({"graft_failure"})), reading=printed("Of the whole cohort.")
    )
    years = float(values(tally.grafts, "days").sum()) / DAYS_PER_YEAR
    yield EventRate(
        About("graft_failure_rate", 50, "Graft failure", "per 100 graft-years"),
        poisson_rate(total(tally.grafts, where(lost=True)), years),
        reading=defensible("By time at risk, of those with a graft; it ends when the graft is lost."),
    )
    about = About("malignancy", 51, "Malignancy but of the skin", unit)
    yield Share.of(about, everyone, having(MALIGNANCY))
    for kind, label in (("solid_tumor", "Solid tumor"), ("ptld", "Post-transplant lymphoproliferation")):
        yield Share.of(About(kind, 51, label, unit), everyone, having(frozenset({kind})))


def having(kinds: frozenset[str]) -> Keep:
    """Keeps the patients with an adverse event of one of the kinds."""
    return lambda row: not kinds.isdisjoint(row["kinds"])


def of_kind(kinds: frozenset[str]) -> Keep:
    """Keeps the adverse events of one of the kinds."""
    return lambda row: row["category"] in kinds
