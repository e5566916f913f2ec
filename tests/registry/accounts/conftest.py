"""Servers to attack. Each stands for the tests of a whole file; a test makes accounts of its own."""

import itertools
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.registry.accounts.served import House, house
from tests.templates import new_registry


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A registry without patients, served as `nadir serve` does."""
    path: Path = tmp_path_factory.mktemp("home") / "registry.duckdb"
    new_registry(path).close()
    with house(path, free_port()) as served:
        yield served


@pytest.fixture
def name() -> Callable[[], str]:
    """Names of accounts that nobody has had."""
    return lambda: f"person{next(NUMBERS)}"


NUMBERS = itertools.count(1)
