"""What an attacker tries at the app itself: every way in without a session, with an ended one, with another's."""

from collections.abc import Callable

import httpx
import pytest

from registry.accounts.limits import LIMITS
from registry.accounts.sessions import key_of
from tests.registry.accounts.pages import live, pages_of, refused, text
from tests.registry.accounts.served import COOKIE, PASSWORD, House, Person, ticket_of

Name = Callable[[], str]
CLOSED = ("/_stcore/host-config", "/_stcore/metrics", "/media/abc.csv", "/component/x/index.html", "/x.json")


@pytest.mark.parametrize("path", ["/", "/patient?patient=SYN-003", "/cohort", "/no/such/page"])
def test_a_page_without_a_session_leads_to_the_form(home: House, path: str) -> None:
    person = home.person()
    answer = person.http.get(httpx.URL(home.base).copy_with(raw_path=path.encode()))
    assert answer.status_code == 303
    assert person.follow(answer).url.path == "/identity/sign-in"


@pytest.mark.parametrize("path", CLOSED)
def test_nothing_else_answers_without_a_session(home: House, path: str) -> None:
    answer = home.person().get(path)
    assert (answer.status_code, answer.text) == (403, "Sign in first.")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "POST"])
def test_nothing_is_uploaded_without_a_session(home: House, method: str) -> None:
    answer = home.person().http.request(method, "/_stcore/upload_file/abc/def", files={"f": b"x"})
    assert (answer.status_code, answer.text) == (403, "Sign in first.")
    assert home.person().http.request(method, "/patient", data={"a": "b"}).status_code == 403


@pytest.mark.parametrize(
    "back",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/ok\r\nset-cookie: a=b",
        "evil.example",
    ],
)
def test_nobody_is_led_away_after_signing_in(home: House, name: Name, back: str) -> None:
    account = name()
    home.add(account)
    person = home.person()
    begins = person.get("/").headers["location"].partition("?back=")[0]
    form = person.follow(person.http.get(begins, params={"back": back}))
    assert form.url.path == "/identity/sign-in"
    fields = {"ticket": ticket_of(form), "name": account, "password": PASSWORD}
    arrived = person.post("/identity/sign-in", fields)
    assert arrived.headers["location"] == "/"
    assert person.follow(arrived).status_code == 200


def test_a_page_loaded_again_keeps_one_signed_in(home: House, name: Name) -> None:
    account = name()
    home.add(account)
    person = home.signed_in(account)
    for _ in range(3):
        assert person.get("/cohort").status_code == 200


# Cookies


def test_a_session_has_a_cookie_that_no_script_and_no_other_site_can_use(home: House, name: Name) -> None:
    account = name()
    home.add(account)
    person = home.person()
    fields = {"ticket": person.form(), "name": account, "password": PASSWORD}
    answer = person.post("/identity/sign-in", fields)
    (line,) = [one for one in answer.headers.get_list("set-cookie") if one.startswith(f"{COOKIE}=")]
    value, *says = line.removeprefix(f"{COOKIE}=").split("; ")
    assert len(value) == 43, "256 random bits"
    assert {one.lower() for one in says} == {"httponly", "path=/", "samesite=lax"}


def test_a_forged_or_altered_cookie_is_nobody(home: House, name: Name) -> None:
    account = name()
    home.add(account)
    good = home.signed_in(account)
    value = good.http.cookies[COOKIE]
    key = key_of(value)
    form = good.http.cookies["nadir_form"]
    for bad in (key, form, value[:-2] + "xx", value[:-1], "x" + value, "", "a.b.c", "\xff\xfe", "A" * 43):
        person = home.person()
        headers = {b"cookie": f"{COOKIE}={bad}".encode("latin-1")}
        assert person.http.get("/_stcore/host-config", headers=headers).status_code == 403
    other_name = {"cookie": f"_streamlit_user={value}; nadir_form={value}"}
    assert home.person().http.get("/_stcore/host-config", headers=other_name).status_code == 403


def test_an_id_that_somebody_else_chose_is_that_of_no_session(home: House, name: Name) -> None:
    attacker, victim = name(), name()
    home.add(attacker)
    home.add(victim)
    for chosen in ("A" * 43, home.signed_in(attacker).http.cookies[COOKIE]):
        browser, planted = home.person(), home.person()
        for one in (browser, planted):
            one.http.cookies.set(COOKIE, chosen, domain="127.0.0.1")
        assert browser.sign_in(victim, path="/identity/sign-in").status_code == 200
        assert browser.is_in()
        assert browser.http.cookies[COOKIE] != chosen
        assert not planted.is_in()


