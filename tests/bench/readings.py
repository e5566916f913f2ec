"""What the registry is measured beside: sorted scans, the oracle in plain Python, vectorised pandas."""

from datetime import timedelta
from decimal import Decimal

import pandas as pd

from registry.store.database import Database
from tests.reference import (
    Bleed,
    Course,
    DoseStep,
    Observation,
    OtherCause,
    Patient,
    Rescue,
    Transfusion,
    judge,
)

_MILLION = Decimal(1_000_000)

# The observations as the rules read them: patient, day, kind, value, row.
READ = """
    SELECT
        patient_key, observed_on,
        CASE analyte WHEN 'platelets' THEN 0 WHEN 'hemoglobin' THEN 1 WHEN 'ldh' THEN 2
            WHEN 'haptoglobin' THEN 3 WHEN 'bilirubin' THEN 4 ELSE 5 END::TINYINT AS kind,
        CASE WHEN marker_state IS NULL THEN canonical_e6
            WHEN marker_state = 'normal' THEN 0 WHEN marker_state = 'abnormal' THEN 1 ELSE 2 END AS value,
        row_key
    FROM observation
    WHERE superseded_by IS NULL AND not_evaluable IS NULL
"""
SORTED_SCAN = f"""
    SELECT sum(before), sum(kind), sum(row_key)
    FROM (
        SELECT
            kind, row_key,
            lag(value) OVER (PARTITION BY patient_key ORDER BY observed_on, kind, row_key) AS before
        FROM ({READ})
    )
"""


def patients_of(db: Database, keys: list[int]) -> list[Patient]:
    """The patients with these keys, in the plain words of the reference."""
    found = {key: Patient() for key in keys}
    chosen = f"superseded_by IS NULL AND patient_key IN ({', '.join(map(str, keys))})"
    for key, row, day, analyte, value, comparator, state in db.rows(
        "SELECT patient_key, row_key, observed_on, analyte, canonical_e6, comparator, marker_state "
        f"FROM observation WHERE not_evaluable IS NULL AND {chosen} ORDER BY patient_key, observed_on"
    ):
        count = None if state else Decimal(value) / _MILLION
        found[key].observations.append(Observation(row, day, analyte, count, comparator or "", state or ""))
    for key, *rest in db.rows(
        f"SELECT patient_key, row_key, started_on, ended_on, grade, coalesce(itp_related, '') FROM bleed WHERE {chosen}"
    ):
        found[key].bleeds.append(Bleed(*rest))
    for key, *rest in db.rows(
        f"SELECT patient_key, row_key, given_on, product, coalesce(reason, '') FROM transfusion WHERE {chosen}"
    ):
        found[key].transfusions.append(Transfusion(*rest))
    for key, *rest in db.rows(
        f"SELECT patient_key, row_key, given_on, agent, coalesce(reason, '') FROM rescue WHERE {chosen}"
    ):
        found[key].rescues.append(Rescue(*rest))
    for key, *rest in db.rows(
        f"SELECT patient_key, row_key, started_on, ended_on, disease FROM other_cause WHERE {chosen}"
    ):
        found[key].other_causes.append(OtherCause(*rest))
    for key, died_on in db.rows(f"SELECT patient_key, died_on FROM patient_fact WHERE {chosen}"):
        found[key].died_on = died_on
    given: dict[int, list[tuple[str, DoseStep]]] = {}
    for course, agent, started, stopped, mg in db.rows(
        "SELECT a.course_key, a.agent, a.started_on, a.stopped_on, a.prednisolone_mg_e6 FROM course_agent AS a "
        "JOIN course USING (course_key) JOIN episode AS e USING (episode_key) "
        f"WHERE a.superseded_by IS NULL AND e.patient_key IN ({', '.join(map(str, keys))})"
    ):
        step = DoseStep(agent, started, stopped, None if mg is None else Decimal(mg) / _MILLION)
        given.setdefault(course, []).append((agent, step))
    for key, course, disease, started, stopped, intent, reason in db.rows(
        "SELECT e.patient_key, f.course_key, d.disease, f.started_on, f.stopped_on, f.intent, f.start_reason "
        "FROM course_fact AS f JOIN course USING (course_key) JOIN episode AS e USING (episode_key) "
        "JOIN episode_fact AS d USING (episode_key) WHERE f.superseded_by IS NULL AND d.superseded_by IS NULL "
        f"AND e.patient_key IN ({', '.join(map(str, keys))}) ORDER BY e.patient_key, f.started_on"
    ):
        steps = given.get(course, [])
        agents = tuple(dict.fromkeys(agent for agent, _ in steps))
        doses = tuple(step for _, step in steps)
        found[key].courses.append(
            Course(course, disease, started, stopped, intent or "induction", reason or "", agents, doses)
        )
    return list(found.values())


