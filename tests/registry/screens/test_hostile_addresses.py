"""An address that somebody sends is drawn letter by letter: no page makes a link, a picture or a formula of it."""

from pathlib import Path

import pytest

from registry.roles import Permission
from registry.screens.catalogue import SCREENS
from tests.registry.screens.conftest import Open
from tests.registry.screens.rendered import listen

LINKED = "[Sign in again](https://evil.invalid/a) **b** $x$ :material/home: https://evil.invalid/c"
NAMES = ("patient", "course", "case", "query", "kind", "id", "form", "view", "site", "state")
MADE = ("[Sign in again](", "https://evil", " **b**", " $x$", ":material/home: h")


def _reader(page: str) -> str:
    """Whoever has the page: those of reviews are for adjudicators."""
    (screen,) = (one for one in SCREENS if one.address == page)
    return "demo-adjudicator-1" if screen.permissions == (Permission.REVIEW,) else "admin"


@pytest.mark.parametrize("page", [screen.address for screen in SCREENS])
def test_no_page_draws_its_address_as_markdown(
    opened: Open, cohort_path: Path, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = listen(monkeypatch)
    at = opened(cohort_path, page, as_=_reader(page), **dict.fromkeys(NAMES, LINKED))
    assert [str(one.value) for one in at.exception] == []
    drawn = [
        str(body)
        for kind in ("markdown", "caption", "info", "warning", "error", "success", "title", "header")
        for body in (one.value for one in getattr(at, kind))
    ]
    assert [text for text in drawn if any(made in text for made in MADE)] == []
    assert all("\ue000" not in text for text in recorder.take(page))
