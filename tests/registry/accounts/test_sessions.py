"""Sessions by a clock that moves only when told."""

import threading
from datetime import date

import pytest

from registry import accounts
from registry.accounts.limits import LIMITS
from registry.accounts.sessions import (
    BY_CLICK,
    BY_HOSPITAL,
    BY_PASSWORD,
    Sessions,
    key_of,
    sessions_of,
    sign_in,
    sign_out,
)
from registry.errors import NotPermitted
from registry.roles import Actor
from registry.store.database import Database
from tests.conftest import Clock

ID = "A" * 43


@pytest.fixture
def sessions(registry: Database) -> Sessions:
    return sessions_of(registry)


def test_a_key_names_one_session_and_does_not_tell_its_id() -> None:
    key = key_of(ID)
    assert key is not None
    assert key == key_of(ID)
    assert ID not in key
    assert key_of("B" + ID[1:]) != key


@pytest.mark.parametrize("text", [None, "", ID[1:], f"{ID}A", ID[1:] + "=", ID[1:] + "\n", "ü" * 43])
def test_what_is_no_id_names_nobody(text: str | None) -> None:
    assert key_of(text) is None


def test_every_sign_in_has_a_new_id_and_is_written(registry: Database, sessions: Sessions) -> None:
    ids = {sign_in(registry, "admin", BY_PASSWORD) for _ in range(20)}
    assert len(ids) == 20
    assert all(sessions.live(key_of(one)) for one in ids)
    events = registry.rows("SELECT actor, action, after FROM audit_event WHERE action = 'sign_in'")
    assert events == [("admin", "sign_in", '{"by":["pwd"]}')] * 20


def test_nobody_without_an_account_gets_a_session(
    registry: Database, operator: Actor, sessions: Sessions
) -> None:
    accounts.add_account(registry, operator, "mira", {"*": ["nurse"]}, today=date(2026, 3, 31))
    accounts.disable_account(registry, operator, "mira")
    for name in ("nobody", "mira"):
        with pytest.raises(NotPermitted):
            sign_in(registry, name, BY_PASSWORD)
    assert sessions._held == {}


def test_only_a_password_makes_a_session_local(registry: Database, sessions: Sessions) -> None:
    local = {how: sessions.live(key_of(sign_in(registry, "admin", how))) for how in (BY_CLICK, BY_HOSPITAL)}
    assert [one.local for one in local.values() if one] == [False, False]
    begun = sessions.live(key_of(sign_in(registry, "admin", BY_PASSWORD)))
    assert begun is not None
    assert begun.local


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
