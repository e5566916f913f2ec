"""A hospital's provider instead of the registry's own. The hospital is played by a second server of ours, whose
accounts are other people's, in another registry, with keys of its own."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from registry.accounts import settings
from registry.accounts.front import CLIENT, Front
from registry.accounts.keys import Keys
from registry.errors import NotPermitted, Usage
from registry.store.database import Database
from tests.registry.accounts.conftest import free_port
from tests.registry.accounts.served import PASSWORD, House, Person, house, ticket_of
from tests.templates import new_registry


@dataclass(frozen=True)
class Both:
    """The app, and the hospital where its people sign in."""

    app: House
    hospital: House


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """The hospital's provider knows the app by the app's address: it is a server of ours told to send people there."""
    folder: Path = tmp_path_factory.mktemp("hospital")
    app_port, hospital_port = free_port(), free_port()
    for name in ("app", "hospital"):
        Database.open(folder / f"{name}.duckdb", create=True).close()
    hospital_keys = Keys.beside(folder / "hospital.duckdb")
    file = folder / "sign-in.toml"
    file.write_text(
        f'server_metadata_url = "http://127.0.0.1:{hospital_port}/identity/.well-known/openid-configuration"\n'
        f'client_id = "{CLIENT}"\nclient_secret = "{hospital_keys.client}"\naccount_claim = "sub"\n'
    )
    back_to = f"http://127.0.0.1:{app_port}/oauth2callback"
    with (
        house(folder / "hospital.duckdb", hospital_port, back_to=back_to) as hospital,
        house(folder / "app.duckdb", app_port, sign_in=file) as app,
    ):
        yield Both(app, hospital)


def arrive(both: Both, name: str, path: str = "/") -> tuple[Person, httpx.Response]:
    """Ask the app for a page, sign in at the hospital, and come back: the person at the app, and what is shown."""
    at_app, at_hospital = both.app.person(), both.hospital.person()
    begun = at_app.get(at_app.get(path).headers["location"])
    assert begun.headers["location"].startswith(f"{both.hospital.base}/identity/authorize?")
    form = at_hospital.http.get(begun.headers["location"])
    fields = {"ticket": ticket_of(form), "name": name, "password": PASSWORD}
    left = at_hospital.post("/identity/sign-in", fields)
    assert left.headers["location"].startswith(f"{both.app.base}/oauth2callback?")
    return at_app, at_app.follow(at_app.http.get(left.headers["location"]))


def test_people_sign_in_at_the_hospital_and_come_back_to_the_shared_address(both: Both) -> None:
    both.hospital.add("mira")
    both.app.add("mira", "nurse", password=None)
    person, shown = arrive(both, "mira", "/patient?patient=SYN-003")
    assert shown.status_code == 200
    assert shown.url.raw_path == b"/patient?patient=SYN-003"
    assert person.is_in()
    assert both.app.happened("mira")[-1] == "sign_in"
    ((after,),) = both.app.rows("SELECT after FROM audit_event WHERE action = 'sign_in' AND subject = 'mira'")
    assert after == '{"by":["hospital"]}'


def test_whoever_signs_a_judgement_is_asked_anew_at_the_hospital_and_comes_back(
    both: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    from streamlit import auth_util, user_info

    from registry.screens.signed_in import AGAIN

    secret = Keys.beside(both.app.path).cookie
    monkeypatch.setattr(auth_util, "get_signing_secret", lambda: secret)
    both.hospital.add("vera")
    both.app.add("vera", "adjudicator", password=None)
    person, _ = arrive(both, "vera")
    asked = "SELECT after FROM audit_event WHERE action = 'sign_in' AND subject = 'vera' ORDER BY seq"
    assert [after for (after,) in both.app.rows(asked)] == ['{"by":["hospital"]}']
    back = "/case?case=case-1"
    begun = person.get(f"{user_info.generate_login_redirect_url(AGAIN)}&back={quote(back)}")
    to_hospital = begun.headers["location"]
    assert httpx.URL(to_hospital).params["prompt"] == "login"
    at_hospital = both.hospital.person()
    form = at_hospital.http.get(to_hospital)
    fields = {"ticket": ticket_of(form), "name": "vera", "password": PASSWORD}
    left = at_hospital.post("/identity/sign-in", fields)
    shown = person.follow(person.http.get(left.headers["location"]))
    assert (shown.status_code, shown.url.raw_path) == (200, back.encode())
    assert person.is_in()
    assert [after for (after,) in both.app.rows(asked)][-1] == '{"anew":true,"by":["hospital"]}'


def test_roles_are_those_of_the_registry_whatever_the_hospital_says(both: Both) -> None:
    from tests.registry.accounts.pages import live, pages_of, text

    both.hospital.add("jonas", "admin", "data_manager")
    both.app.add("jonas", "clinician", password=None)
    person, _ = arrive(both, "jonas")
    with live(both.app, person) as page:
        drawn = page.ask()
        assert "clinician everywhere" in text(drawn)
        assert "Change password" not in text(drawn)
        assert "accounts" not in pages_of(drawn)


@pytest.mark.parametrize("state", ["unknown", "disabled"])
def test_who_has_no_account_here_is_told_so_and_is_not_let_in(both: Both, state: str) -> None:
    name = f"visitor.{state}"
    both.hospital.add(name, "admin")
    if state == "disabled":
        both.app.add(name, password=None)
        both.app.do("disable", name)
    person, shown = arrive(both, name)
    assert shown.status_code == 403
    assert "No account here" in shown.text
    assert not person.is_in()
    assert "_streamlit_user" not in person.http.cookies


def test_the_registrys_own_provider_is_not_there(both: Both) -> None:
    for path in ("/identity/authorize", "/identity/.well-known/openid-configuration", "/identity/keys"):
        assert "nadir-app" not in both.app.person().get(path).text
        assert "openid" not in both.app.person().get(path).text
    assert both.app.person().post("/identity/sign-in", {"name": "mira"}).status_code in (403, 404, 405)
    assert both.app.person().post("/identity/token", {}).status_code in (403, 404, 405)


def test_signing_out_ends_the_session(both: Both) -> None:
    both.hospital.add("ines")
    both.app.add("ines", password=None)
    person, _ = arrive(both, "ines")
    assert person.is_in()
    assert "signed out" in person.follow(person.get("/auth/logout")).text
    assert not person.is_in()


def test_a_hospital_that_does_not_answer_is_explained(tmp_path: Path) -> None:
    new_registry(tmp_path / "r.duckdb").close()
    file = tmp_path / "sign-in.toml"
    file.write_text(
        f'server_metadata_url = "http://127.0.0.1:{free_port()}/x"\nclient_id = "a"\nclient_secret = "b"\n'
    )
    with house(tmp_path / "r.duckdb", free_port(), sign_in=file) as app:
        person = app.person()
        answer = person.follow(person.get("/"))
        assert answer.status_code == 503
        assert "cannot be reached just now" in answer.text


# The file, and the claims


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", r"(?s)server_metadata_url is missing.*client_id is missing.*client_secret is missing"),
        ("x", "not TOML"),
        (
            'server_metadata_url = "http://id.example/x"\nclient_id = "a"\nclient_secret = "b"',
            "must be an https",
        ),
        (
            'server_metadata_url = "https://x/y"\nclient_id = "a"\nclient_secret = "b"\nroles = "r"',
            "line 4: unknown roles; there are account_claim, address, client_id",
        ),
        (
            'server_metadata_url = "https://x/y"\nclient_id = "a"\nclient_secret = "b"\naddress = "x"',
            "must be an https",
        ),
        (
            'server_metadata_url = "https://x/y"\nclient_id = "a"\nclient_secret = 5',
            "line 3: client_secret must be text, not 5",
        ),
        (
            'server_metadata_url = "http://x/y"\nclient_ids = "a"\nclient_secret = ""\naddress = "x"',
            r"(?s)client_id is missing.*line 1: server_metadata_url must be an https.*"
            r"line 2: unknown client_ids; did you mean client_id\?.*line 3: client_secret is empty.*"
            r"line 4: address must be an https",
        ),
    ],
)
def test_a_wrong_sign_in_file_is_explained(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "sign-in.toml"
    file.write_text(text)
    with pytest.raises(Usage, match=said):
        settings.read(file)


def test_a_missing_sign_in_file_is_explained(tmp_path: Path) -> None:
    with pytest.raises(Usage, match="cannot be read"):
        settings.read(tmp_path / "none.toml")


def front(registry: Database, claim: str) -> Front:
    hospital = settings.Hospital("https://id.example/x", "a", "b", claim)
    return Front(
        "https://nadir.example",
        frozenset({"nadir.example"}),
        Keys.passing(),
        settings.Settings(hospital=hospital),
        lambda: registry,
        lambda _: None,
    )


def test_the_declared_claim_names_the_account(registry: Database) -> None:
    claims = {"sub": "8f3", "preferred_username": " Mira ", "roles": ["admin"], "name": "admin"}
    assert front(registry, "preferred_username").account(claims) == "mira"
    assert front(registry, "sub").account(claims) == "8f3"
    for bad in (
        {},
        {"preferred_username": None},
        {"preferred_username": ["admin"]},
        {"preferred_username": ""},
    ):
        with pytest.raises(NotPermitted):
            front(registry, "preferred_username").account(bad)


def test_an_address_that_nobody_verified_names_nobody(registry: Database) -> None:
    named = {"email": "mira@example.org"}
    for unverified in (named, {**named, "email_verified": False}, {**named, "email_verified": "true"}):
        with pytest.raises(NotPermitted):
            front(registry, "email").account(unverified)
    assert front(registry, "email").account({**named, "email_verified": True}) == "mira@example.org"


def test_only_names_of_this_server_are_answered(registry: Database) -> None:
    door = front(registry, "sub")
    assert door.allows("nadir.example")
    assert door.allows("nadir.example:443")
    for host in (
        "",
        "evil.example",
        "nadir.example.evil",
        "x@nadir.example",
        "nadir.example/x",
        "nadir.example:x",
    ):
        assert not door.allows(host)
