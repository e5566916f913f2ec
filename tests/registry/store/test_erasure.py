"""A patient erased by two administrators is nowhere any more, and the registry still proves what remains."""

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import duckdb
import pytest

from registry import accounts, cohort, entry, record, review
from registry.errors import Busy, Damaged, NotPermitted, Refused, Usage
from registry.record.columns import Kind
from registry.record.fields import TABLES
from registry.record.tables import stored_in
from registry.roles import EVERYWHERE, Action, Actor, Role
from registry.store import database, erasure
from registry.store.backup import backup, restore
from registry.store.copies import Copy, erased_since
from registry.store.database import Database
from registry.store.erased_rows import BY_TEXT, FREE_TEXTS, OF_NOBODY, belongs
from registry.store.erasure import Erasure, Request, ask, ask_or_erase, confirm, take_back
from registry.store.pseudonym import ERASED
from tests.conftest import Clock
from tests.registry.record.test_consent import decide, figures
from tests.registry.reviewing import PEOPLE, TODAY, House, challenged, prepared, proof
from tests.templates import cohort_at

WHO, OTHER, BROTHER = "ZQX-774198", "P1", "ZQX-774198-B"
NOTE = "heron violet lantern"
"""Words that stand in every free text about the patient."""
WHY = "asked by letter"
P = {"patient_id": WHO}
LIFE: list[tuple[str, Mapping[str, object]]] = [
    ("patient", {**P, "site": "North", "sex": "female", "born_on": "1970-01-01", "death_cause": None}),
    (
        "exposure",
        {
            **P,
            "exposure_id": f"{WHO}-X1",
            "agent": "alemtuzumab",
            "setting": "other",
            "started_on": "2024-01-01",
        },
    ),
    ("episode", {**P, "episode_id": f"{WHO}-E1", "disease": "ITP", "onset_on": "2025-01-01", "cause": NOTE}),
    ("episode", {**P, "episode_id": f"{WHO}-E2", "disease": "AIHA", "onset_on": "2025-01-01"}),
    (
        "course",
        {"episode_id": f"{WHO}-E1", "course_id": "C771", "started_on": "2025-01-02", "ongoing": "yes"},
    ),
    (
        "course",
        {"episode_id": f"{WHO}-E2", "course_id": "C772", "started_on": "2025-01-02", "ongoing": "yes"},
    ),
    (
        "course_agent",
        {"course_id": "C771", "agent": "prednisolone", "started_on": "2025-01-02", "dose": "60"},
    ),
    (
        "course_agent",
        {"course_id": "C772", "agent": "prednisolone", "started_on": "2025-01-02", "dose": "60"},
    ),
    *(
        (
            "observation",
            {
                **P,
                "observation_id": f"O{n}",
                "observed_at": day,
                "analyte": "platelets",
                "value": value,
                "unit": "10*9/L",
                "source": NOTE,
            },
        )
        for n, (day, value) in enumerate(
            [("2025-01-02", "8"), ("2025-01-12", "110"), ("2025-01-22", "140"), ("2025-03-15", "120")]
        )
    ),
    (
        "observation",
        {
            **P,
            "observation_id": "H1",
            "observed_at": "2025-01-02",
            "analyte": "hemoglobin",
            "value": "6",
            "unit": "g/dL",
        },
    ),
    ("bleed", {**P, "bleed_id": "B1", "started_on": "2025-01-02", "scale": "WHO", "grade": 2, "site": NOTE}),
    ("transfusion", {**P, "transfusion_id": "T1", "given_on": "2025-01-02", "product": "platelets"}),
    ("rescue", {**P, "rescue_id": "R1", "given_on": "2025-01-02", "agent": "ivig"}),
    ("other_cause", {**P, "started_on": "2025-06-01", "disease": "ITP", "cause": NOTE}),
    (
        "adverse_event",
        {
            **P,
            "adverse_event_id": "AE771",
            "category": "infection",
            "term": NOTE,
            "onset_on": "2025-02-01",
            "note": NOTE,
        },
    ),
    ("attribution", {"adverse_event_id": "AE771", "course_id": "C771", "relatedness": "possible"}),
    ("sign", {**P, "sign_id": "S1", "noticed_on": "2025-04-01", "sign": "petechiae", "note": NOTE}),
    ("outcome", {**P, "outcome_id": "OU1", "done_on": "2025-04-01", "outcome": "contacted", "note": NOTE}),
    ("comedication", {**P, "comedication_id": "M1", "agent": NOTE, "kind": "other"}),
    ("consent", {**P, "consent_id": "CN1", "decided_on": "2025-04-01", "consent": "given", "note": NOTE}),
    (
        "proposal_answer",
        {
            **P,
            "first_observation_id": "O0",
            "confirming_observation_id": "O1",
            "answered_on": "2025-04-01",
            "answer": "rejected",
            "reason": NOTE,
        },
    ),
    (
        "missing_value",
        {**P, "table_name": "bleed", "fact_id": "B1", "column_name": "ended_on", "reason": "unknown"},
    ),
]


