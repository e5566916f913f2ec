"""The 41 synthetic patients of the reference cohort, one story each.

The cohort is laid out so that judging its counts gives the figures of the Hammersmith abstract: of 34
patients with ITP 32 treated, 29 of them with corticosteroid or immunoglobulin first, 10 held by their first
line, 22 with a second and 11 with a third; 15 courses of a TPO receptor agonist, 10 of rituximab, 7 of both.

Patients 1 to 22 needed a second line for ITP, 23 to 32 were held by their first, 33 and 34 recovered
untreated; 35 to 41 had AIHA alone. Patients 12, 21, 30, 31, 32 and 34 had both (Evans syndrome).
"""

from __future__ import annotations

from typing import Literal

from registry.demo.plan import Course, Episode, Event, Patient, Rescue, months

SLOW = "prednisolone, slow taper"
BOTH = "prednisolone + ivig"

_FEMALE = {3, 6, 9, 10, 14, 18, 19, 23, 26, 29, 33, 36, 40}

_AGE_AT_TRANSPLANT = (
    *(52, 44, 61, 37, 48, 55, 33, 66, 41, 29, 58, 46, 50, 24, 63, 47, 53, 39, 31, 57, 45),
    *(69, 20, 64, 36, 42, 60, 49, 27, 54, 38, 51, 43, 59, 56, 34, 48, 62, 40, 47, 65),
)

# Adverse events: patient numbers by category; the last number of a pair is the CTCAE grade.
_THROMBOSIS = {1: 3, 4: 2, 6: 3, 8: 3, 11: 2, 13: 3, 15: 3, 17: 4, 20: 2, 22: 3, 25: 2, 29: 3, 34: 2, 38: 3}
_CARDIOVASCULAR = {5: 2, 7: 3, 12: 2, 18: 3, 21: 2, 24: 2, 27: 5, 30: 3, 33: 2, 35: 3, 41: 2}
_INFECTION = {
    1: 3, 2: 3, 5: 3, 6: 4, 8: 3, 9: 2, 12: 2, 15: 3, 16: 3, 17: 3, 20: 3, 23: 3, 24: 5, 25: 3,
    28: 2, 30: 2, 31: 3, 34: 3, 36: 4, 39: 3, 41: 2,
}  # fmt: skip
_STEROID_DIABETES = {5: 2, 12: 2, 20: 3, 27: 2, 36: 3}
_GRAFT_FAILURE = {8: 4, 17: 4, 35: 4}
_SOLID_TUMOR = {4: 3, 9: 3, 18: 4, 22: 5, 30: 3, 38: 3}
_PTLD = {7: 4, 15: 3, 21: 3, 33: 4}

_TERMS = {
    "thrombosis": (
        "arteriovenous fistula thrombosis",
        "deep vein thrombosis",
        "pulmonary embolism",
        "stroke",
    ),
    "cardiovascular": ("angina", "atrial fibrillation", "heart failure", "myocardial infarction"),
    "infection": ("urinary tract infection", "pneumonia", "cytomegalovirus reactivation", "sepsis"),
    "steroid_diabetes": ("steroid-induced diabetes",),
    "graft_failure": ("return to dialysis",),
    "solid_tumor": ("renal cell carcinoma", "colorectal carcinoma", "breast carcinoma"),
    "ptld": ("post-transplant lymphoproliferative disorder",),
}
_WHEN = (0.25, 0.4, 0.55, 0.7, 0.85)
FATAL = 5
"""CTCAE grade of an event that was the death."""


def _events(number: int) -> tuple[Event, ...]:
    """The adverse events of one patient, spread over the follow-up; the fatal one ends it."""
    had: list[Event] = []
    for category, grades in (
        ("thrombosis", _THROMBOSIS),
        ("cardiovascular", _CARDIOVASCULAR),
        ("infection", _INFECTION),
        ("steroid_diabetes", _STEROID_DIABETES),
        ("graft_failure", _GRAFT_FAILURE),
        ("solid_tumor", _SOLID_TUMOR),
        ("ptld", _PTLD),
    ):
        if number in grades:
            terms = _TERMS[category]
            at = 1.0 if grades[number] == FATAL else _WHEN[(number + len(had)) % len(_WHEN)]
            had.append(Event(category=category, term=terms[number % len(terms)], grade=grades[number], at=at))
    return tuple(had)


