"""What an attacker tries at the sign-in form, on the real server."""

import re
import statistics
import time
from collections.abc import Callable

import httpx

from registry.accounts.limits import LIMITS
from tests.registry.accounts.served import COOKIE, PASSWORD, House, Person, ticket_of

Name = Callable[[], str]


def refused_in_words(answer: httpx.Response) -> str:
    found = re.search(r'role="alert" id="wrong">([^<]+)<', answer.text)
    assert answer.status_code == 403
    assert found
    return found[1]


def test_a_right_password_leads_to_the_address_that_was_shared(home: House, name: Name) -> None:
    account = name()
    home.add(account)
    answer = home.person().sign_in(account, path="/patient?patient=SYN-003&course=SYN-003-ITP-2%20x")
    assert answer.status_code == 200
    assert answer.url.raw_path == b"/patient?patient=SYN-003&course=SYN-003-ITP-2%20x"


def test_five_wrong_passwords_lock_and_then_the_right_one_fails_with_the_same_words(
    home: House, name: Name
) -> None:
    account = name()
    home.add(account)
    person = home.person()
    said = {refused_in_words(person.sign_in(account, f"wrong words {n}")) for n in range(LIMITS.tries)}
    written = len(home.happened(account))
    assert {refused_in_words(person.sign_in(account))} == said
    assert len(said) == 1
    assert home.happened(account)[-5:] == ["sign_in_failed"] * 4 + ["sign_in_locked"]
    assert len(home.happened(account)) == written, "while it is locked nothing more is written"
    home.pass_time(seconds=LIMITS.lock.total_seconds() + 1)
    assert person.sign_in(account).status_code == 200


def test_tries_at_the_same_time_are_counted_one_by_one(home: House, name: Name) -> None:
    from concurrent.futures import ThreadPoolExecutor

    account = name()
    home.add(account)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: home.person().sign_in(account, f"wrong words {n}"), range(8)))
    assert home.happened(account).count("sign_in_failed") == 4
    assert home.happened(account).count("sign_in_locked") == 1


def test_a_right_password_forgives_the_wrong_ones_before(home: House, name: Name) -> None:
    account = name()
    home.add(account)
    for n in range(LIMITS.tries - 1):
        home.person().sign_in(account, f"wrong words {n}")
    assert home.person().sign_in(account).status_code == 200
    home.person().sign_in(account, "wrong words again")
    assert home.rows("SELECT failed_tries FROM credential WHERE name = $1", account) == [(1,)]
    assert "sign_in_locked" not in home.happened(account)


def test_nobody_learns_whether_a_name_exists(home: House, name: Name) -> None:
    known, disabled = name(), name()
    for one in (known, disabled):
        home.add(one)
    home.do("disable", disabled)
    before = home.rows("SELECT count(*) FROM audit_event")
    took: dict[str, list[float]] = {known: [], disabled: [], "nobody.at.all": []}
    said = set()
    for _ in range(3):
        for one, times in took.items():
            person = home.person()
            ticket = person.form()
            began = time.monotonic()
            answer = person.post(
                "/identity/sign-in", {"ticket": ticket, "name": one, "password": "wrong words here"}
            )
            times.append(time.monotonic() - began)
            said.add(answer.text.replace(ticket, "").replace(one, "the name that was typed"))
    assert len(said) == 1
    middle = {one: statistics.median(times) for one, times in took.items()}
    assert min(middle.values()) >= LIMITS.refusal.total_seconds()
    assert max(middle.values()) - min(middle.values()) < 0.3, middle
    after = home.rows("SELECT count(*) FROM audit_event")
    assert after[0][0] - before[0][0] == 3, "only tries at a known, usable account are written"


def test_a_one_time_code_is_replaced_at_once_and_good_no_longer(home: House, name: Name) -> None:
    account = name()
    code = home.add(account, password=None)
    person = home.person()
    page = person.sign_in(account, code.lower().replace("-", " "))
    assert "Choose a password" in page.text
    assert not person.is_in(), "a code alone opens nothing"
    assert "at least 12 characters" in refused_in_words(person.choose(page, "short"))
    assert "name of the account" in refused_in_words(person.choose(page, f"{account} and more words"))
    assert "too easy to guess" in refused_in_words(person.choose(page, "Password123456!"))
    assert person.choose(page).status_code == 200
    assert person.is_in()
    refused_in_words(home.person().sign_in(account, code))
    again = home.person()
    assert "used or has expired" in again.choose(page).text or again.choose(page).status_code == 400


def test_a_one_time_code_expires(home: House, name: Name) -> None:
    account = name()
    code = home.add(account, password=None)
    person = home.person()
    page = person.sign_in(account, code)
    home.pass_time(seconds=LIMITS.code.total_seconds() + 1)
    refused_in_words(home.person().sign_in(account, code))
    assert person.choose(page).status_code == 400