def test_the_header_that_names_a_session_is_the_guards_alone(home: House, name: Name) -> None:
    victim, other = name(), name()
    home.add(victim)
    home.add(other)
    key = key_of(home.signed_in(victim).http.cookies[COOKIE])
    assert key is not None
    header = {"X-Nadir-Session": key}
    assert home.person().http.get("/_stcore/host-config", headers=header).status_code == 403
    with live(home, home.signed_in(other), **header) as page:
        said = text(page.ask())
        assert other in said
        assert victim not in said


def copy_of(person: Person, home: House) -> Person:
    """Somebody else with the same cookies."""
    thief = home.person()
    for one in person.http.cookies.jar:
        thief.http.cookies.set(one.name, str(one.value))
    return thief


def test_a_cookie_is_worth_nothing_after_signing_out(home: House, name: Name) -> None:
    account = name()
    home.add(account)
    person = home.signed_in(account)
    thief = copy_of(person, home)
    assert thief.is_in()
    left = person.follow(person.get("/auth/logout"))
    assert "You are signed out" in left.text
    assert COOKIE not in person.http.cookies
    assert not thief.is_in()
    assert home.happened(account)[-2:] == ["sign_in", "sign_out"]
    assert not person.is_in()


def test_a_cookie_is_worth_nothing_after_the_account_was_disabled(home: House, name: Name) -> None:
    account = name()
    home.add(account)
    person = home.signed_in(account)
    home.do("disable", account)
    assert not person.is_in()
    home.do("enable", account)
    assert not person.is_in(), "enabled again is not signed in again"
    assert home.person().sign_in(account).status_code == 200


def test_a_session_ends_without_a_click_and_at_the_end_of_a_shift(home: House, name: Name) -> None:
    account = name()
    home.add(account)
    idle = home.signed_in(account)
    home.pass_time(seconds=LIMITS.idle.total_seconds() - 5)
    assert idle.get("/cohort").status_code == 200
    home.pass_time(seconds=LIMITS.idle.total_seconds() - 5)
    assert idle.is_in(), "the click before began the time anew"
    home.pass_time(seconds=6)
    assert not idle.is_in()
    busy = home.signed_in(account)
    steps = int(LIMITS.absolute / LIMITS.idle) + 4
    for _ in range(steps):
        assert busy.get("/cohort").status_code == 200
        home.pass_time(seconds=LIMITS.absolute.total_seconds() / steps)
    assert not busy.is_in()


def test_a_second_sign_in_at_the_same_browser_ends_that_of_somebody_else(home: House, name: Name) -> None:
    first, second = name(), name()
    home.add(first)
    home.add(second)
    browser = home.signed_in(first)
    before = copy_of(browser, home)
    begins = browser.get("/", headers={"cookie": ""}).headers["location"]
    fields = {"ticket": ticket_of(browser.follow(browser.get(begins))), "name": second, "password": PASSWORD}
    assert browser.follow(browser.post("/identity/sign-in", fields)).status_code == 200
    assert browser.is_in()
    assert not before.is_in()


# Names of the server


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1@evil.example", "127.0.0.1.evil.example", ""]
)
def test_a_page_of_another_name_gets_nothing_even_with_the_cookie(home: House, name: Name, host: str) -> None:
    account = name()
    home.add(account)
    person = home.signed_in(account)
    for path in ("/", "/_stcore/host-config", "/identity/sign-in", "/_stcore/health"):
        assert person.get(path, headers={"host": host}).status_code in (400, 403)
    assert refused(home, person.cookies, origin=home.base, host=host or "evil") in (400, 403)


def test_the_other_name_of_this_computer_leads_to_the_first(home: House) -> None:
    port = httpx.URL(home.base).port
    answer = home.person().get("/patient?patient=X", headers={"host": f"localhost:{port}"})
    assert answer.status_code == 307
    assert answer.headers["location"] == f"{home.base}/patient?patient=X"


# Live connections


