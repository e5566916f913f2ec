"""No page shows a patient to whoever reads cases: every page of the menu, so that a new one is swept by being there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from registry.roles import BLIND_HAVE, Permission
from registry.screens import session
from registry.screens.catalogue import SCREENS, Screen
from tests.registry.known_patients import (
    ALONE,
    BESIDE,
    IN_RECORD,
    NAMES,
    TEXTS,
    VALUES,
    canary,
    days,
    make,
)
from tests.registry.review.canaries import open_again
from tests.registry.screens.conftest import APP, sign_in
from tests.registry.screens.rendered import Recorder, listen

OF_A_PACKET = {"case", "dispute", "committee", "outcome", "signed"}
"""Pages that show a packet: its counts and days, and no name."""

SINGLE = {"view": "courses"}
"""An address that asks the page of the cohort for single courses, and every other page for nothing."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("known"))


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    yield listen(monkeypatch)
    st.cache_data.clear()
    st.cache_resource.clear()


def swept(
    folder: Path, name: str, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> tuple[dict[str, str], set[str]]:
    """Where a page showed something of a patient, and the pages that were there."""
    leaks: dict[str, str] = {}
    there: set[str] = set()
    with open_again(folder) as db:
        monkeypatch.setattr(session, "open_registry", lambda: db)
        [(case,)] = db.rows("SELECT case_id FROM review_case_view WHERE course_id = 'CX1'")
        outside = {*NAMES, *VALUES, *TEXTS, *days(db)}
        at = AppTest.from_file(str(APP), default_timeout=120)
        at.user = sign_in(name)
        at.run()
        for screen in SCREENS:
            for address in (SINGLE, {"patient": "PX1", "course": "CX1", "case": case, "query": "query-0"}):
                at.query_params.clear()
                at.query_params.update(address)
                try:
                    at.switch_page(f"registry/screens/pages/{screen.address}.py").run()
                except ValueError:
                    break
                there.add(screen.address)
                assert [str(one.value) for one in at.exception] == []
                text = "\n".join(recorder.take(screen.address))
                typed = " ".join(address.values())
                hidden = set(NAMES) if screen.address in OF_A_PACKET else outside
                found = canary({word for word in hidden if word not in typed}).search(text)
                if found:
                    leaks[screen.address] = text[max(0, found.start() - 150) : found.end() + 50]
    return leaks, there


@pytest.mark.parametrize("name", [ALONE, BESIDE])
def test_no_page_shows_a_patient_to_whoever_reads_cases(
    folder: Path, recorder: Recorder, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    leaks, there = swept(folder, name, recorder, monkeypatch)
    assert leaks == {}
    assert {"home", "cohort", "cases", "case", "signed", "queries"} <= there
    assert not there & {
        "patient",
        "log",
        "facts",
        "worklist",
        "proposals",
        "watched",
        "opening",
        "agreement",
        "audit",
    }


def test_the_sweep_of_pages_meets_the_patients_where_they_may_be_seen(
    folder: Path, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaks, _ = swept(folder, IN_RECORD, recorder, monkeypatch)
    assert {"home", "patient", "facts", "worklist", "watched", "cohort", "queries", "audit"} <= leaks.keys()


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.address)
def test_a_page_is_there_for_a_blind_account_only_by_what_shows_no_patient(screen: Screen) -> None:
    """A page that asks for a right of patients alone is away without a word here."""
    open_to_all = {"home", "help"}
    given = not screen.permissions or bool(set(screen.permissions) & BLIND_HAVE)
    kept = {
        "cohort",
        "protocol",
        "cases",
        "case",
        "dispute",
        "committee",
        "outcome",
        "signed",
        "queries",
        "accounts",
    }
    assert given == (screen.address in open_to_all | kept)
    assert Permission.READ not in BLIND_HAVE
