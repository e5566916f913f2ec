"""A page's live connection as a program sees it: what is sent, and every byte that comes back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from tests.registry.accounts.served import House, Person


class Live:
    """An open page."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self.session_id = ""

    def forge(self, frame: bytes | str) -> None:
        """Send what no browser would."""
        self._socket.send(frame)

    def send(self, *, page_hash: str = "", page_name: str = "", query: str = "") -> None:
        message = BackMsg()
        message.rerun_script.page_script_hash = page_hash
        message.rerun_script.page_name = page_name
        message.rerun_script.query_string = query
        self._socket.send(message.SerializeToString())

    def drawn(self, seconds: float = 30) -> list[ForwardMsg]:
        """Everything that comes until the script has run once."""
        found = []
        until = time.monotonic() + seconds
        while True:
            message = ForwardMsg()
            message.ParseFromString(
                self._socket.recv(timeout=max(0.01, until - time.monotonic()), decode=False)
            )
            found.append(message)
            if message.HasField("new_session"):
                self.session_id = message.new_session.initialize.session_id or self.session_id
            if message.WhichOneof("type") == "script_finished":
                return found

    def ask(self, *, page_hash: str = "", page_name: str = "", query: str = "") -> list[ForwardMsg]:
        self.send(page_hash=page_hash, page_name=page_name, query=query)
        return self.drawn()


@contextmanager
def live(home: House, person: Person, session_id: str = "", **headers: str) -> Iterator[Live]:
    """Open the page's connection as the browser of `person` does."""
    person.get("/_stcore/health")  # gives the cookie against forged requests
    xsrf = person.http.cookies.get("_streamlit_xsrf") or ""
    protocols = [Subprotocol(one) for one in ("streamlit", xsrf or "none", session_id) if one]
    with connect(
        home.base.replace("http", "ws") + "/_stcore/stream",
        origin=Origin(home.base),
        additional_headers={"Cookie": person.cookies, **headers},
        subprotocols=protocols,
        max_size=None,
        compression=None,
    ) as socket:
        yield Live(socket)


def refused(home: House, cookies: str, *, origin: str | None = None, host: str | None = None) -> int | None:
    """The status with which a connection is refused; None if it is opened."""
    headers = {"Cookie": cookies} | ({"Host": host} if host else {})
    try:
        with connect(
            home.base.replace("http", "ws") + "/_stcore/stream",
            origin=Origin(origin) if origin else None,
            additional_headers=headers,
            subprotocols=[Subprotocol("streamlit")],
        ):
            return None
    except InvalidStatus as error:
        return error.response.status_code


def text(messages: list[ForwardMsg]) -> str:
    """All that was sent, as text."""
    return "\n".join(str(message) for message in messages)


def pages_of(messages: list[ForwardMsg]) -> dict[str, str]:
    """Address and hash of every page that the navigation names."""
    found = [one.navigation for one in messages if one.HasField("navigation")]
    return {page.url_pathname: page.page_script_hash for page in found[-1].app_pages} if found else {}
