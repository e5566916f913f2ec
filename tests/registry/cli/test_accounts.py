"""The command line: accounts, and what an account may not do."""

import json
import re
from pathlib import Path

import pytest

from registry.accounts import credentials
from registry.store.database import Database
from tests.registry.conftest import Run
from tests.registry.exchange.bundles import write
from tests.templates import new_registry

CODE = re.compile(r"[A-Z0-9]{4}(-[A-Z0-9]{4}){3}")


def test_what_an_account_may_not_do_exits_5(run: Run, tmp_path: Path) -> None:
    run("init")
    assert run("user", "add", "reader", "--role", "clinician").exit_code == 0
    assert run("import", write(tmp_path / "bundle"), "--as", "reader").exit_code == 5
    assert run("import", tmp_path / "bundle", "--as", "stranger").exit_code == 5
    assert run("user", "role", "reader", "--role", "data_manager").exit_code == 0
    assert run("import", tmp_path / "bundle", "--as", "reader").exit_code == 0
    assert run("user", "disable", "reader").exit_code == 0
    assert run("summary", "--as", "reader").exit_code == 5
    assert run("user", "enable", "reader").exit_code == 0
    accounts = json.loads(run("user", "list", "--json").stdout)
    assert {account["name"] for account in accounts} == {"admin", "reader"}


def test_the_code_of_a_new_account_is_the_only_thing_on_standard_output(run: Run) -> None:
    run("init")
    added = run("user", "add", "mira", "--role", "nurse@north", "--role", "clinician")
    assert CODE.fullmatch(added.stdout.strip())
    assert added.stdout.strip() not in added.stderr
    again = json.loads(run("user", "reset", "mira", "--json").stdout)
    assert again["name"] == "mira"
    assert CODE.fullmatch(again["code"])
    assert again["code"] != added.stdout.strip()


def test_the_code_lets_its_owner_choose_a_password(run: Run, registry_path: Path) -> None:
    run("init")
    code = run("user", "add", "mira", "--role", "nurse").stdout.strip()
    with Database.open(registry_path) as db:
        proof = credentials.check(db, "mira", code)
    assert proof is not None
    assert proof.by_code


def test_accounts_are_listed_with_what_they_may_do(run: Run) -> None:
    run("init")
    run("user", "add", "mira", "--role", "nurse@north", "--role", "clinician")
    run("user", "disable", "mira")
    assert "mira (disabled): clinician@*, nurse@north" in run("user", "list").stdout
    changed = json.loads(run("user", "role", "mira", "--role", "data_manager", "--json").stdout)
    assert changed == {"name": "mira", "roles": ["data_manager"]}
    assert json.loads(run("user", "enable", "mira", "--json").stdout)["disabled"] is False


@pytest.mark.parametrize(
    "words",
    [
        ["add", "mira"],
        ["add", "mira", "--role", "surgeon"],
        ["add", "Mira!", "--role", "nurse"],
        ["add", "admin", "--role", "nurse"],
        ["role", "nobody", "--role", "nurse"],
        ["role", "admin", "--role", "nurse"],
        ["reset", "nobody"],
        ["disable", "nobody"],
        ["disable", "admin"],
        ["enable", "nobody"],
    ],
    ids=" ".join,
)
def test_what_cannot_be_meant_exits_2(run: Run, words: list[str]) -> None:
    run("init")
    assert run("user", *words).exit_code == 2


@pytest.mark.parametrize(
    "words",
    [["add", "other", "--role", "nurse"], ["reset", "mira"], ["role", "mira", "--role", "admin"], ["list"]],
    ids=" ".join,
)
def test_only_an_administrator_manages_accounts(run: Run, words: list[str]) -> None:
    run("init")
    run("user", "add", "mira", "--role", "nurse")
    assert run("user", *words, "--as", "mira").exit_code == 5


def test_while_another_program_has_the_registry_open_the_command_says_what_to_do(
    run: Run, registry_path: Path
) -> None:
    with new_registry(registry_path):
        busy = run("user", "add", "mira", "--role", "nurse")
    assert busy.exit_code == 4
    assert "Close the app or the command that has it open, then try again." in busy.stderr
