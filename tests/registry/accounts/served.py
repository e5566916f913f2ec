"""The real app in a process of its own, by a clock that the test moves, and a client that is no browser.

Run as a program it serves `app.py` as `nadir serve` does; only the registry that it opens has another clock. What a
colleague at the same server would do meanwhile (disable an account, say) is asked for over a socket.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from html import unescape
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import Any

import httpx

from registry.serve import command, environment

PASSWORD = "three quiet words"
TICKET = re.compile(r'name="ticket" value="([^"]+)"')
COOKIE = "nadir_session"
_SOCKET = "NADIR_TEST_SOCKET"


class Person:
    """A client with a cookie jar, such as a browser has, or an attacker."""

    def __init__(self, base: str) -> None:
        self.base = base
        kept = httpx.Limits(max_keepalive_connections=0)  # nothing is left open when a test is over
        self.http = httpx.Client(base_url=base, follow_redirects=False, timeout=60, limits=kept)

    def get(self, path: str, **given: Any) -> httpx.Response:
        return self.http.get(path, **given)

    def post(self, path: str, fields: dict[str, str], **headers: str) -> httpx.Response:
        return self.http.post(path, data=fields, headers={"origin": self.base, **headers})

    def follow(self, answer: httpx.Response) -> httpx.Response:
        """Go where answers lead, as long as it is to this server."""
        for _ in range(10):
            if "location" not in answer.headers:
                return answer
            address = httpx.URL(self.base).join(answer.headers["location"])
            assert str(address).startswith(self.base), f"led away to {address}"
            answer = self.http.get(address)
        raise AssertionError("led around in circles")

    def form(self, path: str = "/") -> str:
        """The ticket of the sign-in form, opened as somebody who wants to see `path`."""
        answer = self.follow(self.get(path))
        assert answer.url.path == "/identity/sign-in"
        return ticket_of(answer)

    def sign_in(self, name: str, secret: str = PASSWORD, path: str = "/") -> httpx.Response:
        """Sign in; the answer is the page that was asked for at first, or the form again."""
        answer = self.post("/identity/sign-in", {"ticket": self.form(path), "name": name, "password": secret})
        return self.follow(answer)

    def choose(self, answer: httpx.Response, password: str = PASSWORD) -> httpx.Response:
        """Choose a password on the page that a one-time code leads to."""
        fields = {"ticket": ticket_of(answer), "new": password, "again": password}
        return self.follow(self.post("/identity/choose", fields))

    def is_in(self) -> bool:
        """Whether the app answers."""
        return self.get("/_stcore/host-config").status_code == 200

    @property
    def cookies(self) -> str:
        return "; ".join(f"{one.name}={one.value}" for one in self.http.cookies.jar)


def ticket_of(answer: httpx.Response) -> str:
    found = TICKET.search(answer.text)
    assert found, answer.text
    return unescape(found[1])


class House:
    """A server, and what its administrator does."""

    def __init__(self, base: str, path: Path, ask: Connection, run: subprocess.Popen[bytes]) -> None:
        self.base = base
        self.run = run
        self.path = path
        self._ask = ask

    def person(self) -> Person:
        return Person(self.base)

    def do(self, what: str, *given: Any) -> Any:
        self._ask.send((what, given))
        done, answer = self._ask.recv()
        assert done, answer
        return answer

    def stop(self, signal_number: int) -> int:
        """Stop the server as an operating system does; returns its exit code."""
        self.run.send_signal(signal_number)
        return self.run.wait(30)

    def pass_time(self, **by: float) -> None:
        self.do("pass_time", by)

    def rows(self, query: str, *params: object) -> list[tuple[Any, ...]]:
        return list(self.do("rows", query, params))

    def add(self, name: str, *roles: str, password: str | None = PASSWORD) -> str:
        """Add an account; with `password` it has signed in once and chosen that. Returns the one-time code."""
        code = str(self.do("add", name, {"*": list(roles or ["nurse"])}))
        if password is not None:
            self.do("choose", name, code, password)
        return code

    def signed_in(self, name: str) -> Person:
        person = self.person()
        assert person.sign_in(name).status_code == 200
        assert person.is_in()
        return person

    def happened(self, name: str) -> list[str]:
        """What the audit trail says of an account."""
        query = "SELECT action FROM audit_event WHERE subject = $1 ORDER BY seq"
        return [action for (action,) in self.rows(query, name)]

    @property
    def log(self) -> str:
        return self.path.with_suffix(".log").read_text()


@contextmanager
def house(path: Path, port: int, *, demo: bool = False, sign_in: Path | None = None) -> Iterator[House]:
    """Serve the registry at `path`, which is closed and has the operator's account at least."""
    socket = path.with_suffix(".sock")
    surroundings = environment(path, demo=demo, sign_in=sign_in) | {_SOCKET: str(socket)}
    with path.with_suffix(".log").open("w") as log:
        run = subprocess.Popen(
            [sys.executable, "-m", "tests.registry.accounts.served", *command(port)[3:]],
            env=surroundings,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            base = f"http://127.0.0.1:{port}"
            _wait(base, run, path.with_suffix(".log"))
            with Client(str(socket)) as ask:
                yield House(base, path, ask, run)
        finally:
            run.terminate()
            run.wait(20)


def _wait(base: str, run: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            if httpx.get(f"{base}/_stcore/health").status_code == 200:
                return
        except httpx.TransportError:
            pass
        if run.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"the server did not start: {log.read_text()}")
        time.sleep(0.1)


def _serve() -> None:
    from streamlit.web import cli

    from registry import accounts
    from registry.accounts import credentials, passwords
    from registry.screens import held, signed_in
    from registry.store.database import Database, utc_now

    ahead = [timedelta()]
    database = Database.open(Path(os.environ["NADIR_DB"]), now=lambda: utc_now() + ahead[0])
    held._held.append(database)  # as if this server had opened it by the clock of the machine
    operator = database.actor(None)

    def pass_time(by: dict[str, float]) -> None:
        ahead[0] += timedelta(**by)

    def add(name: str, roles: Any) -> str:
        return accounts.add_account(database, operator, name, roles, today=date(2026, 3, 31))

    def break_pages(words: str) -> None:
        def broken(actor: Any) -> str:
            raise ValueError(words)

        signed_in.roles_in_words = broken

    def clear_caches() -> None:
        import streamlit as st

        st.cache_data.clear()
        st.cache_resource.clear()

    can: dict[str, Callable[..., Any]] = {
        "clear_caches": clear_caches,
        "break_pages": break_pages,
        "pass_time": pass_time,
        "add": add,
        "choose": lambda name, code, password: credentials.choose(
            database, name, passwords.code_digest(code), password
        ),
        "rows": lambda query, params: database.rows(query, params),
        "revision": lambda: database.revision,
        "disable": lambda name: accounts.disable_account(database, operator, name),
        "enable": lambda name: accounts.enable_account(database, operator, name),
        "reset": lambda name: accounts.reset(database, operator, name),
        "set_roles": lambda name, roles: accounts.set_roles(database, operator, name, roles),
        "first_code": lambda: accounts.first_code(database),
    }

    def obey() -> None:
        with Listener(os.environ[_SOCKET]) as listener, listener.accept() as asked:
            while True:
                try:
                    what, given = asked.recv()
                except EOFError:
                    return
                try:
                    asked.send((True, can[what](*given)))
                except Exception as error:
                    asked.send((False, repr(error)))

    threading.Thread(target=obey, daemon=True).start()
    cli.main(sys.argv[1:])


if __name__ == "__main__":
    _serve()
