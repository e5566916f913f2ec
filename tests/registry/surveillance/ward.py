"""A ward of patients under surveillance: facts that are gathered and then stored, by hand or at random."""

import random
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from adjudication.day_values import CITRATE, EDTA, HEPARIN
from adjudication.response.terms import MICRO
from adjudication.surveillance.bleeds import Bled, bleeding_of
from adjudication.surveillance.counts import UNBOUNDED, Count
from adjudication.surveillance.follow_up import Done
from adjudication.surveillance.ladder import load
from adjudication.surveillance.protocol import Bleeding, Outcome
from registry.roles import Action, Actor
from tests.adjudication.surveillance.one_patient import InTube, Specimen
from tests.registry.surveillance.ladder import Patient

if TYPE_CHECKING:
    from registry.store.database import Database

PROTOCOL = load()
TODAY = date(2026, 3, 31)
Rows = list[dict[str, Any]]


class Ward:
    """Facts of patients under surveillance, gathered and then stored in one change."""

    def __init__(self) -> None:
        self.tables: dict[str, Rows] = {
            name: []
            for name in (
                "patient",
                "patient_fact",
                "exposure",
                "episode",
                "course",
                "course_fact",
                "observation",
                "bleed",
                "sign",
                "outcome",
            )
        }

    def patient(
        self, *infusions: date, site: str | None = None, died_on: date | None = None, **exposure: Any
    ) -> int:
        """A patient with infusions of one day each; gives the key. The pseudonym is P and the key."""
        key = len(self.tables["patient"]) + 1
        self.tables["patient"].append({"patient_key": key, "patient_id": f"P{key:05}"})
        self.tables["patient_fact"].append({"patient_key": key, "site": site, "died_on": died_on})
        for number, day in enumerate(infusions, 1):
            row = {
                "patient_key": key,
                "exposure_id": f"X{number}",
                "agent": "alemtuzumab",
                "setting": "multiple_sclerosis",
                "started_on": day,
            }
            self.tables["exposure"].append(row | exposure)
        return key

    def course(self, key: int, day: date) -> None:
        """A course of treatment that starts on a day."""
        number = len(self.tables["course"]) + 1
        self.tables["episode"].append({"episode_key": number, "patient_key": key, "episode_id": f"E{number}"})
        self.tables["course"].append({"course_key": number, "episode_key": number, "course_id": f"C{number}"})
        self.tables["course_fact"].append({"course_key": number, "started_on": day})

    def count(self, key: int, day: date, e6: int | None, **observation: Any) -> None:
        rows = self.tables["observation"]
        row = {
            "patient_key": key,
            "observation_id": f"O{len(rows)}",
            "observed_on": day,
            "analyte": "platelets",
            "canonical_e6": e6,
            "comparator": None,
            "observed_at": None,
            "value": None,
            "specimen": None,
            "quality": "ok",
            "not_evaluable": None,
        }
        rows.append(row | observation)

    def clump(self, key: int, day: date, e6: int = 12 * MICRO, **observation: Any) -> None:
        self.count(key, day, e6, quality="clumped", not_evaluable="clumped", **observation)

    def bleed(self, key: int, day: date, grade: int, **bleed: Any) -> None:
        rows = self.tables["bleed"]
        row = {
            "patient_key": key,
            "bleed_id": f"B{len(rows)}",
            "started_on": day,
            "ended_on": None,
            "scale": "WHO",
            "grade": grade,
            "itp_related": None,
        }
        rows.append(row | bleed)

    def sign(self, key: int, day: date, ended_on: date | None = None, **sign: Any) -> None:
        rows = self.tables["sign"]
        row = {
            "patient_key": key,
            "sign_id": f"S{len(rows)}",
            "noticed_on": day,
            "ended_on": ended_on,
            "sign": "petechiae",
        }
        rows.append(row | sign)

    def outcome(self, key: int, day: date, outcome: Outcome, **more: Any) -> None:
        rows = self.tables["outcome"]
        row = {
            "patient_key": key,
            "outcome_id": f"D{len(rows)}",
            "done_on": day,
            "outcome": str(outcome),
            "reason": "because",
        }
        rows.append(row | more)

    def store(
        self, registry: "Database", operator: Actor, changes: int = 1, chance: random.Random | None = None
    ) -> None:
        """Store everything in one change, or at random in several, patients and infusions in the first."""
        late = ("observation", "bleed", "sign", "outcome")
        parts: list[dict[str, Rows]] = [{} for _ in range(changes)]
        for table, rows in self.tables.items():
            for row in rows:
                part = chance.randrange(changes) if chance is not None and table in late else 0
                parts[part].setdefault(table, []).append(row)
        for tables in parts:
            with registry.change(operator, Action.IMPORT, "a ward") as change:
                for table, rows in tables.items():
                    change.insert(table, rows)


