"""What a command costs before it does anything: the heavy libraries are loaded only where they are used."""

import subprocess
import sys
from pathlib import Path

import pytest

from registry.store.database import Database
from tests.house.tree import CHECKOUT


@pytest.mark.parametrize(
    ("module", "not_loaded"),
    [
        ("adjudication.surveillance.ladder", {"duckdb", "pandas", "pyarrow", "streamlit"}),
        ("adjudication.response.call", {"duckdb", "pandas", "pyarrow", "streamlit"}),
        ("registry.surveillance.worklist", {"streamlit", "statsmodels", "altair"}),
        (
            "registry.cli",
            {
                "duckdb",
                "pandas",
                "pyarrow",
                "numba",
                "streamlit",
                "statsmodels",
                "altair",
                "scipy",
                "argon2",
                "authlib",
            },
        ),
    ],
)
def test_importing_loads_nothing_heavy(module: str, not_loaded: set[str]) -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", f"import sys, {module}; print(*sys.modules)"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert not_loaded & set(loaded) == set()


@pytest.mark.parametrize(
    ("words", "not_loaded"),
    [
        ("--help", {"duckdb", "pandas", "numba", "streamlit", "scipy", "altair"}),
        ("find P1", {"numba", "streamlit", "scipy", "altair"}),  # DuckDB itself loads pandas to bind a value
    ],
)
def test_a_command_that_judges_nothing_loads_no_compiler(
    words: str, not_loaded: set[str], tmp_path: Path
) -> None:
    registry = tmp_path / "registry.duckdb"
    Database.open(registry, create=True).close()
    program = (
        "import sys\nfrom registry.cli import main\n"
        "try:\n    main(sys.argv[1:])\nfinally:\n    print('loaded', *sys.modules)"
    )
    ran = subprocess.run(
        [
            sys.executable,
            "-c",
            program,
            *words.split(),
            *(["--db", str(registry)] if "find" in words else []),
        ],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    *printed, loaded = ran.stdout.splitlines()
    assert [*printed, *ran.stderr.splitlines()], "the command printed nothing"
    assert not_loaded & set(loaded.split()) == set()
