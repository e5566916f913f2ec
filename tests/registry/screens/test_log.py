"""The page Log as a research nurse meets it: forms, what was understood, what is stored, and what is refused."""

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from registry import entry
from registry.errors import Busy
from registry.screens.session import open_registry
from registry.store.database import Database
from tests.registry.facts_for_tests import copied
from tests.registry.screens.conftest import Open
from tests.registry.screens.test_pages import said, sound


@pytest.fixture
def own_path(cohort_path: Path, tmp_path: Path) -> Path:
    """The reference cohort in a registry that the test may change."""
    return copied(cohort_path, tmp_path / "own.duckdb")


def rows(query: str, *params: object) -> list[tuple[Any, ...]]:
    """Rows of the registry that the page has open."""
    return open_registry().rows(query, list(params))


def bare(label: str) -> str:
    """A label without its unit and its star."""
    return label.removesuffix(" *").partition(" (")[0]


def put(at: AppTest, values: dict[str, str]) -> AppTest:
    """Type or choose in fields named by their label (without unit and star); of several, in the last."""
    for label, value in values.items():
        kinds = (at.text_input, at.selectbox, at.pills, at.text_area)
        found = [one for kind in kinds for one in kind if bare(one.label) == label]
        assert found, f"{label} is not asked for: {[one.label for kind in kinds for one in kind]}"
        one = found[-1]
        if one.type in ("text_input", "text_area"):
            one.input(value)
        else:
            one.set_value(value)
        at = sound(at.run())
    return at


def press(at: AppTest, label: str) -> AppTest:
    (button,) = (one for one in at.button if one.label == label)
    return button.click().run()


def save(at: AppTest) -> AppTest:
    return press(at, "Save")


def below(at: AppTest) -> str:
    """What stands below the fields."""
    return "\n".join(str(caption.value) for caption in at.caption).replace("\\", "")


def log(opened: Open, path: Path, form: str, patient: str = "SYN-003", as_: str = "demo-nurse") -> AppTest:
    return sound(opened(path, "log", as_=as_, patient=patient, form=form))


