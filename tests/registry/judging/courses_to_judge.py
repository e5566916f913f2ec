"""Three patients whose courses are judged differently, as tables that the registry takes in."""

import csv
import io
from collections.abc import Mapping

import pyarrow as pa

from registry.exchange.import_report import ImportReport
from registry.exchange.intake import take
from registry.roles import Actor
from registry.store.database import Database

TABLES: Mapping[str, str] = {
    "patient": """\
patient_id,site,sex
P1,North,female
P2,South,male
P3,North,male
""",
    "episode": """\
patient_id,episode_id,disease,onset_on,diagnosed_on
P1,E1,ITP,2025-01-01,2025-01-02
P2,E2,AIHA,2025-01-01,2025-01-02
P3,E3,ITP,2025-01-01,
""",
    "course": """\
episode_id,course_id,started_on,stopped_on,ongoing,intent,start_reason
E1,C1,2025-01-02,2025-02-20,no,induction,first_line
E1,C2,2025-06-02,,yes,induction,relapse
E2,C3,2025-01-02,,yes,induction,first_line
E3,C4,2025-01-02,,yes,induction,first_line
""",
    "course_agent": """\
course_id,agent,started_on,stopped_on,dose,dose_unit,frequency
C1,prednisolone,2025-01-02,2025-02-20,60,mg,daily
C2,rituximab,2025-06-02,2025-06-23,375,mg/m2,weekly
C3,dexamethasone,2025-01-02,,10,mg,daily
C4,eltrombopag,2025-01-02,,50,mg,daily
""",
    "observation": """\
patient_id,observation_id,observed_at,analyte,value,unit,lower_limit,upper_limit
P1,O1,2025-01-02,platelets,8,10*9/L,,
P1,O2,2025-01-12,platelets,110,10*9/L,,
P1,O3,2025-01-22,platelets,140,10*9/L,,
P1,O4,2025-03-15,platelets,120,10*9/L,,
P1,O5,2025-06-01,platelets,9,10*9/L,,
P1,O6,2025-07-01,platelets,60,10*9/L,,
P1,O7,2025-07-15,platelets,70,10*9/L,,
P2,O1,2025-01-02,hemoglobin,6.0,g/dL,,
P2,O2,2025-01-20,hemoglobin,12.5,g/dL,,
P2,O3,2025-01-20,ldh,200,U/L,,250
P2,O4,2025-01-20,haptoglobin,1.0,g/L,0.3,
P2,O5,2025-02-01,hemoglobin,13.0,g/dL,,
P3,O1,2025-01-02,platelets,10,10*9/L,,
P3,O2,2025-02-01,platelets,12,10*9/L,,
P3,O3,2025-02-05,platelets,15,10*9/L,,
""",
}


def table(text: str) -> pa.Table:
    """CSV text as a table of text, None where nothing stands."""
    header, *rows = list(csv.reader(io.StringIO(text)))
    columns = list(zip(*rows, strict=True)) or [()] * len(header)
    return pa.table(
        {
            name: pa.array([cell or None for cell in cells], pa.string())
            for name, cells in zip(header, columns, strict=True)
        }
    )


def taken(db: Database, actor: Actor, **tables: str) -> ImportReport:
    """Take tables given as CSV text; all of the above if none is named."""
    given = tables or TABLES
    return take(db, actor, {name: table(text) for name, text in given.items()})


def changed(name: str, old: str, new: str) -> str:
    """The text of one table with something replaced, which must be there."""
    assert old in TABLES[name]
    return TABLES[name].replace(old, new)


def of_patients(*patients: str) -> dict[str, str]:
    """The rows that belong to these patients, table by table."""
    kept: dict[str, str] = {}
    known = {"patient_id": set(patients)}
    for name, text in TABLES.items():
        header, *rows = text.splitlines()
        column = header.split(",")[0]
        mine = [row for row in rows if row.split(",")[0] in known[column]]
        own_id = f"{name}_id"
        if own_id in header.split(","):
            place = header.split(",").index(own_id)
            known.setdefault(own_id, set()).update(row.split(",")[place] for row in mine)
        kept[name] = "\n".join([header, *mine, ""])
    return kept


def stored_calls(db: Database) -> list[tuple[object, ...]]:
    """Every call as people see it, without the numbers of rows and changes that depend on when it came in."""
    return db.rows(
        "SELECT * EXCLUDE (patient_key, episode_key, course_key, judged_seq, to_judge) "
        "FROM call_view ORDER BY course_id, criteria_id"
    )


def stored_evidence(db: Database) -> list[tuple[object, ...]]:
    return db.rows(
        "SELECT * EXCLUDE (patient_key, course_key, row_key) FROM evidence_view "
        "ORDER BY course_id, criteria_id, position"
    )
