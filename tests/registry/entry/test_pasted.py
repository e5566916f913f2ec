"""A pasted block is shown as it was understood, with its verdict against the record, before anything is saved."""

import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry import record
from registry.accounts.service import add_account
from registry.entry import Block, read_block, save
from registry.entry.blocks import read_layout
from registry.entry.headers import analyte_at_start, read_header
from registry.errors import NotPermitted
from registry.roles import Actor
from registry.store.database import Database
from tests.registry.facts_for_tests import Fact as Logged
from tests.registry.facts_for_tests import copied, written

TODAY = date(2026, 3, 31)


def stored(name: str, day: str, value: str | None, unit: str | None = "10*9/L", **more: str) -> Logged:
    return (
        "observation",
        {
            "patient_id": "P1",
            "observation_id": name,
            "observed_at": day,
            "analyte": "platelets",
            "value": value,
            "unit": unit,
            **more,
        },
    )


LIFE: list[Logged] = [
    ("patient", {"patient_id": "P1", "site": "North", "born_on": "1970-01-01", "died_on": "2026-03-20"}),
    stored("O1", "2026-02-03", "31"),
    stored("O2", "2026-02-13", "45000", "/uL"),
    stored("O3", "2026-02-14T08:15", "50"),
    stored("O4", "2026-02-20", None, None, missing_reason="not_done"),
    stored("O5", "2026-02-21", "60", quality="clumped"),
]


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("pasted") / "registry.duckdb", LIFE)


@pytest.fixture
def db(begun: Path, registry_path: Path) -> Iterator[Database]:
    with Database.open(copied(begun, registry_path)) as database:
        yield database


