"""Days of a laboratory's file: one order, and only what can be written again."""

import random
from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from registry.errors import Refused, Usage
from registry.exchange.sources.days import check_formats, exactly, formats_of, reader

DAY, MONTH = "%d/%m/%Y", "%m/%d/%Y"


def read(texts: Sequence[str], *formats: str) -> list[str | None]:
    one = reader(formats, texts, lambda text: f"f.csv ({text})", "f.csv")
    return [one(text) for text in texts]


def refusal(texts: Sequence[str], *formats: str) -> str:
    with pytest.raises(Refused) as raised:
        read(texts, *formats)
    return str(raised.value)


@pytest.mark.parametrize(
    ("text", "pattern", "iso"),
    [
        ("20260301", "%Y%m%d", "2026-03-01"),
        ("202631", "%Y%m%d", None),
        ("202603010815", "%Y%m%d%H%M%S", None),
        ("202603010815", "%Y%m%d%H%M", "2026-03-01T08:15:00"),
        ("1102026", "%d%m%Y", None),
        ("3/4/2026", DAY, "2026-04-03"),
        ("03/04/2026 8:05", "%d/%m/%Y %H:%M", "2026-04-03T08:05:00"),
        ("03/04/2026 805", "%d/%m/%Y %H%M", None),
        ("03/04/2026 0805", "%d/%m/%Y %H%M", "2026-04-03T08:05:00"),
        ("03/04/2026 24:00", "%d/%m/%Y %H:%M", None),
        ("03.04.26", "%d.%m.%y", "2026-04-03"),
        ("2026-04-03 08:05:01.25", "%Y-%m-%d %H:%M:%S.%f", "2026-04-03T08:05:01.250000"),
        ("03/04/2026 08:15Z", "%d/%m/%Y %H:%M%z", "2026-04-03T08:15:00+00:00"),
        ("03/04/2026 08:15+01:00", "%d/%m/%Y %H:%M%z", "2026-04-03T08:15:00+01:00"),
        ("03-APR-2026", "%d-%b-%Y", "2026-04-03"),
        ("Mon 03/04/2026", "%a %d/%m/%Y", None),
        ("Fri 03/04/2026", "%a %d/%m/%Y", "2026-04-03"),
        ("03/04/0026", DAY, None),
    ],
)
def test_a_format_counts_only_if_writing_the_day_again_gives_the_text(
    text: str, pattern: str, iso: str | None
) -> None:
    assert read([text], pattern) == [iso]


def test_a_number_above_twelve_in_any_cell_decides_for_all() -> None:
    assert read(["03/04/2026", "25/03/2026"], MONTH, DAY) == ["2026-04-03", "2026-03-25"]
    assert read(["03/04/2026", "03/25/2026"], DAY, MONTH) == ["2026-03-04", "2026-03-25"]


def test_it_decides_for_days_that_are_written_otherwise_too() -> None:
    assert read(["03/04/2026", "25.03.26"], MONTH, DAY, "%d.%m.%y") == ["2026-04-03", "2026-03-25"]


def test_a_file_that_shows_two_orders_is_refused_with_both_places() -> None:
    told = refusal(["25/03/2026", "03/25/2026", "03/04/2026"], DAY, MONTH)
    assert "25/03/2026" in told
    assert "03/25/2026" in told


@pytest.mark.parametrize(("pattern", "against"), [(MONTH, "25/03/2026"), (DAY, "03/25/2026")])
def test_a_file_against_the_only_declared_order_is_refused_with_the_cell_that_would_be_swapped(
    pattern: str, against: str
) -> None:
    told = refusal(["03/04/2026", against], pattern)
    assert against in told
    assert "03/04/2026" in told
    assert pattern in told


def test_what_stays_undecided_is_refused_with_both_readings() -> None:
    told = refusal(["03/04/2026", "05/05/2026"], DAY, MONTH)
    assert "4 Mar 2026" in told
    assert "3 Apr 2026" in told
    assert read(["05/05/2026", "06/06/2026"], DAY, MONTH) == ["2026-05-05", "2026-06-06"]


def test_one_declared_order_needs_no_proof() -> None:
    assert read(["03/04/2026", "05/06/2026"], DAY) == ["2026-04-03", "2026-06-05"]


def test_two_shapes_of_opposite_order_are_two_orders_where_both_are_used() -> None:
    assert read(["03/04/2026"], DAY, "%m-%d-%Y") == ["2026-04-03"]
    told = refusal(["03/04/2026", "03-04-2026"], DAY, "%m-%d-%Y")
    assert "one order" in told


def test_a_short_year_first_or_last_is_an_order_too() -> None:
    formats = ("%y-%m-%d", "%d-%m-%y")
    assert read(["02-05-26", "31-05-99"], *formats) == ["2026-05-02", "1999-05-31"]
    assert "2 May 2026" in refusal(["02-05-26"], *formats)


def test_iso_days_stand_beside_any_order() -> None:
    assert read(["2026-03-04", "25/03/2026", "2026-03-05T08:15"], DAY) == [
        "2026-03-04",
        "2026-03-25",
        "2026-03-05T08:15",
    ]


@pytest.mark.parametrize("order", ["day_first", "month_first", "year_first"])
@pytest.mark.parametrize("seed", range(5))
def test_days_of_a_declared_order_are_read_as_they_were_written_or_the_file_is_refused(
    order: str, seed: int
) -> None:
    rng = random.Random(seed)
    days = [date(2015, 1, 1) + timedelta(days=rng.randrange(4000)) for _ in range(40)]
    mark, year = rng.choice("/.-"), rng.choice("Yy")
    letters = {"day_first": "dmy", "month_first": "mdy", "year_first": "ymd"}[order]
    pattern = mark.join(f"%{year if one == 'y' else one}" for one in letters)
    texts = [day.strftime(pattern) for day in days]
    assert read(texts, *formats_of(order)) == [day.isoformat() for day in days]
    other = {"day_first": "month_first", "month_first": "day_first"}.get(order)
    if other:
        refusal(texts, *formats_of(other))


@pytest.mark.parametrize("pattern", ["%Q", "%d/%m", "%H:%M", "%x", "%d/%m/%Y %"])
def test_a_format_that_gives_no_day_is_a_fault_of_the_mapping(pattern: str) -> None:
    with pytest.raises(Usage):
        check_formats([pattern])


@pytest.mark.parametrize(
    "pattern", ["%d/%m/%y", "%Y-%m-%dT%H:%M:%S%z", "%b %d %Y %I:%M %p", "%Y%m%d%H%M%S.%f"]
)
def test_the_usual_formats_are_formats(pattern: str) -> None:
    check_formats([pattern])
    assert exactly("nonsense", pattern) is None
