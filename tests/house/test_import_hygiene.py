"""What a command costs before it does anything: the heavy libraries are loaded only where they are used."""

import subprocess
import sys

import pytest

from tests.house.tree import CHECKOUT


@pytest.mark.parametrize(
    ("module", "not_loaded"),
    [
        ("adjudication.surveillance", {"duckdb", "pandas", "pyarrow", "streamlit"}),
        ("adjudication.call", {"duckdb", "pandas", "pyarrow", "streamlit"}),
        ("registry.surveillance.worklist", {"streamlit", "statsmodels", "altair"}),
        (
            "registry.cli",
            {"duckdb", "pyarrow", "streamlit", "statsmodels", "altair", "scipy", "argon2", "authlib"},
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