def _patient(
    number: int, gap: float, *episodes: Episode, follow_up: int | None = None, death_cause: str | None = None
) -> Patient:
    sex: Literal["female", "male"] = "female" if number in _FEMALE else "male"
    return Patient(
        number=number,
        sex=sex,
        age=_AGE_AT_TRANSPLANT[number - 1],
        gap=months(gap),
        follow_up=follow_up,
        episodes=episodes,
        death_cause=death_cause,
        events=_events(number),
    )


def _itp(
    nadir: int, *courses: Course, platelets_given_on: int | None = None, worst_bleed: int = 1
) -> Episode:
    return Episode(
        disease="ITP",
        nadir=nadir,
        courses=courses,
        platelets_given_on=platelets_given_on,
        worst_bleed=worst_bleed,
    )


def _aiha(
    nadir: int,
    *courses: Course,
    onset: int = 0,
    red_cells_given_on: tuple[int, ...] = (),
    other_causes: tuple[tuple[int, int, str], ...] = (),
) -> Episode:
    return Episode(
        disease="AIHA",
        nadir=nadir,
        courses=courses,
        onset=onset,
        red_cells_given_on=red_cells_given_on,
        other_causes=other_causes,
    )


def _failed(regimen: str, tried: int, *, wait: int = 1, rescues: tuple[Rescue, ...] = ()) -> Course:
    return Course(regimen=regimen, outcome="failed", wait=wait, tried=tried, rescues=rescues)


def _lost(
    regimen: str,
    onset: int,
    complete: int | None,
    lasts: float,
    *,
    wait: int = 6,
    stopped: int | None = None,
    rescues: tuple[Rescue, ...] = (),
) -> Course:
    return Course(
        regimen=regimen,
        outcome="lost",
        wait=wait,
        onset=onset,
        complete=complete,
        lasts=months(lasts),
        stopped=stopped,
        stop_reason="response" if stopped else "",
        rescues=rescues,
    )


def _dependent(onset: int, lasts: int) -> Course:
    """A response lost on the taper, still on a high dose: no response but dependence on corticosteroids."""
    return Course(regimen=SLOW, outcome="lost", wait=1, onset=onset, lasts=lasts)


def _held(
    regimen: str,
    onset: int,
    complete: int | None,
    lasts: float | None = None,
    *,
    wait: int = 6,
    stopped: int | None = None,
    ongoing: bool = False,
    rescues: tuple[Rescue, ...] = (),
) -> Course:
    return Course(
        regimen=regimen,
        outcome="held",
        wait=wait,
        onset=onset,
        complete=complete,
        lasts=None if lasts is None else months(lasts),
        stopped=stopped,
        ongoing=ongoing,
        stop_reason="response" if stopped else "",
        rescues=rescues,
    )