def test_the_operator_has_no_default_password_and_gets_a_code(home: House) -> None:
    for guess in ("admin", "password", "nadir", ""):
        refused_in_words(home.person().sign_in("admin", guess))
    first, second = home.do("first_code"), home.do("first_code")
    refused_in_words(home.person().sign_in("admin", first))
    person = home.person()
    assert person.choose(person.sign_in("admin", second)).status_code == 200
    assert home.do("first_code") is None


# The form


def test_a_form_is_taken_only_from_the_browser_and_the_page_it_was_given_to(home: House, name: Name) -> None:
    account = name()
    home.add(account)
    victim, attacker = home.person(), home.person()
    fields = {"ticket": victim.form(), "name": account, "password": PASSWORD}
    assert attacker.post("/identity/sign-in", fields).status_code == 400
    assert victim.post("/identity/sign-in", fields, origin="https://evil.example").status_code == 400
    assert victim.post("/identity/sign-in", fields, origin="null").status_code == 400
    assert victim.http.post("/identity/sign-in", data=fields).status_code == 400
    forged = {**fields, "ticket": "A" + fields["ticket"][1:]}
    assert victim.post("/identity/sign-in", forged).status_code == 400
    assert victim.post("/identity/choose", {**fields, "new": PASSWORD, "again": PASSWORD}).status_code == 400
    home.pass_time(seconds=LIMITS.form.total_seconds() + 1)
    assert victim.post("/identity/sign-in", fields).status_code == 400


def test_the_form_runs_no_script_loads_nothing_and_stands_in_no_frame(home: House) -> None:
    person = home.person()
    answer = person.follow(person.get("/"))
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self'" in policy
    assert "script" not in answer.text
    assert not re.findall(r'(?:src|href)="(?!data:)', answer.text)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-frame-options"] == "DENY"


def test_a_form_that_is_too_large_or_doubled_is_not_read(home: House, name: Name) -> None:
    person = home.person()
    ticket = person.form()
    fields = {"ticket": ticket, "name": "x", "password": "y" * 20_000}
    assert person.post("/identity/sign-in", fields).status_code == 400
    doubled = f"ticket={ticket}&name=a&name=b&password=c"
    headers = {"origin": home.base, "content-type": "application/x-www-form-urlencoded"}
    assert person.http.post("/identity/sign-in", content=doubled, headers=headers).status_code == 400


def test_text_in_a_form_is_never_markup(home: House) -> None:
    answer = home.person().sign_in('"><script>alert(1)</script>', "<b>wrong words</b>")
    assert "<script" not in answer.text
    assert "<b>" not in answer.text


# One's own password


def test_a_password_is_changed_with_the_old_one_and_other_sessions_end(home: House, name: Name) -> None:
    account = name()
    home.add(account)
    here, elsewhere = home.signed_in(account), home.signed_in(account)

    def change(old: str, new: str, again: str | None = None, person: Person = here) -> httpx.Response:
        ticket = ticket_of(person.get("/identity/password"))
        fields = {"ticket": ticket, "old": old, "new": new, "again": again or new}
        return person.post("/identity/password", fields)

    assert "old password is wrong" in refused_in_words(change("wrong words here", "four other quiet words"))
    assert "differ" in refused_in_words(change(PASSWORD, "four other quiet words", "four other words"))
    assert "must differ from the old one" in refused_in_words(change(PASSWORD, PASSWORD))
    assert elsewhere.is_in()
    assert change(PASSWORD, "four other quiet words").status_code == 200
    assert here.is_in()
    assert not elsewhere.is_in()
    refused_in_words(home.person().sign_in(account, PASSWORD))
    assert home.person().sign_in(account, "four other quiet words").status_code == 200


def test_the_password_page_is_for_somebody_who_is_signed_in(home: House) -> None:
    person = home.person()
    assert person.get("/identity/password").status_code == 403
    assert "ticket" not in person.get("/identity/password").text


def test_a_reset_ends_the_password_and_the_sessions(home: House, name: Name) -> None:
    account = name()
    home.add(account)
    person = home.signed_in(account)
    code = home.do("reset", account)
    assert not person.is_in()
    refused_in_words(home.person().sign_in(account))
    again = home.person()
    assert again.choose(again.sign_in(account, code)).status_code == 200
    assert again.is_in()


def test_nothing_secret_is_logged_or_told_to_the_audit_trail(home: House, name: Name) -> None:
    account = name()
    code = home.add(account)
    home.person().sign_in(account, "some wrong words")
    person = home.signed_in(account)
    secrets = [
        code,
        code.replace("-", ""),
        PASSWORD,
        "some wrong words",
        "$argon2",
        person.http.cookies[COOKIE],
    ]
    audit = str(home.rows("SELECT * FROM audit_event"))
    assert [one for one in secrets if one in home.log or one in audit] == []
    assert "Traceback" not in home.log
    folder = {one.name for one in home.path.parent.iterdir()}
    assert [one for one in folder if "key" in one or "secret" in one] == [], (
        "the server keeps no secret on the disk"
    )
