"""Who sees which page, what the sidebar says, and what is left when nobody is signed in."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from registry import accounts
from registry.accounts.sessions import sessions_of
from registry.roles import Actor, Permission, Role
from registry.screens import signed_in
from registry.screens.catalogue import SCREENS, Screen
from registry.screens.session import open_registry
from tests.registry.screens.conftest import Open

EVERYBODY = ("admin", *accounts.DEMO_USERS)


def words(at: AppTest) -> str:
    parts = [*at.title, *at.header, *at.markdown, *at.caption, *at.info, *at.warning, *at.error]
    return "\n".join(str(part.value) for part in parts)


@pytest.mark.parametrize("who", EVERYBODY)
def test_the_sidebar_says_who_is_signed_in_and_as_what(opened: Open, empty_path: Path, who: str) -> None:
    at = opened(empty_path, as_=who)
    assert [str(one.value) for one in at.exception] == []
    said = "\n".join(one.value for one in at.sidebar.caption)
    role = "data manager" if who == "admin" else str(accounts.DEMO_USERS[who]).replace("_", " ")
    assert f"Signed in as **{who}**" in said
    assert f"{role} everywhere" in said
    assert at.sidebar.button(key="sign out").label == "Sign out"


@pytest.mark.parametrize("who", EVERYBODY)
def test_an_address_that_one_may_not_see_is_no_page(opened: Open, empty_path: Path, who: str) -> None:
    opened(empty_path, as_=who)
    actor = open_registry().actor(who)
    seen = {one.address for one in SCREENS if one.seen_by(actor)}
    assert "home" in seen
    assert ("patient" in seen) is actor.may(Permission.READ)
    for one in SCREENS:
        if one.address in seen:
            assert [str(e.value) for e in opened(empty_path, one.address, as_=who).exception] == []
        else:
            with pytest.raises(ValueError, match="Could not find a navigation page"):
                opened(empty_path, one.address, as_=who)


def test_a_role_at_one_site_is_enough_to_see_a_page() -> None:
    screen = Screen("X", "x", (Permission.LOG, Permission.ACCOUNTS))
    assert screen.seen_by(Actor("a", {"North": frozenset({Role.NURSE})}))
    assert screen.seen_by(Actor("a", {"*": frozenset({Role.ADMIN})}))
    assert not screen.seen_by(Actor("a", {"North": frozenset({Role.CLINICIAN})}))
    assert not screen.seen_by(Actor("a", {}))
    assert Screen("X", "x").seen_by(Actor("a", {}))


def test_roles_are_said_in_words() -> None:
    several = {
        "North": frozenset({Role.NURSE}),
        "South": frozenset({Role.NURSE}),
        "*": frozenset({Role.CLINICIAN}),
    }
    assert signed_in.roles_in_words(Actor("a", several)) == "clinician everywhere, nurse at North and South"
    assert signed_in.roles_in_words(Actor("a", {})) == "no role yet"


@pytest.mark.parametrize("page", [None, "patient", "cohort"])
def test_without_a_session_a_page_shows_nothing_but_that(
    opened: Open, cohort_path: Path, page: str | None
) -> None:
    at = opened(cohort_path, page, as_=None, patient="SYN-003")
    assert "You were signed out" in words(at)
    assert "SYN" not in words(at)
    assert not at.dataframe
    assert not at.sidebar.button
    assert not at.metric


def test_an_ended_session_ends_the_page_at_the_next_click(opened: Open, cohort_path: Path) -> None:
    at = opened(cohort_path, as_="admin")
    assert "Signed in as" in words(at)
    sessions_of(open_registry()).end(at.user[signed_in.SESSION])
    at.run()
    assert "You were signed out" in words(at)
    assert "Signed in as" not in words(at)


def test_the_key_of_a_session_that_never_began_and_claims_open_nothing(
    opened: Open, cohort_path: Path
) -> None:
    at = opened(cohort_path, as_="admin")
    at.user = {**at.user, signed_in.SESSION: "another"}
    at.run()
    assert "You were signed out" in words(at)
    at.user = {"is_logged_in": True, "sub": "admin", "email": "admin@example.org", "roles": ["admin"]}
    at.run()
    assert "You were signed out" in words(at)


def test_a_disabled_account_reads_no_more(opened: Open, empty_path: Path) -> None:
    at = opened(empty_path, as_="demo-nurse")
    registry = open_registry()
    accounts.disable_account(registry, registry.actor(None), "demo-nurse")
    at.run()
    assert "You were signed out" in words(at)


def test_changed_roles_count_at_the_next_click(opened: Open, empty_path: Path) -> None:
    at = opened(empty_path, as_="demo-nurse")
    registry = open_registry()
    accounts.set_roles(registry, registry.actor(None), "demo-nurse", {"*": ["clinician"]})
    at.run()
    assert "clinician everywhere" in "\n".join(one.value for one in at.sidebar.caption)
    with pytest.raises(ValueError, match="Could not find a navigation page"):
        at.switch_page("registry/screens/pages/log.py")


def test_signing_out_ends_the_session_and_is_written(opened: Open, empty_path: Path) -> None:
    at = opened(empty_path, as_="demo-nurse")
    key = at.user[signed_in.SESSION]
    at.sidebar.button(key="sign out").click().run()
    assert "You were signed out" in words(at)
    registry = open_registry()
    assert sessions_of(registry).live(key) is None
    last = registry.rows("SELECT actor, action FROM audit_event ORDER BY seq DESC LIMIT 1")
    assert last == [("demo-nurse", "sign_out")]


def test_the_way_back_is_the_address_itself(opened: Open, cohort_path: Path) -> None:
    at = opened(cohort_path, as_=None, patient="SYN-003")
    (link,) = at.get("html")
    assert 'href="/?patient=SYN-003"' in link.proto.body


@pytest.mark.parametrize(
    ("address", "query", "leads"),
    [
        ("http://here:8501/patient?patient=P1", {"patient": "P1"}, "/patient?patient=P1"),
        ("http://here:8501//evil.invalid/patient", {}, "/evil.invalid/patient"),
        ("http://here:8501/\\evil.invalid", {}, "/evil.invalid"),
        ("http://here:8501/patient", {"patient": "A&B=1 #x"}, "/patient?patient=A%26B%3D1%20%23x"),
        (None, {}, "/"),
    ],
)
def test_the_way_back_after_signing_in_stays_on_this_server_and_at_this_patient(
    monkeypatch: pytest.MonkeyPatch, address: str | None, query: dict[str, str], leads: str
) -> None:
    asked = SimpleNamespace(to_dict=lambda: query)
    page = SimpleNamespace(context=SimpleNamespace(url=address), query_params=asked)
    monkeypatch.setattr(signed_in, "st", page)
    assert signed_in._here() == leads
