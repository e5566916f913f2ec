"""One owner of the file: who may open it, what a change is, and what is left when something fails."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from registry.accounts.service import accounts, add_account, disable_account, enable_account, set_roles
from registry.errors import (
    AlreadyDone,
    Busy,
    Conflict,
    Damaged,
    NadirError,
    NotPermitted,
    Problem,
    Refused,
    Usage,
)
from registry.roles import Action, Actor, Role
from registry.store.database import Database
from tests.registry.facts_for_tests import one_patient

CHECKOUT = Path(__file__).parents[3]
TODAY = date(2026, 3, 31)
DENOMINATOR = {
    "cohort": "c",
    "setting": "s",
    "from_on": date(2009, 1, 1),
    "to_on": date(2018, 1, 1),
    "n": 1431,
}


def program(text: str, *arguments: object) -> subprocess.Popen[str]:
    """A Python of its own, started afresh."""
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", text, *map(str, arguments)],
        cwd=CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


# Opening


def test_a_registry_that_is_not_there_is_not_made_by_accident(registry_path: Path) -> None:
    with pytest.raises(Usage, match="nadir init"):
        Database.open(registry_path)
    assert list(registry_path.parent.iterdir()) == []


def test_a_new_registry_knows_itself_and_its_operator(registry: Database) -> None:
    known = dict(registry.rows("SELECT key, value FROM registry"))
    assert known["synthetic"] == "no"
    assert len(known["registry_id"]) == 36
    assert known["created_at"] == "2026-03-31T09:30:00"
    assert registry.actor(None) == Actor("admin", {"*": frozenset({Role.ADMIN, Role.DATA_MANAGER})})
    assert registry.verify() == []


def test_nobody_else_can_read_the_files(registry: Database, operator: Actor) -> None:
    one_patient(registry, operator)
    modes = {path.name: path.stat().st_mode & 0o777 for path in registry.path.parent.iterdir()}
    assert set(modes.values()) == {0o600}, modes
    assert {"registry.duckdb", "registry.duckdb.anchor", "registry.duckdb.lock"} <= set(modes)


def test_a_second_opening_in_the_same_process_is_refused(registry: Database) -> None:
    with pytest.raises(Busy, match=r"this process itself\. Close"):
        Database.open(registry.path)


def test_another_process_is_refused_even_after_this_one_read_the_file(registry: Database) -> None:
    registry.path.read_bytes()  # drops the lock that DuckDB itself holds
    other = program(
        "import sys; from registry.store.database import Database\n"
        "try: Database.open(sys.argv[1])\n"
        "except Exception as error: print(type(error).__name__, error)",
        registry.path,
    )
    out, err = other.communicate()
    assert out.startswith(f"Busy {registry.path} is in use by process {os.getpid()}"), out + err


def test_a_second_name_of_the_file_is_refused(registry_path: Path) -> None:
    Database.open(registry_path, create=True).close()
    twin = registry_path.with_name("twin.duckdb")
    os.link(registry_path, twin)
    with pytest.raises(Usage, match="hard link"):
        Database.open(twin)


def test_a_database_of_something_else_is_refused(tmp_path: Path) -> None:
    import duckdb

    path = tmp_path / "other.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE shop (apples INTEGER)")
    with pytest.raises(Damaged, match="anchor"):
        Database.open(path)


def test_a_file_that_is_no_database_is_refused_in_words(registry_path: Path) -> None:
    Database.open(registry_path, create=True).close()
    registry_path.write_text("not a database")
    with pytest.raises(Damaged, match="nadir restore"):
        Database.open(registry_path)


def test_a_registry_that_vanished_is_not_silently_begun_again(registry_path: Path) -> None:
    Database.open(registry_path, create=True).close()
    registry_path.unlink()
    with pytest.raises(Damaged, match="missing"):
        Database.open(registry_path, create=True)


def test_closing_twice_does_no_harm_and_reading_afterwards_says_so(registry_path: Path) -> None:
    db = Database.open(registry_path, create=True)
    db.close()
    db.close()
    with pytest.raises(Usage, match="was closed"):
        db.rows("SELECT 1")


def test_opening_and_reading_leaves_the_file_as_it_was(registry_path: Path) -> None:
    Database.open(registry_path, create=True).close()
    before = {path: path.read_bytes() for path in registry_path.parent.iterdir()}
    with Database.open(registry_path) as db:
        assert db.rows("SELECT count(*) FROM audit_event") == [(db.revision,)]
    assert {path: path.read_bytes() for path in before} == before


# Lock-down


@pytest.mark.parametrize(
    "escape",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM glob('/*')",
        "COPY (SELECT 1) TO 'out.csv'",
        "ATTACH 'other.duckdb'",
        "EXPORT DATABASE 'out'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SELECT * FROM TODAY",
    ],
)
def test_the_database_cannot_reach_files_or_python(registry: Database, escape: str) -> None:
    import duckdb

    assert registry._connection is not None
    with pytest.raises(duckdb.Error):
        registry._connection.cursor().execute(escape)


def test_large_work_spills_to_disk_within_a_small_memory(registry_path: Path) -> None:
    with Database.open(registry_path, create=True, memory_limit="100MB") as db:
        sorting = "SELECT md5(i::VARCHAR) AS k FROM range(4000000) AS t (i) ORDER BY k OFFSET 1"
        found = db.rows(f"SELECT count(*), min(k) FROM ({sorting})")
    assert found[0][0] == 3_999_999
    assert sorted(path.name for path in registry_path.parent.iterdir()) == [
        "registry.duckdb",
        "registry.duckdb.anchor",
        "registry.duckdb.lock",
    ]


# Reading


def test_results_come_as_rows_frames_arrow_and_batches(registry: Database) -> None:
    query = "SELECT i AS n FROM range($1) AS t (i) ORDER BY i"
    assert registry.rows(query, [3]) == [(0,), (1,), (2,)]
    assert registry.frame(query, [3])["n"].tolist() == [0, 1, 2]
    assert registry.arrow(query, [3]) == pa.table({"n": [0, 1, 2]})
    batches = list(registry.batches(query, [500_000], rows_per_batch=100_000))
    assert len(batches) > 1
    assert pa.Table.from_batches(batches)["n"].to_pylist() == list(range(500_000))


def test_threads_never_get_each_others_rows(registry: Database, operator: Actor) -> None:
    for number in range(4):
        one_patient(registry, operator, f"P{number}", counts=1)
    wrong: list[object] = []

    def read(number: int) -> None:
        for _ in range(100):
            found = registry.rows("SELECT patient_id FROM patient WHERE patient_id = $1", [f"P{number}"])
            if found != [(f"P{number}",)]:
                wrong.append(found)

    threads = [threading.Thread(target=read, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_changes_of_many_threads_are_stored_one_after_the_other(registry: Database, operator: Actor) -> None:
    failed: list[BaseException] = []

    def write(name: str) -> None:
        try:
            for number in range(5):
                one_patient(registry, operator, f"{name}{number}", counts=1)
        except BaseException as error:
            failed.append(error)

    before = registry.revision
    threads = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert registry.revision == before + 20
    assert registry.rows("SELECT count(*), count(DISTINCT row_key) FROM bleed") == [(20, 20)]
    assert registry.verify() == []


def test_a_forked_child_cannot_use_the_registry(registry: Database) -> None:
    inside, outside = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            registry.rows("SELECT 1")
        except Usage as error:
            os.write(outside, str(error).encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    os.close(outside)
    with os.fdopen(inside) as answer:
        assert "forked" in answer.read()


# Changing


def test_a_change_is_stored_with_its_event_and_the_patients_it_touched(
    registry: Database, operator: Actor
) -> None:
    seq = one_patient(registry, operator)
    event = registry.rows("SELECT actor, role, action, subject FROM audit_event WHERE seq = $1", [seq])
    assert event == [("admin", "data_manager", "import", "P1")]
    assert registry.rows("SELECT patient_key FROM touched WHERE change_seq = $1", [seq]) == [(1,)]


def test_an_exception_inside_leaves_nothing_behind(registry: Database, operator: Actor) -> None:
    before = registry.revision

    with pytest.raises(ZeroDivisionError), registry.change(operator, Action.IMPORT, "x") as change:
        1 / change.insert("patient", [{"patient_id": "P1"}]) - 1 / 0
    assert registry.rows("SELECT count(*) FROM patient") == [(0,)]
    assert registry.revision == before
    assert registry.verify() == []


def test_a_swallowed_failure_does_not_pass_for_stored(registry: Database, operator: Actor) -> None:
    def careless() -> None:
        with registry.change(operator, Action.IMPORT, "x") as change:
            change.insert("patient", [{"patient_id": "P1"}])
            with suppress(Exception):
                change.insert("patient", [{"patient_id": "P1"}])

    with pytest.raises(NadirError, match="nothing of it was stored"):
        careless()
    assert registry.rows("SELECT count(*) FROM patient") == [(0,)]


def test_a_broken_rule_is_refused_without_the_patients_values(registry: Database, operator: Actor) -> None:
    one_patient(registry, operator, "SECRET-1")
    with pytest.raises(Refused, match="must be unique is taken") as caught:
        one_patient(registry, operator, "SECRET-1")
    assert "SECRET-1" not in str(caught.value)
    bleed = {"patient_key": 1, "bleed_id": "B2", "started_on": TODAY, "scale": "WHO", "grade": 9}
    with (
        pytest.raises(Refused, match="CHECK in bleed"),
        registry.change(operator, Action.IMPORT, "x") as change,
    ):
        change.insert("bleed", [bleed])


@pytest.mark.parametrize(
    ("column", "value"),
    [("units", "nan"), ("units", "-1"), ("units", "many"), ("product", "plasma"), ("reason", "")],
)
def test_a_value_outside_its_rule_is_refused(
    registry: Database, operator: Actor, column: str, value: str
) -> None:
    one_patient(registry, operator)
    row = {"patient_key": 1, "transfusion_id": "T", "given_on": TODAY, "product": "platelets", column: value}
    with pytest.raises(Refused), registry.change(operator, Action.IMPORT, "x") as change:
        change.insert("transfusion", [row])


def test_what_is_not_recorded_passes_every_rule(registry: Database, operator: Actor) -> None:
    one_patient(registry, operator)
    with registry.change(operator, Action.IMPORT, "x") as change:
        row = {"patient_key": 1, "transfusion_id": "T", "given_on": TODAY, "product": "platelets"}
        change.insert("transfusion", [{**row, "units": None, "reason": None}])
    assert registry.rows("SELECT units, reason FROM transfusion_view") == [(None, None)]


def test_a_fact_of_an_unknown_patient_is_refused(registry: Database, operator: Actor) -> None:
    with pytest.raises(Refused, match="foreign key"), registry.change(operator, Action.IMPORT, "x") as change:
        change.insert("patient_fact", [{"patient_key": 99}])


def test_observations_are_stored_in_the_order_in_which_they_are_judged(
    registry: Database, operator: Actor
) -> None:
    for name in ("P1", "P2"):
        one_patient(registry, operator, name, counts=0)
    with registry.change(operator, Action.IMPORT, "counts") as change:
        change.insert(
            "observation",
            [
                {"patient_key": key, "observation_id": name, "observed_on": day, "analyte": "platelets"}
                | {"not_evaluable": "missing"}
                for key, name, day in [
                    (2, "b", TODAY),
                    (1, "d", TODAY),
                    (2, "a", TODAY),
                    (1, "c", date(2020, 1, 1)),
                ]
            ],
        )
    found = registry.rows("SELECT patient_key, observation_id FROM observation ORDER BY row_key")
    assert found == [(1, "c"), (1, "d"), (2, "a"), (2, "b")]


def test_a_superseded_row_keeps_its_values_and_is_superseded_once(
    registry: Database, operator: Actor
) -> None:
    one_patient(registry, operator)
    [(row_key, grade)] = registry.rows("SELECT row_key, grade FROM bleed")
    with registry.change(operator, Action.AMEND, "B1", reason="typed wrong") as change:
        change.supersede("bleed", [row_key])
        bleed = {"patient_key": 1, "bleed_id": "B1", "started_on": TODAY, "scale": "WHO", "grade": 3}
        change.insert("bleed", [{**bleed, "version": 2}])
    assert registry.rows("SELECT grade, superseded_by FROM bleed WHERE version = 1") == [
        (grade, registry.revision)
    ]
    with pytest.raises(Conflict), registry.change(operator, Action.AMEND, "B1", reason="again") as change:
        change.supersede("bleed", [row_key])
    assert registry.verify() == []


def test_withdrawing_a_fact_touches_its_patient(registry: Database, operator: Actor) -> None:
    one_patient(registry, operator)
    with registry.change(operator, Action.WITHDRAW, "B1", reason="another patient's") as change:
        change.supersede("bleed", [row[0] for row in change.rows("SELECT row_key FROM bleed")])
    found = registry.rows("SELECT patient_key FROM touched WHERE change_seq = $1", [registry.revision])
    assert found == [(1,)]


@pytest.mark.parametrize("action", [Action.AMEND, Action.WITHDRAW])
@pytest.mark.parametrize("reason", [None, "", "  "])
def test_amending_and_withdrawing_need_a_reason(
    registry: Database, operator: Actor, action: Action, reason: str | None
) -> None:
    with pytest.raises(Usage, match="reason"), registry.change(operator, action, "x", reason=reason):
        pass


def test_a_repeated_request_is_not_stored_twice_and_can_be_told(registry: Database, operator: Actor) -> None:
    with registry.change(operator, Action.IMPORT, "d", key="request 7") as change:
        change.insert("denominator", [DENOMINATOR])
    first = registry.revision
    with (
        pytest.raises(AlreadyDone) as caught,
        registry.change(operator, Action.IMPORT, "d", key="request 7") as change,
    ):
        change.insert("denominator", [DENOMINATOR])
    assert caught.value.seq == first == registry.revision
    assert registry.rows("SELECT count(*) FROM denominator") == [(1,)]


def test_a_key_of_another_account_is_no_request_of_ones_own(registry: Database, operator: Actor) -> None:
    """It is refused, but never as already done: nothing of this account was, and whose it is is not told."""
    add_account(registry, operator, "mira", {"*": [Role.DATA_MANAGER]}, today=TODAY, key="k")
    before = registry.revision
    with (
        pytest.raises(Refused, match="key is already used") as refused,
        registry.change(registry.actor("mira"), Action.IMPORT, "d", key="k") as change,
    ):
        change.insert("denominator", [DENOMINATOR])
    assert not isinstance(refused.value, AlreadyDone)
    assert operator.name not in str(refused.value)
    assert registry.revision == before


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM observation",
        "UPDATE audit_event SET actor = 'x'",
        'update "bleed" set grade = 1',
        "INSERT INTO touched VALUES (1, 1)",
        "DROP TABLE IF EXISTS patient_fact",
        "WITH a AS (SELECT 1) INSERT INTO denominator SELECT * FROM a",
        "TRUNCATE TABLE rescue",
    ],
)
def test_facts_and_audit_cannot_be_written_past_the_door(
    registry: Database, operator: Actor, statement: str
) -> None:
    with (
        pytest.raises(Usage, match=r"insert and supersede|is not clear|nothing else can be written"),
        registry.change(operator, Action.IMPORT, "x") as change,
    ):
        change.execute(statement)


def misuses() -> list[tuple[str, Callable[[Database, Actor], None]]]:
    def unknown_table(db: Database, actor: Actor) -> None:
        with db.change(actor, Action.IMPORT, "x") as change:
            change.insert("audit_event", [{"seq": 1}])

    def technical_column(db: Database, actor: Actor) -> None:
        with db.change(actor, Action.IMPORT, "x") as change:
            change.insert("denominator", [{**DENOMINATOR, "change_seq": 1}])

    def after_the_end(db: Database, actor: Actor) -> None:
        with db.change(actor, Action.IMPORT, "x") as change:
            pass
        change.insert("denominator", [DENOMINATOR])

    def nested(db: Database, actor: Actor) -> None:
        with db.change(actor, Action.IMPORT, "x"), db.change(actor, Action.IMPORT, "y"):
            pass

    def staged_name(db: Database, actor: Actor) -> None:
        with db.change(actor, Action.IMPORT, "x") as change:
            change.stage("x; DROP TABLE account", [{"a": 1}])

    return [
        (one.__name__, one) for one in (unknown_table, technical_column, after_the_end, nested, staged_name)
    ]


@pytest.mark.parametrize("misuse", [pytest.param(use, id=name) for name, use in misuses()])
def test_misuse_is_refused_in_words_and_stores_nothing(
    registry: Database, operator: Actor, misuse: Callable[[Database, Actor], None]
) -> None:
    with pytest.raises(Usage):
        misuse(registry, operator)
    assert registry.rows("SELECT count(*) FROM denominator") == [(0,)]


def test_staged_rows_are_joined_and_gone_afterwards(registry: Database, operator: Actor) -> None:
    import duckdb

    with registry.change(operator, Action.IMPORT, "x") as change:
        change.stage("wanted", pa.table({"n": [1, 2]}))
        assert change.rows("SELECT sum(n) FROM wanted") == [(3,)]
        assert change.arrow("SELECT n FROM wanted ORDER BY n")["n"].to_pylist() == [1, 2]
        with pytest.raises(Usage, match="wanted"):  # staged to be read, never to be written
            change.execute("DELETE FROM wanted WHERE n = $1", [1])
    with pytest.raises(duckdb.Error):
        registry.rows("SELECT * FROM wanted")


# Permission


def test_an_unpermitted_change_never_begins(registry: Database, operator: Actor) -> None:
    add_account(registry, operator, "reader", {"*": ["clinician"]}, today=TODAY)
    before = registry.revision
    reader = registry.actor("reader")
    may = {Action.EXPORT_AGGREGATE, Action.DOWNLOAD, Action.CHALLENGE, Action.QUERY}
    may |= {Action.ANSWER_PROPOSAL, Action.FOLLOW_UP}
    for action in set(Action) - may:
        with pytest.raises(NotPermitted), registry.change(reader, action, "x", reason="r"):
            raise AssertionError("the block ran")
    assert registry.revision == before


def test_roles_are_those_stored_now_whatever_the_actor_says(registry: Database, operator: Actor) -> None:
    add_account(registry, operator, "nurse", {"North": ["nurse"]}, today=TODAY)
    stale = registry.actor("nurse")
    set_roles(registry, operator, "nurse", {"South": ["nurse"]})
    forged = Actor("nurse", {"*": frozenset(Role)})
    unknown = Actor("ghost", {"*": frozenset(Role)})
    for actor in (stale, forged, unknown):
        with pytest.raises(NotPermitted), registry.change(actor, Action.LOG, "x", site="North"):
            raise AssertionError("the block ran")
    with registry.change(registry.actor("nurse"), Action.LOG, "x", site="South"):
        pass


def test_a_disabled_account_cannot_be_used_until_it_is_enabled(registry: Database, operator: Actor) -> None:
    add_account(registry, operator, "nurse", {"*": ["nurse"]}, today=TODAY)
    disable_account(registry, operator, "nurse")
    with pytest.raises(NotPermitted, match="disabled"):
        registry.actor("nurse")
    enable_account(registry, operator, "nurse")
    assert registry.actor("nurse").roles == {"*": {Role.NURSE}}
    assert [one.name for one in accounts(registry, operator)] == ["admin", "nurse"]
    assert registry.verify() == []


def test_somebody_can_always_administer(registry: Database, operator: Actor) -> None:
    with pytest.raises(Usage, match="needs at least one administrator"):
        disable_account(registry, operator, "admin")
    with pytest.raises(Usage, match="needs at least one administrator"):
        set_roles(registry, operator, "admin", {"*": ["nurse"], "North": ["admin"]})
    add_account(registry, operator, "other", {"*": ["admin"]}, today=TODAY)
    disable_account(registry, operator, "admin")
    with pytest.raises(NotPermitted):
        registry.actor(None)


@pytest.mark.parametrize("name", ["", "nadir", "Anna", "a b", "admin", "x" * 65])
def test_an_unfit_or_taken_name_cannot_be_an_account(registry: Database, operator: Actor, name: str) -> None:
    with pytest.raises(Usage):
        add_account(registry, operator, name, {"*": ["nurse"]}, today=TODAY)


def test_an_unknown_role_is_refused_with_the_known_ones(registry: Database, operator: Actor) -> None:
    with pytest.raises(Usage, match="data_manager"):
        add_account(registry, operator, "x", {"*": ["boss"]}, today=TODAY)


# Dying


KILLED = """
import os, signal, sys
from registry.store.database import Database
from registry.roles import Action
db = Database.open(sys.argv[1])
actor = db.actor(None)
with db.change(actor, Action.IMPORT, "x") as change:
    change.insert("patient", [{"patient_id": f"P{n}"} for n in range(20000)])
    change.insert("patient_fact", [{"patient_key": n + 1} for n in range(20000)])
    if sys.argv[2] == "inside":
        os.kill(os.getpid(), signal.SIGKILL)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize(("moment", "stored"), [("inside", 0), ("after", 20_000)])
