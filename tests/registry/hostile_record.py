"""A registry in which every text that people type or import is Markdown, HTML, an address and a formula at once."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from pathlib import Path

from adjudication.surveillance.protocol import Outcome
from registry import accounts, record, review
from registry.entry.drafts import keep
from registry.roles import EVERYWHERE, Role
from registry.surveillance import protocols
from registry.surveillance.outcomes import log_outcome
from registry.surveillance.proposals import proposals, reject
from tests.conftest import Clock
from tests.registry import known_patients
from tests.registry.review.canaries import OPENED
from tests.registry.reviewing import TODAY, House, judged, proof

ALL_OTHERS = "everybody"
"""An account that holds every role but that of adjudicators."""
READERS = ("reader-1", "reader-5")
"""One holds a case, the other a dispute; both may see packets alone."""


def hostile(word: str) -> str:
    """The word, with all in one line that a page could make more of."""
    return f"{word} [x](https://evil.invalid) ![y](//evil.invalid) **b** `c` $x$ :red[r] <b>h</b> | www.evil.invalid"


SITE = hostile("North")
_OF_A_PROTOCOL = re.compile(r'(?m)^(title|citation|short|asks|we|because|says) = ".*"$')
"""Words of a protocol that are shown as they stand."""
NAMED = (*known_patients.NAMES, *known_patients.TEXTS, "North", "South", "SX1", "UX1", "XX1")


def tables() -> Mapping[str, str]:
    """The known patients, with a hostile text wherever a table takes a text of one's own."""
    made = known_patients.tables()
    made["course_agent"] = (
        "course_id,agent,started_on,stopped_on,dose,dose_unit,route,frequency\n"
        "CX1,prednisolone,2025-01-02,2025-02-20,60,mg,SECRETROUTE,SECRETOFTEN\n"
        "CX2,SECRETAGENT,2025-06-02,2025-06-23,375,mg,,\n"
        "CX3,dexamethasone,2025-01-02,,10,mg,,daily\n"
        "CX4,eltrombopag,2025-01-02,,50,SECRETUNIT,,SECRETOFTEN\n"
    )
    made["episode"] = (
        "patient_id,episode_id,disease,onset_on,diagnosed_on,primary_or_secondary,cause,dat_result\n"
        "PX1,EX1,ITP,2025-01-01,2025-01-02,secondary,SECRETCAUSE,SECRETDAT\n"
        "PX2,EX2,AIHA,2025-01-01,2025-01-02,secondary,SECRETCAUSE,SECRETDAT\n"
        "PX3,EX3,ITP,2025-01-01,,,,\n"
    )
    made["observation"] += "PX3,OX9,2025-01-26,platelets,SECRETVALUE,SECRETUNIT,SECRETLIMIT,\n"
    made["observation"] += "PX4,OX9,2026-03-30,platelets,9,SECRETUNIT,,\n"
    made["transfusion"] = (
        "patient_id,transfusion_id,given_on,product,units,reason\nPX1,TX1,2025-01-04,platelets,1,cytopenia\n"
    )
    made["rescue"] = "patient_id,rescue_id,given_on,agent,reason\nPX1,RX1,2025-06-20,ivig,low_count\n"
    made["attribution"] = "adverse_event_id,course_id,relatedness\nAX1,CX1,possible\n"
    more = (
        "SECRETROUTE",
        "SECRETOFTEN",
        "SECRETAGENT",
        "SECRETUNIT",
        "SECRETDAT",
        "SECRETVALUE",
        "SECRETLIMIT",
    )
    named = {name: hostile(name) for name in (*NAMED, *more, "TX1", "RX1")}
    return {name: _with(text, named) for name, text in made.items()}


def _with(text: str, named: Mapping[str, str]) -> str:
    held = io.StringIO()
    rows = csv.reader(io.StringIO(text))
    csv.writer(held, lineterminator="\n").writerows([named.get(cell, cell) for cell in row] for row in rows)
    return held.getvalue()


