"""Doses as written become milligrams of prednisolone a day, or stay unknown."""

from fractions import Fraction

import pytest

from adjudication.agents import agent_or_other
from registry.record.doses import daily_milligrams, prednisolone_e6, times_a_day


@pytest.mark.parametrize(
    ("frequency", "times"),
    [
        ("daily", 1),
        ("OD", 1),
        ("b.d.", 2),
        ("TDS", 3),
        ("weekly", Fraction(1, 7)),
        ("alternate days", Fraction(1, 2)),
        ("every 3 days", Fraction(1, 3)),
        ("every 6 hours", 4),
        ("2 per week", Fraction(2, 7)),
        ("4 per day", 4),
        ("as needed", None),
        ("every 0 days", None),
    ],
)
def test_frequencies_are_times_a_day(frequency: str, times: object) -> None:
    assert times_a_day(frequency) == times


@pytest.mark.parametrize(
    ("dose", "unit", "frequency", "milligrams"),
    [
        ("60", "mg", "daily", 60),
        ("60", "mg", None, 60),
        ("30", "mg", "bd", 60),
        ("60", "mg/day", "daily", 60),
        ("30", "mg/day", "bd", 30),
        ("10", "mg", "alternate days", 5),
        ("1", "g", None, 1000),
        ("1", "mg/kg", "daily", None),
        ("20-40", "mg", "daily", None),
        ("60", "mg", "as needed", None),
        ("60", None, "daily", None),
        (None, "mg", "daily", None),
    ],
)
def test_a_dose_is_milligrams_a_day_or_unknown(
    dose: str | None, unit: str | None, frequency: str | None, milligrams: int | None
) -> None:
    assert daily_milligrams(dose, unit, frequency) == milligrams


@pytest.mark.parametrize(
    ("unit", "weight", "milligrams"),
    [
        ("mg/kg", "60", 60),
        ("mg/kg/day", "60.5", Fraction(121, 2)),
        ("mg/kg/d", "60", 60),
        ("mg/kg", None, None),
        ("mg/kg", "<60", None),
        ("mg/kg", "0", None),
        ("mg/kg", "heavy", None),
        ("mg", "60", 1),
    ],
)
def test_a_dose_by_weight_is_read_with_the_recorded_weight(
    unit: str, weight: str | None, milligrams: object
) -> None:
    """And stays unknown without one (DEF-ITP-25)."""
    assert daily_milligrams("1", unit, "daily", weight) == milligrams


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        ("prednisolone", 40_000_000),
        ("methylprednisolone", 50_000_000),
        ("eltrombopag", None),
        ("zorblax", None),
    ],
)
def test_40_mg_of_an_agent_in_prednisolone(agent: str, expected: int | None) -> None:
    assert prednisolone_e6(agent_or_other(agent), "40", "mg", "daily") == expected