HAPPY: dict[str, tuple[dict[str, str], str, tuple[Any, ...]]] = {
    "cbc": (
        {"Collection date": "3/2/26", "Platelets": "31", "Hemoglobin": "12,4 g/dL"},
        "SELECT analyte, value, unit, canonical_e6 FROM observation_view "
        "WHERE patient_id = 'SYN-003' AND observed_on = '2026-02-03' AND analyte = 'hemoglobin'",
        ("hemoglobin", "12,4", "g/dL", 124_000_000),
    ),
    "course": (
        {
            "Course started on": "3 feb 26",
            "Why it was started": "relapse",
            "Agent": "eltrombopag",
            "Dose": "50",
            "Unit of the dose": "mg",
        },
        "SELECT started_on::VARCHAR, start_reason, ongoing, regimen FROM course_view "
        "WHERE patient_id = 'SYN-003' AND started_on = '2026-02-03'",
        ("2026-02-03", "relapse", None, "TPO_RA"),
    ),
    "bleed": (
        {"First day": "3/2/26", "Scale": "WHO", "Grade": "2", "Where": "nose", "Last day": "unknown"},
        "SELECT started_on::VARCHAR, scale, grade, site FROM bleed_view "
        "WHERE patient_id = 'SYN-003' AND started_on = '2026-02-03'",
        ("2026-02-03", "WHO", 2, "nose"),
    ),
    "transfusion": (
        {"Day": "3/2/26", "Product": "platelets", "Units given": "2"},
        "SELECT given_on::VARCHAR, product, units FROM transfusion_view WHERE patient_id = 'SYN-003'",
        ("2026-02-03", "platelets", "2"),
    ),
    "rescue": (
        {"Day": "3/2/26", "What was given": "ivig", "Why": "low_count"},
        "SELECT given_on::VARCHAR, agent, reason FROM rescue_view WHERE patient_id = 'SYN-003'",
        ("2026-02-03", "ivig", "low_count"),
    ),
    "adverse_event": (
        {
            "First day": "3/2/26",
            "Category": "infection",
            "What happened": "pneumonia",
            "CTCAE grade": "3",
            "Course": "SYN-003-ITP-2",
            "Relatedness": "possible",
        },
        "SELECT e.term, e.ctcae_grade, a.course_id, a.relatedness FROM adverse_event_view AS e "
        "JOIN attribution_view AS a USING (adverse_event_id) WHERE e.patient_id = 'SYN-003'",
        ("pneumonia", 3, "SYN-003-ITP-2", "possible"),
    ),
    "exposure": (
        {
            "First day of the infusion": "3/2/26",
            "Indication": "multiple_sclerosis",
            "Cycle": "2",
            "Dose": "12,5",
        },
        "SELECT started_on::VARCHAR, setting, cycle, dose_mg FROM exposure_view "
        "WHERE patient_id = 'SYN-003' AND started_on = '2026-02-03'",
        ("2026-02-03", "multiple_sclerosis", 2, "12.5"),
    ),
    "episode": (
        {"Disease": "AIHA", "Onset": "3/2/26"},
        "SELECT disease, onset_on::VARCHAR FROM episode_view WHERE patient_id = 'SYN-003' AND disease = 'AIHA'",
        ("AIHA", "2026-02-03"),
    ),
    "comedication": (
        {"Drug": "apixaban", "Kind": "anticoagulant", "First day": "3/2/26"},
        "SELECT agent, kind, started_on::VARCHAR, ended_on FROM comedication_view WHERE patient_id = 'SYN-003'",
        ("apixaban", "anticoagulant", "2026-02-03", None),
    ),
    "consent": (
        {"Decided on": "3/2/26", "Consent": "refused"},
        "SELECT decided_on::VARCHAR, consent FROM consent_view WHERE patient_id = 'SYN-003'",
        ("2026-02-03", "refused"),
    ),
    "other_cause": (
        {"First day": "3/2/26", "Explains low": "ITP", "Cause": "parvovirus"},
        "SELECT started_on::VARCHAR, disease, cause FROM other_cause_view WHERE patient_id = 'SYN-003'",
        ("2026-02-03", "ITP", "parvovirus"),
    ),
    "last_contact": (
        {"Last contact": "3/2/26"},
        "SELECT last_contact_on::VARCHAR, version FROM patient_view WHERE patient_id = 'SYN-003'",
        ("2026-02-03", 2),
    ),
    "death": (
        {"Date of death": "3/2/26", "Cause of death": "intracranial bleeding"},
        "SELECT died_on::VARCHAR, death_cause FROM patient_view WHERE patient_id = 'SYN-003'",
        ("2026-02-03", "intracranial bleeding"),
    ),
}


@pytest.mark.parametrize("form", HAPPY)
def test_every_form_is_filled_in_and_stored(opened: Open, own_path: Path, form: str) -> None:
    values, query, stored = HAPPY[form]
    at = put(log(opened, own_path, form), values)
    before = open_registry().rows("SELECT count(*) FROM audit_event WHERE action <> 'adjudicate'")[0][0]
    at = sound(save(at))
    assert rows(query) == [stored]
    assert rows("SELECT count(*) FROM audit_event WHERE action <> 'adjudicate'") == [(before + 1,)]
    assert "saved** at" in said(at)
    assert not set(values.values()) & {field.value for field in at.text_input}


def test_a_patient_is_added_and_asked_for_the_diagnosis(opened: Open, own_path: Path) -> None:
    at = sound(opened(own_path, "log", as_="demo-nurse"))
    at = sound(press(at, "Add a patient"))
    at = put(at, {"Hospital": "north", "Sex": "female", "Date of birth": "3/2/61"})
    at = sound(save(at))
    assert rows("SELECT site, sex, born_on::VARCHAR FROM patient_view WHERE patient_id = 'NORTH-001'") == [
        ("north", "female", "1961-02-03")
    ]
    assert at.query_params["patient"] == "NORTH-001"
    assert [title.value for title in at.title] == ["Log: diagnosis"]
    assert "no episode recorded" in said(at)


