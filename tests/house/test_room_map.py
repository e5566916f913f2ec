"""The rooms of the house: nothing imports upward, nothing in a circle, and the map says what is true."""

import pytest
from importlinter.cli import lint_imports

from tests.house import room_map


def test_every_contract_of_who_may_import_whom_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    broken = lint_imports(no_cache=True, no_logo=True)
    assert broken == 0, capsys.readouterr().out


def test_the_map_in_the_readme_is_drawn_from_the_imports() -> None:
    assert room_map.in_readme() == room_map.drawn(), "draw it anew: python -m tests.house.room_map"
