"""What a page may send, forged by a program: nothing that one person sends ends what others do."""

import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.exceptions import ConnectionClosed

from registry.store.anchor import Anchor, Kind
from registry.store.database import Database
from tests.registry.accounts.conftest import free_port
from tests.registry.accounts.pages import live, text
from tests.registry.accounts.served import House, house


def every_message() -> dict[str, bytes]:
    """A message of every type that the library knows, with its first value set."""
    messages = {}
    for field in BackMsg.DESCRIPTOR.fields:
        message = BackMsg()
        if field.message_type is None:
            setattr(message, field.name, True)
        else:
            getattr(message, field.name).SetInParent()
        messages[field.name] = message.SerializeToString()
    return messages


def malformed() -> dict[str, bytes | str]:
    rerun = every_message()["rerun_script"]
    rng = random.Random(7)
    forged: dict[str, bytes | str] = {
        "empty": b"",
        "text": "clear_cache",
        "cut off": b"\x5a\xff",
        "unknown field": b"\xfa\x3f\x01x",
        "clear_cache after a rerun": rerun + every_message()["clear_cache"],
        "long": b"\x00" * 100_000,
    }
    forged |= {f"noise {number}": rng.randbytes(number) for number in (1, 7, 64, 1000)}
    return forged


@pytest.mark.parametrize("kind", [*every_message(), *malformed()])
def test_a_forged_message_signs_nobody_out_and_leaves_the_registry_open(
    home: House, name: Callable[[], str], kind: str
) -> None:
    attacker, other = name(), name()
    home.add(attacker)
    home.add(other)
    bystander, forger = home.signed_in(other), home.signed_in(attacker)
    frame = (every_message() | malformed())[kind]
    with live(home, bystander) as page:
        page.ask()
        with live(home, forger) as forged:
            forged.ask()
            try:
                forged.forge(frame)
                forged.ask()
            except (ConnectionClosed, TimeoutError):
                pass  # what becomes of the forger's own page is the forger's
        assert bystander.is_in()
        assert "script_finished" in text(page.ask())
    assert forger.is_in()
    assert home.rows("SELECT count(*) FROM account")[0][0] > 0
    assert home.run.poll() is None


def test_a_message_that_a_page_never_sends_does_not_even_disturb_its_sender(
    home: House, name: Callable[[], str]
) -> None:
    who = name()
    home.add(who)
    with live(home, home.signed_in(who)) as page:
        page.ask()
        for kind in (
            "clear_cache",
            "set_run_on_save",
            "debug_shutdown_runtime",
            "debug_disconnect_websocket",
        ):
            page.forge(every_message()[kind])
            assert "script_finished" in text(page.ask())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_server_that_is_stopped_has_closed_its_registry(tmp_path: Path, number: int) -> None:
    path = tmp_path / "registry.duckdb"
    Database.open(path, create=True).close()
    with house(path, free_port()) as home:
        home.add("mira")
        with live(home, home.signed_in("mira")) as page:
            page.ask()
            home.stop(number)
    last = Anchor(path).last()
    assert last is not None
    assert last.kind is Kind.CLOSED
    assert last.file_digest is not None
    log = Path(f"{path}.wal")
    assert not log.exists() or log.stat().st_size == 0
    assert Database.verify_path(path) == []
    with Database.open(path) as db:
        assert db.altered_outside is None


def test_clearing_every_cache_loses_neither_the_registry_nor_a_session(home: House) -> None:
    home.add("keeper")
    keeper = home.signed_in("keeper")
    home.do("clear_caches")
    time.sleep(0.1)
    assert keeper.is_in()
    with live(home, keeper) as page:
        assert "script_finished" in text(page.ask())