def test_the_patient_is_named_on_every_form(opened: Open, cohort_path: Path) -> None:
    for form in ("cbc", "death"):
        at = log(opened, cohort_path, form, patient="SYN-021")
        assert "**SYN\\-021** · ITP \\+ AIHA · site" in said(at)


def test_a_value_below_a_limit_stays_below_it_and_a_comma_is_a_decimal_mark(
    opened: Open, own_path: Path
) -> None:
    at = put(
        log(opened, own_path, "cbc"),
        {"Collection date": "3/2/26", "Platelets": "<5", "Hemoglobin": "4,5 g/dL"},
    )
    assert "<5 ×10⁹/L" in below(at).replace("&lt;", "<")
    assert "45 g/L (reported 4,5 g/dL)" in below(at)
    sound(save(at))
    found = rows(
        "SELECT analyte, comparator, canonical_e6, value FROM observation_view "
        "WHERE patient_id = 'SYN-003' AND observed_on = '2026-02-03' ORDER BY analyte"
    )
    assert found == [("hemoglobin", None, 45_000_000, "4,5"), ("platelets", "<", 5_000_000, "<5")]


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"Collection date": "31/02/2026", "Platelets": "31"}, "Feb 2026 has no day 31"),
        ({"Collection date": "3/2/2999", "Platelets": "31"}, "is in the future"),
        (
            {"Collection date": "today", "Platelets": "31 bananas"},
            "bananas is not a known unit of platelets",
        ),
        ({"Collection date": "today", "Hemoglobin": "12.4"}, "Is it 12.4 g/dL"),
        ({"Platelets": "31"}, "Collection date is needed"),
        ({"Collection date": "today"}, "Nothing is filled in yet"),
    ],
)
def test_what_cannot_be_right_is_explained_at_its_field_and_nothing_is_stored(
    opened: Open, own_path: Path, values: dict[str, str], problem: str
) -> None:
    at = put(log(opened, own_path, "cbc"), values)
    before = rows("SELECT count(*) FROM audit_event")
    at = save(at)
    assert [str(one.value) for one in at.exception] == []
    assert at.error[0].value.startswith("Nothing is saved yet.")
    assert problem in below(at)
    assert rows("SELECT count(*) FROM audit_event") == before
    typed = [field.value for field in at.text_input if field.value]
    assert set(values.values()) <= set(typed)


def test_what_the_record_refuses_is_said_at_its_field(opened: Open, own_path: Path) -> None:
    at = put(log(opened, own_path, "bleed"), {"First day": "3/2/1901", "Scale": "WHO", "Grade": "2"})
    at = save(at)
    assert [str(one.value) for one in at.exception] == []
    assert "nothing was stored" in at.error[0].value
    assert "born" in below(at)
    assert rows("SELECT count(*) FROM bleed_view WHERE started_on < '1910-01-01'") == [(0,)]


def test_three_clicks_with_one_key_write_once(opened: Open, own_path: Path) -> None:
    at = put(log(opened, own_path, "transfusion"), {"Day": "3/2/26", "Product": "platelets"})
    (button,) = (one for one in at.button if one.label == "Save")
    button.click()
    at = sound(at.run())
    for _ in range(2):  # the browser sends what stood on its page, the old button of the old sheet
        button.root = at._tree
        button.click()
        at = at.run()
        assert [str(one.value) for one in at.exception] == []
    assert rows("SELECT count(*) FROM transfusion_view WHERE patient_id = 'SYN-003'") == [(1,)]


def test_a_course_has_several_agents_and_dose_steps(opened: Open, own_path: Path) -> None:
    at = put(
        log(opened, own_path, "course"),
        {"Course started on": "3/2/26", "Agent": "prednisolone", "Dose": "60"},
    )
    at = put(sound(press(at, "Add a dose step")), {"Dose start": "1/3/26", "Dose": "20"})
    at = put(sound(press(at, "Add an agent")), {"Agent": "romiplostim", "Dose": "1"})
    assert "romiplostim, TPO-RA" in below(at)
    sound(save(at))
    found = rows(
        "SELECT agent, a.started_on::VARCHAR, dose FROM course_agent_view AS a JOIN course_view AS c USING (course_id) "
        "WHERE c.started_on = '2026-02-03' ORDER BY 1, 2"
    )
    assert found == [
        ("prednisolone", "2026-02-03", "60"),
        ("prednisolone", "2026-03-01", "20"),
        ("romiplostim", "2026-02-03", "1"),
    ]


