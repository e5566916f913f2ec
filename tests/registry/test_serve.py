"""The app is served with the shipped settings, on this computer only, wherever it is installed."""

import os
import signal
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
from pathlib import Path

import pytest

from registry.errors import Busy
from registry.serve import APP, SETTINGS, command, registry_path, server_options
from registry.store.database import Database
from tests.templates import new_registry


def test_the_app_and_its_settings_stand_beside_the_package() -> None:
    assert APP.is_file()
    assert SETTINGS.is_file()


def test_every_shipped_setting_is_passed_on() -> None:
    options = server_options()
    for needed in (
        "--server.address=127.0.0.1",
        "--server.allowedHosts=127.0.0.1",
        "--server.allowedHosts=localhost",
        "--server.fileWatcherType=none",
        "--server.headless=true",
        "--server.maxUploadSize=20",
        "--browser.gatherUsageStats=false",
        "--client.showErrorDetails=none",
        "--client.showErrorLinks=false",
        "--client.toolbarMode=minimal",
        "--client.disableDataExport=true",
        "--server.enableXsrfProtection=true",
        "--server.enableCORS=true",
        "--server.enableAgentApi=false",
        '--server.trustedUserHeaders={"x-nadir-session": "session"}',
        "--server.enableStaticServing=false",
        "--logger.enableRich=false",
    ):
        assert needed in options
    sections = tomllib.loads(SETTINGS.read_text("utf-8"))
    assert {"light", "dark"} <= set(sections["theme"])
    assert '--theme.headingFontSizes=["1.9rem", "1.35rem", "1.1rem", "1rem", "1rem", "1rem"]' in options


def test_the_port_is_the_last_word() -> None:
    assert "--server.port=8765" in command(8765)
    assert command(8765)[1:4] == ["-m", "streamlit", "run"]


def test_the_address_of_whatever_encrypts_before_the_server_is_allowed() -> None:
    options = command(8765, "https://nadir.hospital.example")
    assert "--server.allowedHosts=nadir.hospital.example" in options
    assert "--server.allowedHosts=127.0.0.1" in options
    assert "--server.address=127.0.0.1" in options


def test_the_registry_is_the_one_named_else_the_environments_else_in_the_data_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("NADIR_DB", raising=False)
    assert registry_path().name == "registry.duckdb"
    assert registry_path().parent.name == "nadir"
    monkeypatch.setenv("NADIR_DB", str(tmp_path / "b.duckdb"))
    assert registry_path() == tmp_path / "b.duckdb"
    assert registry_path(tmp_path / "a.duckdb") == tmp_path / "a.duckdb"
    assert os.environ["NADIR_DB"].endswith("b.duckdb")


def test_a_server_that_is_told_to_end_ends_whole_and_lets_the_registry_go(tmp_path: Path) -> None:
    path = tmp_path / "registry.duckdb"
    new_registry(path).close()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = f"from registry.serve import serve; serve({str(path)!r}, {port})"
    run = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until = time.monotonic() + 120
        while not _answers(port):
            assert run.poll() is None
            assert time.monotonic() < until
            time.sleep(0.2)
        with pytest.raises(Busy):
            Database.open(path)
        run.send_signal(signal.SIGTERM)
        run.wait(60)
    finally:
        run.kill()
    Database.open(path).close()


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1):
            return True
    except OSError:
        return False
