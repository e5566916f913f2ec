"""The pages where people decided: the decision first, the machine's call beside it, and what was re-opened with why."""

import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from registry import accounts, record, review
from registry.errors import NotPermitted
from registry.patients.patient_record import patient_record
from registry.screens.patient import records
from registry.store.database import Database
from tests.registry.reviewing import PEOPLE, TODAY, House
from tests.registry.screens.conftest import Open
from tests.registry.screens.test_patient import chart, everything, plain, rows_of, sound

PATIENT = "SYN-021"


@pytest.fixture(scope="module")
def decided_path(tmp_path_factory: pytest.TempPathFactory, cohort_path: Path) -> Path:
    """The reference cohort: line 1 decided as called, line 2 otherwise, line 3 decided and re-opened since."""
    path: Path = (
        shutil.copytree(cohort_path.parent, tmp_path_factory.mktemp("decided") / "cohort") / cohort_path.name
    )
    with Database.open(path) as db:
        operator = db.actor(None)
        for name, roles in PEOPLE.items():
            accounts.add_account(db, operator, name, {"*": roles}, today=TODAY)
        house = House(db)
        for line in (1, 2, 3):
            review.challenge(db, house.who("clinician"), f"{PATIENT}-ITP-{line}", "Is that so?")
        house.open()
        cases = house.cases()
        house.agree(cases[f"{PATIENT}-ITP-1"], "CR", "2013-12-24", lost="2014-07-26", relapsed="2014-07-26")
        house.agree(cases[f"{PATIENT}-ITP-2"], "R", "2014-08-20", relapsed="2015-01-15")
        house.agree(cases[f"{PATIENT}-ITP-3"], "CR", "2015-01-24")
        [(count, on)] = db.rows(
            "SELECT observation_id, observed_on FROM evidence_view WHERE course_id = $1 AND step = 'confirming'",
            [f"{PATIENT}-ITP-3"],
        )
        identity = {"patient_id": PATIENT, "observation_id": count}
        record.amend(db, operator, "observation", identity, {"value": "13"}, "misread", 1)
        assert review.rejudge(db, operator).reopened == 1
        assert on is not None
    return path


def of_course(opened: Open, path: Path, line: int, as_: str = "admin") -> AppTest:
    return sound(opened(path, as_=as_, patient=PATIENT, course=f"{PATIENT}-ITP-{line}"))


def test_the_decision_stands_first_and_the_machines_call_with_its_evidence_below(
    opened: Open, decided_path: Path
) -> None:
    at = of_course(opened, decided_path, 2)
    text = plain(at)
    assert "Decision: R, onset 20 Aug 2014, relapse 15 Jan 2015. By agreement of two readers" in text.replace(
        "**", ""
    )
    assert "In response for 148 days, until the relapse. The machine's call was CR, onset 15 Aug 2014" in text
    assert text.index("Decision: R") < text.index("SYN-021-ITP-2: CR")
    assert text.index("SYN-021-ITP-2: CR") < text.index("platelets 73")
    options = {option.replace("\\", "").split(":")[0]: option for option in at.radio[0].options}
    assert options["ITP line 2, TPO-RA"].endswith("**R**, decision")
    assert options["AIHA line 1, steroid"].endswith("**CR**, call")


def test_where_people_said_the_same_it_says_so(opened: Open, decided_path: Path) -> None:
    assert "The machine's call says the same." in plain(of_course(opened, decided_path, 1))


def test_a_reopened_decision_is_said_with_what_changed_and_the_call_counts(
    opened: Open, decided_path: Path
) -> None:
    at = of_course(opened, decided_path, 3)
    [warning] = at.warning
    told = str(warning.value).replace("\\", "")
    assert "superseded: platelets on" in told
    assert "became 13" in told
    assert "under review again" in told
    assert "The decision was CR, onset 24 Jan 2015, by agreement of two readers" in plain(at)
    assert "| then | now |" in plain(at)
    assert at.radio[0].options[2].endswith("call")


def test_the_chart_has_both_ribbons(opened: Open, decided_path: Path) -> None:
    at = of_course(opened, decided_path, 2)
    labels = [row["label"] for row in rows_of(at, "row_labels")]
    assert [label for label in labels if label.startswith(("ITP ", "AIHA "))] == [
        "ITP call",
        "ITP decision",
        "AIHA call",
    ]
    spans = rows_of(at, "spans")
    assert {row["kind"] for row in spans if row["tip"].startswith("ITP decision: ")} == {"CR", "R", "Relapse"}
    assert all("source" not in row for row in spans), "a chart is sent what it draws, no more"
    assert "Decisions: SYN-021-ITP-1 CR, SYN-021-ITP-2 R." in str(chart(at))


def test_the_table_of_courses_and_its_download_carry_call_and_decision(decided_path: Path) -> None:
    with Database.open(decided_path) as db:
        for name, there in ((PATIENT, True), ("SYN-003", False)):
            one = patient_record(db, db.actor("clinician"), name)
            columns, also = records._columns(one)
            assert {"best_response", "provenance", *records.BESIDE} <= {*columns, *also}
            assert ("call_response" in columns) == there, "on the page only where somebody decided"
        rows = {
            row["course_id"]: row
            for row in records._courses(patient_record(db, db.actor("clinician"), PATIENT))
        }
        row = rows[f"{PATIENT}-ITP-2"]
        assert (row["best_response"], row["provenance"], row["call_response"]) == ("R", "decision", "CR")
        assert (row["reached"], row["case_id"] is not None) == (row["reached"] or "", True)
        other = rows[f"{PATIENT}-AIHA-1"]
        assert (other["provenance"], other["call_response"], other.get("case_id")) == ("call", "CR", None)
        with pytest.raises(NotPermitted, match="only review packets"):
            patient_record(db, db.actor("reader-3"), PATIENT)


def test_a_reader_sees_neither_decision_nor_what_was_reopened(opened: Open, decided_path: Path) -> None:
    at = sound(opened(decided_path, as_="reader-3", patient=PATIENT))
    text = "\n".join(everything(at)).lower()
    assert "decision" not in text
    assert "superseded" not in text
    assert "agreement of two" not in text
    home = "\n".join(everything(sound(opened(decided_path, "home", as_="reader-3"))))
    assert "re-opened" not in home


def test_whoever_reads_and_nurses_has_no_page_of_a_patient_also_where_it_is_decided(
    opened: Open, decided_path: Path
) -> None:
    at = sound(opened(decided_path, as_="reading-nurse", patient=PATIENT))
    assert PATIENT not in "\n".join(everything(at))
    assert "other rights of nurse are off, including writing" in plain(at)


def test_the_cohort_page_says_how_many_courses_people_decided(opened: Open, decided_path: Path) -> None:
    at = sound(opened(decided_path, "cohort"))
    assert "2 courses decided by reviewers" in plain(at)
    assert "decided" in at.dataframe[0].value.columns


def test_home_leads_to_the_course_whose_decision_was_reopened(opened: Open, decided_path: Path) -> None:
    at = sound(opened(decided_path, "home", as_="clinician"))
    assert "Decisions re\\-opened" in [metric.label for metric in at.metric]