SECOND_LINE = (
    _patient(
        1,
        28,
        _itp(
            4,
            _lost("rituximab", 34, 55, 20, wait=3),
            _held(
                *("eltrombopag, falling dose", 14, 21, 42),
                stopped=58,
                rescues=(Rescue(day=500, agent="platelets", reason="procedure"),),
            ),
        ),
    ),
    _patient(
        2,
        12,
        _itp(
            9,
            _lost("eltrombopag, falling dose", 12, 27, 8, wait=2, stopped=98),
            _held("rituximab", 35, 63, 36),
        ),
    ),
    _patient(3, 42, _itp(6, _failed("mycophenolate", 100, wait=4), _held("rituximab", 29, 50, 27, wait=0))),
    _patient(
        4,
        9,
        _itp(
            0,
            _failed("prednisolone", 30, rescues=(Rescue(day=10, agent="ivig", reason="low_count"),)),
            _held("rituximab", 48, 76, 83, wait=0),
            worst_bleed=2,
        ),
    ),
    _patient(
        5,
        31,
        _itp(
            *(2, _lost("prednisolone", 10, 17, 6, wait=1), _held("rituximab", 42, 70, 60)),
            platelets_given_on=0,
            worst_bleed=2,
        ),
    ),
    _patient(
        6,
        19,
        _itp(
            *(5, _dependent(9, 66), _failed("romiplostim, rising dose", 70, wait=6)),
            _held("rituximab", 40, 61, 48, wait=0),
        ),
    ),
    _patient(7, 95, _itp(3, _failed("dexamethasone", 28), _held("rituximab", 31, 45, 14, wait=0))),
    _patient(
        8,
        118,
        _itp(
            *(
                1,
                _failed(BOTH, 24),
                _failed("eltrombopag", 60, wait=0),
                _held("rituximab", 27, 41, 3, wait=0),
            ),
            platelets_given_on=0,
            worst_bleed=2,
        ),
    ),
    _patient(9, 24, _itp(7, _dependent(12, 64), _held("eltrombopag", 15, 29, 48, stopped=528))),
    _patient(
        10,
        36,
        _itp(
            4,
            _lost("prednisolone", 11, 20, 4, wait=1),
            _failed("rituximab + romiplostim", 75, wait=6),
            _held("eltrombopag, falling dose", 21, 35, 36, wait=0, stopped=42),
        ),
    ),
    _patient(
        11, 82, _itp(13, _failed("prednisolone", 35), _held("romiplostim", 6, 13, 20, wait=0, stopped=7))
    ),
    _patient(
        12,
        21,
        _itp(5, _lost(BOTH, 7, 14, 10, wait=1), _held("romiplostim", 10, 17, 24, wait=82, stopped=28)),
        _aiha(66, _held("prednisolone", 17, 31, wait=1), onset=335),
        follow_up=1156,
    ),
    _patient(
        13,
        55,
        _itp(
            *(2, _failed("prednisolone", 30), _failed("rituximab", 120, wait=0)),
            _held("romiplostim", 13, 20, 26, wait=0, stopped=21),
        ),
    ),
    _patient(
        14,
        70,
        _itp(
            *(10, _lost("dexamethasone", 5, 9, 3, wait=2)),
            _held("eltrombopag, falling dose", 14, 28, 10, ongoing=True),
        ),
    ),
    _patient(
        15,
        45,
        _itp(
            3,
            _failed(BOTH, 60),
            _failed(
                *("rituximab + eltrombopag", 160),
                wait=0,
                rescues=(Rescue(day=40, agent="vinca", reason="low_count"),),
            ),
            _held("romiplostim, rising dose", 21, 35, 30, wait=0, ongoing=True),
            worst_bleed=2,
        ),
    ),
    _patient(
        16,
        13,
        _itp(6, _failed("ivig", 12), _held("rituximab + eltrombopag", 18, 32, 44, wait=0, stopped=462)),
    ),
    _patient(
        17,
        33,
        _itp(
            1,
            _lost("prednisolone", 8, 15, 17, wait=1),
            _lost("romiplostim", 12, 26, 14, stopped=301),
            _held("rituximab + romiplostim", 9, 16, 5, stopped=30),
        ),
        follow_up=1158,
    ),
    _patient(
        18,
        88,
        _itp(
            8,
            _failed("prednisolone", 32),
            Course(
                regimen="romiplostim",
                outcome="unclear",
                wait=0,
                tried=50,
                stopped=38,
                stop_reason="toxicity",
                rescues=(Rescue(day=1, agent="ivig", reason="procedure"),),
            ),
            _held("rituximab + eltrombopag", 20, 34, 18, wait=0, stopped=120),
        ),
    ),
    _patient(
        19,
        8,
        _itp(
            2,
            _lost(BOTH, 6, 13, 5, wait=1),
            _lost("romiplostim", 13, None, 3, stopped=70),
            _lost(
                *("rituximab + romiplostim", 10, 17, 2),
                stopped=14,
                rescues=(Rescue(day=72, agent="steroid_pulse", reason="low_count"),),
            ),
            _held("mycophenolate", 75, 110, ongoing=True),
            worst_bleed=2,
        ),
        follow_up=months(60),
    ),
    _patient(
        20,
        40,
        _itp(
            15,
            _lost("prednisolone", 13, 22, 8, wait=1),
            _lost("rituximab", 45, 80, 9),
            _held("mycophenolate", 60, None, ongoing=True),
        ),
        follow_up=months(41),
    ),
    _patient(
        21,
        26,
        _itp(
            3,
            _lost("dexamethasone", 4, 8, 7, wait=1),
            _lost("eltrombopag", 14, 35, 5, stopped=154),
            _held("splenectomy", 3, 3),
        ),
        _aiha(71, _held("prednisolone", 20, 35, wait=2), onset=1100),
        follow_up=months(47),
    ),
    _patient(
        22,
        62,
        _itp(
            22,
            _failed("prednisolone", 40),
            _lost("rituximab + romiplostim", 14, 21, 4, wait=0, stopped=49),
            _held(BOTH, 9, None),
        ),
        follow_up=months(28),
        death_cause="malignancy",
    ),
)