@pytest.fixture(scope="module")
def reading(begun: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The same record for tests that only read."""
    with Database.open(copied(begun, tmp_path_factory.mktemp("reading") / "registry.duckdb")) as database:
        yield database


@pytest.fixture
def operator(db: Database) -> Actor:
    return db.actor(None)


def block(db: Database, text: str, **more: Any) -> Block:
    return read_block(db, db.actor(None), "P1", text, today=TODAY, **more)


def seen(found: Block) -> list[tuple[str, str | None, str, str]]:
    return [(row.day_said, row.analyte, row.echo.partition(" (")[0], row.verdict) for row in found.rows]


ENGLISH = (
    "Date\tPLT (10^9/L)\tHb (g/dL)\tLDH (U/L)\tComment\r\n"
    "23/01/2026\t12\t12.4\t250\t\r\n"
    "24/01/2026\t15\t\t\tplatelet clumps seen\r\n"
    "\t\t\t\t\r\n"
    "25/01/2026\t<5\t-\t>1000\tnew phone number\r\n"
)
GERMAN = (
    "Abnahmedatum;Thrombozyten [Gpt/l];Hb (g/dl);Retikulozyten (/nl)\n"
    "23.01.2026;12;12,4;55\n"
    "24.01.2026 07:30;15 Aggregate;11,9;\n"
    "Abnahmedatum;Thrombozyten [Gpt/l];Hb (g/dl);Retikulozyten (/nl)\n"
    "25.01.2026;n.d.;11,0;60\n"
)
SPANISH = (
    "Fecha\tPlaquetas (10^3/µL)\tHemoglobina (g/dL)\tBilirrubina total (mg/dL)\n"
    "23/01/2026\t12\t12,4\t1,2\n"
    "24/01/2026\t15\t11,9\t0,9\n"
)


def test_an_english_sheet_with_comments_and_empty_cells(reading: Database) -> None:
    found = block(reading, ENGLISH)
    assert seen(found) == [
        ("Fri 23 Jan 2026", "platelets", "12 ×10⁹/L", "new"),
        ("Fri 23 Jan 2026", "hemoglobin", "124 g/L", "new"),
        ("Fri 23 Jan 2026", "ldh", "250 U/L", "new"),
        ("Sat 24 Jan 2026", "platelets", "15 ×10⁹/L, clumped: stored, not evaluable", "new"),
        ("Sun 25 Jan 2026", "platelets", "<5 ×10⁹/L", "new"),
        ("Sun 25 Jan 2026", "ldh", ">1000 U/L", "new"),
    ]
    phone = ("new phone number",)
    assert [row.flags for row in found.rows] == [(), (), (), ("clumped",), phone, phone]
    assert (found.problems, found.left_aside, found.asks_units, found.asks_order) == ((), (), (), False)
    assert found.day_first is True


def test_a_german_sheet_with_decimal_commas_times_and_a_repeated_header(reading: Database) -> None:
    found = block(reading, GERMAN)
    assert [row[1:] for row in seen(found)] == [
        ("platelets", "12 ×10⁹/L", "new"),
        ("hemoglobin", "124 g/L", "new"),
        ("reticulocytes", "55 ×10⁹/L", "new"),
        ("platelets", "15 ×10⁹/L, clumped: stored, not evaluable", "new"),
        ("hemoglobin", "119 g/L", "new"),
        ("platelets", "not done", "new"),
        ("hemoglobin", "110 g/L", "new"),
        ("reticulocytes", "60 ×10⁹/L", "new"),
    ]
    assert found.rows[3].values is not None
    assert (found.rows[3].values["quality"], found.rows[3].values["observed_at"]) == (
        "clumped",
        "2026-01-24T07:30",
    )
    assert found.rows[5].values is not None
    assert found.rows[5].values["missing_reason"] == "not_done"


def test_a_spanish_sheet_keeps_what_was_reported(reading: Database) -> None:
    found = block(reading, SPANISH)
    assert found.counts == {"new": 6, "same": 0, "conflict": 0, "refused": 0}
    values = found.rows[2].values
    assert values is not None
    assert (values["analyte"], values["value"], values["unit"]) == ("bilirubin", "1,2", "mg/dL")
    assert found.rows[2].echo == "20.5248 µmol/L (reported 1,2 mg/dL)"


def test_a_long_sheet_with_and_without_a_header(reading: Database) -> None:
    rows = "2026-01-23\tPLT\t12\tK/uL\n2026-01-23\tHb\t12.4\tg/dL\n2026-01-23\tCRP\t5\tmg/L\n"
    found = block(reading, "Date\tAnalyte\tResult\tUnit\n" + rows)
    assert [row[1:] for row in seen(found)] == [
        ("platelets", "12 ×10⁹/L", "new"),
        ("hemoglobin", "124 g/L", "new"),
    ]
    assert found.left_aside == ("line 4, CRP",)
    bare = block(reading, "\n".join(rows.splitlines()[:2]))
    assert seen(bare) == seen(found)
    german = "Untersuchung\tErgebnis\tEinheit\tDatum\tReferenzbereich\nLDH\t300\tU/l\t23.01.2026\t120 - 250\n"
    values = block(reading, german).rows[0].values
    assert values is not None
    assert (values["upper_limit"], values["unit"]) == ("250", "U/l")


REPORT = """Central Laboratory
Collected: 23-Jan-2026 08:15   Ward 4
Platelets          12   x10^9/L   (150 - 400)  L
Haemoglobin:       124  g/L       130 - 180    L
LDH                300* U/L       (120-250)
White cells        4.5  x10^9/L   4 - 11
Collected: 24-Jan-2026 07:00
Platelets          <5   x10^9/L   clumped
"""


def test_the_lines_of_a_report(reading: Database) -> None:
    found = block(reading, REPORT)
    assert seen(found) == [
        ("Fri 23 Jan 2026", "platelets", "12 ×10⁹/L", "new"),
        ("Fri 23 Jan 2026", "hemoglobin", "124 g/L", "new"),
        ("Fri 23 Jan 2026", "ldh", "300 U/L", "new"),
        ("Sat 24 Jan 2026", "platelets", "<5 ×10⁹/L, clumped: stored, not evaluable", "new"),
    ]
    ldh = found.rows[2]
    assert ldh.values is not None
    assert (ldh.values["upper_limit"], ldh.values["observed_at"], ldh.flags) == (
        "250",
        "2026-01-23T08:15",
        ("*",),
    )
    assert found.left_aside == (
        "line 1, Central Laboratory",
        "line 6, White cells        4.5  x10^9/L   4 - 11",
    )


@pytest.mark.parametrize(
    ("days", "first", "asked", "problem"),
    [
        (["23/01/2026", "04/02/2026"], True, False, False),
        (["01/23/2026", "02/04/2026"], False, False, False),
        (["04/02/2026", "05/02/2026"], None, True, False),
        (["02/02/2026", "03/03/2026"], None, False, False),
        (["2026-02-04", "2026-02-05"], None, False, False),
        (["4 feb 2026", "5 feb 2026"], None, False, False),
        (["23/01/2026", "01/24/2026"], None, False, True),
        (["26-02-04", "26-02-13"], None, False, False),
    ],
)
def test_the_block_shows_whether_the_day_comes_first_or_it_is_asked(
    days: list[str], first: bool | None, asked: bool, problem: bool
) -> None:
    text = "Date\tPLT (10^9/L)\n" + "".join(f"{day}\t31\n" for day in days)
    found = read_layout(text, TODAY)
    if days[0].startswith("26-"):
        assert [cell.day.value for cell in found.cells] == [None, None]
        return
    assert (found.day_first, found.asks_order, bool(found.problems)) == (first, asked, problem)
    unclear = [cell for cell in found.cells if cell.day.value is None]
    assert bool(unclear) is (asked or problem)


@pytest.mark.parametrize(("answer", "day"), [(True, "Wed 4 Feb 2026"), (False, "Thu 2 Apr 2026")])
def test_the_order_of_days_is_answered_once(reading: Database, answer: bool, day: str) -> None:
    text = "Date\tPLT (10^9/L)\n04/02/2026\t31\n"
    asked = block(reading, text)
    assert asked.asks_order
    assert (asked.rows[0].verdict, asked.rows[0].values) == ("refused", None)
    found = block(reading, text, day_first=answer)
    assert not found.asks_order
    assert found.rows[0].day_said == (day if answer else "")
    assert ("is in the future" in (found.rows[0].reason or "")) is not answer


def test_a_unit_is_asked_once_for_a_column_and_never_guessed(reading: Database) -> None:
    text = "date\tplt\thb\n23 jan 26\t31000\t124\n24 jan 26\t45000\t119\n25 jan 26\t33 K/uL\t12.4 g/dL\n"
    found = block(reading, text)
    assert [(one.column, one.analyte, one.likely) for one in found.asks_units] == [
        ("plt", "platelets", ("/uL",)),
        ("hb", "hemoglobin", ("g/L",)),
    ]
    assert found.asks_units[0].units[0] == "10*9/L"
    assert [row.verdict for row in found.rows] == ["refused"] * 4 + ["new"] * 2
    assert found.rows[0].reason == "Enter the unit of plt."
    again = block(reading, text, units={"plt": "/uL", "hb": "g/L"})
    assert again.asks_units == ()
    assert [row.echo.partition(" (")[0] for row in again.rows] == [
        "31 ×10⁹/L", "124 g/L", "45 ×10⁹/L", "119 g/L", "33 ×10⁹/L", "124 g/L"
    ]  # fmt: skip


def test_a_column_without_a_name_is_asked_for(reading: Database) -> None:
    text = "2026-01-23\t31\n2026-01-24\t33\n"
    found = block(reading, text)
    assert found.rows == ()
    assert found.problems == ("Choose the analyte of column 2, or paste the block with its header.",)
    named = block(reading, text, analytes={"column 2": "platelets"}, units={"column 2": "10*9/L"})
    assert named.counts["new"] == 2


@pytest.mark.parametrize(
    ("line", "verdict", "said"),
    [
        ("2026-01-23\t31", "new", ""),
        ("2026-02-03\t31", "same", "Already recorded."),
        ("2026-02-03\t31.0", "same", "Already recorded."),
        ("2026-02-03\t30", "conflict", "Recorded for this day: 31 ×10⁹/L"),
        ("2026-02-03\t<31", "conflict", "Recorded for this day: 31"),
        ("2026-02-03\t31 clumped", "conflict", "Recorded for this day: 31"),
        ("2026-02-13\t45", "same", "Already recorded."),
        ("2026-02-13\t46", "conflict", "Recorded for this day: 45 ×10⁹/L (reported 45000 /µL)"),
        ("2026-02-14 08:15\t51", "conflict", "Recorded for this day: 50"),
        ("2026-02-14\t51", "conflict", "Recorded for this day: 50"),
        ("2026-02-14 17:00\t51", "new", ""),
        ("2026-02-20\t31", "conflict", "Recorded for this day: not done"),
        ("2026-02-20\tnot done", "same", "Already recorded."),
        ("2026-02-21\t60 clumped", "same", "Already recorded."),
        ("2026-01-23\tclumped", "new", ""),
        ("2026-02-03\tclumped", "conflict", "Recorded for this day: 31"),
        ("2026-02-21\t60", "conflict", "Recorded for this day: 60 ×10⁹/L, clumped"),
        ("1969-12-31\t31", "refused", "The patient was born on Thu 1 Jan 1970"),
        ("1970-01-01\t31", "new", ""),
        ("2026-03-20\t31", "new", ""),
        ("2026-03-21\t31", "refused", "The patient died on Fri 20 Mar 2026"),
        ("2026-04-01\t31", "refused", "is in the future"),
        ("2026-02-30\t31", "refused", "no day 30"),
        ("\t31", "refused", "The day is missing."),
        ("2026-01-23\t45000", "refused", "Is it 45000 /uL?"),
        ("2026-01-23\tlow", "refused", "not recognized as a number"),
        ("2026-01-23\t45,000", "refused", "45,000 may be 45.000 or 45000"),
    ],
)
def test_every_row_has_its_verdict(reading: Database, line: str, verdict: str, said: str) -> None:
    found = block(reading, f"Date\tPLT (10^9/L)\n{line}\n")
    [row] = found.rows
    assert row.verdict == verdict
    assert said in (row.reason or "")
    assert (row.values is None) is (verdict == "refused")
    assert (row.known is not None) is (verdict in ("same", "conflict"))
    assert sum(found.counts.values()) == 1


def test_the_decimal_mark_is_that_of_the_whole_block(reading: Database) -> None:
    shown = block(reading, "Datum\tPLT (/µl)\tHb (g/dl)\n23.1.2026\t45.000\t12,4\n24.1.2026\t9.500\t11,9\n")
    assert [row.echo.partition(" (")[0] for row in shown.rows] == [
        "45 ×10⁹/L",
        "124 g/L",
        "9.5 ×10⁹/L",
        "119 g/L",
    ]


def test_a_day_that_is_pasted_twice_is_the_same_or_contradicts_itself(reading: Database) -> None:
    found = block(
        reading, "Date\tPLT (10^9/L)\n2026-01-23\t31\n2026-01-23\t31.0\n2026-01-24\t31\n2026-01-24\t32\n"
    )
    assert [row.verdict for row in found.rows] == ["new", "same", "refused", "refused"]
    assert found.rows[1].reason == "It is the same as line 2."
    assert "Line 5 has another value" in (found.rows[2].reason or "")
    assert "Line 4 has another value for this day: 31" in (found.rows[3].reason or "")


def test_new_rows_are_saved_in_one_change_and_then_are_the_same(db: Database, operator: Actor) -> None:
    found = block(db, ENGLISH)
    before = db.revision
    done = save(db, operator, found.facts(), key="paste 1", today=TODAY)
    assert db.revision == before + 1
    assert len(done.facts) == 6
    echoes = {row.echo for row in found.rows}
    again = block(db, ENGLISH)
    assert again.counts == {"new": 0, "same": 6, "conflict": 0, "refused": 0}
    assert {row.known.echo for row in again.rows if row.known} == echoes
    assert again.facts() == []
    assert db.rows("SELECT DISTINCT source FROM observation_view WHERE observation_id LIKE '%CBC%'") == [
        ("pasted",)
    ]


def test_a_conflict_is_settled_by_choice(db: Database, operator: Actor) -> None:
    found = block(db, "Date\tPLT (10^9/L)\n2026-02-03\t30\n2026-02-20\t40\n2026-02-14\t51\n")
    assert found.facts() == []
    chosen = [row.number for row in found.rows][:2]
    done = save(db, operator, found.facts(amend=chosen), key="1", today=TODAY, reason="as in the report")
    assert [one.identity["observation_id"] for one in done.facts] == ["O1", "O4"]
    assert [one.version for one in done.facts] == [2, 2]
    again = block(db, "Date\tPLT (10^9/L)\n2026-02-03\t30\n2026-02-20\t40\n2026-02-14\t51\n")
    assert [row.verdict for row in again.rows] == ["same", "same", "conflict"]
    [time_kept] = db.rows("SELECT observed_at_reported FROM observation_view WHERE observation_id = 'O3'")
    assert time_kept == ("2026-02-14T08:15:00",)


@pytest.mark.parametrize(
    ("header", "meaning", "unit"),
    [
        ("PLT", "platelets", None),
        ("Plt count", None, None),
        ("Thrombozyten", "platelets", None),
        ("PLAQUETAS", "platelets", None),
        ("Plaquettes (G/L)", "platelets", "G/L"),
        ("Hb g/dL", "hemoglobin", "g/dL"),
        ("Hb in g/dl", "hemoglobin", "g/dl"),
        ("Hämoglobin [mmol/l]", "hemoglobin", "mmol/l"),
        ("Réticulocytes", "reticulocytes", None),
        ("Retic (%)", "reticulocytes", "%"),
        ("Retic %", "reticulocytes", "%"),
        ("Bilirubin (total)", "bilirubin", None),
        ("Bilirubin (direct) mg/dL", None, None),
        ("Direct bilirubin", None, None),
        ("Date", "day", None),
        ("Fecha", "day", None),
        ("WBC", None, None),
        ("", None, None),
    ],
)
def test_headers_of_several_languages(header: str, meaning: str | None, unit: str | None) -> None:
    assert read_header(header) == (meaning, unit)


def test_a_line_of_a_report_begins_with_what_was_measured() -> None:
    assert analyte_at_start("Total bilirubin: 12 umol/L") == ("bilirubin", "12 umol/L")
    assert analyte_at_start("Platelet count 31") == ("platelets", "31")
    assert analyte_at_start("Direct bilirubin 3") is None


@pytest.mark.parametrize(
    "text", ["", "\n\n", "hello", "Date\tPLT\n", "\t\t\n", ";;;", "Dear colleague,\nthank you."]
)
def test_a_block_without_values_says_so_or_is_empty(reading: Database, text: str) -> None:
    found = block(reading, text)
    assert found.rows == ()
    assert found.facts() == []


@given(st.text(max_size=200))
def test_any_text_at_all_is_taken_apart(text: str) -> None:
    found = read_layout(text, TODAY)
    assert all(cell.day.value is None or cell.day.value <= TODAY for cell in found.cells)


@given(
    st.lists(st.tuples(st.dates(date(2025, 1, 1), TODAY), st.integers(0, 900)), min_size=1, max_size=30,
             unique_by=lambda one: one[0]),
    st.sampled_from([("%d/%m/%Y", True), ("%m/%d/%Y", False), ("%Y-%m-%d", None), ("%d %b %Y", None)]),
)  # fmt: skip
def test_no_count_moves_to_another_day_or_value(
    counts: list[tuple[date, int]], form: tuple[str, bool | None]
) -> None:
    pattern, order = form
    text = "Date\tPLT (10^9/L)\n" + "".join(f"{day.strftime(pattern)}\t{value}\n" for day, value in counts)
    for found in (read_layout(text, TODAY), read_layout(text, TODAY, day_first=order)):
        read = [(cell.day.value, cell.text) for cell in found.cells]
        assert len(read) == len(counts)
        for (day, value), (got, said) in zip(counts, read, strict=True):
            assert said == str(value)
            assert got in (day, None)
    if order is not None:
        assert [day for day, _ in read] == [day for day, _ in counts]


def test_sixty_days_of_six_analytes_are_quick(reading: Database) -> None:
    lines = ["Date\tPLT (10^9/L)\tHb (g/dL)\tLDH (U/L)\tBili (mg/dL)\tRetic (10^9/L)\tHapto (g/L)"]
    for number in range(60):
        day = date(2024, 1, 1) + timedelta(days=7 * number)
        counts = f"{10 + number}\t12.{number % 10}\t2{number:02}\t1.1\t5{number % 10}\t0.{number:02}5"
        lines.append(f"{day:%d/%m/%Y}\t{counts}")
    took = []
    for _ in range(3):
        begun = time.process_time()
        assert block(reading, "\n".join(lines)).counts["new"] == 360
        took.append(time.process_time() - begun)
    assert min(took) < 0.3, took


def test_only_who_may_read_the_patient_reads_the_block(db: Database, operator: Actor) -> None:
    add_account(db, operator, "south", {"South": ["nurse"]}, today=TODAY)
    with pytest.raises(NotPermitted):
        read_block(db, db.actor("south"), "P1", ENGLISH, today=TODAY)
    assert record.version(db, "patient", {"patient_id": "P1"}) == 1


def days_of(text: str, day_first: bool | None = None) -> list[str | None]:
    cells = read_layout(text, TODAY, day_first=day_first).cells
    return [cell.day.value.isoformat() if cell.day.value else None for cell in cells]


def test_an_order_that_is_said_against_the_block_reads_no_day_of_it() -> None:
    block = "Date\tPlatelets\n03/04/2025\t41\n25/03/2025\t42"
    assert days_of(block, day_first=True) == ["2025-04-03", "2025-03-25"]
    assert days_of(block, day_first=False) == [None, None]
    assert read_layout(block, TODAY, day_first=False).problems


def test_days_without_a_year_with_a_weekday_and_in_one_run_have_the_order_of_the_block() -> None:
    block = "Date\tPlatelets\n3/4\t41\nTue 03/04/2025\t42\n03042025\t43\n03/25/2025\t44"
    assert days_of(block) == ["2026-03-04", "2025-03-04", "2025-03-04", "2025-03-25"]


def test_days_without_a_year_that_show_no_order_are_asked_about() -> None:
    layout = read_layout("Date\tPlatelets\n3/4\t41\n2/1\t42", TODAY)
    assert (layout.asks_order, [cell.day.value for cell in layout.cells]) == (True, [None, None])


@pytest.mark.parametrize(
    ("text", "what"),
    [("1" * 20_001, "A line of a block has at most 20,000"), ("28\n" * 333_334, "has at most 1,000,000")],
)
def test_a_block_larger_than_a_person_copies_is_not_read(text: str, what: str) -> None:
    layout = read_layout(text, date(2026, 3, 30))
    assert layout.cells == ()
    [problem] = layout.problems
    assert what in problem
    assert "import" in problem


@pytest.mark.parametrize("piece", [",", "1/", "1 ", "a 1 - ", " ", "(", "1-", "Date,PLT,", ":", "12."])
def test_no_line_takes_longer_than_its_length_allows(piece: str) -> None:
    line = (piece * 20_000)[:20_000]
    begun = time.process_time()
    read_layout(f"Date\tPLT\n{line}\n", date(2026, 3, 30))
    read_layout(line, date(2026, 3, 30))
    assert time.process_time() - begun < 1
