"""The patients beside one, so that a list can be read through patient by patient."""

from registry import sql
from registry.roles import Actor, readable_sites
from registry.store.database import Database


def neighbours(db: Database, actor: Actor, patient_id: str) -> tuple[str | None, str | None]:
    """The patients before and after `patient_id` in the order of pseudonyms; None at an end.

    Only patients whom `actor` may read count. Raises NotPermitted without any site.
    """
    before, after = db.rows(sql.text("queries/patient_neighbours"), [patient_id, readable_sites(actor)])[0]
    return before, after
