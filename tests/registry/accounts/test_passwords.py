"""Passwords and codes as they are compared, counted and stored, by a clock that moves only when told."""

from datetime import date, timedelta

import pytest

from registry import accounts
from registry.accounts import credentials, passwords
from registry.accounts.limits import LIMITS, Limits
from registry.errors import NotPermitted, Refused
from registry.roles import Actor
from registry.store.database import Database
from tests.conftest import Clock

GOOD = "three quiet words"
TODAY = date(2026, 3, 31)


def newcomer(registry: Database, operator: Actor, name: str = "mira") -> str:
    """A new account that has chosen a password; returns the code that it was given."""
    code = accounts.add_account(registry, operator, name, {"*": ["nurse"]}, today=TODAY)
    credentials.choose(registry, name, passwords.code_digest(code), GOOD)
    return code


def test_a_hash_is_argon2_and_salted() -> None:
    one, other = passwords.hashed(GOOD), passwords.hashed(GOOD)
    assert one.startswith("$argon2id$")
    assert one != other
    assert passwords.matches(one, GOOD)
    assert not passwords.matches(one, GOOD + " ")
    assert not passwords.matches(None, GOOD)
    assert not passwords.matches("not a hash", GOOD)


def test_the_same_characters_match_however_they_were_typed() -> None:
    assert passwords.matches(passwords.hashed("caf\u00e9 au lait noir"), "cafe\u0301 au lait noir")


@pytest.mark.parametrize(
    "easy",
    [
        "short",
        "a" * 12,
        "abcabcabcabc",
        "123456789012",
        "210987654321",
        "qwertyuiopas",
        "Password1234",
        "P@ssw0rd1234",
        "passwordpassword!",
        "Welcome2026!!",
        "nadirnadirnadir",
        "Administrator1",
        "my name is mira",
        "7KQM-2XWD-PR94-HJ6T",
        "x" * 257,
    ],
)
def test_an_easy_password_is_refused_with_what_to_do(easy: str) -> None:
    with pytest.raises(Refused, match=r"\.$"):
        passwords.refuse_easy("mira", easy)


@pytest.mark.parametrize("good", [GOOD, "Zwölf grüne Bäume", "k9#Lm2!vQz7x", "correct horse battery"])
def test_a_good_password_is_taken(good: str) -> None:
    passwords.refuse_easy("mira", good)


def test_codes_differ_and_are_read_however_they_are_typed() -> None:
    codes = {passwords.new_code() for _ in range(200)}
    assert len(codes) == 200
    code = codes.pop()
    assert len(code) == 19
    for typed in (code, code.lower(), code.replace("-", " "), f" {code.replace('-', '')} "):
        assert passwords.same_code(passwords.code_digest(code), typed)
    assert not passwords.same_code(passwords.code_digest(code), codes.pop())
    assert not passwords.same_code(None, code)
    assert passwords.read_code("three quiet words") is None


def test_a_password_is_proof_of_its_account_alone(registry: Database, operator: Actor) -> None:
    newcomer(registry, operator)
    newcomer(registry, operator, "jonas")
    assert credentials.check(registry, "mira", GOOD) == credentials.Proof("mira", by_code=False)
    for name, secret in (("mira", ""), ("mira", GOOD.upper()), ("nobody", GOOD), ("", GOOD), ("admin", GOOD)):
        assert credentials.check(registry, name, secret) is None


def test_the_lock_begins_with_the_fifth_try_and_ends_by_the_clock(
    registry: Database, operator: Actor, clock: Clock
) -> None:
    newcomer(registry, operator)
    for _ in range(LIMITS.tries - 1):
        assert credentials.check(registry, "mira", "wrong") is None
    assert credentials.check(registry, "mira", GOOD) is not None
    assert credentials.check(registry, "mira", "wrong") is None
    assert credentials.check(registry, "mira", GOOD) is None
    head = registry.head
    clock.advance(seconds=LIMITS.lock.total_seconds() - 1)
    assert credentials.check(registry, "mira", GOOD) is None
    assert credentials.check(registry, "mira", "wrong") is None
    assert registry.head == head, "while it is locked nothing is written"
    clock.advance(seconds=1)
    assert credentials.check(registry, "mira", "wrong") is None, "the count begins anew"
    assert credentials.check(registry, "mira", GOOD) is not None


def test_a_lock_outlives_the_server(registry: Database, operator: Actor, clock: Clock) -> None:
    newcomer(registry, operator)
    for _ in range(LIMITS.tries):
        credentials.check(registry, "mira", "wrong")
    registry.close()
    with Database.open(registry.path, now=clock) as again:
        assert credentials.check(again, "mira", GOOD) is None


def test_what_is_nobodys_is_never_written(registry: Database, operator: Actor) -> None:
    newcomer(registry, operator)
    accounts.disable_account(registry, operator, "mira")
    head = registry.head
    for name in ("nobody", "mira", "admin", "x" * 64, "'; DROP TABLE account; --"):
        assert credentials.check(registry, name, GOOD) is None
    assert registry.head == head