def test_a_draft_survives_a_new_session_of_the_same_person_and_of_nobody_else(
    opened: Open, own_path: Path
) -> None:
    put(log(opened, own_path, "bleed"), {"First day": "3/2/26", "Where": "gum"})
    again = log(opened, own_path, "bleed")
    assert {field.label: field.value for field in again.text_input if field.value} == {
        "First day *": "3/2/26",
        "Where": "gum",
    }
    assert "restored" in said(again)
    other = log(opened, own_path, "bleed", as_="demo-data-manager")
    assert [field.value for field in other.text_input if field.value] == []
    sound(press(again, "Clear the form"))
    assert [field.value for field in log(opened, own_path, "bleed").text_input if field.value] == []


def test_a_form_that_is_left_keeps_what_was_typed(opened: Open, own_path: Path) -> None:
    at = put(log(opened, own_path, "cbc"), {"Collection date": "3/2/26"})
    at = sound(press(at, "Bleed"))
    at = sound(press(at, "Blood count"))
    assert "3/2/26" in [field.value for field in at.text_input]


def test_a_clinician_has_no_page_to_log_on(opened: Open, cohort_path: Path) -> None:
    at = sound(opened(cohort_path, as_="demo-clinician"))
    with pytest.raises(ValueError, match="log"):
        at.switch_page("registry/screens/pages/log.py").run()


def test_a_nurse_of_another_site_is_told_so_by_the_registry(opened: Open, own_path: Path) -> None:
    from datetime import date

    from registry import accounts
    from registry.store.database import Database

    with Database.open(own_path) as database:
        accounts.add_account(
            database, database.actor(None), "far-nurse", {"elsewhere": ["nurse"]}, today=date(2026, 3, 31)
        )
    at = opened(own_path, "log", as_="far-nurse", patient="SYN-003")
    assert [str(one.value) for one in at.exception] == []
    assert "far-nurse may not read at synthetic-north" in at.error[0].value
    assert [button.label for button in at.button if button.label == "Save"] == []


def test_a_course_asks_for_the_diagnosis_first(opened: Open, own_path: Path) -> None:
    at = sound(opened(own_path, "log", as_="demo-nurse", form="patient"))
    sound(save(put(at, {"Hospital": "north"})))
    at = log(opened, own_path, "course", patient="NORTH-001")
    assert "Log the diagnosis first" in said(at)


def test_a_save_is_taken_back(opened: Open, own_path: Path) -> None:
    at = put(log(opened, own_path, "transfusion"), {"Day": "3/2/26", "Product": "platelets"})
    at = sound(save(at))
    (undo,) = (one for one in at.button if one.label.startswith("Undo"))
    at = sound(undo.click().run())
    assert rows("SELECT count(*) FROM transfusion_view WHERE patient_id = 'SYN-003'") == [(0,)]
    assert "Transfusion undone" in said(at)


BLOCK = """Date\tPLT\tHb (g/dL)
14/01/2024\t31\t11,2
21/01/2024\t<5\t
19/08/2017\t262\t12,0
31/02/2024\t33\t11
"""


def pasted(opened: Open, path: Path, text: str) -> AppTest:
    at = log(opened, path, "paste")
    return sound(at.text_area[0].input(text).run())


def test_a_pasted_block_is_shown_row_by_row_before_anything_is_saved(opened: Open, own_path: Path) -> None:
    at = log(opened, own_path, "paste")
    before = rows("SELECT count(*) FROM observation_view")
    at = sound(at.text_area[0].input(BLOCK).run())
    shown = at.dataframe[0].value
    assert list(shown["Verdict"].str.split().str[1].value_counts().sort_index().items()) == [
        ("conflict", 1),
        ("new", 3),
        ("refused", 2),
        ("same", 1),
    ]
    new = shown[shown["Verdict"] == "✓ new"]
    assert list(new["Understood"]) == ["31 ×10⁹/L", "112 g/L (reported 11,2 g/dL)", "<5 ×10⁹/L"]
    assert list(new["Day"].unique()) == ["Sun 14 Jan 2024", "Sun 21 Jan 2024"]
    assert "no day 31" in " ".join(shown[shown["Verdict"] == "✗ refused"]["Reason or problem"])
    assert rows("SELECT count(*) FROM observation_view") == before