def at_random(chance: random.Random, ward: Ward) -> tuple[str, Patient]:
    """A patient at random: the pseudonym, and what is known."""
    infusions = sorted(
        TODAY - timedelta(chance.choice((30, 31, 400, 1461, 1462, chance.randint(0, 3000))))
        for _ in range(chance.randint(1, 3))
    )
    key = ward.patient(*infusions)
    clean: list[Count] = []
    unjudged: list[Specimen] = []
    bleeds: list[Bled] = []
    done: list[Done] = []
    around = chance.choice((0, 0, 60, 150, 300))
    for _ in range(chance.choice((0, 1, 2, 3, 6, 9))):
        day = TODAY - timedelta(chance.choice((0, 1, 2, 3, 35, 36, 92, 93, chance.randint(-5, 300))))
        edge = around or chance.choice((10, 30, 50, 100, 150, 200, 300, 400))
        count = max(0, edge * MICRO + chance.choice((-1, 0, 1, chance.randint(-20, 20) * MICRO)))
        count //= chance.choice((1, 1, 1, 2))
        at = datetime.combine(day, time(chance.choice((8, 8, 12)))) if chance.random() < 0.6 else None
        kind = chance.random()
        if kind < 0.1:
            ward.clump(key, day, count, value="so many", observed_at=at)
            unjudged.append(Specimen(day, at, count, "so many, clumped"))
        elif kind < 0.2:
            number = chance.choice((8, 29, 30, 2000, 2001, 8000, 29_999, 30_000, 210))
            why, words = chance.choice((("unit_missing", "no unit"), ("implausible", "implausible")))
            ward.count(key, day, None, value=str(number), not_evaluable=why, observed_at=at)
            means = number * MICRO if number <= 2000 else number * MICRO // 1000
            unjudged.append(Specimen(day, at, means, f"{number}, {words}"))
        elif kind < 0.25:
            ward.count(key, day, None, quality="insufficient", not_evaluable="insufficient", observed_at=at)
            unjudged.append(Specimen(day, at, None, "insufficient"))
        elif kind < 0.3:
            ward.count(key, day, None, not_evaluable="missing", observed_at=at)
        elif kind < 0.4:
            below = chance.random() < 0.5
            ward.count(key, day, count, observed_at=at, comparator="<" if below else ">")
            least, more = (0, max(count - 1, 0)) if below else (count + 1, UNBOUNDED)
            clean.append(InTube(day, least, at, more_e6=more))
        else:
            for _ in range(chance.choice((1, 1, 2, 3))):
                word, tube = chance.choice(
                    ((None, EDTA), ("edta", EDTA), ("citrate", CITRATE), ("heparin", HEPARIN))
                )
                times = chance.choice((1, 1, 2, 3))
                at = at and at + timedelta(minutes=chance.choice((0, 0, 30, 240)))
                ward.count(key, day, count * times, observed_at=at, specimen=word)
                clean.append(InTube(day, count * times, at, tube=tube))
    starts = [one.on for one in clean if chance.random() < 0.1]
    for day in starts:
        ward.course(key, day)
    for _ in range(chance.choice((0, 0, 0, 1, 2))):
        start = TODAY - timedelta(chance.choice((1, 27, 28, chance.randint(-2, 60))))
        end = None if chance.random() < 0.5 else start + timedelta(chance.choice((0, 0, 1, 5, 40)))
        if chance.random() < 0.3:
            ward.sign(key, start, end)
            bleeds.append(Bled(start, end, Bleeding.MILD))
            continue
        scale, grade = chance.choice(("WHO", "ITP_BAT", "CTCAE")), chance.randint(0, 4)
        ward.bleed(key, start, grade, ended_on=end, scale=scale)
        bleeds.append(Bled(start, end, bleeding_of(PROTOCOL, scale, grade)))
    for _ in range(chance.choice((0, 0, 1, 2, 3))):
        day = TODAY - timedelta(chance.choice((0, 1, 2, 3, chance.randint(-2, 60))))
        outcome = chance.choice((Outcome.CONTACTED, Outcome.CONTACTED, Outcome.REFERRED, Outcome.NO_ANSWER))
        ward.outcome(key, day, outcome)
        done.append(Done(outcome, day))
    return f"P{key:05}", Patient([(day, day) for day in infusions], clean, unjudged, bleeds, done, starts)