def filled(house: House) -> None:
    """A patient with a row in every table that can hold one, beside three others."""
    db, operator, manager = house.db, house.db.actor(None), house.who("manager")
    accounts.add_account(db, operator, "second", {EVERYWHERE: [Role.ADMIN]}, today=TODAY)
    for table, values in LIFE:
        record.log(
            db,
            operator,
            table,
            values,
            reason=NOTE,
            key=f"{WHO} {table} {len(str(values))} {NOTE}" if table == "sign" else None,
        )
    record.log(db, operator, "patient", {"patient_id": BROTHER, "site": "North"})
    beside = {
        "patient_id": OTHER,
        "adverse_event_id": "AE1",
        "category": "other",
        "term": "worry",
        "onset_on": "2025-02-01",
    }
    record.log(db, operator, "adverse_event", {**beside, "note": f"sister of {WHO}, not of {BROTHER}"})
    identity = {**P, "bleed_id": "B1"}
    record.amend(db, operator, "bleed", identity, {"grade": 3}, f"{WHO}: {NOTE}", 1)
    review.rejudge(db, manager)
    for course in ("C771", "C772"):
        review.challenge(db, house.who("clinician"), course, NOTE)
    house.open()
    case = house.cases()["C771"]
    house.read("reader-1", case, "CR", "2025-01-12", reason=NOTE, note=NOTE)
    house.read("reader-2", case, "R", "2025-01-12", reason=NOTE)
    review.claim(db, house.who("reader-5"), case)
    review.convene(db, house.who("reader-5"), case, ["reader-3", "reader-4", "reader-5"])
    for name in ("reader-3", "reader-4"):
        said = house.said(case, "CR", "2025-01-12", reason=NOTE)
        review.vote(db, house.who(name), case, said, proof)
    review.count(db, house.who("reader-3"), case)
    review.claim(db, house.who("reader-4"), house.cases()["C772"])
    review.save(db, house.who("reader-4"), house.cases()["C772"], {"note": NOTE})
    review.ask(db, house.who("clinician"), "bleed", identity, "grade", NOTE)
    entry.keep(db, operator, "course", f"{WHO}-E1", {"course.1.started_on": NOTE})
    entry.keep(db, operator, "bleed", OTHER, {"bleed.1.site": "nose"})
    with db.change(house.who("clinician"), Action.DOWNLOAD, f"chart of {WHO}", reason=NOTE):
        pass
    with db.change(house.who("clinician"), Action.DOWNLOAD, "course C771", reason=NOTE):
        pass


def everything(house: House) -> None:
    """Cases of the others too."""
    challenged(house)
    filled(house)


@pytest.fixture
def full(registry_path: Path, clock: Clock) -> Iterator[House]:
    with prepared(registry_path, clock, everything) as house:
        yield house


def erased(db: Database, patient: str = WHO) -> Erasure:
    """What two administrators do."""
    assert isinstance(ask_or_erase(db, db.actor(None), patient, WHY), Request)
    done = ask_or_erase(db, db.actor("second"), patient, WHY)
    assert isinstance(done, Erasure)
    return done


def texts(db: Database) -> Iterator[tuple[str, str]]:
    """Every row of every table, as one text."""
    for (table,) in db.rows("SELECT table_name FROM duckdb_tables() WHERE NOT internal"):
        for row in db.rows(f'SELECT * FROM "{table}"'):
            yield table, repr(row)


def columns(db: Database, table: str) -> list[tuple[str, str]]:
    return db.rows(
        "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = $1 ORDER BY column_index",
        [table],
    )


