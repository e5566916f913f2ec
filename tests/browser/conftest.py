"""The real server on a registry of its own, and a real browser that writes down all it complains about.

The server demonstrates, so that every role is one click away; the local operator signs in through the form. Each
signs in once, and their cookies serve all tests. A test that signs out does so in a context of its own.
"""

import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    StorageState,
    expect,
    sync_playwright,
)

from registry import accounts
from registry.serve import command, environment
from registry.store.database import Database
from tests.browser.reviewed import prepare
from tests.conftest import CHROMIUM
from tests.templates import cohort_at

BUSY_MS = 30_000
"""For how long a condition is waited for: a busy machine is slow, and nothing here measures time."""
FLAGS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
    "--hide-scrollbars",
]
SETTLED = """() => {
    const app = document.querySelector('[data-testid="stApp"]');
    const state = app && app.getAttribute('data-test-script-state');
    const menu = document.querySelector('[data-testid="stSidebarNavItems"]');
    const drawn = document.querySelector('[data-testid="stMain"] [data-testid="stElementContainer"]');
    return state && !['initial', 'running', 'rerunRequested'].includes(state)
        && !document.querySelector('[data-testid="stSkeleton"]')
        && drawn && (!menu || Boolean(window.nadirMenu));
}"""
"""Drawn: the script has run, and came past the menu. Where one page sends on to another, Streamlit says for a moment
that nothing runs, with nothing drawn but the menu."""
CHOOSE = """(path) => {
    const links = [...document.querySelectorAll('[data-testid="stSidebarNavLink"]')];
    const link = links.find((one) => new URL(one.href).pathname === path);
    if (!link || path === location.pathname) return false;
    link.click();
    const top = document.createElement('a');  // from where the tab key begins, as on a page that has just come
    top.tabIndex = -1;
    document.body.prepend(top);
    top.focus();
    top.remove();
    return true;
}"""
"""Choose a page in the menu, if it is there and another one is shown."""
QUIET_MS = 400
"""A page that is only looked at, and at which nothing has changed for so long, is drawn."""
SENT_MS, SHOWN_MS = 300, 500
"""After somebody acted: until what was typed or clicked has been sent, and until a message that goes again is shown."""
QUIET = (
    "([turn, least]) => { const settled = "
    + SETTLED
    + """;
    if (!window.nadirQuiet) {
        window.nadirQuiet = {};
        const changed = () => { window.nadirQuiet.since = performance.now(); };
        new MutationObserver(changed).observe(
            document.body, { subtree: true, childList: true, attributes: true, characterData: true });
    }
    if (window.nadirQuiet.turn !== turn) {
        window.nadirQuiet.turn = turn;
        window.nadirQuiet.since = performance.now();
    }
    const fading = document.getAnimations().some((one) => one.playState === 'running'
        && one.effect.getComputedTiming().endTime !== Infinity);
    return settled() && !fading && performance.now() - window.nadirQuiet.since >= least;
}"""
)
"""Settled, at rest, and quiet since somebody asked."""
TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
HEIGHT = 1000
COLOURS = "() => matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'"
RUN_AGAIN = """() => ['keydown', 'keypress', 'keyup'].forEach((kind) => document.body.dispatchEvent(
    new KeyboardEvent(kind, { key: 'r', code: 'KeyR', keyCode: 82, which: 82, bubbles: true })))"""
"""The key that runs a page again, pressed beside every field: Streamlit does not do so for new colours."""
HAS_AXE = "() => Boolean(window.axe)"
AXE = "() => axe.run({ resultTypes: ['violations'] }).then((results) => results.violations)"
STREAMLIT_ASKS_TWICE = "/_stcore/"
"""Opened at a page, Streamlit first looks for its own service below the page's address, and is answered 404."""


