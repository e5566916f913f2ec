"""Missing is said, not left blank: why a column of a fact is empty, and when the reason goes.

A reason goes in the same change in which the value is recorded or the fact is withdrawn, whoever writes: a form, an
import, the command line.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from registry import sql
from registry.record import tables
from registry.record.fields import TABLES
from registry.roles import Actor, Permission
from registry.store.database import Database
from registry.store.transaction import Transaction

TABLE = "missing_value"


@dataclass(frozen=True)
class Missing:
    """Why one column of one fact is empty, and who said so when (UTC).

    `fact_id` names the fact within its patient and table (tables.fact_id); `version` is that of the reason.
    """

    table: str
    fact_id: str
    column: str
    reason: str
    version: int
    said_by: str
    said_at: datetime


def missing(db: Database, actor: Actor, patient_id: str) -> list[Missing]:
    """Everything of a patient of which it is said why it is missing. Raises NotPermitted."""
    found = db.rows("SELECT patient_key, site FROM patient_view WHERE patient_id = $1", [patient_id])
    key, site = found[0] if found else (None, None)
    actor.require(Permission.READ, site)
    return [Missing(*row) for row in db.rows(sql.text("queries/missing_of_patient"), [key])]


def settle(change: Transaction) -> None:
    """Take away the reasons of what this change has recorded or withdrawn."""
    if not change.touches:
        return
    for table, column in change.rows(sql.text("queries/missing_asked")):
        if column not in TABLES[table].may_lack:
            continue
        query = sql.text("queries/missing_settled").format(
            name=table, table=tables.stored_in(table), column=column
        )
        gone = [row[0] for row in change.rows(query, [column])]
        change.supersede(TABLE, gone)
