"""A clinician reads the cohort: chooses courses, sends the view, opens a patient from a course, takes a figure."""

import csv
import io
import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.conftest import Visit, serious

VIEWS = ["response", "duration", "next", "sequences", "remission", "harms", "courses", "summary"]
CLINICIAN = "demo-clinician"


def chart_text(visit: Visit, number: int = 0) -> str:
    return visit.page.get_by_test_id("stVegaLiteChart").nth(number).locator("svg").first.text_content() or ""


def test_every_view_fits_its_page_and_keeps_nobody_out(visit_as: Callable[..., Visit]) -> None:
    visit = visit_as(CLINICIAN, width=560, scheme="dark")
    for view in VIEWS:
        page = visit.go(f"/cohort?view={view}&disease=ITP")
        for width, scheme in ((560, "dark"), (1400, "light")):
            visit.look(width, scheme)
            look = (view, width, scheme)
            chart = page.get_by_test_id("stVegaLiteChart").first
            box, drawn = chart.bounding_box(), chart.locator("svg").first.bounding_box()
            assert box is not None, look
            assert drawn is not None, look
            assert 0.9 * box["width"] <= drawn["width"] <= box["width"] + 1, look
            assert "Synthetic data: every patient is invented" in chart_text(visit), look
            assert serious(page) == [], look
    assert visit.complaints == []
    assert visit.elsewhere == []


def test_the_numbers_at_risk_stand_under_the_months_of_the_axis(visit_as: Callable[..., Visit]) -> None:
    visit = visit_as(CLINICIAN)
    page = visit.go("/cohort?view=duration&disease=ITP")
    chart = page.get_by_test_id("stVegaLiteChart").locator("svg").first

    def middles(text: str) -> list[float]:
        found = [one.bounding_box() for one in chart.get_by_text(text, exact=True).all()]
        return [box["x"] + box["width"] / 2 for box in found if box]

    month = middles("96")[0]
    assert any(abs(place - month) < 3 for place in middles("8"))
    below, axis = (
        chart.get_by_text("At risk").bounding_box(),
        chart.get_by_text("96", exact=True).bounding_box(),
    )
    assert below is not None
    assert axis is not None
    assert below["y"] > axis["y"]


FIRST_LINE = "19/32"
"""Of the first lines for ITP those that responded: 20 by the calls, of which reviewers decided that one is NE."""


def test_a_filter_is_chosen_sent_and_cleared(visit_as: Callable[..., Visit]) -> None:
    visit = visit_as(CLINICIAN)
    page = visit.go("/cohort")
    assert FIRST_LINE not in chart_text(visit)
    page.get_by_test_id("stButtonGroup").filter(has_text="AIHA").get_by_text("ITP", exact=True).click()
    visit.settle()
    page.get_by_role("radio", name="Line").or_(page.get_by_text("Line", exact=True).last).last.click()
    visit.settle()
    assert FIRST_LINE in chart_text(visit)
    assert "disease=ITP" in page.url
    assert "by=line" in page.url
    sent = page.url.removeprefix(visit.base)
    other = visit_as("demo-data-manager")
    other.go(sent)
    expect(other.page.get_by_text("ITP: 34 patients, 68 courses.").first).to_be_visible()
    assert FIRST_LINE in chart_text(other)
    page.get_by_role("button", name="Clear").click()
    visit.settle()
    expect(page.get_by_text("All courses: 41 patients, 87 courses.").first).to_be_visible()
    assert "disease" not in page.url
    assert visit.complaints == []


def test_back_brings_the_view_before_with_its_filter(visit_as: Callable[..., Visit]) -> None:
    visit = visit_as(CLINICIAN)
    visit.go("/cohort?disease=AIHA&view=sequences")
    page = visit.go("/cohort?disease=ITP&line=2-&view=harms")
    expect(page.get_by_text("ITP, line 2 and later: ").first).to_be_visible()
    page.go_back()
    visit.settle()
    expect(page.get_by_text("AIHA: 13 patients, 19 courses.").first).to_be_visible()
    assert "Sequences of lines, AIHA" in chart_text(visit)


def test_a_click_on_a_course_opens_its_patient(visit_as: Callable[..., Visit]) -> None:
    visit = visit_as(CLINICIAN)
    page = visit.go("/cohort?view=courses&disease=AIHA")
    bar = page.get_by_test_id("stVegaLiteChart").locator("[aria-label^='SYN-035, line 1']").first
    box = bar.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * 0.8, box["y"] + box["height"] / 2)
    page.wait_for_url("**/patient?patient=SYN-035*")
    visit.settle()
    expect(page.get_by_role("heading", name="SYN-035").first).to_be_visible()
    assert visit.complaints == []


def test_a_patient_is_opened_with_the_keyboard_alone(visit_as: Callable[..., Visit]) -> None:
    visit = visit_as(CLINICIAN)
    page = visit.go("/cohort?view=courses")
    page.get_by_role("combobox", name="Open a patient of this page").focus()
    page.keyboard.type("SYN-021")
    page.keyboard.press("Enter")
    page.wait_for_url("**/patient?patient=SYN-021*")


def test_a_figure_is_taken_as_table_and_as_picture_with_what_it_is_of(visit_as: Callable[..., Visit]) -> None:
    visit = visit_as(CLINICIAN)
    page = visit.go("/cohort?disease=ITP&line=2-")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download table of response by regimen as CSV").click()
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text("utf-8"))))
    assert {row["selection"] for row in rows} == {"ITP, line 2 and later"}
    assert {row["criteria"] for row in rows} == {"itp-iwg-2009"}
    assert {row["synthetic"] for row in rows} == {"yes"}
    (tpo_ra,) = [row for row in rows if row["group"] == "TPO-RA"]
    assert int(tpo_ra["responded"]) <= int(tpo_ra["courses"])
    assert float(tpo_ra["ci_low_percent"]) < float(tpo_ra["percent"]) < float(tpo_ra["ci_high_percent"])
    page.get_by_role("button", name="Download response by regimen").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="response by regimen as SVG").click()
    picture = download.value.path().read_text("utf-8")
    assert "ITP, line 2 and later" in picture
    assert "Synthetic data" in picture


def test_a_nurse_reads_the_figures_and_takes_none(visit_as: Callable[..., Visit]) -> None:
    visit = visit_as("demo-nurse")
    page = visit.go("/cohort")
    expect(page.get_by_text("must not be ranked").first).to_be_visible()
    assert page.get_by_test_id("stMain").get_by_text(re.compile("^Download ")).count() == 0
    page = visit_as(CLINICIAN).go("/cohort")
    assert page.get_by_test_id("stMain").get_by_text(re.compile("^Download ")).count() >= 2


def test_a_blind_reader_finds_no_view_that_rests_on_a_call(visit_as: Callable[..., Visit]) -> None:
    visit = visit_as("demo-adjudicator-1")
    for view in ("", "?view=response", "?view=duration", "?view=summary"):
        page = visit.go(f"/cohort{view}")
        expect(page.get_by_text("This account cannot see calls").first).to_be_visible()
        assert page.get_by_text("Clopper-Pearson").count() == 0
        assert page.get_by_text("Still in response").count() == 0
