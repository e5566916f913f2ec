"""Import: every row is stored, identical, a new version or refused; what is refused leaves nothing behind."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from registry.errors import NotPermitted, Usage
from registry.exchange.import_report import ImportReport
from registry.exchange.intake import ImportRefused, import_path, take
from registry.roles import Actor, Role
from registry.store.database import Database
from registry.surveillance.worklist import worklist
from tests.registry.exchange.bundles import ROWS, TABLES, changed, only, write

TODAY = date(2026, 3, 31)
Import = Callable[..., ImportReport]


@pytest.fixture
def take_in(registry: Database, operator: Actor) -> Import:
    """Import a path on a fixed day."""

    def run(path: Path, **options: object) -> ImportReport:
        return import_path(registry, operator, path, **{"today": TODAY, **options})  # type: ignore[arg-type]

    return run


def refusal(take_in: Import, path: Path, **options: object) -> ImportRefused:
    with pytest.raises(ImportRefused) as refused:
        take_in(path, **options)
    return refused.value


def counts(report: ImportReport) -> tuple[int, ...]:
    """Rows read, kept (new, evaluable or not), identical, new versions, refused."""
    read, stored, same, newer, unjudged, refused = (
        report.total(name)
        for name in ("read", "stored", "identical", "new_versions", "not_evaluable", "refused")
    )
    assert read == stored + same + newer + unjudged + refused
    return read, stored + unjudged, same, newer, refused


def stored(db: Database) -> list[tuple[object, ...]]:
    return db.rows(
        "SELECT row_key, version, patient_key, observation_id, observed_on, analyte, value, unit, canonical_e6 "
        "FROM observation WHERE superseded_by IS NULL ORDER BY row_key"
    )


def test_a_bundle_is_stored_with_every_table(take_in: Import, registry: Database, tmp_path: Path) -> None:
    report = take_in(write(tmp_path / "bundle"))
    assert counts(report) == (ROWS, ROWS, 0, 0, 0)
    assert {one.file for one in report.files} == {f"{name}.csv" for name in TABLES}
    assert report.total("not_evaluable") == 1
    assert registry.verify() == []


def test_observations_stand_in_the_order_of_patient_day_and_analyte(
    take_in: Import, registry: Database, tmp_path: Path
) -> None:
    take_in(write(tmp_path / "bundle"))
    rows = [row[2:6] for row in stored(registry)]
    assert rows == sorted(rows, key=lambda row: (row[0], row[2], row[3], row[1]))


def test_the_same_bundle_twice_changes_nothing(take_in: Import, registry: Database, tmp_path: Path) -> None:
    take_in(write(tmp_path / "bundle"))
    head = registry.revision
    assert counts(take_in(tmp_path / "bundle")) == (ROWS, 0, ROWS, 0, 0)
    assert registry.revision == head


def test_the_order_of_rows_makes_no_difference(operator: Actor, tmp_path: Path) -> None:
    shuffled = {}
    for name, text in TABLES.items():
        header, *rows = text.splitlines()
        shuffled[name] = "\n".join([header, *reversed(rows), ""])
    states = []
    for name, tables in (("one", {}), ("two", shuffled)):
        with Database.open(tmp_path / f"{name}.duckdb", create=True) as db:
            import_path(db, operator, write(tmp_path / name, **tables), today=TODAY)
            states.append((stored(db), db.rows("SELECT * FROM course_agent ORDER BY row_key")))
    assert states[0] == states[1]


def test_a_dry_run_says_what_would_happen_to_every_row_and_stores_nothing(
    take_in: Import, registry: Database, tmp_path: Path
) -> None:
    head = registry.revision
    report = take_in(write(tmp_path / "bundle"), dry_run=True)
    assert report.verdicts.num_rows == ROWS
    assert set(report.verdicts["verdict"].to_pylist()) == {"insert"}
    assert registry.revision == head
    assert registry.rows("SELECT * FROM patient") == []
    assert counts(take_in(tmp_path / "bundle")) == counts(report)


def test_a_dry_run_of_a_wrong_bundle_gives_verdicts_too(take_in: Import, tmp_path: Path) -> None:
    path = write(tmp_path / "bundle", bleed=changed("bleed", "WHO,1", "WHO,9"))
    report = take_in(path, dry_run=True)
    refused = [row for row in report.verdicts.to_pylist() if row["verdict"] == "refused"]
    assert [(row["file"], row["line"]) for row in refused] == [("bleed.csv", 2)]
    assert refused[0]["reason"].startswith("grade: a ")


def test_changed_content_is_a_new_version_beside_the_old(
    take_in: Import, registry: Database, tmp_path: Path
) -> None:
    take_in(write(tmp_path / "bundle"))
    path = write(tmp_path / "bundle", observation=changed("observation", "platelets,12,", "platelets,13,"))
    assert counts(take_in(path)) == (ROWS, 0, ROWS - 1, 1, 0)
    versions = registry.rows(
        "SELECT version, value, superseded_by FROM observation JOIN patient USING (patient_key) "
        "WHERE patient_id = 'P1' AND observation_id = 'O1' ORDER BY version"
    )
    assert versions == [(1, "12", registry.revision), (2, "13", None)]
    ((reason,),) = registry.rows("SELECT reason FROM audit_event WHERE seq = $1", [registry.revision])
    assert reason.startswith("import bundle sha256 ")
    assert registry.verify() == []


def test_the_audit_event_has_counts_and_digests_of_the_files(
    take_in: Import, registry: Database, tmp_path: Path
) -> None:
    take_in(write(tmp_path / "bundle"))
    ((action, site, after),) = registry.rows(
        "SELECT action, site, after FROM audit_event WHERE seq = $1", [registry.revision]
    )
    assert (action, site.replace(" ", "")) == ("import", "North,South")
    assert after.count('"sha256"') == len(TABLES)
    assert '"read":6' in after


def test_a_refused_row_leaves_the_registry_as_it_was(
    take_in: Import, registry: Database, tmp_path: Path
) -> None:
    head = registry.revision
    error = refusal(take_in, write(tmp_path / "bundle", bleed=changed("bleed", "WHO,1", "WHO,9")))
    assert error.exit_code == 3
    assert "--accept-valid-rows" in str(error)
    assert [(one.file, one.row, one.column, one.value) for one in error.problems] == [
        ("bleed.csv", 1, "grade", "9")
    ]
    assert registry.revision == head
    assert registry.rows("SELECT * FROM patient") == []
    assert registry.verify() == []


def test_valid_rows_are_taken_when_asked_for(take_in: Import, tmp_path: Path) -> None:
    path = write(tmp_path / "bundle", bleed=changed("bleed", "WHO,1", "WHO,9"))
    assert counts(take_in(path, accept_valid_rows=True)) == (ROWS, ROWS - 1, 0, 0, 1)


def test_rows_of_a_refused_patient_are_left_out_with_it(
    take_in: Import, registry: Database, tmp_path: Path
) -> None:
    path = write(tmp_path / "bundle", patient=changed("patient", "P2,South,male", "P2,South,man"))
    report = take_in(path, accept_valid_rows=True)
    assert registry.rows("SELECT patient_id FROM patient") == [("P1",)]
    assert report.problem_count == 1
    reasons = set(
        report.verdicts.filter(pa.compute.equal(report.verdicts["verdict"], "refused"))["reason"].to_pylist()
    )
    assert "patient_id: its patient was refused" in reasons
    assert "course_id: its course was refused" in reasons
    assert registry.verify() == []
    assert counts(report)[4] == 9


@pytest.mark.parametrize(
    ("table", "old", "new", "column", "said"),
    [
        ("course", "2025-01-02,2025-03-01", "2025-01-02,2025-01-01", "stopped_on", "on or after started_on"),
        (
            "patient",
            "2025-12-31,sepsis",
            "2025-01-31,sepsis",
            "died_on",
            "on or after the last thing recorded",
        ),
        ("patient", "1970-01-01", "2020-01-01", "born_on", "on or before the first thing recorded"),
        ("observation", "O1,2025-01-01", "O1,2026-04-01", "observed_at", "up to today, 2026-03-31"),
        ("observation", "P1,O3", "P1,O1", "observation_id", "each id once"),
        ("observation", "P2,O3", "P9,O3", "patient_id", "a patient of patient.csv or of the registry"),
        ("course", "E2,C2", "E9,C2", "episode_id", "an episode of episode.csv"),
        ("course_agent", "C1,dex", "C9,dex", "course_id", "a course of course.csv"),
        ("attribution", "A1", "A9", "adverse_event_id", "an adverse_event of adverse_event.csv"),
        (
            "course_agent",
            "prednisolone,2025-01-02",
            "prednisolone,2025-01-01",
            "started_on",
            "within the course",
        ),
        ("course_agent", "dex,2025-02-02,2025-03-01", "dex,2025-03-02,", "started_on", "within the course"),
        ("adverse_event", "5.0,3", "5.0,5", "ctcae_grade", "a patient with died_on"),
        ("exposure", "alemtuzumab", "rituximab", "agent", "one of alemtuzumab"),
    ],
)
def test_what_contradicts_is_refused_by_file_column_and_remedy(
    take_in: Import,
    registry: Database,
    tmp_path: Path,
    table: str,
    old: str,
    new: str,
    column: str,
    said: str,
) -> None:
    head = registry.revision
    error = refusal(take_in, write(tmp_path / "bundle", **{table: changed(table, old, new)}))
    found = error.problems[0]
    assert (found.file, found.column) == (f"{table}.csv", column)
    assert said in found.expected
    assert found.remedy
    assert registry.revision == head


def test_a_death_is_held_against_what_is_stored_already(take_in: Import, tmp_path: Path) -> None:
    take_in(write(tmp_path / "bundle"))
    path = only(tmp_path / "death", patient=changed("patient", "2025-12-31,sepsis", "2025-01-31,sepsis"))
    (found,) = refusal(take_in, path).problems
    assert found.remedy == "The registry has an entry on 2025-02-03. Correct one of them."


def test_a_count_after_a_stored_death_is_refused(take_in: Import, tmp_path: Path) -> None:
    take_in(write(tmp_path / "bundle"))
    header = TABLES["observation"].splitlines()[0]
    for day, accepted in (("2025-12-31", True), ("2026-01-01", False)):
        row = f"P2,O9,{day},platelets,90,10*9/L,,,,"
        path = only(tmp_path / day, observation=f"{header}\n{row}\n")
        if accepted:
            assert take_in(path).total("stored") == 1
        else:
            (found,) = refusal(take_in, path).problems
            assert found.remedy == "The patient died on 2025-12-31: correct one of them."


def test_an_episode_stays_with_its_patient(take_in: Import, tmp_path: Path) -> None:
    take_in(write(tmp_path / "bundle"))
    path = only(tmp_path / "moved", episode=changed("episode", "P1,E1", "P2,E1"))
    (found,) = refusal(take_in, path).problems
    assert found.remedy == "It is stored under P1: use another id."


def test_observations_of_known_patients_need_no_patient_file(take_in: Import, tmp_path: Path) -> None:
    take_in(write(tmp_path / "bundle"))
    header = TABLES["observation"].splitlines()[0]
    report = take_in(
        only(tmp_path / "more", observation=f"{header}\nP1,O7,2025-05-01,platelets,90,K/uL,,,,\n")
    )
    assert counts(report) == (1, 1, 0, 0, 0)


@pytest.mark.parametrize(
    ("unit", "value", "reason"),
    [("furlong", "150", "unit_unknown"), ("", "150000", "unit_missing"), ("10*9/L", "150000", "implausible")],
)
def test_a_value_that_cannot_be_judged_is_kept_flagged_and_counted(
    take_in: Import, registry: Database, tmp_path: Path, unit: str, value: str, reason: str
) -> None:
    path = write(tmp_path / "bundle", observation=changed("observation", "12,10*9/L", f"{value},{unit}"))
    report = take_in(path)
    assert report.not_evaluable == {reason: 1, "insufficient": 1}
    ((text, canonical),) = registry.rows(
        "SELECT value, canonical_e6 FROM observation WHERE not_evaluable = $1", [reason]
    )
    assert (text, canonical) == (value, None)
    if reason != "unit_unknown":
        assert any("usual in /uL" in note for note in report.notes)


def test_a_row_withdrawn_by_a_person_is_not_brought_back_by_the_same_file(
    take_in: Import, registry: Database, operator: Actor, tmp_path: Path
) -> None:
    from registry.roles import Action

    take_in(write(tmp_path / "bundle"))
    ((key,),) = registry.rows("SELECT row_key FROM bleed")
    with registry.change(operator, Action.WITHDRAW, "bleed P1 B1", reason="entered twice") as change:
        change.supersede("bleed", [key])
    assert counts(take_in(tmp_path / "bundle")) == (ROWS, 0, ROWS, 0, 0)
    again = write(tmp_path / "bundle", bleed=changed("bleed", "WHO,1", "WHO,2"))
    assert counts(take_in(again))[3] == 1
    assert registry.rows("SELECT version, grade FROM bleed WHERE superseded_by IS NULL") == [(2, 2)]


def test_a_nurse_imports_for_her_own_site_only(registry: Database, operator: Actor, tmp_path: Path) -> None:
    from registry.roles import Action

    with registry.change(operator, Action.ADD_ACCOUNT, "nora") as change:
        change.execute("INSERT INTO account VALUES ('nora', DATE '2026-01-01', false)")
        change.execute("INSERT INTO account_role VALUES ('nora', 'North', 'nurse')")
    nurse = registry.actor("nora")
    assert nurse.roles == {"North": frozenset({Role.NURSE})}
    head = registry.revision
    with pytest.raises(NotPermitted, match="South"):
        import_path(registry, nurse, write(tmp_path / "bundle"), today=TODAY)
    assert registry.revision == head
    north = "\n".join(line for line in TABLES["patient"].splitlines() if "P2" not in line)
    report = import_path(registry, nurse, only(tmp_path / "north", patient=f"{north}\n"), today=TODAY)
    assert report.total("stored") == 1


def test_a_million_rows_with_one_wrong_row_at_the_end_are_refused_exactly(
    registry: Database, operator: Actor
) -> None:
    size = 1_000_000
    numbers = pa.array(np.arange(size))
    days = pa.array(np.datetime64("2015-01-01") + np.arange(size) % 3000).cast(pa.string())
    observations = pa.table(
        {
            "patient_id": pa.compute.binary_join_element_wise(
                "P", pa.array(np.arange(size) // 100).cast(pa.string()), ""
            ),
            "observation_id": numbers.cast(pa.string()),
            "observed_at": pa.concat_arrays([days[:-1], pa.array(["2026-04-01"])]),
            "analyte": pa.array(["platelets"]).take(pa.array(np.zeros(size, np.int64))),
            "value": pa.array(np.arange(size) % 400).cast(pa.string()),
            "unit": pa.array(["10*9/L"]).take(pa.array(np.zeros(size, np.int64))),
        }
    )
    patients = pa.table({"patient_id": pa.compute.unique(observations["patient_id"])})
    head = registry.revision
    with pytest.raises(ImportRefused) as refused:
        take(registry, operator, {"patient": patients, "observation": observations}, today=TODAY)
    (found,) = refused.value.problems
    assert (found.row, found.column, found.value) == (size, "observed_at", "2026-04-01")
    assert refused.value.report.total("refused") == 1
    assert registry.revision == head


def test_what_is_exported_comes_back_the_same_whatever_marks_its_sources_used(
    registry: Database, operator: Actor, tmp_path: Path
) -> None:
    from registry.exchange.export import export

    header = TABLES["observation"].splitlines()[0]
    comma = f'{header}\nP1,O7,2025-05-01,platelets,"45,000",K/uL,,,,\nP1,O8,2025-05-02,platelets,"12,4",K/uL,,,,\n'
    point = (
        f"{header}\nP1,O9,2025-05-03,platelets,45.000,K/uL,,,,\nP1,O10,2025-05-04,platelets,1.5,K/uL,,,,\n"
    )
    for name, text in (("first", TABLES["observation"]), ("comma", comma), ("point", point)):
        import_path(registry, operator, write(tmp_path / name, observation=text), today=TODAY)
    export(registry, operator, tmp_path / "out")
    with Database.open(tmp_path / "second.duckdb", create=True) as second:
        import_path(second, operator, tmp_path / "out", today=TODAY)
        export(second, operator, tmp_path / "again")
        values = "SELECT observation_id, canonical_e6 FROM observation ORDER BY ALL"
        assert second.rows(values) == registry.rows(values)
    for file in (tmp_path / "out").iterdir():
        assert file.read_bytes() == (tmp_path / "again" / file.name).read_bytes()


def numbers(*rows: str) -> str:
    header = "patient_id,observation_id,observed_at,analyte,value,unit,value_read"
    return "\n".join(
        (header, *(f"P1,O{number},2025-05-0{number},{row}" for number, row in enumerate(rows, 1)), "")
    )


@pytest.mark.parametrize(
    ("rows", "read"),
    [
        (["platelets,245.000,/uL,", "hemoglobin,11.8,g/dL,"], {"O1": 245_000_000, "O2": 118_000_000}),
        (["platelets,245.000,/uL,"], {"O1": 245_000_000}),
        (["ldh,1.500,U/L,1500", "hemoglobin,11.8,g/dL,"], {"O1": 1_500_000_000, "O2": 118_000_000}),
        (["platelets,45.000,10*9/L,45", 'ldh,"12,5",U/L,12.5'], {"O1": 45_000_000, "O2": 12_500_000}),
    ],
)
def test_numbers_of_a_bundle_are_read_together_or_as_they_were_understood(
    take_in: Import, registry: Database, tmp_path: Path, rows: list[str], read: dict[str, int]
) -> None:
    take_in(write(tmp_path / "bundle", observation=numbers(*rows)))
    assert dict(registry.rows("SELECT observation_id, canonical_e6 FROM observation")) == read


@pytest.mark.parametrize(
    ("rows", "value", "expected"),
    [
        (["platelets,45.000,10*9/L,"], "45.000", "only one way"),
        (["hemoglobin,11.8,g/dL,", 'hemoglobin,"12,4",g/dL,'], "11.8 and 12,4", "one decimal mark"),
        (["platelets,45.000,10*9/L,46"], "46", "the number that 45.000 says"),
        (["platelets,45,10*9/L,45;0"], "45;0", "the number that 45 says"),
    ],
)
def test_numbers_that_nothing_decides_or_that_contradict_are_refused_with_what_they_say(
    take_in: Import, registry: Database, tmp_path: Path, rows: list[str], value: str, expected: str
) -> None:
    error = refusal(take_in, write(tmp_path / "bundle", observation=numbers(*rows)))
    assert error.problems[0].value == value
    assert expected in error.problems[0].expected
    assert registry.rows("SELECT 1 FROM observation") == []


def test_every_row_has_a_verdict(take_in: Import, tmp_path: Path) -> None:
    verdicts = take_in(write(tmp_path / "bundle"), dry_run=True).verdicts
    first = verdicts.slice(0, 1).to_pylist()[0]
    assert (first["file"], first["line"], first["patient_id"], first["verdict"]) == (
        "patient.csv",
        2,
        "P1",
        "insert",
    )
    assert first["reason"] is None
    assert verdicts.num_rows == ROWS


def test_progress_is_told_from_the_first_table_to_the_end(take_in: Import, tmp_path: Path) -> None:
    told: list[str] = []
    take_in(write(tmp_path / "bundle"), progress=lambda what, done, of: told.append(what))
    assert told[0] == "checking patient"
    assert told[-1] == "done"


def test_the_report_reads_as_sentences_and_as_json(take_in: Import, tmp_path: Path) -> None:
    report = take_in(write(tmp_path / "bundle"))
    assert report.text().startswith(f"bundle: {ROWS} rows read\n")
    assert report.as_json()["stored"] == ROWS - 1
    assert report.as_json()["not_evaluable"] == 1
    assert report.as_json()["not_evaluable_reasons"] == {"insufficient": 1}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"format": "dicom"}, "'dicom' is not an import format"),
        ({"format": "lab-csv"}, "needs a mapping"),
    ],
)
def test_a_call_that_cannot_be_meant_is_wrong_usage(
    take_in: Import, tmp_path: Path, options: dict[str, str], said: str
) -> None:
    with pytest.raises(Usage, match=said):
        take_in(write(tmp_path / "bundle"), **options)


def test_a_path_that_is_not_there_is_wrong_usage(take_in: Import, tmp_path: Path) -> None:
    with pytest.raises(Usage, match="no file or folder"):
        take_in(tmp_path / "nowhere")


def test_a_dry_run_tells_the_verdict_on_every_row_in_its_json(take_in: Import, tmp_path: Path) -> None:
    told = take_in(write(tmp_path / "bundle"), dry_run=True).as_json()
    assert told["outcome"] == "dry run"
    assert len(told["verdicts"]) == ROWS
    assert {one["verdict"] for one in told["verdicts"]} == {"insert"}


def test_a_refused_import_says_that_nothing_was_stored(take_in: Import, tmp_path: Path) -> None:
    folder = write(tmp_path / "bundle", bleed=TABLES["bleed"].replace("WHO", "MILD"))
    told = refusal(take_in, folder).report.as_json()
    assert (told["outcome"], told["stored"], told["not_evaluable"]) == ("refused", 0, 0)
    assert told["read"] == told["held_back"] + told["identical"] + told["refused"]
    assert take_in(folder, dry_run=True).outcome == "would be refused"


def test_without_patient_csv_the_missing_file_is_named(take_in: Import, tmp_path: Path) -> None:
    folder = write(tmp_path / "bundle")
    (folder / "patient.csv").unlink()
    remedies = {problem.remedy for problem in refusal(take_in, folder).problems}
    assert any(remedy.startswith("patient.csv is missing") for remedy in remedies)


def test_observations_without_a_column_for_the_value_are_refused_by_its_name(
    take_in: Import, tmp_path: Path
) -> None:
    table = "patient_id,observation_id,observed_at,analyte,unit\nP1,X1,2025-01-01,platelets,10*9/L\n"
    problems = refusal(take_in, write(tmp_path / "bundle", observation=table)).problems
    assert ("value", None) in {(problem.column, problem.row) for problem in problems}


def test_a_file_that_was_imported_before_does_not_undo_a_correction(
    take_in: Import, registry: Database, tmp_path: Path
) -> None:
    first = write(tmp_path / "first")
    corrected = write(tmp_path / "corrected", patient=TABLES["patient"].replace("female", "male"))
    take_in(first)
    take_in(corrected)
    assert counts(take_in(first)) == (ROWS, 0, ROWS, 0, 0)
    assert registry.rows("SELECT DISTINCT sex FROM patient_view WHERE sex = 'female'") == []


def test_a_file_need_not_say_why_a_patient_was_taken_off_the_list(
    take_in: Import, registry: Database, tmp_path: Path
) -> None:
    outcomes = "patient_id,outcome_id,done_on,outcome\nP1,U1,2025-05-05,declined\nP1,U2,2025-06-05,moved\n"
    take_in(write(tmp_path / "bundle", outcome=outcomes))
    assert registry.rows("SELECT outcome, reason FROM outcome_view ORDER BY outcome_id") == [
        ("declined", None),
        ("moved", None),
    ]


def test_a_preliminary_result_that_comes_late_leaves_the_final_one_in_place(
    take_in: Import, registry: Database, tmp_path: Path
) -> None:
    header = "patient_id,observation_id,observed_at,analyte,value,unit,status\n"

    def bring(value: int, status: str) -> dict[str, Any]:
        row = f"P1,S1,2026-03-01,platelets,{value},10*9/L,{status}\n"
        report = take_in(write(tmp_path / "bundle", observation=header + row)).as_json()
        [stands] = registry.rows(
            "SELECT value, not_evaluable FROM observation_view WHERE observation_id = 'S1'"
        )
        return {"stands": stands, "new": report["new_versions"]}

    assert bring(44, "preliminary")["stands"] == ("44", None)
    assert bring(53, "final") == {"stands": ("53", None), "new": 1}
    assert bring(44, "preliminary") == {"stands": ("53", None), "new": 0}
    assert bring(54, "corrected") == {"stands": ("54", None), "new": 1}
    assert bring(44, "preliminary") == {"stands": ("54", None), "new": 0}
    assert bring(54, "cancelled")["stands"] == ("54", "cancelled")


@pytest.mark.parametrize("status", ["cancelled", "entered_in_error"])
def test_a_result_that_was_taken_back_raises_no_alarm(
    take_in: Import, registry: Database, tmp_path: Path, status: str
) -> None:
    header = "patient_id,observation_id,observed_at,analyte,value,unit,status\n"
    rows = "P1,S1,2026-03-01,platelets,220,10*9/L,\nP1,S2,2026-03-08,platelets,20,10*9/L,"
    exposure = (
        "patient_id,exposure_id,agent,setting,started_on\nP1,X1,alemtuzumab,multiple_sclerosis,2025-06-02\n"
    )

    def listed(taken_back: str) -> list[Any]:
        take_in(write(tmp_path / "bundle", observation=f"{header}{rows}{taken_back}\n", exposure=exposure))
        rows_of = worklist(registry, registry.actor(None), TODAY).rows.to_pylist()
        return [row["action"] for row in rows_of if row["patient_id"] == "P1"]

    assert listed("") == ["recheck_and_contact_now"]
    assert listed(status) == ["continue_monthly"]