def judged_plainly(patients: list[Patient]) -> int:
    """How many courses the reference judged."""
    return len([judge(patient, course) for patient in patients for course in patient.courses])


def judged_by_pandas(db: Database) -> pd.DataFrame:
    """Courses of ITP by simplified rules, read and judged with whole columns; nothing is written.

    Window: start < day < start of the next course, else the last count. Baseline: last count in the 14 days up to
    the start. CR level: >= 100; R level: >= 30 and twice the baseline. Confirmed: two counts of the window at the
    level, 7 days apart, all between at it, no bleed between. Loss: the first run below the level that spans a day,
    or the first bleed after confirmation.
    """
    counts = db.frame(
        "SELECT patient_key, observed_on AS day, canonical_e6 / 1e6 AS platelets, row_key FROM observation "
        "WHERE superseded_by IS NULL AND not_evaluable IS NULL AND analyte = 'platelets'"
    ).sort_values(["day", "row_key"], kind="stable", ignore_index=True)
    courses = db.frame(
        "SELECT e.patient_key, f.course_key, f.started_on AS start FROM course_fact AS f "
        "JOIN course USING (course_key) JOIN episode AS e USING (episode_key) "
        "JOIN episode_fact AS d USING (episode_key) "
        "WHERE f.superseded_by IS NULL AND d.superseded_by IS NULL AND d.disease = 'ITP'"
    ).sort_values(["start", "course_key"], kind="stable", ignore_index=True)
    bleeds = db.frame(
        "SELECT patient_key, started_on AS bled FROM bleed WHERE superseded_by IS NULL AND grade >= 1"
    ).sort_values("bled", kind="stable", ignore_index=True)
    found = pd.merge_asof(
        courses, counts, left_on="start", right_on="day", by="patient_key", tolerance=timedelta(days=14)
    )
    found = found.rename(columns={"platelets": "baseline", "row_key": "baseline_row"}).drop(columns="day")
    window = pd.merge_asof(
        counts, found, left_on="day", right_on="start", by="patient_key", allow_exact_matches=False
    ).dropna(subset=["course_key"])
    window = pd.merge_asof(window, bleeds, left_on="day", right_on="bled", by="patient_key")
    window = window.sort_values(["course_key", "day", "row_key"], kind="stable", ignore_index=True)
    same = window["course_key"].eq(window["course_key"].shift())
    bled_between = window["bled"].gt(window["day"].shift()) & same
    at_r = window["platelets"].ge(30) & window["platelets"].ge(2 * window["baseline"])
    for name, at_level in (("cr", window["platelets"].ge(100)), ("r", at_r)):
        run = (~same | (at_level != at_level.shift()) | bled_between).cumsum()
        begun = window.groupby(run)["day"].transform("first")
        onset_row = window.groupby(run)["row_key"].transform("first")
        confirmed = window[at_level & (window["day"] - begun >= timedelta(days=7))]
        first = confirmed.drop_duplicates("course_key").assign(onset=begun, onset_row=onset_row)
        after = first.set_index("course_key")["day"].rename("confirmed")
        later = window.join(after, on="course_key")
        later = later[later["day"].gt(later["confirmed"])]
        failing = ~at_level[later.index]
        lost = failing & (later["day"] - begun[later.index] >= timedelta(days=1))
        lost |= later["bled"].gt(later["confirmed"])
        losses = later[lost].drop_duplicates("course_key").set_index("course_key")[["day", "row_key"]]
        found = found.join(
            first.set_index("course_key")[["onset", "onset_row", "day", "row_key"]].add_prefix(f"{name}_"),
            on="course_key",
        ).join(losses.add_prefix(f"{name}_lost_"), on="course_key")
    return found
