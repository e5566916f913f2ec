"""The lock says exactly what is installed, from wherever it is installed."""

import re
import tomllib

from tests.house.tree import read

LOCK = read("requirements.lock")
PROJECT = tomllib.loads(read("pyproject.toml"))["project"]


def test_every_line_is_a_pinned_package_or_its_hash() -> None:
    pinned = re.compile(r"[a-z0-9-]+==[^ ]+( ; .+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?")
    assert [line for line in LOCK.splitlines() if not pinned.fullmatch(line)] == []


def test_every_dependency_is_locked_with_the_tests_and_the_build_backend() -> None:
    wanted = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["test"]]
    names = {re.split(r"[\[<>=]", line)[0] for line in wanted}
    locked = set(re.findall(r"^([a-z0-9-]+)==", LOCK, re.M))
    assert names <= locked
    assert "hatchling" in locked


def test_the_store_is_locked_at_the_release_that_was_measured() -> None:
    assert "\nduckdb==1.5.6 \\" in LOCK
    assert "duckdb>=1.5.6,<2.1" in PROJECT["dependencies"]
