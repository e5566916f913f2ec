"""Every sentence of the consensus that the watch rests on, by its lines: what it makes of a patient, on the worklist.

A sentence that the published file cites and nobody tried here fails the last test.
"""

import tomllib
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from adjudication.response.terms import MICRO
from adjudication.surveillance import ladder
from adjudication.surveillance.protocol import Outcome
from registry.roles import Actor
from registry.store.database import Database
from registry.surveillance.finding import says
from registry.surveillance.worklist import worklist
from tests.house.tree import read
from tests.registry.surveillance.ward import Ward

PROTOCOL = ladder.load()
TODAY = date(2026, 3, 31)
INFUSED = date(2025, 6, 1)
Facts = Callable[[Ward, int], None]


def counts(*values: float, apart: int = 28, until: int = 1) -> Facts:
    """Platelets in 10*9/L, so many days apart, the last one `until` days ago."""

    def store(ward: Ward, key: int) -> None:
        for number, value in enumerate(reversed(values)):
            ward.count(key, TODAY - timedelta(until + apart * number), int(value * MICRO))

    return store


def both(*parts: Facts) -> Facts:
    def store(ward: Ward, key: int) -> None:
        for part in parts:
            part(ward, key)

    return store


def bleed(grade: int, days_ago: int = 1, **more: Any) -> Facts:
    return lambda ward, key: ward.bleed(key, TODAY - timedelta(days_ago), grade, **more)


def sign(days_ago: int = 1) -> Facts:
    return lambda ward, key: ward.sign(key, TODAY - timedelta(days_ago), sign="petechiae")


def outcome(kind: Outcome, days_ago: int = 0) -> Facts:
    return lambda ward, key: ward.outcome(key, TODAY - timedelta(days_ago), kind)


def clumped(days_ago: int = 1) -> Facts:
    return lambda ward, key: ward.clump(
        key, TODAY - timedelta(days_ago), 60 * MICRO, value="60", unit="10*9/L"
    )


def tubes(edta: int, heparin: int) -> Facts:
    def store(ward: Ward, key: int) -> None:
        ward.count(key, TODAY, edta * MICRO, specimen="edta", value=str(edta))
        ward.count(key, TODAY, heparin * MICRO, specimen="heparin", value=str(heparin))

    return store


def nothing(_ward: Ward, _key: int) -> None:
    """Never counted."""


RULES: list[tuple[str, Facts, str, str, int | None]] = [
    # lines, what is recorded, the rule that decides, its action, days until it is due
    ("107-109", nothing, "schedule", "continue_monthly", None),
    ("107-109", counts(220), "at-least-150", "continue_monthly", 30),
    ("134-136", counts(150), "at-least-150", "continue_monthly", 30),
    ("134-141", counts(149), "100-to-150", "repeat_14d", 13),
    ("137-141", counts(400, 200), "steep-fall", "recheck_now_steep_fall", -1),
    ("140-141", counts(400, 190, 195), "confirmed-fall", "contact_confirmed", -1),
    ("156-160", counts(100), "50-to-100", "recheck_72h", 2),
    ("156-160", counts(51), "50-to-100", "recheck_72h", 2),
    ("161-164", counts(50), "30-to-50", "recheck_48_72h", 2),
    ("161-164", counts(30), "30-to-50", "recheck_48_72h", 2),
    ("115-117, 156-164", counts(90, 90), "confirmed-low", "contact_confirmed", -1),
    ("165-166", counts(29), "below-30", "recheck_and_contact_now", -1),
    ("121, 167-169", both(counts(220), bleed(1)), "bleeding", "urgent_referral", -1),
    ("121, 167-169", both(counts(220), sign()), "bleeding", "urgent_referral", -1),
    ("122-129", both(counts(220), sign()), "bleeding", "urgent_referral", -1),
    (
        "121",
        both(counts(220, until=10), bleed(1, 3), outcome(Outcome.REFERRED, 2)),
        "referred-uncounted",
        "recheck_72h",
        1,
    ),
    ("152-155", both(counts(220, until=20), clumped()), "unjudged", "recheck_72h", 2),
    ("152-155", tubes(30, 180), "tubes-disagree", "recheck_72h", 3),
]
"""The lines are those of the rule's source, or of the part of the file that the case rests on."""

ADVICE: list[tuple[str, Facts, str | None]] = [
    ("176-177", counts(9.9), "treat"),
    ("176-177", both(counts(220), bleed(3)), "treat"),
    ("177-180", counts(10), "consider"),
    ("177-180", counts(30), "consider"),
    ("177-180", both(counts(20), bleed(2)), "consider"),
    ("181-183", both(counts(31), bleed(1)), "consider"),
    ("181-183", counts(31), "observe"),
]

SENTENCES: list[tuple[str, Facts, str]] = [
    ("184-190", both(counts(20), bleed(2, site="mucosal")), "frequently admitted"),
    ("55-57", both(counts(80, 80), outcome(Outcome.CONTACTED)), "contacted"),
    ("109-110", counts(220), "based on clinical findings suggestive of ITP"),
]


@pytest.fixture
def row(registry: Database, operator: Actor) -> Callable[..., dict[str, Any]]:
    """The row of one patient of whom some facts are recorded, with its sentences."""

    def row(facts: Facts, infused: date = INFUSED) -> dict[str, Any]:
        ward = Ward()
        facts(ward, ward.patient(infused))
        ward.store(registry, operator)
        found = worklist(registry, operator, TODAY)
        [one] = found.rows.to_pylist()
        return {**one, "says": " ".join(says(PROTOCOL, one, TODAY))}

    return row


@pytest.mark.parametrize(("lines", "facts", "rule", "action", "due_in"), RULES)
def test_a_sentence_on_what_to_do(
    row: Callable[..., dict[str, Any]], lines: str, facts: Facts, rule: str, action: str, due_in: int | None
) -> None:
    found = row(facts)
    assert (found["rule"], found["action"]) == (rule, action)
    if lines not in ("107-109", "122-129"):  # of the schedule and of the signs, not of one rule
        assert found["source"].partition(";")[0] == f"Lambert 2018, lines {lines}"
    if due_in is not None:
        assert found["due_on"] == TODAY + timedelta(due_in)


@pytest.mark.parametrize(("lines", "facts", "advice"), ADVICE)
def test_a_sentence_on_treatment(
    row: Callable[..., dict[str, Any]], lines: str, facts: Facts, advice: str | None
) -> None:
    assert lines in {one.lines for one in PROTOCOL.advice_rules}
    assert row(facts)["treatment_advice"] == advice


@pytest.mark.parametrize(("lines", "facts", "words"), SENTENCES)
def test_a_sentence_that_is_told_beside_the_action(
    row: Callable[..., dict[str, Any]], lines: str, facts: Facts, words: str
) -> None:
    infused = INFUSED if lines != "109-110" else date(2020, 1, 1)  # after the 48 months
    assert words in row(facts, infused)["says"]


def test_every_sentence_that_decides_or_is_told_has_a_case() -> None:
    file = tomllib.loads(read("adjudication/published/alemtuzumab-belgian-2018.toml"))
    cited = {part["lines"] for part in (*file["rule"], *file["advice"])}
    cited |= {
        file[name]["lines"] for name in ("schedule", "afterwards", "bleeding", "hospitalisation", "outcomes")
    }
    tried = {lines for lines, *_ in (*RULES, *ADVICE, *SENTENCES)}
    assert cited <= tried