def test_every_table_leads_to_its_patient_or_is_of_nobody(registry: Database) -> None:
    tables = {name for (name,) in registry.rows("SELECT table_name FROM duckdb_tables() WHERE NOT internal")}
    led = {table for table in tables if belongs(columns(registry, table), 1) is not None}
    assert tables == led | set(BY_TEXT) | set(OF_NOBODY)
    assert not led & set(OF_NOBODY)
    assert all({**BY_TEXT, **OF_NOBODY}.values())


def test_every_text_that_people_write_is_searched(registry: Database) -> None:
    for table, names in FREE_TEXTS.items():
        kinds = dict(columns(registry, table))
        assert {kinds.get(name) for name in names} == {"VARCHAR"}, table
    written = {
        (stored_in(name), column.name)
        for name, table in TABLES.items()
        for column in table.columns
        if column.kind in (Kind.TEXT, Kind.NOTE) and stored_in(name) not in OF_NOBODY
    }
    named = {(table, name) for table, names in FREE_TEXTS.items() for name in names}
    codes = {("course_agent", "agent"), ("course_agent", "weight_kg"), ("adverse_event_fact", "meddra_code")}
    assert written - named == {*codes, ("missing_value", "fact_id")}


def test_a_pseudonym_that_is_a_word_alters_no_code(full: House) -> None:
    db, operator = full.db, full.db.actor(None)
    for name in ("ITP", "North", "rituximab"):
        record.log(db, operator, "patient", {"patient_id": name})
    apart = ("patient", "patient_fact", "touched", "audit_event")
    before = [row for row in texts(db) if row[0] not in apart]
    for name in ("ITP", "North", "rituximab"):
        erased(db, name)
    assert [row for row in texts(db) if row[0] not in apart] == before
    assert db.rows("SELECT count(*) FROM patient_view WHERE site = 'North'") == [(4,)]
    assert db.verify() == []


def test_what_was_done_to_the_patient_is_not_undone(full: House) -> None:
    db, nurse = full.db, full.who("nurse")
    record.log(
        db, nurse, "bleed", {**P, "bleed_id": "B9", "started_on": "2025-02-02", "scale": "WHO", "grade": 1}
    )
    seq = db.head[0]
    erased(db)
    with pytest.raises(Usage, match="nothing to store"):
        entry.undo(db, nurse, seq, key="undo")
    assert db.verify() == []


def test_nothing_of_the_patient_is_left_in_any_table_or_in_the_file(full: House) -> None:
    db, path = full.db, full.db.path
    [(key,)] = db.rows("SELECT patient_key FROM patient WHERE patient_id = $1", [WHO])
    asked = ask_or_erase(db, db.actor(None), WHO, WHY)
    assert isinstance(asked, Request)
    there = {}
    for (table,) in db.rows("SELECT table_name FROM duckdb_tables() WHERE NOT internal"):
        mine = belongs(columns(db, table), key)
        if mine is not None:
            [(there[table],)] = db.rows(f'SELECT count(*) FROM "{table}" WHERE {mine}')
    assert sorted(table for table, number in there.items() if not number) == []
    others = {
        table: db.rows(
            f'SELECT count(*) FROM "{table}" WHERE NOT coalesce({belongs(columns(db, table), key)}, false)'
        )
        for table in there
    }
    with db.held():
        before = subprocess.run(["cat", str(path), f"{path}.wal"], capture_output=True, check=False).stdout
    assert before.count(WHO.encode()) > 10
    assert before.count(NOTE.encode()) > 10
    last_event = db.head
    done = ask_or_erase(db, db.actor("second"), WHO, WHY)
    assert isinstance(done, Erasure)
    assert done.rows == there | {"draft": 1}
    for table, rows in others.items():
        assert db.rows(f'SELECT count(*) FROM "{table}"') == rows, table
    left = [(table, text) for table, text in texts(db) if NOTE in text or re.search(rf"{WHO}(?!-B)", text)]
    assert left == []
    assert db.rows("SELECT note FROM adverse_event_view WHERE patient_id = $1", [OTHER]) == [
        (f"sister of {ERASED}, not of {BROTHER}",)
    ]
    assert db.rows("SELECT subject FROM draft") == [(OTHER,)]
    assert db.verify() == []
    assert db.verify(kept=last_event) == []
    assert db.rows("SELECT 1 FROM patient WHERE patient_id = $1", [BROTHER]) == [(1,)]
    db.close()
    assert Database.verify_path(path, kept=last_event) == []
    raw = path.read_bytes()
    assert NOTE.encode() not in raw
    assert not re.search(rb"ZQX-774198(?!-B)", raw)
    assert [
        file.name for file in path.parent.iterdir() if "rewriting" in file.name or file.suffix == ".wal"
    ] == []