def test_a_pasted_block_is_saved_at_once_and_what_was_refused_stays(opened: Open, own_path: Path) -> None:
    at = pasted(opened, own_path, BLOCK)
    ((before,),) = rows("SELECT count(*) FROM observation_view")
    at = sound(press(at, "Save 3 counts"))
    assert rows("SELECT count(*) FROM observation_view") == [(before + 3,)]
    assert "3 pasted counts saved" in said(at)
    assert at.text_area[0].value == "Date\tPLT\tHb (g/dL)\n31/02/2024\t33\t11"


def test_of_two_values_for_a_day_the_nurse_says_which_is_right(opened: Open, own_path: Path) -> None:
    at = pasted(opened, own_path, BLOCK)
    (choice,) = (one for one in at.segmented_control if "recorded 132 g/L" in one.label)
    at = sound(choice.set_value("take").run())
    at = press(at, "Save 4 counts")
    assert "reason" in at.error[0].value
    (why,) = (one for one in at.text_input if one.label.startswith("Reason for replacing"))
    at = sound(press(sound(why.input("the report is right").run()), "Save 4 counts"))
    found = rows(
        "SELECT value, unit, version FROM observation_view WHERE patient_id = 'SYN-003' "
        "AND observed_on = '2017-08-19' AND analyte = 'hemoglobin'"
    )
    assert found == [("12,0", "g/dL", 2)]


def test_dates_that_can_be_read_in_two_ways_are_asked_about(opened: Open, own_path: Path) -> None:
    at = pasted(opened, own_path, "Date\tPLT (10^9/L)\n03/02/2024\t31\n04/02/2024\t32\n")
    asked = [one for one in at.pills if "dates" in one.label]
    if asked:
        assert [one.label for one in at.button if one.label.startswith("Save")] == []
        at = sound(asked[0].set_value("month").run())
        assert list(at.dataframe[0].value["Day"]) == ["Sat 2 Mar 2024", "Tue 2 Apr 2024"]
        at = sound(press(at, "Save 2 counts"))
    assert "2 pasted counts saved" in said(at)


def test_the_call_stands_beside_the_course_that_is_typed(opened: Open, cohort_path: Path) -> None:
    at = put(log(opened, cohort_path, "course"), {"Course started on": "14/2/16"})
    told = said(at).replace("\\", "")
    assert "This course: NE, not evaluable" in told
    assert "the course started in response, so it is followed" in told
    sound(press(at, "Clear the form"))


def test_what_was_begun_is_offered_where_patients_are_found(opened: Open, own_path: Path) -> None:
    put(log(opened, own_path, "bleed"), {"First day": "3/2/26"})
    at = sound(opened(own_path, "log", as_="demo-nurse"))
    (begun,) = (one for one in at.button if one.label.startswith("Bleed of SYN\\-003"))
    at = sound(begun.click().run())
    assert (at.query_params["patient"], at.query_params["form"]) == ("SYN-003", "bleed")
    assert "3/2/26" in [field.value for field in at.text_input]


def test_a_suggested_word_is_completed_and_any_other_is_kept(opened: Open, own_path: Path) -> None:
    at = put(
        log(opened, own_path, "course"), {"Course started on": "3/2/26", "Agent": "eltrom", "Dose": "50"}
    )
    at = put(at, {"Unit of the dose": "mg", "How often": "every 3 weeks", "Route": "ora"})
    assert "eltrombopag, TPO-RA" in below(at)
    sound(save(at))
    found = rows(
        "SELECT agent, dose_unit, frequency, a.route FROM course_agent_view AS a JOIN course_view AS c "
        "USING (course_id) WHERE c.patient_id = 'SYN-003' AND c.started_on = '2026-02-03'"
    )
    assert found == [("eltrombopag", "mg", "every 3 weeks", "oral")]


