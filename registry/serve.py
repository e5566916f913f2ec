"""Serving the app from wherever it is installed: which registry, which settings, on this computer only."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import tomllib
import urllib.request
import webbrowser
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import platformdirs

from registry.accounts import settings
from registry.errors import Usage
from registry.store.copying import folder_of

HERE = Path(__file__).resolve().parent.parent
APP = HERE / "app.py"
SETTINGS = HERE / ".streamlit" / "config.toml"
DEFAULT_PORT = 8501
BACKUPS = "NADIR_BACKUPS"
"""The environment's name for the folder of the hourly copies."""


def registry_path(given: Path | str | None = None) -> Path:
    """The registry's file: `given`, else the environment's NADIR_DB, else one in the user's data folder."""
    chosen = given or os.environ.get("NADIR_DB")
    return (
        Path(chosen) if chosen else platformdirs.user_data_path("nadir", appauthor=False) / "registry.duckdb"
    )


def server_options() -> list[str]:
    """The shipped settings as options of `streamlit run`.

    Passed one by one because a settings file is found by the folder one is in, and an installed app has none.
    """
    settings = tomllib.loads(SETTINGS.read_text("utf-8"))
    return [f"--{name}={part}" for name, value in _flat(settings) for part in _parts(name, value)]


def _flat(settings: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in settings.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _parts(name: str, value: object) -> list[str]:
    """What the option is given as: hosts one by one, every other list as JSON."""
    if name == "server.allowedHosts" and isinstance(value, list):
        return [str(host) for host in value]
    return [value if isinstance(value, str) else json.dumps(value)]


def command(port: int, address: str | None = None) -> list[str]:
    """The command that serves the app on 127.0.0.1 at `port`.

    `address` is the one at which browsers reach it, where something that encrypts stands before it.
    """
    if not APP.exists():
        raise Usage(f"The app is not where it belongs ({APP}). Install Nadir again.")
    run = [sys.executable, "-m", "streamlit", "run", str(APP), *server_options()]
    host = urlsplit(address or "").hostname
    run += [f"--server.allowedHosts={host}"] if host else []
    return [*run, f"--server.port={port}", "--browser.serverAddress=127.0.0.1"]


def backups_folder() -> Path | None:
    """Where the server keeps the hourly copies of its registry; None for a demonstration, which can be made again."""
    if settings.current().demo:
        return None
    return copies_of(registry_path())


def copies_of(path: Path) -> Path:
    """The folder of the copies of a registry: the environment's NADIR_BACKUPS, else `backups` beside it."""
    return folder_of(path, os.environ.get(BACKUPS))


def environment(
    db_path: Path | str,
    *,
    demo: bool = False,
    sign_in: Path | str | None = None,
    backups: Path | str | None = None,
) -> dict[str, str]:
    """The environment in which the server finds its registry, its copies, and how people sign in to it.

    Raises Usage for a sign-in file that is missing or wrong, and for a demonstration with one.
    """
    file = sign_in or os.environ.get(settings.SIGN_IN)
    if file:
        settings.read(Path(file))
        if demo:
            raise Usage(
                "A demonstration lets everybody in, so it takes no sign-in file. Leave one of them out."
            )
    chosen = {
        "NADIR_DB": str(Path(db_path).resolve()),
        BACKUPS: str(folder_of(Path(db_path), backups or os.environ.get(BACKUPS))),
        settings.DEMO: "yes" if demo else "",
        settings.SIGN_IN: str(Path(file).resolve()) if file else "",
    }
    return os.environ | chosen


def serve(
    db_path: Path | str,
    port: int = DEFAULT_PORT,
    open_browser: bool = False,
    demo: bool = False,
    sign_in: Path | str | None = None,
    backups: Path | str | None = None,
) -> int:
    """Serve the registry at `db_path` in the foreground until it is stopped; returns the exit code.

    Only this computer can reach it. The registry must be closed here: the server opens it for itself. With `demo`,
    the users of the demonstration are one click away: only for a registry that is declared synthetic, else Refused
    is raised. `sign_in` is a TOML file that describes a hospital's OpenID provider (else the environment's
    NADIR_SIGN_IN); without one, people sign in with a password of the registry. `backups` is the folder of the hourly
    copies (else the environment's NADIR_BACKUPS, else `backups` beside the registry).
    """
    surroundings = environment(db_path, demo=demo, sign_in=sign_in, backups=backups)
    if demo:
        _prepare_demo(Path(db_path))
    hospital = settings.read(Path(named)) if (named := surroundings[settings.SIGN_IN]) else None
    server = subprocess.Popen(command(port, hospital.address if hospital else None), env=surroundings)
    if open_browser:
        threading.Thread(target=_open_when_ready, args=(port, server), daemon=True).start()
    if threading.current_thread() is threading.main_thread():  # only there can a signal be listened to
        signal.signal(signal.SIGTERM, lambda *_: server.terminate())
    try:
        return server.wait()
    except KeyboardInterrupt:
        server.terminate()
        return server.wait()


def _prepare_demo(path: Path) -> None:
    """Make sure that the users of the demonstration are there; raises Refused if the registry is not synthetic."""
    from registry.accounts.service import demo_users
    from registry.store.database import Database

    with Database.open(path) as db:
        demo_users(db, db.actor(None), today=db.now().date())


def _open_when_ready(port: int, server: subprocess.Popen[bytes]) -> None:
    address = f"http://127.0.0.1:{port}"
    while server.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):  # noqa: S310
                webbrowser.open_new_tab(address)
                return
        except OSError:
            time.sleep(0.1)


def warm() -> None:
    """Load the criteria in use and judge nobody by them: the engine is compiled (half a minute) or read from disk."""
    from adjudication.response import criteria, engine, series

    for criteria_id in criteria.DEFAULTS.values():
        engine.adjudicate(series.nobody(), criteria.load(criteria_id).rule)
