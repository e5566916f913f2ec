"""Sessions by a clock that moves only when told."""

import threading
from datetime import date
from typing import Any

import pytest

from registry import accounts
from registry.accounts.leaving import sign_out
from registry.accounts.limits import LIMITS
from registry.accounts.sessions import Sessions, key_of, sessions_of
from registry.roles import Actor
from registry.store.database import Database
from tests.conftest import Clock

CLAIMS: dict[str, Any] = {"iss": "http://here/identity", "sub": "mira", "nonce": "n1", "iat": 1}


@pytest.fixture
def sessions(registry: Database) -> Sessions:
    return sessions_of(registry)


def test_a_key_names_one_sign_in() -> None:
    key = key_of(CLAIMS)
    assert key == key_of({**CLAIMS, "roles": ["admin"], "exp": 9})
    for changed in ({"iss": "http://there"}, {"sub": "jonas"}, {"nonce": "n2"}, {"iat": 2}):
        assert key_of({**CLAIMS, **changed}) != key


@pytest.mark.parametrize("missing", ["iss", "sub", "nonce", "iat"])
def test_claims_that_lack_something_name_nobody(missing: str) -> None:
    assert key_of({name: value for name, value in CLAIMS.items() if name != missing}) is None
    assert key_of({**CLAIMS, missing: None}) is None
    assert key_of({**CLAIMS, missing: ["list"]}) is None


def test_without_a_nonce_nobody_is_named() -> None:
    assert key_of({**CLAIMS, "nonce": ""}) is None
    assert key_of({}) is None
    assert key_of(None) is None


def test_an_idle_session_ends_and_a_click_keeps_it(sessions: Sessions, clock: Clock) -> None:
    sessions.begin("k", "mira")
    clock.advance(seconds=LIMITS.idle.total_seconds() - 1)
    assert sessions.use("k") is not None
    clock.advance(seconds=LIMITS.idle.total_seconds() - 1)
    assert sessions.live("k") is not None, "looking is no click"
    clock.advance(seconds=1)
    assert sessions.live("k") is None
    assert sessions.use("k") is None, "and no click brings it back"


def test_a_session_ends_after_a_shift_whatever_is_done(sessions: Sessions, clock: Clock) -> None:
    begun = sessions.begin("k", "mira").began_at
    while clock.advance(minutes=20) - begun < LIMITS.absolute:
        assert sessions.use("k") is not None
    assert sessions.use("k") is None


def test_an_ended_session_is_gone_under_every_key(sessions: Sessions) -> None:
    sessions.begin("first", "mira")
    sessions.begin("second", "mira", instead_of="first")
    assert sessions.live("first") is sessions.live("second") is not None
    assert sessions.end("first") is not None
    assert sessions.live("second") is None
    assert sessions.end("second") is None


def test_somebody_else_at_the_same_browser_ends_the_session_before(sessions: Sessions) -> None:
    sessions.begin("first", "mira")
    sessions.begin("second", "jonas", instead_of="first")
    assert sessions.live("first") is None
    assert sessions.live("second") is not None


def test_all_sessions_of_an_account_end_but_one(sessions: Sessions) -> None:
    for key in ("a", "b", "c"):
        sessions.begin(key, "mira")
    sessions.begin("other", "jonas")
    assert sessions.end_all("mira", but="b") == 2
    assert [key for key in ("a", "b", "c", "other") if sessions.live(key)] == ["b", "other"]
    assert sessions.end_all("mira") == 1


def test_ended_sessions_leave_no_memory(sessions: Sessions, clock: Clock) -> None:
    for number in range(100):
        sessions.begin(f"k{number}", "mira")
    clock.advance(seconds=LIMITS.idle.total_seconds())
    sessions.begin("last", "mira")
    assert len(sessions._held) == 1


def test_disabling_and_resetting_end_sessions(
    registry: Database, operator: Actor, sessions: Sessions
) -> None:
    accounts.add_account(registry, operator, "mira", {"*": ["nurse"]}, today=date(2026, 3, 31))
    sessions.begin("a", "mira")
    accounts.reset(registry, operator, "mira")
    assert sessions.live("a") is None
    sessions.begin("b", "mira")
    accounts.disable_account(registry, operator, "mira")
    assert sessions.live("b") is None


def test_signing_out_is_written_once(registry: Database, sessions: Sessions) -> None:
    sessions.begin("k", "admin")
    assert sign_out(registry, "k")
    assert not sign_out(registry, "k")
    assert not sign_out(registry, None)
    events = registry.rows("SELECT actor, action, subject FROM audit_event WHERE action = 'sign_out'")
    assert events == [("admin", "sign_out", "admin")]


def test_only_a_proof_that_was_asked_for_anew_is_one(
    registry: Database, sessions: Sessions, clock: Clock
) -> None:
    from registry import review

    assert sessions.begin("a", "mira", local=False).proved_at is None
    anew = sessions.begin("b", "mira", local=False, instead_of="a", anew=True)
    assert sessions.live("a") is anew
    assert review.at_the_provider(registry, anew.proved_at)("mira") == "provider"
    clock.advance(minutes=5)
    assert review.at_the_provider(registry, anew.proved_at)("mira") == "provider"
    clock.advance(seconds=1)
    assert review.at_the_provider(registry, anew.proved_at)("mira") is None
    assert review.at_the_provider(registry, None)("mira") is None


def test_every_registry_has_sessions_of_its_own(registry: Database, sessions: Sessions, clock: Clock) -> None:
    with Database.open(registry.path.with_name("other.duckdb"), create=True, now=clock) as other:
        sessions.begin("k", "admin")
        assert sessions_of(other).live("k") is None
        assert sessions_of(registry).live("k") is not None


def test_many_threads_share_the_sessions(sessions: Sessions) -> None:
    failed: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for turn in range(200):
                key = f"{number} {turn}"
                sessions.begin(key, f"person{number % 3}")
                sessions.use(key)
                if turn % 50 == 0:
                    sessions.end_all(f"person{number % 3}")
                sessions.end(key)
                assert sessions.live(key) is None
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert sessions._held == {}