def test_work_goes_on_after_it_and_the_file_opens_as_ever(full: House, clock: Clock) -> None:
    db = full.db
    erased(db)
    record.log(db, full.who("nurse"), "patient", {"patient_id": "NEW", "site": "North"})
    record.log(db, full.who("nurse"), "bleed", {**P, "patient_id": "NEW", "bleed_id": "B1", "started_on": "2025-01-02",
                                               "scale": "WHO", "grade": 1})  # fmt: skip
    review.rejudge(db, full.who("manager"))
    full.agree(full.cases()["C4"], "NR")
    assert db.verify() == []
    db.close()
    with Database.open(db.path, now=clock) as again:
        assert again.altered_outside is None
        assert again.verify() == []


def test_the_event_names_what_went_by_digest_alone_and_who_did_it(full: House) -> None:
    db = full.db
    done = erased(db)
    [(actor, action, subject, reason, after, rows_digest)] = db.rows(
        "SELECT actor, action, subject, reason, after, rows_digest FROM audit_event ORDER BY seq DESC LIMIT 1"
    )
    assert (actor, action, subject, reason, done.seq) == ("second", "erase", "a patient", WHY, db.head[0])
    assert json.loads(after)["asked_by"] == "admin"
    digests = json.loads(rows_digest)["erased"]
    assert set(digests) == {"events", "wrote", "superseded"}
    assert set(digests["wrote"]) >= {"patient", "observation", "consent", "touched"}
    for word in re.findall(r"[A-Za-z][A-Za-z_ ]+", rows_digest):
        assert word in {
            *digests,
            *digests["wrote"],
            "erased",
            "sealed",
            *json.loads(rows_digest)["sealed"],
        } or re.fullmatch(r"[a-f]+", word)


TAMPERS = {
    "a row of another patient goes": (
        "DELETE FROM observation WHERE patient_key = 1 AND observation_id = 'O2'",
    ),
    "a value of another patient": (
        "UPDATE observation SET value = '111' WHERE patient_key = 1 AND value = '110'",
    ),
    "the text of an event that was erased": (
        "UPDATE audit_event SET subject = 'somebody' WHERE subject = '[erased]'",
    ),
    "the event of the erasure": ("UPDATE audit_event SET reason = 'other' WHERE action = 'erase'",),
    "what the erasure says is gone": (
        "UPDATE audit_event SET rows_digest = replace(rows_digest, '\"wrote\"', '\"wrotf\"') WHERE action = 'erase'",
    ),
    "a case of another patient": ("DELETE FROM review_step WHERE case_key = 1",),
}


@pytest.mark.parametrize("tamper", TAMPERS)
def test_tampering_is_found_afterwards(full: House, tamper: str) -> None:
    erased(full.db)
    full.db.close()
    with duckdb.connect(str(full.db.path)) as connection:
        for statement in TAMPERS[tamper]:
            connection.execute(statement)
    found = Database.verify_path(full.db.path)
    assert [problem for problem in found if problem.column or problem.row], found
    assert any("broken" in str(one) or "event" in str(one) or "left it" in str(one) for one in found)


def test_what_was_altered_before_an_erasure_stops_it(full: House, clock: Clock) -> None:
    full.db.close()
    with duckdb.connect(str(full.db.path)) as connection:
        connection.execute("UPDATE bleed SET grade = 1 WHERE bleed_id = 'B1' AND superseded_by IS NULL")
    with Database.open(full.db.path, now=clock) as db:
        ask_or_erase(db, db.actor(None), WHO, WHY)
        head = db.head
        with pytest.raises(Damaged, match="nothing was changed"):
            ask_or_erase(db, db.actor("second"), WHO, WHY)
        assert db.head == head
        assert db.rows("SELECT 1 FROM patient WHERE patient_id = $1", [WHO])
        assert not [one for one in db.path.parent.iterdir() if "rewriting" in one.name]


