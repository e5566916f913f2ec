"""A table leaves the registry only for who may take it, leaves a trace, and does no harm in a spreadsheet."""

import csv
import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from registry.accounts.service import add_account
from registry.charts import forest_spec
from registry.charts.picture import size
from registry.errors import NotPermitted, Usage
from registry.exchange.download import csv_text, download, download_chart
from registry.roles import EVERYWHERE, Actor, Role
from registry.stamp import Stamp
from registry.store.database import Database

ROWS = [{"course_id": "C1", "started_on": date(2019, 3, 4), "regimen": None, "value": 4.5}]
COLUMNS = ["course_id", "started_on", "regimen", "value"]


def test_dates_are_iso_and_what_is_missing_is_empty() -> None:
    assert csv_text(ROWS, COLUMNS) == "course_id,started_on,regimen,value\r\nC1,2019-03-04,,4.5\r\n"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@sum(a1)", "\tx", "\rx"])
def test_a_text_that_a_spreadsheet_would_run_is_made_harmless(text: str) -> None:
    (row,) = csv.DictReader(io.StringIO(csv_text([{"a": text}], ["a"]), newline=""))
    assert row["a"] == f"'{text}"


def test_numbers_below_zero_stay_numbers() -> None:
    assert csv_text([{"a": -1.5}], ["a"]) == "a\r\n-1.5\r\n"


def test_who_took_what_is_in_the_audit_trail(registry: Database, operator: Actor) -> None:
    before = registry.revision
    assert download(registry, operator, "SYN-003 courses", ROWS, COLUMNS).decode().count("\n") == 2
    ((action, subject, after),) = registry.rows(
        "SELECT action, subject, after FROM audit_event WHERE seq > $1", [before]
    )
    assert (action, subject) == ("download", "SYN-003 courses")
    assert '"rows":1' in after.replace(" ", "")


def holding(registry: Database, operator: Actor, role: Role, site: str = EVERYWHERE) -> Actor:
    add_account(registry, operator, str(role), {site: [role]}, today=date(2026, 2, 3))
    return registry.actor(str(role))


def test_whoever_reads_a_patient_takes_what_the_page_shows_of_that_patient_only(
    registry: Database, operator: Actor
) -> None:
    clinician = holding(registry, operator, Role.CLINICIAN, "north")
    before = registry.revision
    assert download(registry, clinician, "SYN-003 courses", ROWS, COLUMNS, site="north")
    assert registry.rows("SELECT actor, action, site FROM audit_event WHERE seq > $1", [before]) == [
        ("clinician", "download", "north")
    ]
    beyond: tuple[dict[str, Any], ...] = ({"site": "south"}, {"site": None}, {"site": "north", "bulk": True})
    for elsewhere in beyond:
        with pytest.raises(NotPermitted):
            download(registry, clinician, "SYN-003 courses", ROWS, COLUMNS, **elsewhere)
    assert registry.head[0] == before + 1


def test_rows_of_many_patients_are_an_export_and_figures_an_export_of_figures(
    registry: Database, operator: Actor
) -> None:
    before = registry.revision
    download(registry, operator, "swimmer", ROWS, COLUMNS, bulk=True)
    download(registry, operator, "figures", ROWS, COLUMNS, of_patients=False)
    actions = registry.rows("SELECT action FROM audit_event WHERE seq > $1 ORDER BY seq", [before])
    assert actions == [("export",), ("export_aggregate",)]
    nurse = holding(registry, operator, Role.NURSE)
    beyond: tuple[dict[str, Any], ...] = ({"bulk": True}, {"of_patients": False})
    for more in beyond:
        with pytest.raises(NotPermitted):
            download(registry, nurse, "figures", ROWS, COLUMNS, **more)


# --- pictures

FOREST = forest_spec(
    [{"section": "Line 1", "label": "rituximab", "k": 3, "n": 7, "low": 0.1, "high": 0.8}], title="Response"
)


def test_a_chart_is_taken_as_svg_png_and_pdf_with_its_stamp_and_its_trace(
    registry: Database, operator: Actor
) -> None:
    before = registry.revision
    stamp = Stamp(("itp-iwg-2009 (a1b2c3d4)",), "ITP, line 1")

    def taken(kind: str) -> bytes:
        return download_chart(registry, operator, "forest", FOREST, kind, stamp, of_patients=False)

    drawing = taken("svg").decode()
    assert f"Nadir, registry change {before} · itp-iwg-2009 (a1b2c3d4) · ITP, line 1" in drawing
    assert 'fill="#FFFFFF"' in drawing
    assert taken("png").startswith(b"\x89PNG")
    assert taken("pdf").startswith(b"%PDF")
    told = registry.rows("SELECT action, after FROM audit_event WHERE seq > $1 ORDER BY seq", [before])
    assert [action for action, _ in told] == ["export_aggregate"] * 3
    assert '"svg"' in told[0][1]


def test_a_picture_of_invented_patients_says_so(cohort_path: Path) -> None:
    with Database.open(cohort_path) as db:
        made = download_chart(db, db.actor(None), "forest", FOREST, "svg", Stamp())
    assert "Synthetic data: every patient is invented." in made.decode()


def test_a_long_stamp_is_folded_and_makes_the_picture_higher_not_wider(
    registry: Database, operator: Actor
) -> None:
    short, long = (
        download_chart(registry, operator, "forest", FOREST, "svg", Stamp(part=part)).decode()
        for part in ("all", "site north, " * 40)
    )
    assert size(long)[0] == size(short)[0]
    assert size(long)[1] > size(short)[1] + 30


def test_what_a_stamp_says_is_never_markup(registry: Database, operator: Actor) -> None:
    made = download_chart(registry, operator, "forest", FOREST, "svg", Stamp(part="<script>x</script>"))
    assert "<script>" not in made.decode()


def test_no_picture_is_drawn_for_who_may_not_have_it(registry: Database, operator: Actor) -> None:
    before = registry.revision
    blind = Actor("nobody", {})
    with pytest.raises(NotPermitted):
        download_chart(registry, blind, "forest", FOREST, "svg", Stamp())
    with pytest.raises(Usage, match="svg, png, pdf"):
        download_chart(registry, operator, "forest", FOREST, "gif", Stamp())
    assert registry.revision == before
