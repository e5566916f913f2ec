"""How columns are headed on pages, in packets and in terminals: the record's own, and those made from them."""

from registry.record.fields import TABLES

_MADE = {
    "agent_class": "Class",
    "agents": "Agents",
    "best_response": "Response",
    "call": "Automated call",
    "comparator": "Limit",
    "course_day": "Course day",
    "course_day_until": "to",
    "cr_onset_on": "CR onset",
    "criteria_id": "Criteria",
    "disease": "Disease",
    "duration_of_response_days": "Days of response",
    "dr_6m": "Durable response, 6 months",
    "ended": "Ended with",
    "engine_version": "Engine",
    "er_7d": "Early response, 1 week",
    "flags": "Flags",
    "flags_in_words": "Flags",
    "held_until": "Response held until",
    "in_response": "Time in response",
    "ir_1m": "Initial response, 1 month",
    "lost_cr_on": "Loss of CR",
    "lost_on": "Response lost on",
    "not_evaluable": "Not evaluable because",
    "observed_on": TABLES["observation"].column("observed_at").short,
    "onset_on": "Onset",
    "phase": "Phase at start",
    "provenance": "By",
    "reason": "Reason",
    "regimen": "Regimen",
    "relapsed_on": "Relapse",
    "rem_12m": "Remission, 12 months",
    "until_on": "Until",
    "value_canonical": "Value (platelets ×10⁹/L, hemoglobin g/L)",
}


def heading(table: str, column: str) -> str:
    """A column of a table of the bundle, or one made from its columns: `started_on` is `Started`."""
    own = next((one.short for one in TABLES[table].columns if one.name == column), None)
    return own or _MADE.get(column) or column.replace("_", " ").capitalize()


def headings(table: str, *columns: str) -> dict[str, str]:
    """Several columns with their headings, in that order."""
    return {column: heading(table, column) for column in columns}


def lowered(title: str) -> str:
    """A heading as a terminal prints it: `Started` is `started`, `CTCAE grade` stays."""
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]
