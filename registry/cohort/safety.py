"""Figures 43 to 51: Evans syndrome, deaths and adverse events, in patients and in events."""

from __future__ import annotations

from collections.abc import Iterator

from registry.cohort.figure import About, EventRate, Figure, Share, defensible, printed
from registry.cohort.tally import Row, Tally, total, values, where
from registry.statistics import DAYS_PER_YEAR, poisson_rate

PER_100_YEARS = "per 100 patient-years"
IN_EVENTS = printed("In events: the abstract's kinds add up to 64, more than the 33 patients who had any.")
IN_PATIENTS = defensible("In patients: each counts once, however many such events.")


def figures(tally: Tally) -> Iterator[Figure]:
    """Events count from the first cytopenia to the last contact or death."""
    everyone = tally.patients
    itp = list(filter(where(has_itp=True), everyone))
    for name, number, label, is_one in (
        ("evans", 43, "ITP and AIHA (Evans syndrome)", where(has_itp=True, has_aiha=True)),
        ("deaths", 44, "Died", where(died=True)),
    ):
        yield Share(
            About(f"{name}_of_itp", number, f"{label}, of those with ITP", "patients"),
            total(itp, is_one),
            total(itp),
            reading=printed("The sentence of the abstract is about patients with ITP."),
        )
        yield Share(
            About(name, number, f"{label}, of all", "patients"),
            total(everyone, is_one),
            total(everyone),
            reading=defensible("Of the whole cohort."),
        )
    yield from _events(tally)


def _events(tally: Tally) -> Iterator[Figure]:
    kinds = {row["kind"]: row for row in tally.events}
    n = total(tally.patients)
    every = _number(kinds, "all", "events")
    days = values(tally.follow_up, "days", where(disease="any"))
    years = float(days.sum()) / DAYS_PER_YEAR

    def of_patients(kind: str, number: int, label: str) -> Share:
        k = _number(kinds, kind, "patients")
        return Share(About(f"{kind}_patients", number, label, "patients"), k, n, reading=IN_PATIENTS)

    eventful = total(tally.patients, where(eventful=True))
    yield Share(About("any_event", 45, "Any adverse event", "patients"), eventful, n)
    yield EventRate(About("event_rate", 45, "Adverse events", PER_100_YEARS), poisson_rate(every, years))
    cardiovascular = _number(kinds, "cardiovascular", "events")
    yield Share(
        About("cardiovascular_events", 46, "Cardiovascular, thrombosis among them", "events"),
        cardiovascular,
        every,
        reading=IN_EVENTS,
    )
    yield of_patients("cardiovascular", 46, "Cardiovascular, thrombosis among them")
    yield Share(
        About("thrombosis_events", 47, "Thrombosis, of cardiovascular", "events"),
        _number(kinds, "thrombosis", "events"),
        cardiovascular,
        reading=printed("A part of the line above; the abstract does not tell arterial from venous."),
    )
    yield of_patients("thrombosis", 47, "Thrombosis")
    infections = _number(kinds, "infection", "events")
    yield Share(
        About("severe_infection_events", 48, "Infection of grade 3 or more, of infections", "events"),
        _number(kinds, "infection", "severe_events"),
        infections,
        reading=printed("The abstract names no CTCAE version; here each event carries its own."),
    )
    yield Share(About("infection_events", 48, "Infection", "events"), infections, every, reading=IN_EVENTS)
    yield of_patients("infection", 48, "Infection")
    yield from _others(tally, kinds, years)


def _others(tally: Tally, kinds: dict[str, Row], years: float) -> Iterator[Figure]:
    n, unit = total(tally.patients), "patients"
    given = total(tally.patients, where(given_steroid=True))
    diabetes, label = _number(kinds, "steroid_diabetes", unit), "Steroid-induced diabetes"
    yield Share(
        About("steroid_diabetes", 49, label, unit), diabetes, n, reading=printed("Of the whole cohort.")
    )
    yield Share(
        About("steroid_diabetes_at_risk", 49, f"{label}, of those given corticosteroid", unit),
        diabetes,
        given,
        reading=defensible("Only they are at risk; earlier diabetes is not recorded and not taken out."),
    )
    lost, label = _number(kinds, "graft_failure", unit), "Graft failure"
    yield Share(About("graft_failure", 50, label, unit), lost, n, reading=printed("Of the whole cohort."))
    yield EventRate(
        About("graft_failure_rate", 50, label, PER_100_YEARS),
        poisson_rate(_number(kinds, "graft_failure", "events"), years),
        reading=defensible("By time at risk: who is followed for longer can lose a graft for longer."),
    )
    malignancy = _number(kinds, "malignancy", unit)
    yield Share(About("malignancy", 51, "Malignancy but of the skin", unit), malignancy, n)
    for kind, label in (("solid_tumor", "Solid tumor"), ("ptld", "Post-transplant lymphoproliferation")):
        yield Share(About(kind, 51, label, unit), _number(kinds, kind, unit), n)


def _number(kinds: dict[str, Row], kind: str, name: str) -> int:
    return int(kinds[kind][name]) if kind in kinds else 0
