"""The README stays true because it is read here."""

import importlib
import re
from pathlib import Path

import pytest

from tests.house import tree
from tests.house.tree import CHECKOUT, read

README = read("README.md")
BLOCKS = re.findall(r"<!-- ([a-z ]+) -->\n```sh\n(.*?)```", README, re.S)

ROOMS = [name for name in tree.under("registry/", ends="/README.md") if name != "registry/README.md"]
"""What each room is for, its public verbs, who may call it, and what it must not do."""


def test_one_line_runs_the_demo_and_one_line_runs_all_tests() -> None:
    assert [name for name, _ in BLOCKS] == ["demo", "all tests"]
    for (_, block), lock in zip(BLOCKS, ("requirements.lock", "tests/requirements.lock"), strict=True):
        assert block.count("\n") == 1
        assert f"--require-hashes -r {lock} " in block


def test_continuous_integration_takes_its_test_line_from_the_readme() -> None:
    script = read(".ci/run")
    assert "README.md" in script
    assert BLOCKS[1][1].strip() not in script


def test_every_command_is_in_the_list_of_commands_and_nothing_else() -> None:
    from registry.cli import main

    documented = re.findall(r"^\| `nadir ([a-z-]+)` \|", read("registry/screens/help/commands.md"), re.M)
    assert sorted(documented) == sorted(main.commands)


@pytest.mark.parametrize(
    "name", ["README.md", "registry/README.md", "adjudication/README.md", "tests/README.md", *ROOMS]
)
def test_every_file_that_a_readme_names_exists(name: str) -> None:
    here = (CHECKOUT / name).parent
    named = re.findall(r"`((?:[a-z_]+/)*[a-z_-]+(?:\.(?:py|md|toml|sql)|/))`", read(name))
    assert named or name in ROOMS
    assert [one for one in named if not (CHECKOUT / one).exists() and not (here / one).exists()] == []


@pytest.mark.parametrize("name", ROOMS)
def test_the_readme_of_a_room_has_its_parts_and_its_verbs_exist(name: str) -> None:
    text = read(name)
    for part in ("## Public verbs", "**Who may call it.**", "**It must not**"):
        assert part in text
    verbs = re.findall(r"^\| `([\w.]+)` \|", text, re.M)
    assert verbs
    assert [verb for verb in verbs if not callable(_found(f"registry.{verb}"))] == []


def _found(path: str) -> object:
    """What a dotted path names: an attribute where there is one, else a module."""
    package, _, rest = path.partition(".")
    named: object = importlib.import_module(package)
    for word in rest.split("."):
        package = f"{package}.{word}"
        named = getattr(named, word) if hasattr(named, word) else importlib.import_module(package)
    return named


@pytest.mark.parametrize("role", ["nurse", "adjudicator", "clinician", "data_manager", "admin"])
def test_every_role_is_in_the_readme(role: str) -> None:
    from registry.roles import Role

    assert role in list(Role)
    assert f"| {role.replace('_', ' ')} |" in README


def test_the_limits_of_signing_in_are_those_of_the_code() -> None:
    from registry.accounts.limits import LIMITS

    section = " ".join(README.partition("## Signing in")[2].partition("\n## ")[0].split())
    assert LIMITS.tries == 5
    assert "Five wrong passwords" in section
    for limit, said in (
        (LIMITS.code.total_seconds() / 3600, "valid for {:.0f} hours"),
        (LIMITS.shortest, "at least {} characters"),
        (LIMITS.lock.total_seconds() / 60, "for {:.0f} minutes"),
        (LIMITS.idle.total_seconds() / 60, "after {:.0f} minutes without a click"),
        (LIMITS.absolute.total_seconds() / 3600, "after {:.0f} hours"),
    ):
        assert said.format(limit) in section


def test_the_sign_in_file_of_the_readme_can_be_read(tmp_path: Path) -> None:
    from registry.accounts.settings import read as read_sign_in

    [example] = re.findall(r"```toml\n(.*?)```", README, re.S)
    file = tmp_path / "hospital.toml"
    file.write_text(example, "utf-8")
    assert read_sign_in(file).address == "https://nadir.hospital.example"
