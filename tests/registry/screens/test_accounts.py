"""The accounts page: an administrator does there all that `nadir user` does, and nobody else has it."""

import re
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from registry import accounts
from registry.accounts import credentials
from registry.accounts.sessions import sessions_of
from registry.screens.session import open_registry
from tests.registry.screens.conftest import Open
from tests.registry.screens.test_pages import said, sound
from tests.templates import copied, new_registry

CODE = re.compile(r"[A-Z0-9]{4}(-[A-Z0-9]{4}){3}")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A registry with one more account: mira, a nurse in the North."""
    return copied("accounts", with_mira, tmp_path / "accounts.duckdb")


def with_mira(path: Path) -> None:
    with new_registry(path) as db:
        accounts.add_account(db, db.actor(None), "mira", {"North": ["nurse"]}, today=db.now().date())


def listed(at: AppTest) -> dict[str, dict[Hashable, Any]]:
    return {row["name"]: row for row in at.dataframe[0].value.to_dict("records")}


def choose(at: AppTest, name: str) -> AppTest:
    return sound(at.selectbox(key="accounts chosen").set_value(name).run())


def add(at: AppTest, name: str, *roles: str) -> AppTest:
    at.text_input(key="accounts new name").set_value(name)
    at.multiselect(key="accounts new roles").set_value(list(roles))
    return at.button(key="FormSubmitter:accounts add-Add").click().run()


def test_accounts_stand_with_roles_state_and_sessions(opened: Open, path: Path) -> None:
    rows = listed(sound(opened(path, "accounts")))
    assert rows["mira"]["roles"] == "nurse at North"
    assert rows["mira"]["state"].startswith("code until")
    assert (rows["mira"]["last_sign_in"], rows["mira"]["sessions"]) == ("never", 0)
    assert (rows["admin"]["state"], rows["admin"]["sessions"]) == ("in use", 1)


def test_a_new_account_gets_a_code_that_is_shown_until_it_was_passed_on(opened: Open, path: Path) -> None:
    at = sound(add(opened(path, "accounts"), "ines", "nurse@South", "data manager at West", "clinician"))
    code = at.code[0].value
    assert CODE.fullmatch(code)
    assert listed(at)["ines"]["roles"] == "clinician everywhere, data manager at West, nurse at South"
    assert credentials.check(open_registry(), "ines", code) is not None
    assert at.text_input(key="accounts new name").value == ""
    sound(at.button(key="accounts passed on").click().run())
    assert len(at.code) == 0
    assert code not in said(at)


@pytest.mark.parametrize(
    ("name", "roles", "says"),
    [
        ("Mira!", ["nurse@*"], "is not a valid account name"),
        ("mira", ["nurse@*"], "The account mira already exists"),
        ("ines", ["surgeon@North"], "not a valid Role"),
        ("ines", [], "at least one role"),
    ],
)
def test_what_cannot_be_added_is_explained_and_what_was_typed_stays(
    opened: Open, path: Path, name: str, roles: list[str], says: str
) -> None:
    at = add(opened(path, "accounts"), name, *roles)
    assert says in at.error[0].value.replace("\\", "")
    assert at.text_input(key="accounts new name").value == name
    assert len(at.code) == 0
    assert set(listed(at)) == {"admin", "mira"}


def test_a_click_that_comes_twice_adds_one_account_and_keeps_its_code(opened: Open, path: Path) -> None:
    at = opened(path, "accounts")
    key = at.session_state["accounts outcome"].key
    at = sound(add(at, "ines", "nurse@*"))
    code = at.code[0].value
    at.session_state["accounts outcome"].key = key
    sound(at.run())
    at = sound(add(at, "ines", "nurse@*"))
    assert at.code[0].value == code


def test_roles_are_changed(opened: Open, path: Path) -> None:
    at = choose(opened(path, "accounts"), "mira")
    field = at.multiselect(key="accounts roles mira nurse@North")
    assert field.value == ["nurse@North"]
    field.set_value(["nurse@North", "data_manager@*"])
    sound(at.button(key="accounts save").click().run())
    assert listed(at)["mira"]["roles"] == "data manager everywhere, nurse at North"
    assert "were changed" in at.success[0].value


def test_an_account_is_disabled_and_enabled_and_the_last_administrator_is_kept(
    opened: Open, path: Path
) -> None:
    at = choose(opened(path, "accounts"), "mira")
    sound(at.button(key="accounts disable").click().run())
    assert listed(at)["mira"]["state"] == "disabled"
    sound(at.button(key="accounts enable").click().run())
    assert listed(at)["mira"]["state"] != "disabled"
    choose(at, "admin").button(key="accounts disable").click().run()
    assert "needs at least one administrator" in at.error[0].value
    assert listed(at)["admin"]["state"] == "in use"


def test_a_reset_gives_another_code_and_ends_the_sessions(opened: Open, path: Path) -> None:
    at = opened(path, "accounts")
    sessions_of(open_registry()).begin("a key", "mira")
    choose(at, "mira")
    sound(at.button(key="accounts reset").click().run())
    assert CODE.fullmatch(at.code[0].value)
    assert listed(at)["mira"]["sessions"] == 0


def test_sessions_are_ended(opened: Open, path: Path) -> None:
    at = opened(path, "accounts")
    for key in ("one", "other"):
        sessions_of(open_registry()).begin(key, "mira")
    choose(at, "mira")
    assert at.button(key="accounts end").label == "End 2 sessions"
    sound(at.button(key="accounts end").click().run())
    assert sessions_of(open_registry()).live("one") is None
    assert at.button(key="accounts end").disabled


@pytest.mark.parametrize("name", ["demo-nurse", "demo-clinician", "demo-data-manager", "demo-adjudicator-1"])
def test_nobody_but_an_administrator_has_the_page(opened: Open, path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="accounts"):
        opened(path, "accounts", as_=name)


def test_who_lost_the_right_meanwhile_changes_nothing(opened: Open, path: Path) -> None:
    at = choose(opened(path, "accounts", as_="demo-admin"), "mira")
    db = open_registry()
    accounts.set_roles(db, db.actor(None), "demo-admin", {"*": ["nurse"]})
    at.button(key="accounts disable").click().run()
    found = accounts.accounts(db, db.actor(None))
    assert not next(one.disabled for one in found if one.name == "mira")
