"""A small bundle that tests write, change and break: two patients, every table."""

from collections.abc import Mapping
from pathlib import Path

TABLES: Mapping[str, str] = {
    "patient": """\
patient_id,site,sex,born_on,last_contact_on,died_on,death_cause
P1,North,female,1970-01-01,2026-03-01,,
P2,South,male,1980-01-01,,2025-12-31,sepsis
""",
    "exposure": """\
patient_id,exposure_id,agent,setting,started_on,ended_on,cycle,dose_mg,indication_on
P1,X1,alemtuzumab,renal_transplant,2015-05-01,2015-05-02,1,30,2015-05-01
""",
    "episode": """\
patient_id,episode_id,disease,onset_on
P1,E1,ITP,2025-01-01
P2,E2,AIHA,2025-01-01
""",
    "course": """\
episode_id,course_id,started_on,stopped_on,ongoing,intent,start_reason
E1,C1,2025-01-02,2025-03-01,no,induction,first_line
E2,C2,2025-01-02,,yes,induction,first_line
""",
    "course_agent": """\
course_id,agent,started_on,stopped_on,dose,dose_unit,frequency
C1,prednisolone,2025-01-02,2025-02-01,60,mg,daily
C1,dex,2025-02-02,2025-03-01,4,mg,bd
C2,rituximab,2025-01-02,,375,mg/m2,weekly
""",
    "observation": """\
patient_id,observation_id,observed_at,analyte,value,unit,lower_limit,upper_limit,missing_reason,quality
P1,O1,2025-01-01,platelets,12,10*9/L,,,,
P1,O2,2025-01-10T08:30+02:00,platelets,150000,/uL,,,,
P1,O3,2025-01-20,platelets,"12,4",G/L,,,,
P2,O1,2025-02-01,hemoglobin,"8,5",g/dL,,,,
P2,O2,2025-02-01,ldh,500,U/L,,250,,
P2,O3,2025-02-03,platelets,,K/uL,,,clotted,
""",
    "bleed": """\
patient_id,bleed_id,started_on,scale,grade,itp_related
P1,B1,2025-01-01,WHO,1,yes
""",
    "transfusion": """\
patient_id,transfusion_id,given_on,product,units,reason
P2,T1,2025-01-05,red_cells,2,cytopenia
""",
    "rescue": """\
patient_id,rescue_id,given_on,agent,reason
P1,R1,2025-01-03,ivig,low_count
""",
    "other_cause": """\
patient_id,started_on,ended_on,disease,cause
P2,2025-06-01,2025-06-10,AIHA,parvovirus
""",
    "adverse_event": """\
patient_id,adverse_event_id,category,term,onset_on,ctcae_version,ctcae_grade
P1,A1,infection,pneumonia,2025-02-01,5.0,3
""",
    "attribution": """\
adverse_event_id,course_id,relatedness
A1,C1,possible
""",
    "denominator": """\
cohort,setting,from_on,to_on,n
HH,renal_transplant,2005-01-01,2016-01-01,1431
""",
}
ROWS = sum(text.count("\n") - 1 for text in TABLES.values())


def write(folder: Path, **tables: str) -> Path:
    """The bundle in a folder, with some tables replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in {**TABLES, **tables}.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def only(folder: Path, **tables: str) -> Path:
    """A folder with these tables alone."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def changed(table: str, old: str, new: str) -> str:
    """The text of one table with something replaced, which must be there."""
    assert old in TABLES[table]
    return TABLES[table].replace(old, new)
