"""The container's file: not as root, from a base that the builder names, and with all that the app needs."""

import re

from tests.house.tree import CHECKOUT

TEXT = (CHECKOUT / ".container" / "Containerfile").read_text("utf-8")
LINES = [line for line in TEXT.replace("\\\n", " ").splitlines() if line and not line.startswith("#")]


def of(word: str) -> list[str]:
    return [line.removeprefix(word).strip() for line in LINES if line.startswith(f"{word} ")]


def test_it_names_no_registry_and_no_address() -> None:
    assert of("FROM") == ["${BASE}"]
    assert of("ARG") == ["BASE"]
    assert re.findall(r"https?:|\b[\w-]+\.(?:io|com|org|net)\b", TEXT) == []


def test_it_runs_as_nobody_special_after_everything_was_installed() -> None:
    assert of("USER") == ["10001:10001"]
    assert LINES.index("USER 10001:10001") > max(n for n, line in enumerate(LINES) if line.startswith("RUN "))


def test_what_it_installs_is_what_the_readme_installs() -> None:
    [run] = of("RUN")
    readme = (CHECKOUT / "README.md").read_text("utf-8")
    for step in (
        "install -q --require-hashes -r requirements.lock",
        "install -q --no-deps --no-build-isolation",
    ):
        assert step in run
        assert step in readme


def test_it_copies_all_that_is_installed_and_nothing_that_is_not_there() -> None:
    copied = {name.rstrip("/") for line in of("COPY") for name in line.split()[:-1]}
    assert [name for name in copied if not (CHECKOUT / name).exists()] == []
    pyproject = (CHECKOUT / "pyproject.toml").read_text("utf-8")
    wheel = re.search(r"targets.wheel\]\ninclude = \[(.*?)\]", pyproject, re.DOTALL)
    assert wheel is not None
    needed = re.findall(r'"/([^"]+)"', wheel[1])
    assert needed
    assert [name for name in needed if name not in copied and name.partition("/")[0] not in copied] == []


def test_everything_that_is_written_is_in_a_volume() -> None:
    [volumes] = of("VOLUME")
    written = [part.partition("=")[2] for line in of("ENV") for part in line.split() if "=/" in part]
    assert written
    assert all(path.startswith(tuple(re.findall(r'"([^"]+)"', volumes))) for path in written)
