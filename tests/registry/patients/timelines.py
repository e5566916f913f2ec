"""Small invented timelines for the chart tests: one of each shape that a page must draw."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import numpy as np

from registry.patients.levels import Threshold
from registry.patients.patient_record import COLUMNS, PatientRecord, Rows

DAY_ZERO = date(2019, 3, 4)
THRESHOLDS = (
    Threshold("platelets", 30, "R ≥30"),
    Threshold("platelets", 100, "CR ≥100"),
    Threshold("hemoglobin", 100, "<100"),
    Threshold("hemoglobin", 120, "CR >120"),
)


def on(days: int) -> date:
    return DAY_ZERO + timedelta(days=days)


def rows(name: str, given: Iterable[dict[str, Any]] = ()) -> Rows:
    """Rows of a part with all its names; what is not given is None."""
    return [dict.fromkeys(COLUMNS[name]) | row for row in given]


def count(days: int, canonical: float | None, analyte: str = "platelets", **more: Any) -> dict[str, Any]:
    unit = {"platelets": "10*9/L", "hemoglobin": "g/L"}[analyte]
    return {
        "observation_id": f"{analyte[:3]}-{days}",
        "observed_on": on(days),
        "analyte": analyte,
        "value_canonical": canonical,
        "value": None if canonical is None else f"{canonical:g}",
        "unit": unit,
        "quality": "ok",
    } | more


def timeline(**parts: Any) -> PatientRecord:
    facts = {
        "patient_id": "SYN-001",
        "site": "north",
        "sex": "female",
        "born_on": date(1970, 5, 6),
        "last_contact_on": None,
        "died_on": None,
        "death_cause": None,
    }
    facts |= {key: parts.pop(key) for key in list(parts) if key in facts}
    return PatientRecord(**facts, **{name: rows(name, parts.pop(name, ())) for name in COLUMNS}, **parts)  # type: ignore[arg-type]


def episode(disease: str, days: int = 0) -> dict[str, Any]:
    return {"episode_id": f"E-{disease}", "disease": disease, "onset_on": on(days), "diagnosed_on": on(days)}


def course(
    course_id: str, line: int, start: int, stop: int | None, regimen: str, **more: Any
) -> dict[str, Any]:
    return {
        "course_id": course_id,
        "episode_id": "E-ITP",
        "disease": "ITP",
        "line_number": line,
        "regimen": regimen,
        "agents": regimen.lower(),
        "started_on": on(start),
        "stopped_on": on(stop) if stop is not None else None,
        "ongoing": "yes" if stop is None else "no",
        "intent": "induction",
        "until_on": on(more.pop("until", stop or start)),
    } | more


def step(
    course_id: str, agent: str, agent_class: str, start: int, stop: int | None, dose: str, unit: str = "mg"
) -> dict[str, Any]:
    return {
        "course_id": course_id,
        "agent": agent,
        "agent_class": agent_class,
        "started_on": on(start),
        "stopped_on": on(stop) if stop is not None else None,
        "dose": dose,
        "dose_unit": unit,
        "route": "oral",
        "frequency": "daily",
    }


def call(course_id: str, best: str, **more: Any) -> dict[str, Any]:
    dated = {key: on(value) for key, value in more.items() if key.endswith("_on")}
    return {"course_id": course_id, "criteria_id": "itp-iwg-2009", "best_response": best} | more | dated


def itp() -> PatientRecord:
    """Four lines of ITP over 500 days: a taper, relapses, a combination, clumped and not evaluable counts."""
    rng = np.random.default_rng(7)
    shape = [
        (0, 6), (4, 33), (6, 52), (9, 50), (12, 68), (14, 95), (16, 65), (18, 53), (21, 55), (26, 61),
        (29, 46),
        (32, 57), (35, 63), (40, 57), (46, 59), (52, 62), (58, 63), (60, 57), (85, 68), (115, 65), (144, 59),
        (182, 67), (221, 68), (250, 74), (267, 73), (283, 12), (284, 9), (320, 140), (326, 240), (328, 257),
        (334, 188), (337, 165), (342, 206), (345, 162), (348, 220), (354, 206), (358, 205), (381, 212),
        (395, 22),
        (396, 18), (420, 135), (424, 102), (430, 205), (440, 190), (448, 220), (455, 240), (466, 185),
        (489, 250),
    ]  # fmt: skip
    counts = [count(days, float(value + rng.integers(0, 2))) for days, value in shape]
    counts += [
        count(300, 14.0, not_evaluable="clumped", quality="clumped", observation_id="clump-1"),
        count(305, None, not_evaluable="unit_missing", value="31", unit=None, observation_id="unit-1"),
        count(410, 88.0, not_evaluable="insufficient", observation_id="insuff-1"),
        count(2, 4.999999, comparator="<", value="<5", observation_id="less-1"),
    ]
    counts += [count(days, float(118 + rng.integers(-9, 14)), "hemoglobin") for days in range(0, 490, 31)]
    return timeline(
        patient_id="SYN-003",
        last_contact_on=on(500),
        episodes=[episode("ITP")],
        courses=[
            course("C1", 1, 0, 60, "STEROID", until=298),
            course("C2", 2, 298, 362, "RITUXIMAB+TPO_RA", until=396),
            course("C3", 3, 396, 462, "TPO_RA", until=462),
            course("C4", 4, 462, None, "MMF", until=500),
        ],
        agents=[
            step("C1", "prednisolone", "STEROID", 0, 14, "60"),
            step("C1", "prednisolone", "STEROID", 14, 28, "40"),
            step("C1", "prednisolone", "STEROID", 28, 45, "20"),
            step("C1", "prednisolone", "STEROID", 45, 60, "5"),
            step("C2", "rituximab", "RITUXIMAB", 298, 319, "375", "mg/m2"),
            step("C2", "eltrombopag", "TPO_RA", 298, 330, "50"),
            step("C2", "eltrombopag", "TPO_RA", 330, 362, "25"),
            step("C3", "romiplostim", "TPO_RA", 396, 462, "250", "ug"),
            step("C4", "mycophenolate", "MMF", 462, None, "1000"),
        ],
        observations=sorted(counts, key=lambda row: row["observed_on"]),
        calls=[
            call(
                "C1", "R", onset_on=4, relapsed_on=283, duration_of_response_days=279, duration_status="event"
            ),
            call(
                "C2",
                "CR",
                onset_on=320,
                cr_onset_on=320,
                relapsed_on=395,
                lost_cr_on=395,
                duration_of_response_days=75,
            ),
            call(
                "C3",
                "CR",
                onset_on=420,
                cr_onset_on=424,
                duration_of_response_days=35,
                duration_status="censored",
                censored_by="next_course",
            ),
            call("C4", "NE", reason="unconfirmed"),
        ],
        evidence=[
            {
                "course_id": "C1",
                "step": "onset",
                "source_id": "pla-4",
                "observed_on": on(4),
                "predicate": "at_least",
                "threshold": 30.0,
                "value": 33.0,
                "held": True,
            },
            {
                "course_id": "C1",
                "step": "lost",
                "source_id": "pla-283",
                "observed_on": on(283),
                "predicate": "at_least",
                "threshold": 30.0,
                "value": 12.0,
                "held": False,
            },
            {
                "course_id": "C3",
                "step": "onset",
                "source_id": "pla-420",
                "observed_on": on(420),
                "predicate": "fold_of_baseline",
                "threshold": 44.0,
                "value": 135.0,
                "held": True,
            },
        ],
        bleeds=[
            {
                "bleed_id": "B1",
                "started_on": on(0),
                "scale": "WHO",
                "grade": 2,
                "site": "mucosa",
                "itp_related": "yes",
            },
            {
                "bleed_id": "B2",
                "started_on": on(284),
                "scale": "WHO",
                "grade": 1,
                "site": "skin",
                "itp_related": "yes",
            },
        ],
        transfusions=[
            {
                "transfusion_id": "T1",
                "given_on": on(284),
                "product": "platelets",
                "units": 1,
                "reason": "cytopenia",
            }
        ],
        rescues=[
            {"rescue_id": "R1", "given_on": on(0), "agent": "ivig", "reason": "low_count"},
            {"rescue_id": "R2", "given_on": on(298), "agent": "ivig", "reason": "bleed"},
            {"rescue_id": "R3", "given_on": on(285), "agent": "steroid_pulse", "reason": "low_count"},
        ],
        exposures=[
            {
                "exposure_id": "X1",
                "agent": "alemtuzumab",
                "setting": "renal_transplant",
                "started_on": on(-900),
            },
            {
                "exposure_id": "X2",
                "agent": "alemtuzumab",
                "setting": "renal_transplant",
                "started_on": on(-899),
            },
        ],
        adverse_events=[
            {
                "adverse_event_id": "A1",
                "category": "infection",
                "term": "Pneumonia",
                "onset_on": on(69),
                "ctcae_version": "5.0",
                "ctcae_grade": 3,
                "serious": "yes",
            },
            {
                "adverse_event_id": "A2",
                "category": "thrombosis",
                "term": "Deep vein thrombosis",
                "onset_on": on(180),
                "ctcae_version": "5.0",
                "ctcae_grade": 4,
                "serious": "yes",
            },
            {
                "adverse_event_id": "A3",
                "category": "steroid_diabetes",
                "term": "Hyperglycemia",
                "onset_on": on(184),
                "ctcae_version": "5.0",
                "ctcae_grade": 2,
                "serious": "no",
            },
            {
                "adverse_event_id": "A4",
                "category": "infection",
                "term": "Zoster",
                "onset_on": on(330),
                "ctcae_version": None,
                "ctcae_grade": None,
                "serious": None,
            },
        ],
        other_causes=[{"started_on": on(280), "ended_on": on(292), "disease": "ITP", "cause": "infection"}],
    )


def aiha() -> PatientRecord:
    """One line of AIHA held for seven years, ended by death; counts stop for a year in the middle."""
    rng = np.random.default_rng(11)
    days = [0, 2, 5, 8, 11, 15, 20, 26, 33, 41, 50, 60, *range(90, 1300, 40), *range(1700, 2790, 45)]
    hb = [58, 68, 96, 131, 136, 128, 127, *[float(v) for v in rng.integers(121, 141, len(days) - 7)]]
    return timeline(
        patient_id="SYN-036",
        last_contact_on=on(2790),
        died_on=on(2800),
        death_cause="solid_tumor",
        episodes=[episode("AIHA")],
        courses=[
            course("C1", 1, 0, 75, "IVIG+STEROID", episode_id="E-AIHA", disease="AIHA", until=2800),
        ],
        agents=[
            step("C1", "prednisolone", "STEROID", 0, 30, "60"),
            step("C1", "prednisolone", "STEROID", 30, 75, "20"),
            step("C1", "ivig", "IVIG", 0, 2, "1", "g/kg"),
        ],
        observations=[count(d, float(v), "hemoglobin") for d, v in zip(days, hb, strict=True)]
        + [count(d, float(v)) for d, v in zip(days, rng.integers(140, 290, len(days)), strict=True)],
        calls=[
            call(
                "C1",
                "CR",
                criteria_id="aiha-hammersmith-2017",
                onset_on=5,
                cr_onset_on=8,
                duration_of_response_days=2785,
                duration_status="death",
                censored_by="death",
            ),
        ],
        evidence=[
            {
                "course_id": "C1",
                "step": "onset",
                "source_id": "hem-5",
                "observed_on": on(5),
                "predicate": "rise_above",
                "threshold": 78.0,
                "value": 96.0,
                "held": True,
            },
        ],
        transfusions=[
            {
                "transfusion_id": "T1",
                "given_on": on(1),
                "product": "red_cells",
                "units": 2,
                "reason": "cytopenia",
            }
        ],
        exposures=[
            {
                "exposure_id": "X1",
                "agent": "alemtuzumab",
                "setting": "multiple_sclerosis",
                "started_on": on(-60),
                "cycle": 1,
            }
        ],
        adverse_events=[
            {
                "adverse_event_id": "A1",
                "category": "thrombosis",
                "term": "Fistula thrombosis",
                "onset_on": on(1280),
                "ctcae_version": "5.0",
                "ctcae_grade": 2,
            },
            {
                "adverse_event_id": "A2",
                "category": "solid_tumor",
                "term": "Colon carcinoma",
                "onset_on": on(2670),
                "ctcae_version": "5.0",
                "ctcae_grade": 5,
            },
        ],
    )


def evans() -> PatientRecord:
    """ITP, then AIHA two years later, each with its own courses and calls."""
    rng = np.random.default_rng(5)
    days = [0, 3, 7, 11, 16, 22, 30, 45, 60, *range(90, 1400, 30)]
    plt = [9, 22, 48, 75, 112, 130, 141, 120, 118, *[float(v) for v in rng.integers(108, 260, len(days) - 9)]]
    hb_days = [
        0,
        30,
        90,
        200,
        300,
        420,
        540,
        640,
        700,
        703,
        707,
        712,
        719,
        730,
        745,
        760,
        *range(790, 1400, 45),
    ]
    hb = [
        131,
        128,
        133,
        126,
        130,
        127,
        129,
        124,
        62,
        60,
        71,
        84,
        96,
        108,
        118,
        124,
        *[float(v) for v in rng.integers(118, 136, 14)],
    ]
    return timeline(
        patient_id="SYN-030",
        last_contact_on=on(1400),
        episodes=[episode("ITP"), episode("AIHA", 700)],
        courses=[
            course("C1", 1, 0, 60, "IVIG+STEROID", until=1400),
            course("C2", 1, 700, 790, "STEROID", episode_id="E-AIHA", disease="AIHA", until=1000),
            course("C3", 2, 1000, 1021, "RITUXIMAB", episode_id="E-AIHA", disease="AIHA", until=1400),
        ],
        agents=[
            step("C1", "dexamethasone", "STEROID", 0, 3, "40"),
            step("C1", "ivig", "IVIG", 0, 1, "1", "g/kg"),
            step("C2", "prednisolone", "STEROID", 700, 730, "60"),
            step("C2", "prednisolone", "STEROID", 730, 790, "20"),
            step("C3", "rituximab", "RITUXIMAB", 1000, 1021, "375", "mg/m2"),
        ],
        observations=[count(d, float(v)) for d, v in zip(days, plt, strict=True)]
        + [count(d, float(v), "hemoglobin") for d, v in zip(hb_days, hb, strict=True)],
        calls=[
            call(
                "C1",
                "CR",
                onset_on=7,
                cr_onset_on=16,
                duration_of_response_days=1380,
                censored_by="last_count",
            ),
            call("C2", "PR", onset_on=712, relapsed_on=990, duration_of_response_days=278),
            call("C3", "NR", reason="failing_confirmed"),
        ],
    )
