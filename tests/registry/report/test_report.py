"""The printed page: one sheet, with everything that makes it a record and nothing that its reader may not see."""

import re
from collections.abc import Iterator
from datetime import date
from html import unescape
from pathlib import Path

import pytest

from adjudication.response.engine import ENGINE_VERSION
from registry import demo, report, review
from registry.accounts.service import add_account
from registry.charts.picture import size
from registry.errors import NotPermitted, Usage
from registry.exchange.intake import import_path
from registry.judging import calls
from registry.patients.call_facts import call_facts
from registry.patients.patient_record import patient_record
from registry.patients.time_axis import Stretch
from registry.report.page import as_html
from registry.report.paper import as_drawing
from registry.roles import Actor, Role
from registry.store.database import Database
from registry.wording import page_day
from tests.registry import edge_patients
from tests.templates import new_registry

TODAY = date(2026, 3, 31)
PATIENTS = ("SYN-003", "SYN-021", "SYN-035", "LONG-500", "LITTLE-COUNTS", "LITTLE-COURSES", "LITTLE-EPISODE")


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The reference cohort and the patients that a page finds hard, judged."""
    folder: Path = tmp_path_factory.mktemp("report")
    with new_registry(folder / "registry.duckdb") as database:
        operator = database.actor(None)
        demo.load(database, operator)
        import_path(database, operator, edge_patients.write(folder / "bundle"), today=TODAY)
        review.rejudge(database, operator)
        for name, role in (("clinician", Role.CLINICIAN), ("blind", Role.ADJUDICATOR)):
            add_account(database, operator, name, {"*": [role]}, today=TODAY)
        add_account(database, operator, "far", {"elsewhere": [Role.CLINICIAN]}, today=TODAY)
        yield database


@pytest.fixture
def clinician(db: Database) -> Actor:
    return db.actor("clinician")


def words(page: str) -> str:
    """What a page says, without its markup."""
    return unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.S))


@pytest.mark.parametrize("patient", PATIENTS)
def test_the_pdf_is_one_sheet_of_a4(db: Database, clinician: Actor, patient: str) -> None:
    made = report.printed(db, clinician, patient, "pdf", printed_on=TODAY)
    assert made.startswith(b"%PDF")
    assert re.findall(rb"/Count (\d+)", made) == [b"1"]
    assert b"/MediaBox [0 0 595 842]" in made


def test_a_page_says_who_what_why_and_where_it_comes_from(db: Database, clinician: Actor) -> None:
    revision = db.revision
    one = report.sheet(db, clinician, "SYN-003", report.View(), printed_on=TODAY)
    digest = calls.criteria("itp-iwg-2009").digest[:8]
    for said in (words(as_html(one)), words(as_drawing(one))):
        flat = " ".join(said.split())
        assert "SYN-003 · ITP" in flat
        assert re.search("synthetic data: this patient is invented", flat, re.I)
        assert "last alemtuzumab 4 Sep 2011, 6 years 1 month before the last count" in flat
        assert "ITP line 2: rituximab" in flat
        assert "In response for 822 days, until the last count that held it" in flat
        assert "two consecutive failing assessments" in flat
        assert (
            f"registry change {revision} · criteria itp-iwg-2009 ({digest}) · engine {ENGINE_VERSION}" in flat
        )
        assert "Printed 31 Mar 2026 for clinician" in flat
        assert "Platelets, ×10⁹/L" in flat


def test_every_course_has_its_line_and_its_deciding_sentence(db: Database, clinician: Actor) -> None:
    one = report.sheet(db, clinician, "SYN-021", report.View(), printed_on=TODAY)
    known = patient_record(db, clinician, "SYN-021")
    stored = {row["course_id"]: row["best_response"] for row in known.calls}
    assert len(one.courses) == len(known.courses)
    for line, course in zip(one.courses, known.courses, strict=True):
        said = review.explain(db, clinician, course["course_id"])
        assert line.response == f"{stored[course['course_id']]}, call"
        assert line.why
        deciding = " ".join(said.with_days(page_day).deciding[:2])
        assert line.why.startswith(deciding)
        call = next(row for row in known.calls if row["course_id"] == course["course_id"])
        assert line.why.removeprefix(deciding).split() == " ".join(call_facts(call, short=True)).split()


def test_the_page_needs_nothing_from_anywhere(db: Database, clinician: Actor) -> None:
    page = as_html(report.sheet(db, clinician, "SYN-021", report.View(), printed_on=TODAY))
    assert "<script" not in page
    assert "default-src 'none'" in page
    outside = re.findall(r"(?:href|src|url)\s*[=(]\s*[\"']?(https?:[^\"')]+)", page)
    assert outside == []
    assert page.count("<svg") == 1


def test_a_blind_reader_prints_no_page(db: Database, clinician: Actor) -> None:
    blind = db.actor("blind")
    with pytest.raises(NotPermitted, match="adjudicates"):
        report.sheet(db, blind, "SYN-021", report.View(chosen="SYN-021-ITP-1"), printed_on=TODAY)
    seen = report.sheet(db, clinician, "SYN-021", report.View(chosen="SYN-021-ITP-1"), printed_on=TODAY)
    assert "response" in words(as_html(seen)).lower()
    with pytest.raises(NotPermitted, match="adjudicates"):
        report.printed(db, blind, "SYN-021", "pdf", printed_on=TODAY)


def test_who_took_a_page_is_in_the_audit_trail(db: Database, clinician: Actor) -> None:
    before, _ = db.head
    report.printed(db, clinician, "SYN-003", "html", printed_on=TODAY)
    found = db.rows("SELECT actor, action, subject, after FROM audit_event WHERE seq > $1", [before])
    ((actor, action, subject, after),) = found
    assert (actor, action, subject) == ("clinician", "download", "SYN-003 printed page")
    assert '"html"' in after


def test_nothing_is_printed_for_who_may_not_read_and_nothing_is_written(
    db: Database, clinician: Actor
) -> None:
    before = db.head
    with pytest.raises(NotPermitted):
        report.printed(db, db.actor("far"), "SYN-003", "pdf", printed_on=TODAY)
    with pytest.raises(Usage, match="no patient NOBODY"):
        report.printed(db, clinician, "NOBODY", "pdf", printed_on=TODAY)
    with pytest.raises(Usage, match="pdf, html"):
        report.printed(db, clinician, "SYN-003", "docx", printed_on=TODAY)
    assert db.head == before


def test_a_patient_with_nothing_is_printed_and_says_so(db: Database, clinician: Actor) -> None:
    one = report.sheet(db, clinician, "LITTLE-NOTHING", report.View(), printed_on=TODAY)
    assert "No dated entry is recorded" in words(as_html(one))
    assert "No course is recorded." in words(as_html(one))
    assert report.printed(db, clinician, "LITTLE-NOTHING", "pdf", printed_on=TODAY).startswith(b"%PDF")


def test_the_chart_is_printed_as_it_was_asked_for(db: Database, clinician: Actor) -> None:
    whole = report.sheet(db, clinician, "SYN-003", report.View(stretch=Stretch.whole), printed_on=TODAY)
    assert "before this view" not in words(whole.chart)
    part = report.sheet(db, clinician, "SYN-003", report.View(), printed_on=TODAY)
    assert "4 Sep 2011, before this view" in words(part.chart)


def test_the_whole_drawing_stays_on_the_sheet_however_many_courses_there_are(
    db: Database, clinician: Actor
) -> None:
    one = report.sheet(db, clinician, "LONG-500", report.View(), printed_on=TODAY)
    crowded = type(one)(**(vars(one) | {"courses": one.courses * 5}))
    drawn = as_drawing(crowded)
    assert size(drawn) == (595, 842)
    (shrink,) = re.findall(r"translate\(30 30\) scale\(([\d.]+)\)", drawn)
    assert 0.3 < float(shrink) < 1
    assert as_drawing(one).count("scale(1.0000)") == 1


def test_a_text_of_the_record_is_never_markup_on_the_page(db: Database, clinician: Actor) -> None:
    one = report.sheet(db, clinician, "SYN-003", report.View(), printed_on=TODAY)
    nasty = type(one)(**(vars(one) | {"facts": "<img src=x onerror=alert(1)>", "title": "a & <b>"}))
    for page in (as_html(nasty), as_drawing(nasty)):
        assert "<img" not in page
        assert "<b>" not in page
