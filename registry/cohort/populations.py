"""Figures 1 to 10: who fell ill, how many of how many, how old, when, and how low the count was."""

from __future__ import annotations

from collections.abc import Iterator

from registry.cohort.figure import About, Count, Figure, Middle, Reading, Share, Withheld, defensible, printed
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
        yield Count(About(f"exposed{mark}", 1, label, "patients"), row["n"])
    n = total(tally.patients)
    label = "Autoimmune cytopenia: ITP, AIHA or both"
    yield Count(About("cytopenia", 2, label, "patients"), n, reading=printed("Printed as a number alone."))
    for number, row in enumerate(tally.denominators, start=1):
        yield from _incidence(row, f"_{number}" if number > 1 else "")
    about = About("after_alemtuzumab", None, "Cytopenia after alemtuzumab", "patients")
    yield Share.of(about, tally.patients, where(after_alemtuzumab=True))
    yield Share.of(About("male", 6, "Male", "patients"), tally.patients, where(sex="male"))
    ages = values(tally.exposures, "value", where(measure="age"))
    yield Middle(About("age", 7, "Age at the transplant (indication)", "years"), spread(ages), "patients")
    yield from _time_to_cytopenia(tally)
    yield from _nadirs(tally)


def _incidence(row: Row, mark: str) -> Iterator[Figure]:
    """Incidences among the patients whom a service reports as exposed; withheld where the two are not of the same."""
    why = ""
    if not row["is_whole"]:
        why = NOT_ALL_SITES
    elif row["fallen"] > row["n"]:
        why = TOO_FEW_EXPOSED

    def share(name: str, number: int, label: str, k: int, reading: Reading) -> Figure:
        about = About(f"{name}{mark}", number, label, "patients")
        if why:
            return Withheld(about, why, reading=reading)
        return Share(about, k, row["n"] - k, reading=reading)

    itp, alone = "ITP, with or without AIHA", "AIHA without ITP"
    cut = "The abstract prints {}, which was cut off, not rounded.".format
    rounded = defensible("The same patients, rounded half up, with the exact interval.")
    yield share(
        "any_incidence",
        2,
        "Any cytopenia, of those exposed",
        row["fallen"],
        defensible("The incidence of a first cytopenia, of which the abstract gives two parts."),
    )
    yield share("itp_incidence_printed", 3, itp, row["itp"], printed(cut("2.3 % for 34/1431 (2.376 %)")))
    yield share("itp_incidence", 3, f"{itp}, rounded", row["itp"], rounded)
    yield share(
        "aiha_incidence_printed", 4, alone, row["aiha_alone"], printed(cut("0.48 % for 7/1431 (0.489 %)"))
    )
    yield share("aiha_incidence", 4, f"{alone}, rounded", row["aiha_alone"], rounded)
    yield share(
        "any_aiha_incidence",
        5,
        "AIHA, with or without ITP",
        row["aiha"],
        defensible("Not printed: patients with Evans syndrome count under both diseases."),
    )


def _time_to_cytopenia(tally: Tally) -> Iterator[Figure]:
    def since(measure: str, label: str, reading: Reading) -> Middle:
        days = values(tally.exposures, "value", where(measure=measure))
        return Middle(About(measure, 8, label, "months"), spread(months(days)), "patients", reading=reading)

    yield since(
        "since_last_dose",
        "Last alemtuzumab to the first cytopenia",
        printed(
            "161 months after a transplant of November 2005 or later is April 2019 or later, so the data were "
            "closed after that."
        ),
    )
    yield since(
        "since_transplant",
        "Transplant (indication) to the first cytopenia",
        defensible("From one day for every patient, however many doses were given."),
    )


def _nadirs(tally: Tally) -> Iterator[Figure]:
    def lowest(**wanted: object) -> Spread:
        return spread(values(tally.nadirs, "value_e6", where(**wanted)) / MICRO)

    about = About("platelet_nadir", 9, "Lowest platelet count before the first response", "10*9/L")
    yield Middle(about, lowest(disease="ITP"), "patients", 1)
    label = "Lowest hemoglobin before the first response"
    yield Middle(
        About("hemoglobin_nadir_printed", 10, f"{label}, AIHA without ITP", "g/L"),
        lowest(disease="AIHA", evans=False),
        "patients",
        1,
        reading=printed("Its n of 7 says that patients with Evans syndrome were left out."),
    )
    yield Middle(
        About("hemoglobin_nadir", 10, f"{label}, every AIHA", "g/L"),
        lowest(disease="AIHA"),
        "patients",
        1,
        reading=defensible("Patients with Evans syndrome have a lowest hemoglobin too."),
    )