def test_a_killed_process_leaves_all_or_nothing(registry_path: Path, moment: str, stored: int) -> None:
    Database.open(registry_path, create=True).close()
    killed = program(KILLED, registry_path, moment)
    assert killed.communicate()[1] == ""
    assert killed.returncode == -signal.SIGKILL
    assert Database.verify_path(registry_path) == []
    with Database.open(registry_path) as db:
        for table in ("patient", "patient_fact"):
            assert db.rows(f"SELECT count(*) FROM {table}") == [(stored,)]
        assert db.verify() == []
        one_patient(db, db.actor(None), "next")
    assert Database.verify_path(registry_path) == []


FULL_DISK = """
import resource, signal, sys
from registry.store.database import Database
from registry.roles import Action
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
db = Database.open(sys.argv[1])
actor = db.actor(None)
def patients(name, count):
    with db.change(actor, Action.IMPORT, name) as change:
        change.insert("patient", [{"patient_id": f"{name}{n}"} for n in range(count)])
        change.insert("patient_fact", [{"patient_key": key} for key, in
            change.rows("SELECT patient_key FROM patient WHERE added_by_change = $1", [change.seq])])
patients("before", 10)
old = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, old[1]))
try:
    patients("full", 50_000)
    print("stored")
except Exception as error:
    print(type(error).__name__)
resource.setrlimit(resource.RLIMIT_FSIZE, old)
patients("after", 10)
print(db.rows("SELECT count(*) FROM patient_view"), db.verify())
db.close()
print(Database.verify_path(sys.argv[1]))
"""


def test_a_full_disk_stops_one_change_and_not_the_registry(registry_path: Path) -> None:
    Database.open(registry_path, create=True).close()
    out, err = program(FULL_DISK, registry_path).communicate()
    assert err == ""
    refused, counted, verified = out.splitlines()
    assert refused == "Unavailable"
    assert counted == "[(20,)] []"
    assert verified == "[]"


def test_a_problem_reads_as_a_sentence() -> None:
    problem = Problem("bleed.csv", 3, "grade", "9", "a grade from 0 to 4", "Correct the grade.")
    assert (
        str(problem) == "bleed.csv, row 3, column grade: a grade from 0 to 4 (found '9'). Correct the grade."
    )


def test_what_was_read_may_be_kept_while_others_only_take_things_out(
    registry: Database, operator: Actor
) -> None:
    before = registry.revision
    for action in (Action.DOWNLOAD, Action.EXPORT, Action.EXPORT_AGGREGATE):
        with registry.change(operator, action, "a table") as change:
            change.note(None, {"rows": 1})
        assert registry.revision == before
    assert registry.head[0] == before + 3
