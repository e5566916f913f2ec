"""Patients every field of whom is unmistakable, and accounts that read cases at their site: what must not come back."""

from __future__ import annotations

import re
from pathlib import Path

from registry import accounts, review
from registry.roles import EVERYWHERE, Role
from registry.store.database import Database
from tests.conftest import Clock
from tests.registry.judging.courses_to_judge import TABLES
from tests.registry.review.canaries import OPENED, spellings
from tests.registry.reviewing import TODAY, House, judged

ALONE, BESIDE, APART = "reader-alone", "reader-of-all-roles", "reader-of-the-north"
"""An adjudicator alone; one who has every other role at the same sites; one with every role, but blind in the North."""
OTHERS: list[Role] = [role for role in Role if role is not Role.ADJUDICATOR]
ROLES: dict[str, dict[str, list[Role]]] = {
    ALONE: {EVERYWHERE: [Role.ADJUDICATOR]},
    BESIDE: {EVERYWHERE: list(Role)},
    APART: {EVERYWHERE: OTHERS, "North": [Role.ADJUDICATOR]},
}
IN_RECORD = "recorder"
"""An account that reads everything and no case."""
_VALUES = {
    ",8,": ",8.6137,",
    ",110,": ",111.7137,",
    ",140,": ",143.9173,",
    ",9,": ",9.4137,",
    ",60,": ",63.8171,",
}
VALUES = tuple(value.strip(",") for value in _VALUES.values())
TEXTS = ("SECRETCAUSE", "SECRETTERM", "SECRETNOTE", "SECRETSITE", "SECRETDEATH", "SECRETSOURCE", "SECRETDOSE")
NAMES = (
    "PX1",
    "PX2",
    "PX3",
    "PX4",
    "EX1",
    "EX2",
    "EX3",
    "CX1",
    "CX2",
    "CX3",
    "CX4",
    "OX1",
    "OX2",
    "OX3",
    "AX1",
    "BX1",
)
"""The names of patients, episodes, courses and facts."""
OF_SOUTH = ("PX2", "EX2", "CX3")
MORE = {
    "exposure": (
        "patient_id,exposure_id,agent,setting,started_on,ended_on\n"
        "PX4,XX1,alemtuzumab,multiple_sclerosis,2025-09-01,2025-09-05\n"
    ),
    "bleed": (
        "patient_id,bleed_id,started_on,ended_on,scale,grade,site,itp_related\n"
        "PX1,BX1,2025-01-03,2025-01-09,WHO,2,SECRETSITE,yes\n"
    ),
    "adverse_event": (
        "patient_id,adverse_event_id,category,term,onset_on,ended_on,note\n"
        "PX1,AX1,infection,SECRETTERM,2025-01-05,2025-01-11,SECRETNOTE\n"
    ),
    "other_cause": "patient_id,started_on,disease,cause\nPX3,2025-02-01,ITP,SECRETCAUSE\n",
    "sign": "patient_id,sign_id,noticed_on,sign,note\nPX4,SX1,2026-03-20,petechiae,SECRETNOTE\n",
    "outcome": "patient_id,outcome_id,done_on,outcome,note\nPX4,UX1,2026-03-21,contacted,SECRETNOTE\n",
}


def tables() -> dict[str, str]:
    tables = {name: re.sub(r"\b([PECO])(?=\d)", r"\1X", text) for name, text in TABLES.items()}
    for plain, odd in _VALUES.items():
        tables["observation"] = tables["observation"].replace(plain, odd)
    tables["observation"] += (
        "PX4,OX1,2026-03-30,platelets,12.613,10*9/L,,\nPX4,OX2,2026-03-28,platelets,13.4,10*9/L,,\n"
        "PX4,OX3,2026-03-20,platelets,1871.3,10*9/L,,\n"
    )
    tables["patient"] += "PX4,North,female\n"
    tables["patient"] = tables["patient"].replace(
        "patient_id,site,sex", "patient_id,site,sex,born_on,death_cause"
    )
    tables["patient"] = (
        "\n".join(
            row if row.startswith("patient_id") else f"{row},1961-07-23,"
            for row in tables["patient"].strip().splitlines()
        )
        + "\n"
    )
    return {**tables, **MORE}


def make(place: Path) -> Path:
    """A closed registry `registry.duckdb` in `place`: every course has an open case, and the readers exist."""
    place.mkdir(parents=True, exist_ok=True)
    with judged(place / "registry.duckdb", Clock(OPENED), **tables()) as house:
        everybody: dict[str, dict[str, list[Role]]] = {**ROLES, IN_RECORD: {EVERYWHERE: OTHERS}}
        for name, roles in everybody.items():
            accounts.add_account(house.db, house.db.actor(None), name, roles, today=TODAY)
        for course in ("CX1", "CX2", "CX3", "CX4"):
            review.challenge(house.db, house.who("clinician"), course, "Is it so?")
        house.open()
        for name in (ALONE, BESIDE):
            review.claim(house.db, house.who(name), house.cases()["CX1"])
        _ask(house)
    return place


def _ask(house: House) -> None:
    """A question of a reader about a value of the packet, answered; and one that somebody asked by name."""
    case = house.cases()["CX1"]
    for name in (ALONE, BESIDE):
        row = review.askable(review.opened(house.db, house.who(name), case).content)[0]
        review.ask_in_case(house.db, house.who(name), case, row.part, row.name, "value", "Is it so?")
    named = {"patient_id": "PX1", "observation_id": "OX2"}
    review.ask(house.db, house.who("nurse"), "observation", named, "value", "SECRETNOTE?")


def days(db: Database, typed: str = "") -> set[str]:
    """The true days of the facts of the North but those typed, in every way of writing one."""
    found = db.rows(
        "SELECT observed_on FROM observation_view WHERE patient_id <> 'PX2' UNION "
        "SELECT started_on FROM course_view WHERE course_id <> 'CX3' UNION SELECT born_on FROM patient_view"
    )
    written = [spellings(day) for (day,) in found if day is not None and day < TODAY.replace(day=1)]
    return {text for texts in written if not any(one in typed for one in texts) for text in texts}


def canary(words: set[str]) -> re.Pattern[str]:
    """What must not be met: each as a word of its own."""
    return re.compile(
        "|".join(rf"(?<![\w-]){re.escape(word)}(?!\w)" for word in sorted(words, key=len, reverse=True))
    )
