"""One click away: only in a demonstration, of synthetic data, on this computer."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from registry import accounts
from registry.accounts import settings
from registry.errors import NotPermitted, Refused, Usage
from registry.roles import Action, Actor
from registry.serve import environment, serve
from registry.store.database import Database
from tests.registry.accounts.conftest import free_port
from tests.registry.accounts.served import House, Person, house, ticket_of
from tests.templates import new_registry

TODAY = date(2026, 3, 31)


def synthetic(path: Path, *, declared: bool = True) -> Path:
    """A closed registry without patients that has the users of the demonstration, and then says what it is."""
    with new_registry(path) as database:
        operator = database.actor(None)
        for says in ("yes", "yes" if declared else "no"):
            with database.change(operator, Action.CONFIGURE, "synthetic registry") as change:
                change.execute("UPDATE registry SET value = $1 WHERE key = 'synthetic'", [says])
            if says == "yes":
                accounts.demo_users(database, operator, today=TODAY)
    return path


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(synthetic(tmp_path_factory.mktemp("stage") / "r.duckdb"), free_port(), demo=True) as served:
        yield served


def click(person: Person, name: str) -> int:
    """Send the form as the button of `name` does; the status of the page after all."""
    answer = person.post("/identity/sign-in", {"ticket": person.form("/cohort"), "demo": name})
    return person.follow(answer).status_code


def test_every_user_of_the_demonstration_is_one_click_away(stage: House) -> None:
    person = stage.person()
    form = person.follow(person.get("/"))
    assert "Demonstration." in form.text
    for name in accounts.DEMO_USERS:
        assert f'value="{name}"' in form.text
        visitor = stage.person()
        assert click(visitor, name) == 200
        assert visitor.is_in()
        assert stage.happened(name)[-1] == "sign_in"


@pytest.mark.parametrize("name", ["admin", "nobody", "", "nadir", "demo-nurse2"])
def test_nobody_else_is(stage: House, name: str) -> None:
    visitor = stage.person()
    assert click(visitor, name) == 400
    assert not visitor.is_in()


def test_a_disabled_user_of_the_demonstration_is_not(stage: House) -> None:
    stage.do("disable", "demo-clinician")
    assert "demo-clinician" not in stage.person().follow(stage.person().get("/")).text
    assert click(stage.person(), "demo-clinician") == 400
    stage.do("enable", "demo-clinician")


def test_the_users_of_the_demonstration_have_no_password(stage: House) -> None:
    for secret in ("", "demo", "demo-nurse", "password"):
        visitor = stage.person()
        visitor.sign_in("demo-nurse", secret)
        assert not visitor.is_in()


def test_they_have_no_password_to_change(stage: House) -> None:
    visitor = stage.person()
    click(visitor, "demo-nurse")
    assert "signs in without one" in visitor.get("/identity/password").text


@pytest.mark.parametrize(
    ("demo", "declared"), [(False, True), (True, False)], ids=["served", "not synthetic"]
)
def test_elsewhere_there_are_no_such_buttons_and_the_click_is_refused(
    tmp_path: Path, demo: bool, declared: bool
) -> None:
    path = synthetic(tmp_path / "r.duckdb", declared=declared)
    with house(path, free_port(), demo=demo) as served:
        visitor = served.person()
        form = visitor.follow(visitor.get("/"))
        assert "demo" not in form.text.lower().replace(ticket_of(form).lower(), "")
        assert click(visitor, "demo-nurse") == 400
        assert not visitor.is_in()


def test_a_demonstration_of_data_that_are_not_synthetic_does_not_start(tmp_path: Path) -> None:
    path = synthetic(tmp_path / "r.duckdb", declared=False)
    with pytest.raises(Refused, match="only in a synthetic registry"):
        serve(path, free_port(), demo=True)


def test_a_demonstration_takes_no_sign_in_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "sign-in.toml"
    file.write_text('server_metadata_url = "https://id.example/x"\nclient_id = "a"\nclient_secret = "b"\n')
    with pytest.raises(Usage, match="lets everybody in"):
        environment(tmp_path / "r.duckdb", demo=True, sign_in=file)
    monkeypatch.setenv(settings.SIGN_IN, str(file))
    with pytest.raises(Usage, match="lets everybody in"):
        environment(tmp_path / "r.duckdb", demo=True)


def test_a_server_is_no_demonstration_because_the_shell_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(settings.DEMO, "yes")
    assert environment("r.duckdb")[settings.DEMO] == ""


def test_users_of_the_demonstration_are_made_once_and_only_by_an_administrator(
    registry: Database, operator: Actor
) -> None:
    with pytest.raises(Refused, match="only in a synthetic registry"):
        accounts.demo_users(registry, operator, today=TODAY)
    with registry.change(operator, Action.CONFIGURE, "synthetic registry") as change:
        change.execute("UPDATE registry SET value = 'yes' WHERE key = 'synthetic'")
    assert accounts.demo_users(registry, operator, today=TODAY) == list(accounts.DEMO_USERS)
    head = registry.head
    accounts.demo_users(registry, operator, today=TODAY)
    assert registry.head == head
    assert registry.rows("SELECT count(*) FROM credential") == [(0,)]
    with pytest.raises(NotPermitted):
        accounts.demo_users(registry, registry.actor("demo-nurse"), today=TODAY)
