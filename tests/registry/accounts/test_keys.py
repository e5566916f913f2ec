"""Keys on the disk, and tickets sealed with them."""

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from registry.accounts import ticket
from registry.accounts.keys import Keys
from registry.errors import NadirError, Usage

NOW = datetime(2026, 3, 31, 9, 30)


def test_keys_are_made_once_and_only_their_owner_can_read_them(tmp_path: Path) -> None:
    registry = tmp_path / "registry.duckdb"
    keys = Keys.beside(registry)
    assert Keys.beside(registry) == keys
    folder = tmp_path / "registry.duckdb.keys"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert files == dict.fromkeys(("client-secret", "cookie-secret", "form-secret", "signing-key.pem"), 0o600)
    assert len({keys.cookie, keys.client, keys.form}) == 3
    assert min(len(one) for one in (keys.cookie, keys.client, keys.form)) >= 64
    assert keys.signing.startswith(b"-----BEGIN")


def test_two_registries_have_different_keys(tmp_path: Path) -> None:
    one, other = Keys.beside(tmp_path / "a.duckdb"), Keys.beside(tmp_path / "b.duckdb")
    assert one.cookie != other.cookie
    assert one.signing != other.signing


def test_keys_that_others_can_read_are_refused(tmp_path: Path) -> None:
    registry = tmp_path / "registry.duckdb"
    Keys.beside(registry)
    (tmp_path / "registry.duckdb.keys" / "cookie-secret").chmod(0o644)
    with pytest.raises(Usage, match=r"Others can read .*chmod 600"):
        Keys.beside(registry)


def test_starts_at_the_same_time_agree(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: Keys.beside(tmp_path / "registry.duckdb"), range(8)))
    assert len({(one.cookie, one.signing) for one in made}) == 1
    assert len(list((tmp_path / "registry.duckdb.keys").iterdir())) == 4


def test_a_folder_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NadirError, match="cannot be read or made"):
        Keys.beside(tmp_path / "file" / "registry.duckdb")


def test_keys_do_not_show_themselves(tmp_path: Path) -> None:
    keys = Keys.beside(tmp_path / "registry.duckdb")
    assert keys.cookie not in f"{keys} {keys!r}"


def test_a_ticket_says_what_was_written_until_it_is_too_old() -> None:
    written = ticket.write("secret", "form", {"state": "a", "nonce": "ü"}, NOW)
    assert ticket.read("secret", "form", written, NOW - timedelta(seconds=1)) == {"state": "a", "nonce": "ü"}
    assert ticket.read("secret", "form", written, NOW) is None


def test_a_ticket_of_another_secret_or_kind_or_altered_is_none() -> None:
    written = ticket.write("secret", "form", {"state": "a"}, NOW)
    before = NOW - timedelta(seconds=1)
    assert ticket.read("other", "form", written, before) is None
    assert ticket.read("secret", "choose", written, before) is None
    body, _, seal = written.partition(".")
    for text in (
        "",
        ".",
        body,
        f"{body}.",
        f".{seal}",
        f"x{written}",
        f"{written}x",
        "ü.ü",
        f"{seal}.{body}",
    ):
        assert ticket.read("secret", "form", text, before) is None
