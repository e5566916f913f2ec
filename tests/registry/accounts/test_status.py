"""How accounts stand, for whoever administers them."""

from datetime import timedelta

import pytest

from registry import accounts, record
from registry.accounts import credentials
from registry.accounts.limits import LIMITS
from registry.accounts.sessions import sessions_of
from registry.accounts.status import Standing, end_sessions, known_sites, standings
from registry.errors import AlreadyDone, NotPermitted, Usage
from registry.roles import Actor, SecurityEvent
from registry.store.database import Database
from registry.tasks.audit_trail import trail
from tests.conftest import NOW, Clock


@pytest.fixture
def code(registry: Database, operator: Actor) -> str:
    """The one-time code of mira, who is a nurse in the North."""
    return accounts.add_account(registry, operator, "mira", {"North": ["nurse"]}, today=NOW.date())


def standing(db: Database, name: str = "mira") -> Standing:
    return next(one for one in standings(db, db.actor(None)) if one.account.name == name)


def test_a_new_account_waits_with_a_code_that_runs_out(registry: Database, code: str, clock: Clock) -> None:
    new = standing(registry)
    assert (new.has_password, new.code_until, new.last_sign_in_at) == (False, NOW + LIMITS.code, None)
    assert new.words == "code until 3 Apr 2026 09:30 UTC"
    clock.advance(hours=72)
    assert standing(registry).code_until is None


def test_a_lock_is_shown_while_it_lasts(registry: Database, code: str, clock: Clock) -> None:
    for _ in range(LIMITS.tries):
        assert credentials.check(registry, "mira", "not the password") is None
    assert standing(registry).words == f"locked until {NOW + LIMITS.lock:%H:%M} UTC"
    clock.advance(seconds=LIMITS.lock / timedelta(seconds=1))
    assert standing(registry).locked_until is None


def test_the_last_sign_in_and_the_sessions_are_counted_and_ended(
    registry: Database, operator: Actor, code: str, clock: Clock
) -> None:
    for number in range(2):
        sessions_of(registry).begin(f"key {number}", "mira")
        at = clock.advance(minutes=1)
        with registry.log_security_event(SecurityEvent.SIGN_IN, "mira", by="mira"):
            pass
    assert (standing(registry).sessions, standing(registry).last_sign_in_at) == (2, at)
    assert standing(registry, "admin").sessions == 0
    assert end_sessions(registry, operator, "mira") == 2
    assert standing(registry).sessions == 0
    assert sessions_of(registry).live("key 0") is None
    event = trail(registry, operator, take=1).rows[0]
    assert (event["actor"], event["action"], event["subject"]) == ("admin", "sign_out", "mira")
    assert end_sessions(registry, operator, "mira") == 0


def test_a_session_that_ran_out_is_none(registry: Database, code: str, clock: Clock) -> None:
    sessions_of(registry).begin("key", "mira")
    clock.advance(seconds=LIMITS.idle / timedelta(seconds=1))
    assert standing(registry).sessions == 0


def test_a_disabled_account_says_so(registry: Database, operator: Actor, code: str) -> None:
    accounts.disable_account(registry, operator, "mira")
    assert standing(registry).words == "disabled"


def test_a_request_that_comes_twice_is_done_once(registry: Database, operator: Actor) -> None:
    today = NOW.date()
    accounts.add_account(registry, operator, "mira", {"*": ["nurse"]}, today=today, key="add")
    with pytest.raises(AlreadyDone):
        accounts.add_account(registry, operator, "mira", {"*": ["nurse"]}, today=today, key="add")
    accounts.reset(registry, operator, "mira", key="reset")
    with pytest.raises(AlreadyDone):
        accounts.reset(registry, operator, "mira", key="reset")


def test_sites_are_those_of_patients_and_roles(registry: Database, operator: Actor, code: str) -> None:
    record.log(registry, operator, "patient", {"patient_id": "P1", "site": "South"}, today=NOW.date())
    assert known_sites(registry, operator) == ["North", "South"]


def test_only_an_administrator_sees_how_accounts_stand_or_ends_sessions(
    registry: Database, code: str
) -> None:
    mira = registry.actor("mira")
    with pytest.raises(NotPermitted):
        standings(registry, mira)
    with pytest.raises(NotPermitted):
        end_sessions(registry, mira, "admin")
    with pytest.raises(NotPermitted):
        known_sites(registry, mira)
    with pytest.raises(Usage):
        end_sessions(registry, registry.actor(None), "nobody")
