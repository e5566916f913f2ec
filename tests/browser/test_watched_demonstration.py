"""The demonstration with watched patients: the pages of surveillance in every state of the list, without a fault."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from registry import accounts, demo
from registry.demo.stories import STORIES
from registry.roles import Action
from tests.browser.conftest import Visit, serving
from tests.browser.test_everyone import Faults
from tests.templates import new_registry

PAGES = (
    "/worklist",
    "/worklist?show=later",
    "/proposals",
    "/protocol",
    *(f"/watched?patient=MS-{number:03d}" for number in (2, 6, 11)),
)


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path: Path = tmp_path_factory.mktemp("watched") / "registry.duckdb"
    with new_registry(path) as database:
        operator, today = database.actor(None), database.now().date()
        with database.change(operator, Action.CONFIGURE, "synthetic registry") as change:
            change.execute("UPDATE registry SET value = 'yes' WHERE key = 'synthetic'")
        demo.load_watched(database, operator, len(STORIES), today=today)
        accounts.demo_users(database, operator, today=today)
    with serving(path, demo=True) as base:
        yield base
    assert "Traceback" not in path.with_suffix(".log").read_text()


def test_no_page_has_a_fault_in_any_state(chromium: Browser, ward: str) -> None:
    context = chromium.new_context(
        viewport={"width": 560, "height": 1000}, color_scheme="dark", reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(f"{ward}/worklist")
    page.locator("button[name='demo'][value='demo-nurse']").click()
    page.wait_for_url(f"{ward}/worklist")
    visit = Visit(page, ward)
    page.on("console", visit.on_console)
    page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    faults = Faults(visit)
    for path in PAGES:
        visit.go(path)
        faults.loaded(path)
        for width, scheme in ((560, "dark"), (1400, "light")):
            visit.look(width, scheme)
            faults.look(path)
        faults.left(path)
    context.close()
    assert faults.listed == []