def test_a_disabled_account_signs_in_with_nothing(registry: Database, operator: Actor) -> None:
    newcomer(registry, operator)
    accounts.disable_account(registry, operator, "mira")
    assert credentials.check(registry, "mira", GOOD) is None
    code = accounts.reset(registry, operator, "mira")
    assert credentials.check(registry, "mira", code) is None
    accounts.enable_account(registry, operator, "mira")
    assert credentials.check(registry, "mira", code) == credentials.Proof("mira", by_code=True)


def test_a_code_is_good_until_it_is_used_replaced_or_too_old(
    registry: Database, operator: Actor, clock: Clock
) -> None:
    first = accounts.add_account(registry, operator, "mira", {"*": ["nurse"]}, today=TODAY)
    second = accounts.reset(registry, operator, "mira")
    assert credentials.check(registry, "mira", first) is None
    assert credentials.check(registry, "mira", second) is not None
    assert credentials.check(registry, "mira", second) is not None, "looking at it does not use it up"
    credentials.choose(registry, "mira", passwords.code_digest(second), GOOD)
    assert credentials.check(registry, "mira", second) is None
    with pytest.raises(Refused, match="used or has expired"):
        credentials.choose(registry, "mira", passwords.code_digest(second), "four other quiet words")
    third = accounts.reset(registry, operator, "mira")
    assert credentials.check(registry, "mira", GOOD) is None
    clock.advance(seconds=LIMITS.code.total_seconds())
    assert credentials.check(registry, "mira", third) is None
    with pytest.raises(Refused, match="used or has expired"):
        credentials.choose(registry, "mira", passwords.code_digest(third), GOOD)


def test_the_operator_gets_a_code_until_somebody_chose_a_password(registry: Database) -> None:
    first, second = accounts.first_code(registry), accounts.first_code(registry)
    assert first is not None
    assert second is not None
    assert credentials.check(registry, "admin", first) is None
    credentials.choose(registry, "admin", passwords.code_digest(second), GOOD)
    assert accounts.first_code(registry) is None


def test_one_changes_ones_own_password_with_the_old_one(registry: Database, operator: Actor) -> None:
    newcomer(registry, operator)
    mira = registry.actor("mira")
    with pytest.raises(Refused, match="old password is wrong"):
        accounts.set_password(registry, mira, "wrong", "four other quiet words")
    with pytest.raises(Refused, match="at least 12"):
        accounts.set_password(registry, mira, GOOD, "short")
    accounts.set_password(registry, mira, GOOD, "four other quiet words")
    assert credentials.check(registry, "mira", GOOD) is None
    assert credentials.check(registry, "mira", "four other quiet words") is not None


def test_a_code_cannot_stand_in_for_the_old_password(registry: Database, operator: Actor) -> None:
    code = accounts.add_account(registry, operator, "mira", {"*": ["nurse"]}, today=TODAY)
    with pytest.raises(Refused, match="old password is wrong"):
        accounts.set_password(registry, registry.actor("mira"), code, GOOD)


def test_only_an_administrator_resets(registry: Database, operator: Actor) -> None:
    newcomer(registry, operator)
    with pytest.raises(NotPermitted):
        accounts.reset(registry, registry.actor("mira"), "admin")


def test_no_secret_leaves_with_the_record_or_stands_in_the_trail(
    registry: Database, operator: Actor, clock: Clock
) -> None:
    from registry.exchange.export import export

    code = newcomer(registry, operator)
    credentials.check(registry, "mira", "some wrong words")
    spare = accounts.reset(registry, operator, "mira")
    stored = [
        value for row in registry.rows("SELECT * FROM credential") for value in row if isinstance(value, str)
    ]
    trail = str(registry.rows("SELECT * FROM audit_event"))
    folder = registry.path.parent / "out"
    for form in ("bundle", "parquet"):
        export(registry, operator, folder / form, form, as_of=TODAY)
    leaving = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    for secret in (code, spare, GOOD, "some wrong words", *(one for one in stored if one != "mira")):
        assert secret not in trail
        assert secret.encode() not in leaving
    assert not list(folder.rglob("*credential*"))


def test_a_password_changed_by_hand_is_found(registry: Database, operator: Actor, clock: Clock) -> None:
    import duckdb

    newcomer(registry, operator)
    assert registry.verify() == []
    registry.close()
    with duckdb.connect(str(registry.path)) as connection:
        connection.execute("UPDATE credential SET password_hash = $1", [passwords.hashed("mine from now on")])
    with Database.open(registry.path, now=clock) as again:
        assert "credential" in {problem.column for problem in again.verify()}


def test_the_limits_are_declared() -> None:
    assert (
        Limits(
            tries=5,
            lock=timedelta(minutes=15),
            idle=timedelta(minutes=30),
            absolute=timedelta(hours=10),
            code=timedelta(days=3),
            shortest=12,
        )
        == LIMITS
    )
