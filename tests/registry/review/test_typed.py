"""A judgement as it is typed: days of the packet, what is asked at which response, and how long it took."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from registry import review
from registry.errors import Refused
from registry.patients.packet import of_packet, packet_rows
from registry.patients.time_axis import extent
from registry.review import Attention
from registry.review.packet import Content
from tests.conftest import Clock
from tests.registry.reviewing import House, judged

START = date(2025, 1, 2)
TYPED = {"level": "CR", "onset_on": "d10", "confidence": "high"}


@pytest.fixture
def house(registry_path: Path, clock: Clock) -> Iterator[House]:
    with judged(registry_path, clock) as one:
        review.challenge(one.db, one.who("clinician"), "C1", "Is that so?")
        one.open()
        yield one


@pytest.fixture
def case(house: House) -> str:
    review.claim(house.db, house.who("reader-1"), house.cases()["C1"])
    return house.cases()["C1"]


@pytest.fixture
def content(house: House, case: str) -> Content:
    return review.opened(house.db, house.who("reader-1"), case).content


def start(content: Content) -> date:
    return date.fromisoformat(review.course_of(content)["started_on"])


# Days


def test_a_day_of_the_course_is_understood_and_echoed_with_its_count(content: Content) -> None:
    typed = review.read_packet_day("d10", content)
    assert typed.value == start(content) + timedelta(days=10)
    assert typed.echo.endswith("· day 10 · 110 ×10⁹/L")
    assert typed.doubt is None
    assert review.read_packet_day("Day 10", content).value == typed.value


def test_a_day_is_typed_as_everywhere_and_without_a_count_it_is_doubted(content: Content) -> None:
    on = start(content) + timedelta(days=11)
    for text in (on.isoformat(), f"{on.day}/{on.month}/{on.year}", f"{on:%d %b %Y}"):
        typed = review.read_packet_day(text, content)
        assert (typed.value, typed.doubt) == (on, "No platelets count was taken on this day.")


def test_what_is_offered_of_a_count_is_understood_when_it_is_typed(content: Content) -> None:
    offered = review.count_days(content)
    assert offered
    assert all(one.on >= start(content) for one in offered)
    for one in offered:
        typed = review.read_packet_day(one.words, content)
        assert (typed.value, typed.echo) == (one.on, one.words)


def test_a_day_after_the_packet_is_refused_and_its_last_day_is_not(content: Content) -> None:
    last = date.fromisoformat(content["last_on"])
    assert review.read_packet_day(last.isoformat(), content).value == last
    later = review.read_packet_day((last + timedelta(days=1)).isoformat(), content)
    assert later.value is None
    assert "The packet ends on" in str(later.problem)
    beyond = (last - start(content)).days
    assert review.read_packet_day(f"d{beyond}", content).value == last
    assert review.read_packet_day(f"d{beyond + 1}", content).problem is not None
    assert review.read_packet_day("31/02/2025", content).problem is not None


# What is asked


@pytest.mark.parametrize(
    ("level", "days"),
    [
        ("CR", ("onset_on", "lost_cr_on", "relapsed_on")),
        ("R", ("onset_on", "relapsed_on")),
        ("PR", ("onset_on", "relapsed_on")),
        ("NR", ()),
        ("NE", ()),
        ("", ()),
        ("XY", ()),
    ],
)
def test_only_days_that_a_response_can_have_are_asked_for(level: str, days: tuple[str, ...]) -> None:
    assert review.asked(level) == days


def test_what_stands_in_a_field_that_is_not_asked_for_is_left_out(content: Content) -> None:
    found = review.understood({**TYPED, "level": "nr"}, content)
    assert found.said is not None
    assert (found.said.level, found.said.onset_on, found.problems) == ("NR", None, {})


def test_everything_that_is_lacking_is_said_at_its_field(content: Content) -> None:
    assert set(review.understood({}, content).problems) == {"level", "confidence"}
    assert set(review.understood({"level": "CR"}, content).problems) == {"onset_on", "confidence"}
    found = review.understood({**TYPED, "relapsed_on": "d5", "lost_cr_on": "soon"}, content, reasoned=True)
    assert set(found.problems) == {"relapsed_on", "lost_cr_on", "reason"}
    assert found.said is None
    assert review.understood(TYPED, content).problems == {}
    assert set(review.understood(TYPED | {"level": "PR"}, content).problems) == {"level"}


def test_a_judgement_as_typed_is_taken_by_the_service(house: House, case: str, content: Content) -> None:
    from tests.registry.reviewing import proof

    said = review.understood(TYPED | {"reason": " Two counts. "}, content).said
    assert said is not None
    review.commit(house.db, house.who("reader-1"), case, said, proof)
    stored = house.db.rows("SELECT level, onset_on::VARCHAR, confidence, reason FROM review_read")
    assert stored == [("CR", "2025-01-12", "high", "Two counts.")]


# Time


NOON = datetime(2026, 3, 31, 12)


@pytest.mark.parametrize(("pause", "counted"), [(0, 0), (299, 299), (300, 300), (301, 300), (36_000, 300)])
def test_of_a_pause_no_more_than_five_minutes_count(pause: int, counted: int) -> None:
    spent = Attention()
    spent.act(NOON)
    spent.act(NOON + timedelta(seconds=pause))
    assert spent.take() == counted
    assert spent.take() == 0


def test_a_clock_that_goes_back_takes_no_time_away() -> None:
    spent = Attention(NOON)
    spent.act(NOON - timedelta(hours=1))
    assert spent.take() == 0


def test_what_is_typed_is_kept_with_the_claim_and_no_audit_event_tells_of_it(
    house: House, case: str, clock: Clock
) -> None:
    db, one = house.db, house.who("reader-1")
    revision, head = db.revision, db.head
    clock.advance(minutes=10)
    review.keep(db, one, case, {"level": "CR"}, seconds=120.7)
    clock.advance(minutes=1)
    review.keep(db, one, case, {"level": "R"}, seconds=600)
    assert (db.revision, db.head) == (revision, head)
    held = review.opened(db, one, case)
    assert (held.draft, held.seconds) == ({"level": "R"}, 180), "of two pages no more counts than has passed"
    assert held.expires_at == db.now() + timedelta(days=7)
    with pytest.raises(Refused):
        review.keep(db, house.who("reader-2"), case, {"level": "CR"})
    assert db.verify() == []


# The packet as a timeline


def test_a_packet_is_drawn_as_a_patient_and_hints_at_no_call(house: House, content: Content) -> None:
    from registry.charts import timeline_spec

    one = of_packet(content)
    assert (one.site, one.born_on, one.last_contact_on) == (None, None, None)
    assert (one.calls, one.evidence, one.calls_are_shown) == ([], [], False)
    assert [row["observed_on"] for row in one.observations] == [
        date.fromisoformat(row["observed_on"]) for row in content["observations"]
    ]
    assert one.courses[0]["until_on"] == one.courses[1]["started_on"]
    assert extent(one) is not None
    spec = timeline_spec(one, chosen=content["course_id"])
    assert spec["datasets"]["spans"] == [] if "spans" in spec["datasets"] else True
    assert "P1" not in str(spec)
    assert "North" not in str(spec)


def test_rows_of_a_packet_count_days_from_the_course(content: Content) -> None:
    days = {row["course_day"]: row["value_canonical"] for row in packet_rows(content, "observations")}
    assert days[10] == 110.0
    assert {row["course_day"] for row in packet_rows(content, "courses")} >= {0}


def test_a_reader_may_ask_about_every_row_that_has_a_name(house: House, case: str, content: Content) -> None:
    rows = review.askable(content)
    assert {row.part for row in rows} >= {"observations", "courses"}
    for row in rows:
        for column in row.columns:
            assert review.ask_in_case(
                house.db, house.who("reader-1"), case, row.part, row.name, column, "Is it so?"
            )