def test_it_takes_two_administrators_and_either_takes_it_back(full: House) -> None:
    db, operator, second = full.db, full.db.actor(None), full.db.actor("second")
    with pytest.raises(Usage, match="reason"):
        ask_or_erase(db, operator, WHO, "  ")
    with pytest.raises(Refused, match="without the pseudonym"):
        ask_or_erase(db, operator, WHO, f"letter of {WHO.lower()}")
    with pytest.raises(Usage, match="no patient"):
        ask_or_erase(db, operator, "NOBODY", WHY)
    for name in sorted(PEOPLE):
        with pytest.raises(NotPermitted):
            ask_or_erase(db, full.who(name), WHO, WHY)
    for act in (confirm, lambda *given: take_back(*given[:3])):
        with pytest.raises(Refused, match="Nobody has asked"):
            act(db, second, WHO, WHY)
    with pytest.raises(Refused, match="Nobody has asked"):
        take_back(db, operator, WHO)
    ask_or_erase(db, operator, WHO, WHY)
    with pytest.raises(Refused, match="Another administrator"):
        ask_or_erase(db, operator, WHO, WHY)
    with pytest.raises(Refused, match="asked already"):
        ask(db, second, WHO, WHY)
    assert [(one.patient_id, one.asked_by, one.reason) for one in erasure.requests(db, second)] == [
        (WHO, "admin", WHY)
    ]
    take_back(db, second, WHO)
    assert erasure.requests(db, second) == []
    ask_or_erase(db, second, WHO, WHY)
    accounts.disable_account(db, operator, "second")
    with pytest.raises(Refused, match="no administrator any more"):
        ask_or_erase(db, operator, WHO, WHY)
    with pytest.raises(NotPermitted):
        erasure.requests(db, full.who("manager"))
    take_back(db, operator, WHO)
    assert db.verify() == []
    assert db.rows("SELECT 1 FROM patient WHERE patient_id = $1", [WHO])


def test_an_administrator_of_one_site_erases_there_alone(full: House) -> None:
    db, operator = full.db, full.db.actor(None)
    for name, site in (("south", "South"), ("north", "North")):
        accounts.add_account(db, operator, name, {site: [Role.ADMIN]}, today=TODAY)
    with pytest.raises(NotPermitted):
        ask_or_erase(db, db.actor("south"), WHO, WHY)
    ask_or_erase(db, operator, WHO, WHY)
    assert erasure.requests(db, db.actor("south")) == []
    assert isinstance(ask_or_erase(db, db.actor("north"), WHO, WHY), Erasure)


def test_copies_that_still_hold_the_patient_are_listed(full: House, clock: Clock, tmp_path: Path) -> None:
    db, operator = full.db, full.db.actor(None)
    kept = [db.path.parent / "backups" / "one.duckdb", tmp_path / "far" / f"before {WHO}.duckdb"]
    for file in kept:
        backup(db, operator, file, now=clock)
    moved = tmp_path / "far" / "moved.duckdb"
    backup(db, operator, moved, now=clock)
    moved.rename(tmp_path / "elsewhere.duckdb")
    done = erased(db)
    assert set(done.copies) == {*(Copy(str(file), holds=True) for file in kept), Copy(str(moved), holds=None)}
    assert "still holds" in str(done.copies[0])
    without = db.path.parent / "backups" / "without.duckdb"
    backup(db, operator, without, now=clock)
    again = erased(db, "P2")
    assert str(without) in {one.file for one in again.copies if one.holds}
    assert [text for _, text in texts(db) if re.search(rf"{WHO}(?!-B)", text)] == []
    assert db.verify() == []
    for file in (*kept, without):
        assert Database.verify_path(file) == []


def test_a_restored_backup_says_that_erased_patients_are_back(
    full: House, clock: Clock, tmp_path: Path
) -> None:
    db = full.db
    before, after = tmp_path / "before.duckdb", tmp_path / "after.duckdb"
    backup(db, db.actor(None), before, now=clock)
    erased(db)
    backup(db, db.actor(None), after, now=clock)
    db.close()
    assert [erased_since(db.path, file) for file in (before, after)] == [1, 0]
    assert restore(before, db.path, now=clock) is not None
    with Database.open(db.path, now=clock) as again:
        assert again.rows("SELECT 1 FROM patient WHERE patient_id = $1", [WHO])
        assert isinstance(erased(again), Erasure)
        assert again.verify() == []


