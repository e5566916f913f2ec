"""Figures 1 to 10: who fell ill, how many of how many, how old, when, and how low the count was."""

from __future__ import annotations

from collections.abc import Iterator

from registry.cohort.figure import About, Count, Figure, Middle, Share, Withheld
from registry.cohort.tally import Row, Tally, months, total, values, where
from registry.statistics import Spread, spread

NOT_ALL_SITES = "This account does not see every site of the denominator, so its cases are no share of it."
TOO_FEW_EXPOSED = "More patients fell ill here than the service reports as exposed: check the denominator."
MICRO = 1e6
"""Canonical values are stored in millionths of their unit."""


def figures(tally: Tally) -> Iterator[Figure]:
    """The cohort and its denominators."""
    for number, row in enumerate(tally.denominators, start=1):
        mark = f"_{number}" if number > 1 else ""
        label = f"{row['cohort']}, {row['from_on']} to {row['to_on']}, as supplied"
        yield Count(About(f"exposed{mark}", label, "patients"), row["n"])
    n = total(tally.patients)
    label = "Autoimmune cytopenia: ITP, AIHA or both"
    yield Count(About("cytopenia", label, "patients"), n)
    for number, row in enumerate(tally.denominators, start=1):
        yield from _incidence(row, f"_{number}" if number > 1 else "")
    about = About("after_alemtuzumab", "Cytopenia after alemtuzumab", "patients")
    yield Share.of(about, tally.patients, where(after_alemtuzumab=True))
    yield Share.of(About("male", "Male", "patients"), tally.patients, where(sex="male"))
    ages = values(tally.exposures, "value", where(measure="age"))
    yield Middle(About("age", "Age at the transplant (indication)", "years"), spread(ages), "patients")
    yield from _time_to_cytopenia(tally)
    yield from _nadirs(tally)


def _incidence(row: Row, mark: str) -> Iterator[Figure]:
    """Incidences among the patients whom a service reports as exposed; withheld where the two are not of the same."""
    why = ""
    if not row["is_whole"]:
        why = NOT_ALL_SITES
    elif row["fallen"] > row["n"]:
        why = TOO_FEW_EXPOSED

    def share(name: str, label: str, k: int) -> Figure:
        about = About(f"{name}{mark}", label, "patients")
        return Withheld(about, why) if why else Share(about, k, row["n"] - k)

    itp, alone = "ITP, with or without AIHA", "AIHA without ITP"
    yield share("any_incidence", "Any cytopenia, of those exposed", row["fallen"])
    yield share("itp_incidence_printed", itp, row["itp"])
    yield share("itp_incidence", f"{itp}, rounded", row["itp"])
    yield share("aiha_incidence_printed", alone, row["aiha_alone"])
    yield share("aiha_incidence", f"{alone}, rounded", row["aiha_alone"])
    yield share("any_aiha_incidence", "AIHA, with or without ITP", row["aiha"])


def _time_to_cytopenia(tally: Tally) -> Iterator[Figure]:
    for measure, label in (
        ("since_last_dose", "Last alemtuzumab to the first cytopenia"),
        ("since_transplant", "Transplant (indication) to the first cytopenia"),
    ):
        days = values(tally.exposures, "value", where(measure=measure))
        yield Middle(About(measure, label, "months"), spread(months(days)), "patients")


def _nadirs(tally: Tally) -> Iterator[Figure]:
    def lowest(**wanted: object) -> Spread:
        return spread(values(tally.nadirs, "value_e6", where(**wanted)) / MICRO)

    about = About("platelet_nadir", "Lowest platelet count before the first response", "10*9/L")
    yield Middle(about, lowest(disease="ITP"), "patients", 1)
    label = "Lowest hemoglobin before the first response"
    yield Middle(
        About("hemoglobin_nadir_printed", f"{label}, AIHA without ITP", "g/L"),
        lowest(disease="AIHA", evans=False),
        "patients",
        1,
    )
    yield Middle(
        About("hemoglobin_nadir", f"{label}, every AIHA", "g/L"),
        lowest(disease="AIHA"),
        "patients",
        1,
    )
