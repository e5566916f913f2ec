"""The real server on a registry of its own, and a real browser that writes down all it complains about."""

import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response, sync_playwright

from registry import calls, demo
from registry.database import Database
from registry.serve import command

CHROMIUM = "/usr/bin/chromium"
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
    return state && !['initial', 'running', 'rerunRequested'].includes(state)
        && !document.querySelector('[data-testid="stSkeleton"]');
}"""
STREAMLIT_ASKS_TWICE = "/_stcore/"
"""Opened at a page, Streamlit first looks for its own service below the page's address, and is answered 404."""


@dataclass
class Visit:
    """A page in the browser, with what it complained about and where it went."""

    page: Page
    base: str
    complaints: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)

    def go(self, path: str) -> Page:
        """Open a path of the app and wait until it has been drawn."""
        self.page.goto(self.base + path)
        return self.settle()

    def settle(self) -> Page:
        """Wait until the script has run and the page is drawn."""
        self.page.wait_for_timeout(300)
        self.page.wait_for_function(SETTLED, timeout=120_000)
        self.page.wait_for_timeout(500)
        return self.page

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


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the app, serving the reference cohort as `nadir serve` does, from another folder."""
    folder: Path = tmp_path_factory.mktemp("browser")
    path = folder / "registry.duckdb"
    with Database.open(path, create=True) as database:
        demo.load(database, database.actor(None))
        calls.refresh(database, database.actor(None))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    log = (folder / "server.log").open("w")
    run = subprocess.Popen(
        command(port), env=_environment(path), cwd=folder, stdout=log, stderr=subprocess.STDOUT
    )
    try:
        _wait(base, run)
        yield base
    finally:
        run.terminate()
        run.wait(20)
        log.close()
    assert "Traceback" not in (folder / "server.log").read_text()


def _environment(path: Path) -> dict[str, str]:
    import os

    return os.environ | {"NADIR_DB": str(path)}


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
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser, server: str, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """A fresh visitor; parametrize indirectly with (width, colour scheme)."""
    width, scheme = getattr(request, "param", (1400, "light"))
    context = chromium.new_context(
        viewport={"width": width, "height": 1000},
        color_scheme=_scheme(scheme),
        reduced_motion="reduce",
        locale="en-GB",
        timezone_id="Europe/London",
    )
    one = Visit(context.new_page(), server)
    one.page.on("console", one.on_console)
    one.page.on("pageerror", lambda error: one.complaints.append(str(error)))
    one.page.on("request", one.on_request)
    yield one
    context.close()


def _scheme(name: str) -> Literal["light", "dark"]:
    return "dark" if name == "dark" else "light"


def headers(response: Response | None) -> dict[str, str]:
    assert response is not None
    return response.headers