FIRST_LINE_HELD = (
    _patient(23, 161, _itp(11, _held("prednisolone", 9, 16, wait=1)), follow_up=months(3)),
    _patient(24, 104, _itp(4, _held(BOTH, 5, 10, wait=1)), follow_up=months(5), death_cause="infection"),
    _patient(25, 133, _itp(17, _held("ivig", 3, 3, wait=1)), follow_up=months(8)),
    _patient(26, 66, _itp(12, _held("prednisolone", 14, None, wait=2)), follow_up=months(11)),
    _patient(
        27,
        51,
        _itp(7, _held("prednisolone", 10, 21, wait=1), worst_bleed=2),
        follow_up=months(20),
        death_cause="cardiovascular",
    ),
    _patient(28, 76, _itp(3, _held("dexamethasone + ivig", 4, 7, wait=1)), follow_up=months(15)),
    _patient(
        29,
        18,
        _itp(
            19,
            _held(
                *("prednisolone", 12, 26),
                wait=1,
                rescues=(Rescue(day=800, agent="ivig", reason="procedure"),),
            ),
        ),
        follow_up=months(54),
    ),
    _patient(
        30,
        34,
        _itp(5, _held("prednisolone", 8, 15, wait=1)),
        _aiha(62, _held(BOTH, 14, 42, wait=1), onset=905, red_cells_given_on=(0,)),
        follow_up=months(60),
    ),
    _patient(
        31,
        16,
        _itp(4, _held(BOTH, 6, 11, wait=1)),
        _aiha(74, _held("prednisolone", 21, 49, wait=1), onset=1500),
        follow_up=months(72),
    ),
    _patient(
        32,
        7,
        _itp(8, _held("prednisolone", 11, 18, wait=1)),
        _aiha(59, _held("prednisolone", 18, 45, wait=1), red_cells_given_on=(0,)),
        follow_up=months(96),
    ),
)

UNTREATED = (
    _patient(33, 58, _itp(41, _held("observation", 26, 26, wait=1)), follow_up=months(31)),
    _patient(
        34,
        48,
        _itp(26, _held("observation", 33, 47, wait=1)),
        _aiha(78, _held("observation", 40, None, wait=1), onset=365),
        follow_up=months(25),
    ),
)

AIHA_ALONE = (
    _patient(
        35,
        11,
        _aiha(52, _held("prednisolone", 16, 37, wait=1), red_cells_given_on=(0,)),
        follow_up=months(102),
    ),
    _patient(
        36,
        22,
        _aiha(
            *(44, _lost(BOTH, 12, 33, 14, wait=1), _held("rituximab", 38, 66)),
            red_cells_given_on=(0,),
        ),
        follow_up=months(80),
    ),
    _patient(
        37,
        35,
        _aiha(61, _held("prednisolone", 19, None, wait=1), other_causes=((600, 640, "bleeding"),)),
        follow_up=months(55),
    ),
    _patient(
        38,
        14,
        _aiha(
            35,
            _lost("prednisolone", 21, None, 7, wait=1),
            _failed("rituximab", 100, wait=6),
            _held("mycophenolate", 48, 95, wait=0, stopped=400),
            red_cells_given_on=(0,),
        ),
        follow_up=months(91),
    ),
    _patient(
        39,
        29,
        _aiha(
            58,
            _failed("prednisolone", 40),
            _held("rituximab", 56, None, wait=0),
            red_cells_given_on=(9, 30),
        ),
        follow_up=months(68),
    ),
    _patient(
        40,
        38,
        _aiha(
            63,
            _failed(BOTH, 35),
            _failed("rituximab", 110, wait=0),
            _held("azathioprine", 63, None, wait=0, stopped=300),
            red_cells_given_on=(12, 60),
        ),
        follow_up=months(41),
    ),
    _patient(41, 6, _aiha(65, _held("observation", 30, 58, wait=1)), follow_up=months(27)),
)

PATIENTS = SECOND_LINE + FIRST_LINE_HELD + UNTREATED + AIHA_ALONE