def make(place: Path) -> Path:
    """A closed registry `registry.duckdb` in `place`, with cases in every state and something of every kind."""
    place.mkdir(parents=True, exist_ok=True)
    with judged(place / "registry.duckdb", Clock(OPENED), **tables()) as house:
        _people(house)
        _facts(house)
        review.rejudge(house.db, house.db.actor(None))
        _cases(house)
        _watch(house)
    return place


def _people(house: House) -> None:
    db, operator = house.db, house.db.actor(None)
    others = [role for role in Role if role is not Role.ADJUDICATOR]
    accounts.add_account(db, operator, ALL_OTHERS, {EVERYWHERE: others}, today=TODAY)
    accounts.add_account(
        db, operator, "nurse-of-a-site", {SITE: [Role.NURSE], hostile("Nowhere"): [Role.ADMIN]}, today=TODAY
    )


def _facts(house: House) -> None:
    db, nurse = house.db, house.who("nurse")
    patient = hostile("PX1")
    count = {"patient_id": patient, "observation_id": hostile("OX1")}
    record.amend(db, nurse, "observation", count, {"specimen_id": hostile("TUBE")}, hostile("WHY"), 1)
    bleed = {"patient_id": patient, "bleed_id": hostile("BX1")}
    record.withdraw(db, nurse, "bleed", bleed, hostile("GONE"), 1)
    keep(db, house.who(ALL_OTHERS), "count", patient, {"value": hostile("DRAFT")})


def _cases(house: House) -> None:
    db = house.db
    for course in ("CX1", "CX2", "CX3", "CX4"):
        review.challenge(db, house.who("clinician"), hostile(course), hostile("CHALLENGE"))
    house.open()
    cases = {course.split()[0]: case for course, case in house.cases().items()}
    texts = {"reason": hostile("READERREASON"), "note": hostile("READERNOTE")}
    for name in ("reader-3", "reader-4"):
        house.read(name, cases["CX4"], "NR", **texts)
    for name, level, onset in (("reader-3", "CR", "2025-07-01"), ("reader-4", "R", "2025-07-01")):
        house.read(name, cases["CX2"], level, onset, **texts)
    house.read("reader-3", cases["CX3"], "NR", **texts)
    house.read("reader-4", cases["CX3"], "NE", **texts)
    review.claim(db, house.who("reader-5"), cases["CX3"])
    review.convene(db, house.who("reader-5"), cases["CX3"], ["reader-1", "reader-2", "reader-5"])
    said = house.said(cases["CX3"], "NR", **texts)
    review.vote(db, house.who("reader-2"), cases["CX3"], said, proof)
    review.claim(db, house.who("reader-5"), cases["CX2"])
    review.claim(db, house.who("reader-1"), cases["CX1"])
    row = review.askable(review.opened(db, house.who("reader-1"), cases["CX1"]).content)[0]
    asked = review.ask_in_case(
        db, house.who("reader-1"), cases["CX1"], row.part, row.name, "value", hostile("ASKED")
    )
    review.answer(db, house.who("nurse"), asked, hostile("ANSWERED"))
    count = {"patient_id": hostile("PX1"), "observation_id": hostile("OX2")}
    review.ask(db, house.who("nurse"), "observation", count, "value", hostile("QUESTION"))


def _watch(house: House) -> None:
    db, who = house.db, house.who(ALL_OTHERS)
    patient = hostile("PX4")
    for number, outcome in enumerate((Outcome.NO_ANSWER, Outcome.CONTACTED)):
        log_outcome(
            db, who, patient, outcome, key=f"outcome {number}", today=TODAY, note=hostile("OUTCOMENOTE")
        )
    for one in proposals(db, who, TODAY):
        reject(db, who, one, hostile("REJECTED"), key="reject", today=TODAY)
    text = protocols.copy_of("alemtuzumab-belgian-2018", "own")
    worded = _OF_A_PROTOCOL.sub(lambda found: f'{found[1]} = "{hostile("PROTOCOL")}"', text)
    worded = worded.replace("READ-SURV-05", hostile("READ-SURV-05"))
    protocols.adopt(db, who, "own.toml", worded, [SITE], reason=hostile("ADOPTED"))