@dataclass
class Visit:
    """A page in the browser, with what it complained about and where it went."""

    page: Page
    base: str
    complaints: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    turns: int = 0

    def go(self, path: str) -> Page:
        """Open a path of the app and wait until it has been drawn."""
        self.page.goto(self.base + path)
        return self.rest()

    def open(self, path: str) -> Page:
        """Open a path of the app from its menu, where the menu has it: the browser need not begin anew."""
        if not self.page.evaluate(CHOOSE, path):
            return self.go(path)
        self.page.wait_for_url(self.base + path)  # written when the server has begun with the page
        return self.rest()

    def rest(self) -> Page:
        """Wait until a page at which nobody acts is drawn."""
        self.turns += 1
        self.page.wait_for_function(QUIET, arg=[self.turns, QUIET_MS], timeout=120_000, polling=50)
        return self.page

    def settle(self) -> Page:
        """Wait, after somebody acted, until the script has run and the page is drawn."""
        self.page.wait_for_timeout(SENT_MS)
        self.page.wait_for_function(SETTLED, timeout=120_000)
        self.page.wait_for_timeout(SHOWN_MS)
        return self.page

    def look(self, width: int, scheme: str) -> Page:
        """The same page in a window of this width, and drawn anew by the server if the colour scheme is another."""
        other = self.page.evaluate(COLOURS) != scheme
        self.window(width, scheme)
        if other:
            self.rest()
            self.page.evaluate(RUN_AGAIN)
        return self.rest()

    def window(self, width: int, scheme: str) -> None:
        """Have a window of this width and this colour scheme, for the next page."""
        self.page.set_viewport_size({"width": width, "height": HEIGHT})
        self.page.emulate_media(color_scheme=_scheme(scheme))

    @property
    def too_wide(self) -> int:
        """By how many pixels the page is wider than its window."""
        return int(self.page.evaluate(TOO_WIDE))

    def on_console(self, message: ConsoleMessage) -> None:
        known = (
            message.text.startswith("Failed to load resource")
            and STREAMLIT_ASKS_TWICE in message.location["url"]
        )
        if message.type in ("error", "warning") and not known:
            self.complaints.append(message.text)

    def on_request(self, request: Request) -> None:
        if not request.url.startswith((self.base, self.base.replace("http", "ws"), "data:", "blob:")):
            self.elsewhere.append(request.url)


def faults(page: Page) -> list[tuple[str, Any]]:
    """Every fault of accessibility, with where it is."""
    return _faults(page, ("minor", "moderate", "serious", "critical"))


def serious(page: Page) -> list[tuple[str, Any]]:
    """Faults of accessibility that keep somebody out, with where they are."""
    return _faults(page, ("serious", "critical"))


def _faults(page: Page, impacts: tuple[str, ...]) -> list[tuple[str, Any]]:
    if not page.evaluate(HAS_AXE):
        page.evaluate(AXE_SCRIPT)
    return [
        (fault["id"], [node["html"][:160] for node in fault["nodes"][:3]])
        for fault in page.evaluate(AXE)
        if fault["impact"] in impacts
    ]


OPERATOR = "admin"
PASSWORD = "three quiet words"
FRESH_SECONDS = 15 * 60
"""For how long the cookies of a sign-in serve: well within the time after which an idle session ends."""


@dataclass(frozen=True)
class Served:
    """A server in another process: its address, its registry, and the code with which the operator first signs in.

    `begun` are addresses that no menu offers: of what an account has begun, and of where it brings a file.
    """

    base: str
    registry: Path
    code: str | None
    log: Path
    begun: dict[str, list[str]]


