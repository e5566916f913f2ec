"""What is installed is whole: every query, criteria file and page that the code reads stands in the wheel."""

import subprocess
import sys
import zipfile
from pathlib import Path

from tests.house import tree


def test_the_wheel_holds_everything_that_the_checkout_ships(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=tree.CHECKOUT,
        capture_output=True,
        check=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    shipped = {*tree.under("registry/", "adjudication/", "sql/", "app.py", ".streamlit/config.toml")}
    assert shipped - held == set()
    assert {name for name in held if name.startswith("tests/")} == set()
