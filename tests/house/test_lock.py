"""The lock says exactly what is installed, from wherever it is installed."""

import re
import tomllib

from tests.house.tree import read

LOCK, TESTS = read("requirements.lock"), read("tests/requirements.lock")
PROJECT = tomllib.loads(read("pyproject.toml"))["project"]


def test_every_line_is_a_pinned_package_or_its_hash() -> None:
    pinned = re.compile(r"[a-z0-9-]+==[^ ]+( ; .+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?")
    first, *lines = TESTS.splitlines()
    assert first == "-r ../requirements.lock"
    assert [line for line in [*LOCK.splitlines(), *lines] if not pinned.fullmatch(line)] == []


def names_in(lock: str) -> set[str]:
    return set(re.findall(r"^([a-z0-9-]+)==", lock, re.M))


def test_every_dependency_is_locked_and_nothing_twice() -> None:
    def wanted(lines: list[str]) -> set[str]:
        return {re.split(r"[\[<>=]", line)[0] for line in lines}

    assert wanted(PROJECT["dependencies"]) | {"hatchling"} <= names_in(LOCK)
    assert wanted(PROJECT["optional-dependencies"]["test"]) <= names_in(LOCK) | names_in(TESTS)
    assert names_in(LOCK) & names_in(TESTS) == set()


def test_the_runtime_brings_no_tool_of_the_tests() -> None:
    assert names_in(LOCK) & {"pytest", "playwright", "mypy", "ruff", "hypothesis", "import-linter"} == set()


def test_the_store_is_locked_at_the_release_that_was_measured() -> None:
    assert "\nduckdb==1.5.6 \\" in LOCK
    assert "duckdb>=1.5.6,<2.1" in PROJECT["dependencies"]