@contextmanager
def serving(
    path: Path, *, demo: bool = False, sign_in: Path | None = None, port: int | None = None
) -> Iterator[str]:
    """Serve a closed registry as `nadir serve` (or `nadir demo`) does, from another folder; gives the address."""
    port = port or free_port()
    log = path.with_suffix(".log").open("a")
    run = subprocess.Popen(
        command(port),
        env=environment(path, demo=demo, sign_in=sign_in),
        cwd=path.parent,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    try:
        _wait(f"http://127.0.0.1:{port}", run)
        yield f"http://127.0.0.1:{port}"
    finally:
        run.terminate()
        run.wait(20)
        log.close()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The app, serving the judged reference cohort as `nadir demo` does."""
    path: Path = tmp_path_factory.mktemp("browser") / "registry.duckdb"
    with Database.open(cohort_at(path)) as database:
        operator = database.actor(None)
        accounts.demo_users(database, operator, today=date(2026, 3, 31))
        code = accounts.first_code(database)
        begun = prepare(database) | {"demo-admin": ["/protocol?view=own"]}
    with serving(path, demo=True) as base:
        yield Served(base, path, code, path.with_suffix(".log"), begun)
    assert "Traceback" not in path.with_suffix(".log").read_text()


@pytest.fixture(scope="session")
def server(served: Served) -> str:
    """The address of the app."""
    return served.base


def _wait(base: str, run: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"{base}/_stcore/health", timeout=1):
                return
        except OSError:
            if run.poll() is not None or time.monotonic() > until:
                raise RuntimeError("the server did not start") from None
            time.sleep(0.1)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    expect.set_options(timeout=BUSY_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def cookies_of(chromium: Browser, served: Served) -> Callable[[str], StorageState]:
    """The cookies of somebody who signed in, through the real form or a button of the demonstration."""
    kept: dict[str, tuple[float, StorageState]] = {}

    def sign_in(account: str) -> StorageState:
        at, state = kept.get(account, (0.0, StorageState()))
        if not at or time.monotonic() - at > FRESH_SECONDS:
            context = chromium.new_context()
            page = context.new_page()
            page.goto(f"{served.base}/cohort")
            if account in accounts.DEMO_USERS:
                page.locator(f"button[name='demo'][value='{account}']").click()
            else:
                with_password(page, account, PASSWORD if at else str(served.code), None if at else PASSWORD)
            page.wait_for_url(f"{served.base}/cohort")
            state = context.storage_state()
            context.close()
        kept[account] = (time.monotonic(), state)
        return state

    return sign_in


def with_password(page: Page, account: str, secret: str, new: str | None = None) -> None:
    """Fill in the sign-in form; with `new`, `secret` is a one-time code, and a password is chosen."""
    page.get_by_label("Account name").fill(account)
    page.get_by_label("Password", exact=True).fill(secret)
    page.get_by_role("button", name="Sign in", exact=True).click()
    if new is not None:
        page.get_by_label("New password", exact=True).fill(new)
        page.get_by_label("New password again").fill(new)
        page.get_by_role("button", name="Save and continue").click()


@pytest.fixture
def visit_as(
    chromium: Browser, server: str, cookies_of: Callable[[str], StorageState]
) -> Iterator[Callable[..., Visit]]:
    """Visitors who signed in as who they are: `visit_as("demo-nurse", width=560, scheme="dark")`; None: nobody."""
    contexts: list[BrowserContext] = []

    def visitor(account: str | None = OPERATOR, width: int = 1400, scheme: str = "light") -> Visit:
        context = chromium.new_context(
            viewport={"width": width, "height": HEIGHT},
            color_scheme=_scheme(scheme),
            reduced_motion="reduce",
            locale="en-GB",
            timezone_id="Europe/London",
            storage_state=cookies_of(account) if account else None,
        )
        contexts.append(context)
        one = Visit(context.new_page(), server)
        one.page.on("console", one.on_console)
        one.page.on("pageerror", lambda error: one.complaints.append(str(error)))
        one.page.on("request", one.on_request)
        return one

    yield visitor
    for context in contexts:
        context.close()


@pytest.fixture
def visit(visit_as: Callable[..., Visit], request: pytest.FixtureRequest) -> Visit:
    """A visitor, signed in; parametrize indirectly with (width, colour scheme) or (…, …, account)."""
    width, scheme, *account = getattr(request, "param", (1400, "light"))
    return visit_as(*(account or [OPERATOR]), width=width, scheme=scheme)


def _scheme(name: str) -> Literal["light", "dark"]:
    return "dark" if name == "dark" else "light"


def headers(response: Response | None) -> dict[str, str]:
    assert response is not None
    return response.headers
