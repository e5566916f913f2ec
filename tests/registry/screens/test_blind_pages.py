"""No page tells a blind reader what the machine or another reader said: every page there is, at every address.

Pages are those of the menu and the names in their addresses those that they ask for, so that a new one is swept
without a word here. Everything that reaches the browser is searched, and compared with the other world.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from registry.screens import session
from registry.screens.catalogue import SCREENS, Screen
from registry.store.database import Database
from tests.registry.review.canaries import (
    BLIND,
    DECIDED,
    DISPUTE,
    MACHINE_DAY,
    SECOND,
    SIGHTED,
    WORD,
    canaries,
    difference,
    everything,
    make,
    open_again,
    spellings,
)
from tests.registry.screens.conftest import APP, sign_in
from tests.registry.screens.rendered import Recorder, choose, controls, listen

Address = tuple[tuple[str, str], ...]
NOBODY = {"patient": "P9", "course": "C9", "case": "case-000000000000"}


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two registries that differ in nothing but what is hidden."""
    place = tmp_path_factory.mktemp("worlds")
    return make(place / "one"), make(place / "two", SECOND)


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    yield listen(monkeypatch)
    st.cache_data.clear()
    st.cache_resource.clear()


@dataclass
class Walk:
    """What a person met: where, and all that was sent there, in order. `refused` pages are not there for the person;
    `kept` is what the session held, which is not sent."""

    met: list[tuple[str, list[str]]] = field(default_factory=list)
    controls: dict[Any, list[tuple[str, str, list[Any]]]] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    kept: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def search(self, db: Database, name: str) -> dict[str, str]:
        """Where a canary is, with what stands around it."""
        found = canaries(db, name)
        leaks = {}
        for where, texts in [*self.met, ("session", self.kept)]:
            for text in texts:
                leak = found.search(text)
                if leak:
                    leaks[where] = text[max(0, leak.start() - 120) : leak.end() + 60]
        return leaks


def addresses(db: Database, asked: set[str]) -> Iterator[Address]:
    """Every address that could name what is hidden, from the names that a page asks for."""
    cases = dict(db.rows("SELECT course_id, case_id FROM review_case_view ORDER BY case_id"))
    if "patient" in asked:
        of_patients = (("P1", "C1"), ("P2", DISPUTE), ("P3", DECIDED), (NOBODY["patient"], NOBODY["course"]))
        for patient, course in of_patients:
            yield (("patient", patient), *((("course", course),) if "course" in asked else ()))
    if "case" in asked:
        for case in (*cases.values(), NOBODY["case"]):
            yield (("case", case),)
    others = sorted(asked - {*NOBODY, "tour"})
    if others:
        named = {"patient": "P1", "course": "C1", "case": cases["C1"]}
        yield tuple(
            {**{one: named[one] for one in named if one in asked}, **dict.fromkeys(others, "C1")}.items()
        )


def walk(db: Database, name: str, recorder: Recorder) -> tuple[AppTest, Walk]:
    """Open every page at every address, in one session."""
    found = Walk()
    at = AppTest.from_file(str(APP), default_timeout=120)
    at.user = sign_in(name)
    at.run()
    for screen in SCREENS:
        recorder.asked.clear()
        waiting: list[Address] = [()]
        while waiting:
            address = waiting.pop(0)
            if not _open(at, screen, address):
                found.refused.add(screen.address)
                break
            _take(found, at, recorder, screen, address)
            met = [one for page, one in found.controls if page is screen]
            waiting += [one for one in addresses(db, recorder.asked) if one not in met and one not in waiting]
    return at, found


def work_through(at: AppTest, found: Walk, recorder: Recorder) -> None:
    """Choose one by one whatever can be chosen on the pages that were opened; each control once."""
    done: set[str] = set()
    for (screen, address), offered in list(found.controls.items()):
        if not {name for _, name, _ in offered} - done:
            continue
        _open(at, screen, address)
        for widget, name, options in offered:
            if name in done:
                continue
            done.add(name)
            for option in options:
                if choose(at, widget, option):
                    _take(found, at, recorder, screen, address, f" {name}: {option}")


def _open(at: AppTest, screen: Screen, address: Address) -> bool:
    """False for a page that this person has not: the server knows none of that name in the session."""
    at.query_params.clear()
    at.query_params.update(address)
    try:
        at.switch_page(f"registry/screens/pages/{screen.address}.py").run()
    except ValueError:
        return False
    return True


def _take(
    found: Walk, at: AppTest, recorder: Recorder, screen: Screen, address: Address, chosen: str = ""
) -> None:
    where = f"{screen.address} {dict(address)}{chosen}"
    found.met.append((where, recorder.take(screen.address)))
    found.kept += everything(at._session_state.filtered_state)
    found.broken += [f"{where}: {one.value}" for one in at.exception]
    if not chosen:
        found.controls[screen, address] = list(controls(at))


@pytest.mark.parametrize("name", BLIND)
def test_no_page_tells_a_blind_reader_and_two_worlds_look_the_same(
    worlds: tuple[Path, Path],
    recorder: Recorder,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    name: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    walks = []
    for folder in worlds:
        with open_again(folder) as db:
            monkeypatch.setattr(session, "open_registry", lambda db=db: db)
            recorder.made.clear()
            at, found = walk(db, name, recorder)
            compared = dict(found.met)
            if folder == worlds[0]:
                work_through(at, found, recorder)
            assert found.search(db, name) == {}
            assert found.broken == []
            said = caplog.text
            assert canaries(db, name).search(said) is None
            walks.append((found.refused, compared))
    (refused, one), (refused_too, two) = walks
    assert (refused, list(one)) == (refused_too, list(two))
    assert {
        "patient",
        "facts",
        "log",
        "worklist",
        "watched",
        "proposals",
        "opening",
        "agreement",
        "audit",
    } <= refused
    differ = {where: difference("\n".join(one[where]), "\n".join(two[where])) for where in two}
    assert {where: what for where, what in differ.items() if what} == {}


def test_the_sweep_finds_a_canary_where_one_may_be_seen(
    worlds: tuple[Path, Path], recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever may see calls meets the machine's word and its day, on the pages and in their files."""
    with open_again(worlds[0]) as db:
        monkeypatch.setattr(session, "open_registry", lambda: db)
        _, found = walk(db, SIGHTED, recorder)
    met = {where: "\n".join(texts) for where, texts in found.met}
    assert "patient" in {where.split()[0] for where, text in met.items() if WORD in text}
    assert any(day in text for day in spellings(MACHINE_DAY) for text in met.values())
    assert any("in the file" in text for text in met.values())
