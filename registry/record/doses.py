"""Doses as written: how many milligrams a day, and how much prednisolone that is.

Frequencies stand in `adjudication/published/lines.toml`. What cannot be told is None, never a guess: a dose
per kilogram without a weight, a range, a frequency that is not listed, an agent that is no corticosteroid.
"""

from decimal import Decimal
from fractions import Fraction
from functools import cache

from adjudication.agents import Agent
from adjudication.lines import published_doses
from registry.record.numbers import Ambiguous, read_number
from registry.record.units import in_micro


def _folded(text: str) -> str:
    return " ".join(text.casefold().replace("_", " ").replace("-", " ").replace(".", "").split())


@cache
def _units() -> dict[str, tuple[Fraction, bool]]:
    """Milligrams in one unit by its folded spelling, and whether the unit itself says 'a day'."""
    return {"".join(text.casefold().split()): unit for text, unit in published_doses().units.items()}


@cache
def _times_a_day() -> dict[str, Fraction]:
    return {_folded(spelling): times for spelling, times in published_doses().times_a_day.items()}


def times_a_day(frequency: str) -> Fraction | None:
    """Times a day: `od` 1, `bd` 2, `weekly` 1/7, `every 3 days` 1/3, `2 per week` 2/7; None if unknown."""
    folded = _folded(frequency)
    known = _times_a_day().get(folded)
    if known is not None:
        return known
    words = folded.split()
    per = {"day": 1, "d": 1, "week": 7, "wk": 7}
    match words:
        case ["every", count, "days" | "day" | "d"] if count.isdigit() and int(count):
            return Fraction(1, int(count))
        case ["every", count, "hours" | "h"] if count.isdigit() and int(count):
            return Fraction(24, int(count))
        case ["every", count, "weeks"] if count.isdigit() and int(count):
            return Fraction(1, 7 * int(count))
        case [count, "per" | "a" | "times" | "x", *_, unit] if count.isdigit() and unit in per:
            return Fraction(int(count), per[unit])
        case [count, "x" | "times" | "times/day", "daily"] if count.isdigit():
            return Fraction(int(count))
    return None


def daily_milligrams(
    dose: str | None, unit: str | None, frequency: str | None, weight_kg: str | None = None
) -> Fraction | None:
    """Milligrams a day, exact. A dose in mg without a frequency is the daily dose; mg/kg needs a weight."""
    if not dose or not unit:
        return None
    folded = "".join(unit.casefold().split())
    by_weight = folded.replace("/kg", "", 1)
    known = _units().get(by_weight)
    try:
        number, weight = read_number(dose), read_number(weight_kg) if weight_kg else None
    except Ambiguous:
        return None
    kilograms = Fraction(1)
    if by_weight != folded:
        if weight is None or weight.comparator or weight.value <= 0:
            return None
        kilograms = Fraction(weight.value)
    if known is None or number is None or number.comparator or number.value < 0:
        return None
    milligrams, says_daily = known
    times = times_a_day(frequency) if frequency else Fraction(1)
    if times is None:
        return None
    return (
        Fraction(number.value)
        * kilograms
        * milligrams
        * (Fraction(1) if says_daily and times >= 1 else times)
    )


def prednisolone_e6(
    agent: Agent, dose: str | None, unit: str | None, frequency: str | None, weight_kg: str | None = None
) -> int | None:
    """Prednisolone equivalent in mg a day, times one million and cut to a whole number; None if unknown."""
    daily = daily_milligrams(dose, unit, frequency, weight_kg)
    if daily is None or agent.prednisolone_equivalent is None:
        return None
    exact = daily * Fraction(agent.prednisolone_equivalent)
    return in_micro(Decimal(exact.numerator) / Decimal(exact.denominator))
