"""Days, times and numbers of things are written by `registry.wording` alone."""

import re

from tests.house.tree import CHECKOUT

_HAND_MADE = {
    "a day or a time": re.compile(r":%[a-zA-Z-]|strftime\(|utcFormat\("),
    "a plural": re.compile(r"""['"]{2} if [^}]* == 1 else ['"]e?s['"]|['"]s['"] if [^}]* != 1"""),
}
_ALLOWED = {
    "wording.py": "the one place",
    "charts/drawing.py": "the browser writes the labels of an axis",
    "exchange/sources/days.py": "a site's own format, as its mapping has it",
    "report/leaflet.py": "a letter to a patient, with the month in full",
    "report/calendar.py": "the month as part of a name",
    "store/backup.py": "a moment as part of a file's name",
    "store/backups.py": "a moment as part of a file's name",
    "store/copying.py": "a moment as part of a file's name",
    "cli/surveillance.py": "the clock on the wall, with its zone",
}


def test_no_day_time_or_plural_is_written_by_hand() -> None:
    folder = CHECKOUT / "registry"
    found = [
        f"registry/{path.relative_to(folder)}:{number}: {what} is written by hand"
        for path in sorted(folder.rglob("*.py"))
        if str(path.relative_to(folder)) not in _ALLOWED
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        for what, pattern in _HAND_MADE.items()
        if pattern.search(line)
    ]
    assert not found, "\n".join(found)


def test_what_is_allowed_is_still_there() -> None:
    folder = CHECKOUT / "registry"
    idle = [
        name
        for name in _ALLOWED
        if not any(one.search((folder / name).read_text("utf-8")) for one in _HAND_MADE.values())
    ]
    assert idle == []
