"""A hospital's provider instead of passwords of the registry's own: there, back, and who is let in."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
from starlette.responses import Response

from registry.accounts import settings
from registry.accounts.front import Front
from registry.errors import NotPermitted, Usage
from registry.store.database import Database
from tests.registry.accounts.conftest import free_port
from tests.registry.accounts.provider import CLIENT, SECRET, Provider, provider
from tests.registry.accounts.served import COOKIE, House, Person, house, ticket_of
from tests.templates import new_registry


@dataclass(frozen=True)
class Both:
    """The app, and the provider of the hospital where its people sign in."""

    app: House
    hospital: Provider


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    folder: Path = tmp_path_factory.mktemp("hospital")
    new_registry(folder / "app.duckdb").close()
    app_port, hospital_port = free_port(), free_port()
    file = folder / "sign-in.toml"
    file.write_text(
        f'server_metadata_url = "http://127.0.0.1:{hospital_port}/.well-known/openid-configuration"\n'
        f'client_id = "{CLIENT}"\nclient_secret = "{SECRET}"\naccount_claim = "sub"\n'
    )
    with (
        provider(hospital_port, f"http://127.0.0.1:{app_port}/oauth2callback") as hospital,
        house(folder / "app.duckdb", app_port, sign_in=file) as app,
    ):
        yield Both(app, hospital)


def sent_back(both: Both, to_hospital: str, name: str) -> str:
    """Sign in at the hospital, to which the app led somebody; the address to which it sends them back."""
    assert to_hospital.startswith(f"{both.hospital.base}/authorize?")
    fields = {"ticket": ticket_of(httpx.get(to_hospital)), "name": name}
    back = httpx.post(f"{both.hospital.base}/sign-in", data=fields).headers["location"]
    assert back.startswith(f"{both.app.base}/oauth2callback?")
    return str(back)


def led_to_hospital(person: Person, path: str = "/") -> str:
    """Ask the app for a page; the address at the hospital to which it leads."""
    return str(person.get(person.get(path).headers["location"]).headers["location"])


def arrive(both: Both, name: str, path: str = "/") -> tuple[Person, httpx.Response]:
    """Ask the app for a page, sign in at the hospital, and come back: the person at the app, and what is shown."""
    person = both.app.person()
    back = sent_back(both, led_to_hospital(person, path), name)
    return person, person.follow(person.http.get(back))


def test_people_sign_in_at_the_hospital_and_come_back_to_the_shared_address(both: Both) -> None:
    both.app.add("mira", "nurse", password=None)
    person, shown = arrive(both, "mira", "/patient?patient=SYN-003")
    assert shown.status_code == 200
    assert shown.url.raw_path == b"/patient?patient=SYN-003"
    assert person.is_in()
    assert both.app.happened("mira")[-1] == "sign_in"
    ((after,),) = both.app.rows("SELECT after FROM audit_event WHERE action = 'sign_in' AND subject = 'mira'")
    assert after == '{"by":["hospital"]}'


def test_whoever_signs_a_judgement_is_asked_anew_at_the_hospital_and_comes_back(both: Both) -> None:
    both.app.add("vera", "adjudicator", password=None)
    person, _ = arrive(both, "vera")
    asked = "SELECT after FROM audit_event WHERE action = 'sign_in' AND subject = 'vera' ORDER BY seq"
    assert [after for (after,) in both.app.rows(asked)] == ['{"by":["hospital"]}']
    back = "/case?case=case-1"
    to_hospital = person.get(f"/identity/sign-in?{urlencode({'anew': 'yes', 'back': back})}").headers[
        "location"
    ]
    assert httpx.URL(to_hospital).params["prompt"] == "login"
    shown = person.follow(person.http.get(sent_back(both, to_hospital, "vera")))
    assert (shown.status_code, shown.url.raw_path) == (200, back.encode())
    assert person.is_in()
    assert [after for (after,) in both.app.rows(asked)][-1] == '{"anew":true,"by":["hospital"]}'


def test_the_way_back_from_the_provider_works_once_and_only_where_it_began(both: Both) -> None:
    both.app.add("otto", password=None)
    person, other = both.app.person(), both.app.person()
    back = sent_back(both, led_to_hospital(person), "otto").removeprefix(both.app.base)
    assert other.get(back).status_code == 400, "a way back that somebody else began signs nobody in"
    assert not other.is_in()
    assert person.get(back).status_code == 302
    assert person.is_in()
    again = person.get(back)
    assert again.status_code == 400
    assert "opened a second time" in again.text
    assert person.is_in()


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example/", "/\\evil.example/", "evil.example"]
)
def test_nobody_is_led_away_after_signing_in(both: Both, back: str) -> None:
    if not both.app.rows("SELECT 1 FROM account WHERE name = 'lena'"):
        both.app.add("lena", password=None)
    person = both.app.person()
    begun = person.get("/identity/sign-in", params={"back": back}).headers["location"]
    assert person.http.get(sent_back(both, begun, "lena")).headers["location"] == "/"


def test_what_the_provider_said_opens_nothing_without_a_session(both: Both) -> None:
    both.app.add("noor", password=None)
    person, _ = arrive(both, "noor")
    assert "_streamlit_user" in person.http.cookies
    thief = both.app.person()
    for one in person.http.cookies.jar:
        if one.name != COOKIE:
            thief.http.cookies.set(one.name, str(one.value))
    assert not thief.is_in()
    assert thief.get("/cohort").status_code == 303


def test_roles_are_those_of_the_registry_whatever_the_hospital_says(both: Both) -> None:
    from tests.registry.accounts.pages import live, pages_of, text

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
    if state == "disabled":
        both.app.add(name, password=None)
        both.app.do("disable", name)
    person, shown = arrive(both, name)
    assert shown.status_code == 403
    assert "No account in this registry" in shown.text
    assert not person.is_in()
    assert "_streamlit_user" not in person.http.cookies


def test_the_registrys_own_forms_are_not_there(both: Both) -> None:
    assert "ticket" not in both.app.person().get("/identity/password").text
    for path in ("/identity/sign-in", "/identity/choose", "/identity/password"):
        assert both.app.person().post(path, {"name": "mira"}).status_code in (403, 404, 405)


def test_signing_out_ends_the_session(both: Both) -> None:
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
        assert "sign-in service cannot be reached" in answer.text


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
        settings.Settings(hospital=hospital),
        lambda: registry,
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


def test_behind_what_encrypts_a_cookie_is_for_this_host_alone(registry: Database) -> None:
    door = front(registry, "sub")
    response = Response()
    door.let_in(response, "A" * 43)
    door.let_out(response)
    begun, ended = response.headers.getlist("set-cookie")
    assert begun.startswith("__Host-nadir_session=" + "A" * 43)
    assert ended.startswith('__Host-nadir_session=""')
    assert "Max-Age=0" in ended
    for line in (begun, ended):
        assert {"HttpOnly", "Path=/", "SameSite=lax", "Secure"} <= set(line.split("; "))
        assert "Domain" not in line
    assert door.key({"nadir_session": "A" * 43}) is None
    assert door.key({"__Host-nadir_session": "A" * 43}) is not None
