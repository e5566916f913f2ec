"""How the synthetic patients were dosed: each regimen as dose steps in days from the start of its course.

Doses are those in common use (prednisolone 1 mg/kg and taper, rituximab 375 mg/m2 four times, romiplostim by
the count). They make the reference cohort lifelike; nothing is judged by them but corticosteroid dependence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One dose step: days `first` to `last` of the course (`last` None = until the course is stopped)."""

    agent: str
    first: int
    last: int | None
    dose: str
    unit: str
    route: str
    frequency: str


def _taper(*steps: tuple[int, int]) -> tuple[Step, ...]:
    """Prednisolone by mouth: (mg a day, days on it) one after the other."""
    taken, day = [], 0
    for milligrams, days in steps:
        taken.append(Step("prednisolone", day, day + days - 1, str(milligrams), "mg", "oral", "daily"))
        day += days
    return tuple(taken)


_PREDNISOLONE = _taper((60, 14), (40, 7), (30, 7), (20, 7), (10, 7), (5, 14))
_PREDNISOLONE_LONG = _taper((60, 21), (40, 14), (30, 14), (20, 14), (15, 14), (10, 28))
_DEXAMETHASONE = (Step("dexamethasone", 0, 3, "40", "mg", "oral", "daily"),)
_IVIG = (Step("ivig", 0, 1, "1", "g/kg", "intravenous", "daily"),)
_RITUXIMAB = (Step("rituximab", 0, 21, "375", "mg/m2", "intravenous", "weekly"),)
_ROMIPLOSTIM = (Step("romiplostim", 0, None, "2", "ug/kg", "subcutaneous", "weekly"),)
_ELTROMBOPAG = (Step("eltrombopag", 0, None, "50", "mg", "oral", "daily"),)
_ROMIPLOSTIM_RISING = (
    Step("romiplostim", 0, 13, "1", "ug/kg", "subcutaneous", "weekly"),
    Step("romiplostim", 14, 27, "3", "ug/kg", "subcutaneous", "weekly"),
    Step("romiplostim", 28, None, "5", "ug/kg", "subcutaneous", "weekly"),
)
_ELTROMBOPAG_FALLING = (
    Step("eltrombopag", 0, 27, "50", "mg", "oral", "daily"),
    Step("eltrombopag", 28, None, "25", "mg", "oral", "daily"),
)

REGIMENS: Mapping[str, tuple[Step, ...]] = {
    "observation": (Step("observation", 0, None, "", "", "", ""),),
    "prednisolone": _PREDNISOLONE,
    "prednisolone, slow taper": _PREDNISOLONE_LONG,
    "prednisolone + ivig": _PREDNISOLONE + _IVIG,
    "dexamethasone": _DEXAMETHASONE,
    "dexamethasone + ivig": _DEXAMETHASONE + _IVIG,
    "ivig": _IVIG,
    "romiplostim": _ROMIPLOSTIM,
    "romiplostim, rising dose": _ROMIPLOSTIM_RISING,
    "eltrombopag": _ELTROMBOPAG,
    "eltrombopag, falling dose": _ELTROMBOPAG_FALLING,
    "rituximab": _RITUXIMAB,
    "rituximab + romiplostim": _RITUXIMAB + _ROMIPLOSTIM,
    "rituximab + eltrombopag": _RITUXIMAB + _ELTROMBOPAG,
    "mycophenolate": (Step("mycophenolate", 0, None, "1", "g", "oral", "twice daily"),),
    "azathioprine": (Step("azathioprine", 0, None, "100", "mg", "oral", "daily"),),
    "ciclosporin": (Step("ciclosporin", 0, None, "100", "mg", "oral", "twice daily"),),
    "splenectomy": (Step("splenectomy", 0, 0, "", "", "", "once"),),
}


def natural_end(regimen: str) -> int | None:
    """Last day of the regimen where its steps fix it; None = it goes on until it is stopped."""
    ends = [step.last for step in REGIMENS[regimen]]
    return None if None in ends else max(end for end in ends if end is not None)


def starts_at_diagnosis(regimen: str) -> bool:
    """True for watch and wait, which is no therapy."""
    return regimen == "observation"