def test_figures_after_an_erasure_are_those_without_the_patient(tmp_path: Path) -> None:
    with Database.open(cohort_at(tmp_path / "registry.duckdb")) as db:
        operator = db.actor(None)
        accounts.add_account(db, operator, "second", {EVERYWHERE: [Role.ADMIN]}, today=TODAY)
        decide(db, operator, "refused", "2024-03-12", "SYN-003")
        refused = figures(db, operator)
        assert cohort.summary(db, operator).left_out == 1
        erased(db, "SYN-003")
        gone = figures(db, operator)
        counted = json.dumps(refused).replace('"patients_left_out": 1', '"patients_left_out": 0')
        assert json.dumps(gone) == counted
        assert db.verify() == []


def test_a_number_as_a_pseudonym_is_not_looked_for_in_what_others_said(
    registry: Database, operator: Actor
) -> None:
    accounts.add_account(registry, operator, "second", {EVERYWHERE: [Role.ADMIN]}, today=TODAY)
    for name in ("7", "8"):
        record.log(registry, operator, "patient", {"patient_id": name, "death_cause": "after 7 weeks"})
    done = erased(registry, "7")
    assert not done.searched
    assert registry.rows("SELECT patient_id, death_cause FROM patient_view") == [("8", "after 7 weeks")]
    assert registry.verify() == []


def test_a_long_read_keeps_the_registry_as_it_is(full: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "READERS_END_SECONDS", 0.1)
    db = full.db
    ask_or_erase(db, db.actor(None), WHO, WHY)
    head = db.head
    with db.snapshot() as reading:
        with pytest.raises(Busy, match="Nothing was changed"):
            ask_or_erase(db, db.actor("second"), WHO, WHY)
        assert reading.rows("SELECT 1 FROM patient WHERE patient_id = $1", [WHO]) == [(1,)]
    assert db.head == head
    assert isinstance(ask_or_erase(db, db.actor("second"), WHO, WHY), Erasure)


def test_readers_go_on_while_the_file_is_exchanged(full: House) -> None:
    db = full.db
    stop, failed, counted = threading.Event(), [], []

    def read() -> None:
        while not stop.is_set():
            try:
                counted.append(db.rows("SELECT count(*) FROM patient")[0][0])
            except Exception as error:
                failed.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        erased(db)
    finally:
        stop.set()
        reader.join()
    assert failed == []
    assert set(counted) == {5, 4} or set(counted) == {5}


_KILLED = """
import os, sys
from pathlib import Path
from registry.store.database import Database
from registry.store import erasure

calls = 0
def dies(name, number, kept):
    def at(*given, **named):
        global calls
        calls += 1
        if calls == number:
            os._exit(9)
        return kept(*given, **named)
    return at

path, name, number = sys.argv[1], sys.argv[2], int(sys.argv[3])
db = Database.open(path)
if name == "replace":
    Path.replace = dies(name, number, Path.replace)
else:
    setattr(os, name, dies(name, number, getattr(os, name)))
erasure.ask_or_erase(db, db.actor("second"), sys.argv[4], "asked by letter")
os._exit(0)
"""


@pytest.mark.parametrize(
    ("name", "number"), [("fsync", 1), ("fsync", 2), ("replace", 1), ("fsync", 3), ("fsync", 4)]
)
def test_a_kill_in_between_leaves_all_or_nothing(full: House, clock: Clock, name: str, number: int) -> None:
    db = full.db
    ask_or_erase(db, db.actor(None), WHO, WHY)
    db.close()
    ended = subprocess.run(
        [sys.executable, "-c", _KILLED, str(db.path), name, str(number), WHO],
        capture_output=True,
        check=False,
        text=True,
    )
    assert ended.returncode in {0, 9}, ended.stderr
    with Database.open(db.path, now=clock) as again:
        [(patients,)] = again.rows("SELECT count(*) FROM patient")
        [(events,)] = again.rows("SELECT count(*) FROM audit_event WHERE action = 'erase'")
        assert (patients, events) in {(5, 0), (4, 1)}
        assert again.verify() == []
        assert not [one for one in again.path.parent.iterdir() if "rewriting" in one.name]
        if not events:
            assert isinstance(ask_or_erase(again, again.actor("second"), WHO, WHY), Erasure)
    assert WHO.encode() not in db.path.read_bytes().replace(BROTHER.encode(), b"")