def test_the_beginning_of_a_word_of_a_list_is_taken_and_several_are_asked_about(
    opened: Open, own_path: Path
) -> None:
    at = put(log(opened, own_path, "course"), {"Course started on": "3/2/26", "Why it was started": "re"})
    assert "Several entries match: relapse, retreatment after a response. Choose one." in below(at)
    at = put(at, {"Why it was started": "sparing", "Intent": "bananas", "Agent": "eltrom"})
    assert "Choose one of: induction, maintenance, observation only" in below(at)
    sound(save(put(at, {"Intent": "not done"})))
    assert rows("SELECT start_reason, intent FROM course_view WHERE started_on = '2026-02-03'") == [
        ("steroid_sparing", None)
    ]


def test_an_empty_form_makes_no_patient(opened: Open, own_path: Path) -> None:
    at = sound(opened(own_path, "log", as_="demo-nurse", form="patient"))
    before = rows("SELECT count(*) FROM patient_view")
    assert "Nothing was typed" in below(save(at))
    assert rows("SELECT count(*) FROM patient_view") == before


def test_a_clumped_specimen_is_stored_without_a_value(opened: Open, own_path: Path) -> None:
    at = put(log(opened, own_path, "cbc"), {"Collection date": "3/2/26", "Platelets": "clumped"})
    assert "clumped, no value" in below(at)
    sound(save(at))
    assert rows(
        "SELECT value, quality, missing_reason FROM observation_view "
        "WHERE patient_id = 'SYN-003' AND observed_on = '2026-02-03'"
    ) == [(None, "clumped", "unknown")]


def test_a_dose_step_is_added_to_an_agent_that_is_not_the_last(opened: Open, own_path: Path) -> None:
    at = put(log(opened, own_path, "course"), {"Course started on": "3/2/26", "Agent": "prednisolone"})
    at = put(sound(press(at, "Add an agent")), {"Agent": "romiplostim"})
    first, _ = (one for one in at.button if one.label == "Add a dose step")
    at = sound(first.click().run())
    assert [one.value for one in at.text_input if bare(one.label) == "Agent"] == [
        "prednisolone",
        "prednisolone",
        "romiplostim",
    ]


def test_a_second_value_of_a_day_is_doubted_and_may_be_saved(opened: Open, own_path: Path) -> None:
    at = put(log(opened, own_path, "cbc"), {"Collection date": "3/2/26", "Platelets": "<5"})
    assert "already recorded" not in below(at)
    sound(save(at))
    at = put(log(opened, own_path, "cbc"), {"Collection date": "3/2/26", "Platelets": "7"})
    assert "A value of this day is already recorded: <5 ×10⁹/L" in below(at).replace("&lt;", "<")
    sound(save(at))
    assert len(rows("SELECT 1 FROM observation_view WHERE observed_on = '2026-02-03'")) >= 2


def test_a_stored_save_is_said_as_stored_while_no_draft_can_be_touched(
    opened: Open, own_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = put(log(opened, own_path, "transfusion"), {"Day": "3/2/26", "Product": "platelets"})
    assert rows("SELECT count(*) FROM draft") == [(1,)]

    def busy(*_: object) -> None:
        raise Busy("A long change is under way.")

    monkeypatch.setattr(Database, "scratch", busy)
    at = sound(save(at))
    assert "Transfusion saved" in said(at)
    assert rows("SELECT count(*) FROM transfusion_view WHERE patient_id = 'SYN-003'") == [(1,)]
    assert rows("SELECT count(*) FROM draft") == [(0,)]


def test_a_stored_save_is_said_as_stored_where_judging_breaks(
    opened: Open, own_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = put(log(opened, own_path, "transfusion"), {"Day": "3/2/26", "Product": "platelets"})

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("no call")

    monkeypatch.setattr(entry, "judge", broken)
    at = sound(save(at))
    assert "Transfusion saved" in said(at)
    assert "out of date" in said(at)
