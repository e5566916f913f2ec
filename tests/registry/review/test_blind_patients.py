"""Whoever reads cases at a site meets none of its patients, through whatever door: services and commands.

A packet hides who the patient is, and its counts are the patient's: who meets them under a pseudonym recognizes it.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click import Command
from click.testing import CliRunner

from registry import cohort, review
from registry.cli import main
from registry.cohort import Filter
from registry.errors import NotPermitted
from registry.patients import search
from registry.roles import Actor
from registry.store.database import Database
from tests.conftest import Clock
from tests.registry.known_patients import (
    ALONE,
    APART,
    BESIDE,
    IN_RECORD,
    NAMES,
    OF_SOUTH,
    TEXTS,
    VALUES,
    canary,
    days,
    make,
)
from tests.registry.review.canaries import TODAY, everything
from tests.registry.review.test_blindness import calls_of, commands, doors, told
from tests.registry.reviewing import House, proof

READERS = (ALONE, BESIDE)
OF_A_PACKET = {
    "registry.review.reading.opened",
    "registry.review.dispute.dispute",
    "registry.review.outcome.outcome",
    "registry.review.outcome.signed",
}
"""The services that show a packet: its counts and its days, and no name."""
IDENTITIES = {"P1": "PX1", "P2": "PX2", "C1": "CX1", "O2": "OX2"}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pseudonym that a sweep gives as a path names a file of the test."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("known"))


@pytest.fixture
def db(folder: Path, tmp_path: Path) -> Any:
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    with Database.open(copy / "registry.duckdb", now=Clock(TODAY)) as opened:
        yield opened


def renamed(value: Any) -> Any:
    """The arguments of the other sweep, under the names of these patients."""
    if isinstance(value, str):
        return IDENTITIES.get(value, value)
    if isinstance(value, dict):
        return {name: renamed(one) for name, one in value.items()}
    if isinstance(value, list):
        return [renamed(one) for one in value]
    return value


def leaks_of(db: Database, actor: Actor, place: Path) -> tuple[dict[str, str], set[str]]:
    """Where somebody met something of a patient that was not in the question, and the doors that opened."""
    place.mkdir()
    leaks: dict[str, str] = {}
    went: set[str] = set()
    for name, function in doors():
        for arguments in calls_of(function, db, actor, place):
            asked = renamed(arguments)
            through, text = told(function, asked, place)
            went |= {name} if through else set()
            typed = "\n".join(
                everything({key: one for key, one in asked.items() if key not in ("db", "actor")})
            )
            of_packet = name in OF_A_PACKET
            hidden = {*NAMES, *(() if of_packet else (*VALUES, *TEXTS, *days(db, typed)))}
            found = canary({word for word in hidden if word not in typed}).search(text)
            if found:
                leaks[name] = text[max(0, found.start() - 150) : found.end() + 50]
    return leaks, went


@pytest.mark.parametrize("name", READERS)
def test_no_function_of_any_service_shows_a_patient_to_whoever_reads_cases(
    db: Database, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.registry.review.test_blindness.COURSE", "CX1")
    leaks, went = leaks_of(db, db.actor(name), tmp_path / "place")
    assert leaks == {}
    assert {
        "registry.cohort.chosen.figures",
        "registry.review.queue.queue",
        "registry.review.queries.queries",
    } <= went


def test_the_sweep_meets_the_patients_where_they_may_be_seen(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.registry.review.test_blindness.COURSE", "CX1")
    leaks, _ = leaks_of(db, db.actor(IN_RECORD), tmp_path / "place")
    assert {
        "registry.patients.patient_record.patient_record",
        "registry.patients.search.find_patients",
        "registry.tasks.recent.recent",
        "registry.surveillance.worklist.worklist",
        "registry.tasks.audit_trail.trail",
        "registry.cohort.chosen.swimmers",
        "registry.review.queries.queries",
    } <= leaks.keys()


def test_a_packet_shows_counts_and_no_name(db: Database) -> None:
    [(case,)] = db.rows("SELECT case_id FROM review_case_view WHERE course_id = 'CX1'")
    text = "\n".join(everything(review.opened(db, db.actor(ALONE), case)))
    assert all(value in text for value in VALUES)
    assert canary({*NAMES, "SECRETNOTE"}).search(text) is None


@pytest.mark.parametrize("name", READERS)
def test_a_reader_sees_the_own_questions_alone_under_the_name_of_the_case(db: Database, name: str) -> None:
    [(case,)] = db.rows("SELECT case_id FROM review_case_view WHERE course_id = 'CX1'")
    [mine] = review.queries(db, db.actor(name))
    assert (mine.patient_id, mine.site, mine.identity, mine.value) == (case, None, {}, None)
    review.close(db, db.actor(name), mine.query_id, "It is clear now.")
    [closed] = review.queries(db, db.actor(name), state=review.QueryState.CLOSED)
    assert closed.masked
    with pytest.raises(NotPermitted):
        review.queries(db, db.actor(name), site="North")


@pytest.mark.parametrize("name", READERS)
def test_figures_of_the_whole_cohort_stay_and_those_of_a_few_courses_do_not(db: Database, name: str) -> None:
    actor = db.actor(name)
    found = cohort.figures(db, actor)
    assert found.basis.patients == len({"PX1", "PX2", "PX3"}) or found.basis.patients > 0
    assert not found.basis.scope.calls
    assert cohort.figures(db, actor, Filter(disease="ITP")).basis.patients
    for narrow in (Filter(regimens=("RITUXIMAB",)), Filter(line_from=1), Filter(setting="alemtuzumab")):
        with pytest.raises(NotPermitted, match="sees only review packets of the patients there"):
            cohort.figures(db, actor, narrow)
    with pytest.raises(NotPermitted):
        cohort.swimmers(db, actor, Filter())


def test_a_site_where_the_account_reads_no_case_stays_visible(db: Database) -> None:
    """Every role everywhere, adjudicator in the North: the patients of the South are read, and no other."""
    actor = db.actor(APART)
    assert [row["patient_id"] for row in search.find_patients(db, actor).rows] == ["PX2"]
    assert search.sites_of(db, actor) == ["South"]
    with pytest.raises(NotPermitted, match="adjudicates at North"):
        search.find_patients(db, actor.at(["North"]))
    assert {row["course_id"] for row in cohort.swimmers(db, actor, Filter()).rows} == {"CX3"}
    with pytest.raises(NotPermitted):
        cohort.swimmers(db, actor, Filter(sites=("North",)))


def test_the_operator_without_a_name_is_no_reader(db: Database) -> None:
    assert not db.actor(None).reviews()
    assert search.find_patients(db, db.actor(None)).found == len(("PX1", "PX2", "PX3", "PX4"))


# The commands


ARGUMENTS: dict[str, list[str]] = {
    "waiting": [],
    "erase": ["PX1", "--reason", "So."],
    "recent": [],
    "find": ["P"],
    "patient": ["PX1"],
    "log": ["observation", "patient_id=PX1", "observation_id=N1", "observed_at=2025-01-12", "analyte=platelets",
            "value=5", "unit=10*9/L"],
    "paste": ["PX1", "{block}"],
    "amend": ["observation", "PX1", "OX2", "value=7", "--reason", "So."],
    "withdraw": ["observation", "PX1", "OX2", "--reason", "So."],
    "undo": ["1"],
    "history": ["observation", "PX1", "OX2"],
    "worklist": [],
    "watched": ["PX4"],
    "outcome": ["PX4", "contacted"],
    "sign": ["PX4", "petechiae"],
    "proposals accept": ["PX4"],
    "proposals reject": ["PX4", "--reason", "So."],
    "paper leaflet": ["PX4", "{out}.html"],
    "paper calendar": ["PX4", "{out}.ics"],
    "paper letter": ["PX4", "{out}.html"],
    "measures": [],
    "protocol list": [],
    "protocol show": ["alemtuzumab-belgian-2018"],
    "protocol compare": ["{protocol}"],
    "protocol adopt": ["{protocol}"],
    "protocol drop": ["alemtuzumab-belgian-2018"],
    "adjudicate": ["--course", "CX1"],
    "explain": ["CX1"],
    "open-cases": [],
    "review queue": [],
    "review claim": ["{case}"],
    "review show": ["{case}"],
    "review save": ["{case}", "--response", "NR"],
    "review release": ["{case}"],
    "review commit": ["{case}"],
    "review ask": ["{case}", "name", "value", "So?"],
    "review outcome": ["{case}"],
    "review signed": [],
    "review disputes": [],
    "review dispute": ["{case}"],
    "review settle": ["{case}"],
    "review candidates": ["{case}"],
    "review convene": ["{case}", "reader-1"],
    "review vote": ["{case}"],
    "review count": ["{case}"],
    "challenge": ["CX1", "--reason", "So?"],
    "agreement": [],
    "query ask": ["observation", "PX1", "OX2", "--column", "value", "--question", "So?"],
    "query answer": ["query-0", "--text", "So."],
    "query again": ["query-0", "--text", "So."],
    "query close": ["query-0", "--text", "So."],
    "query list": [],
    "query ages": [],
    "summary": [],
    "cohort": [],
    "import": ["{bundle}", "--dry-run"],
    "mapping preview": ["{bundle}"],
    "export": ["{out}"],
    "audit": [],
    "backup": ["{out}.duckdb"],
    "user add": ["somebody", "--role", "nurse"],
    "user reset": ["somebody"],
    "user role": ["somebody", "--role", "clinician"],
    "user disable": ["somebody"],
    "user enable": ["somebody"],
    "user list": [],
}  # fmt: skip
"""What every command is asked that somebody by name can give; one that is not here fails the sweep."""
OF_PACKET_BY_COMMAND = {"review show", "review dispute", "review outcome", "review signed"}
STAYS = {
    "waiting", "review queue", "review show", "review signed", "query list", "query ages", "cohort", "protocol list",
    "protocol show",
}  # fmt: skip
"""What a reader is answered: the own work, and what names no patient."""


def by_name() -> dict[str, Command]:
    return {
        " ".join(path): command
        for path, command in commands(main)
        if "--as" in {option for parameter in command.params for option in parameter.opts}
    }


def test_every_command_that_is_given_by_name_is_swept() -> None:
    assert set(ARGUMENTS) == set(by_name())


@pytest.mark.parametrize("name", READERS)
def test_no_command_shows_a_patient_to_whoever_reads_cases(folder: Path, tmp_path: Path, name: str) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "copy")) / "registry.duckdb"
    leaks, answered = swept(copy, tmp_path, name)
    assert leaks == {}
    assert answered >= STAYS
    assert not answered & {
        "find",
        "patient",
        "recent",
        "history",
        "worklist",
        "watched",
        "measures",
        "explain",
        "audit",
    }


def test_the_sweep_of_commands_meets_the_patients_where_they_may_be_seen(
    folder: Path, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "copy")) / "registry.duckdb"
    leaks, _ = swept(copy, tmp_path, IN_RECORD)
    assert {"find", "patient", "recent", "history", "worklist", "watched", "explain", "audit"} <= leaks.keys()


def swept(path: Path, place: Path, name: str) -> tuple[dict[str, str], set[str]]:
    """Where a command showed something of a patient that was not typed, and the commands that were answered."""
    with Database.open(path, now=Clock(TODAY)) as opened:
        [(case,)] = opened.rows("SELECT case_id FROM review_case_view WHERE course_id = 'CX1'")
        true_days = days(opened)
    (place / "block.txt").write_text("2025-01-12\t5\n")
    (place / "bundle").mkdir(exist_ok=True)
    (place / "bundle" / "patient.csv").write_text("patient_id,site,sex\nPX1,North,male\n")
    leaks: dict[str, str] = {}
    answered: set[str] = set()
    fill: Callable[[str, int], str] = lambda text, number: text.format(  # noqa: E731
        case=case,
        out=place / f"out{number}",
        block=place / "block.txt",
        bundle=place / "bundle",
        protocol=place / "block.txt",
    )
    for number, (words, command) in enumerate(by_name().items()):
        options = {option for parameter in command.params for option in parameter.opts}
        asked = [fill(one, number) for one in ARGUMENTS[words]]
        more = ["--json"] if "--json" in options else []
        result = CliRunner().invoke(main, [*words.split(), *asked, "--db", str(path), "--as", name, *more])
        if result.exit_code == 0:
            answered.add(words)
        text = result.output + "\n".join(
            one.read_text("utf-8", "replace")
            for one in [*place.glob(f"out{number}.*"), *place.glob(f"out{number}/*")]
            if one.is_file()
        )
        hidden = {*NAMES, *(() if words in OF_PACKET_BY_COMMAND else (*VALUES, *TEXTS, *true_days))}
        found = canary({word for word in hidden if word not in " ".join(asked)}).search(text)
        if found:
            leaks[words] = text[max(0, found.start() - 150) : found.end() + 50]
    return leaks, answered


def test_the_south_is_told_apart_from_the_north_in_every_list(folder: Path, tmp_path: Path) -> None:
    """An account that is blind in the North alone: what commands show is of the South."""
    copy = Path(shutil.copytree(folder, tmp_path / "copy")) / "registry.duckdb"
    shown = {}
    for words in ("find P", "recent", "worklist", "query list", "audit", "waiting"):
        result = CliRunner().invoke(main, [*words.split(), "--db", str(copy), "--as", APART])
        met = canary(set(NAMES) - set(OF_SOUTH)).search(result.output)
        if met and not (words == "find P" and met[0].startswith("OX")):
            shown[words] = result.output[:500]
    assert shown == {}
    assert "PX2" in CliRunner().invoke(main, ["patient", "PX2", "--db", str(copy), "--as", APART]).output


def test_a_decided_case_keeps_its_name_for_its_readers_whatever_other_roles_they_hold(db: Database) -> None:
    """Once all is decided the outcome is shown, and neither the course nor the patient is told with it."""
    house = House(db)
    case = house.cases()["CX1"]
    for name in READERS:
        review.claim(db, db.actor(name), case)
        review.commit(db, db.actor(name), case, house.said(case, "NR"), proof)
    assert house.state(case) == "agreed"
    for name in READERS:
        outcome = review.outcome(db, db.actor(name), case)
        assert (outcome.masked, outcome.course_id) == (True, None)
        assert canary(set(NAMES)).search("\n".join(everything(outcome))) is None
        with pytest.raises(NotPermitted):
            review.explain(db, db.actor(name), "CX1")
    assert review.outcome(db, db.actor(IN_RECORD), case).course_id == "CX1"
