"""How long a reader waits for a patient with five hundred counts, from the click to the drawn chart."""

import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from registry import accounts, demo, review
from registry.exchange.intake import import_path
from tests.browser.conftest import serving
from tests.registry import edge_patients
from tests.templates import new_registry

LIMIT_SECONDS = 1.0
"""What a reader is promised on a quiet machine."""
TIMES = 7
SLACK = 4
"""A machine that does other work too may take this many times as long; the ratio to a small patient is held as well."""
DRAWN = """([name, least]) => {
    const chart = document.querySelector('[data-testid="stVegaLiteChart"] svg');
    return chart && chart.textContent.includes(name)
        && chart.querySelectorAll("[aria-label^='Platelets ']").length >= least;
}"""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app with the reference cohort and the long patient beside it."""
    folder: Path = tmp_path_factory.mktemp("speed")
    path = folder / "registry.duckdb"
    with new_registry(path) as database:
        operator = database.actor(None)
        demo.load(database, operator)
        import_path(database, operator, edge_patients.write(folder / "bundle"))
        review.rejudge(database, operator)
        accounts.demo_users(database, operator, today=date(2026, 3, 31))
    with serving(path, demo=True) as address:
        yield address


@pytest.fixture
def page(chromium: Browser, base: str) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1400, "height": 1000}, reduced_motion="reduce")
    one = context.new_page()
    one.goto(f"{base}/patient?patient=SYN-001")
    one.locator("button[name='demo'][value='demo-clinician']").click()
    one.wait_for_function(DRAWN, arg=["SYN-001", 1], timeout=60_000)
    yield one
    context.close()


def seconds(page: Page, link: str, name: str, least: int) -> float:
    """From the click on a link to a patient until the chart of that patient shows its counts."""
    page.get_by_role("link", name=link).click(trial=True)
    start = time.perf_counter()
    page.get_by_role("link", name=link).click()
    page.wait_for_function(DRAWN, arg=[name, least], timeout=60_000, polling=20)
    return time.perf_counter() - start


def test_five_hundred_counts_are_drawn_within_a_second_of_the_click(page: Page) -> None:
    small, large = [], []
    for _ in range(TIMES):
        large.append(seconds(page, "Previous: LONG-500", "LONG-500", 490))
        small.append(seconds(page, "Next: SYN-001", "SYN-001", 5))
    best, ratio = min(large), min(large) / min(small)
    print(
        f"\n500 counts from click to drawn chart: best {best:.2f} s of {TIMES}, "
        f"median {sorted(large)[TIMES // 2]:.2f} s; {ratio:.1f} times a small patient ({min(small):.2f} s)"
    )
    assert best < SLACK * LIMIT_SECONDS
    assert ratio < 6