def test_a_connection_needs_a_live_session_and_our_own_pages(home: House, name: Name) -> None:
    account = name()
    home.add(account)
    person = home.signed_in(account)
    assert refused(home, "", origin=home.base) == 403
    assert refused(home, person.cookies, origin="https://evil.example") == 403
    assert refused(home, person.cookies, origin="null") == 403
    assert refused(home, person.cookies, origin=None) == 403
    assert refused(home, person.cookies, origin=home.base) is None
    home.do("disable", account)
    assert refused(home, person.cookies, origin=home.base) == 403


def test_an_open_page_goes_blank_as_soon_as_its_session_ends(home: House, name: Name) -> None:
    account = name()
    home.add(account)
    person = home.signed_in(account)
    with live(home, person) as page:
        assert account in text(page.ask())
        home.do("disable", account)
        said = text(page.drawn())
        assert "You were signed out" in said
        assert account not in said
        assert "You were signed out" in text(page.ask(page_name="cohort"))


def test_changed_roles_count_at_the_next_click(home: House, name: Name) -> None:
    account = name()
    home.add(account, "nurse")
    with live(home, home.signed_in(account)) as page:
        assert "cohort" in pages_of(page.ask())
        home.do("set_roles", account, {"*": ["admin"]})
        assert "cohort" not in pages_of(page.ask())


def test_a_forged_page_gets_nothing_that_the_role_may_not_see(home: House, name: Name) -> None:
    nurse, admin = name(), name()
    home.add(nurse, "nurse")
    home.add(admin, "admin")
    title = 'body: "Cohort"'
    with live(home, home.signed_in(nurse)) as page:
        known = pages_of(page.ask())
        assert title in text(page.ask(page_hash=known["cohort"]))
    with live(home, home.signed_in(admin)) as page:
        assert "cohort" not in pages_of(page.ask())
        for forged in ({"page_hash": known["cohort"]}, {"page_name": "cohort"}):
            answer = page.ask(**forged)
            assert any(one.HasField("page_not_found") for one in answer) is ("page_name" in forged)
            assert title not in text(answer)


def test_the_id_of_a_page_is_no_credential(home: House, name: Name) -> None:
    owner, other = name(), name()
    home.add(owner)
    home.add(other)
    person = home.signed_in(owner)
    with live(home, person) as page:
        page.ask()
        assert page.session_id
        assert refused(home, "", origin=home.base) == 403
        thief = home.signed_in(other)
        assert thief.get(f"/?session={page.session_id}").status_code == 200
        with live(home, thief, session_id=page.session_id) as stolen:
            said = text(stolen.ask())
            assert stolen.session_id != page.session_id
            assert other in said
            assert owner not in said
        upload = thief.http.put(f"/_stcore/upload_file/{page.session_id}/x", files={"f": b"x"})
        assert (upload.status_code, upload.text) == (403, "This belongs to another session.")
        ours = {"X-Xsrftoken": person.http.cookies["_streamlit_xsrf"]}
        upload = person.http.put(f"/_stcore/upload_file/{page.session_id}/x", files={"f": b"x"}, headers=ours)
        assert upload.status_code == 204
    with live(home, person, session_id=page.session_id) as again:
        again.ask()
        assert again.session_id == page.session_id, "a page whose connection was lost goes on"


# Headers


def test_pages_and_downloads_are_kept_by_nobody(home: House, name: Name) -> None:
    account = name()
    home.add(account)
    person = home.signed_in(account)
    for path in ("/", "/cohort", "/media/none.csv", "/_stcore/host-config", "/_stcore/health"):
        assert person.get(path).headers.get_list("cache-control") == ["no-store"], path
    page = person.get("/")
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "no-referrer"


def test_signing_in_makes_nothing_stale_that_was_read(home: House, name: Name) -> None:
    account = name()
    home.add(account)
    before = home.do("revision")
    person = home.signed_in(account)
    person.get("/auth/logout")
    home.person().sign_in(account, "wrong words here")
    assert home.do("revision") == before
    assert home.happened(account)[-3:] == ["sign_in", "sign_out", "sign_in_failed"]


def test_a_page_that_breaks_shows_and_logs_nothing_of_a_patient(home: House, name: Name) -> None:
    account = name()
    home.add(account)
    with live(home, home.signed_in(account)) as page:
        home.do("break_pages", "MRN-000123 Smith")
        said = text(page.ask())
    assert "MRN-000123" not in said
    assert "signed_in.py" not in said
    assert "A page broke: ValueError at" in home.log
    assert "MRN-000123" not in home.log
    assert "Traceback" not in home.log
