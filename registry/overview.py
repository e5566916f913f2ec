"""What the pages show of many patients at once: lists a page at a time, and what waits to be done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from adjudication.criteria import DEFAULTS
from adjudication.terms import Disease
from registry import sql
from registry.database import Database
from registry.errors import NotPermitted
from registry.roles import EVERYWHERE, Actor, Permission

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Page:
    """Some of the rows that were found; `found` is the number of all (patients, not rows)."""

    rows: Rows
    found: int


def readable_sites(actor: Actor, permission: Permission = Permission.READ) -> list[str] | None:
    """The sites at which `actor` has a permission, sorted; None for the whole registry.

    Raises NotPermitted if there is none.
    """
    if actor.may(permission):
        return None
    sites = sorted(site for site in actor.roles if site != EVERYWHERE and actor.may(permission, site))
    if not sites:
        raise NotPermitted(f"{actor.name} may not {permission.replace('_', ' ')} at any site.")
    return sites


def sites_of(db: Database, actor: Actor) -> list[str]:
    """The sites of the patients that `actor` may read, sorted."""
    allowed = readable_sites(actor)
    found = [str(site) for (site,) in db.rows(sql.text("queries/patient_sites"))]
    return found if allowed is None else [site for site in found if site in allowed]


def find_patients(
    db: Database,
    actor: Actor,
    text: str = "",
    *,
    site: str | None = None,
    disease: str | None = None,
    skip: int = 0,
    take: int = 20,
) -> Page:
    """Patients whose pseudonym contains `text`, in order of pseudonym.

    `disease` may be `ITP`, `AIHA` or `none` (patients without an episode). Raises NotPermitted without any site.
    """
    plan = {
        "sites": readable_sites(actor),
        "part": text.strip(),
        "site": site,
        "disease": disease,
        "skip": skip,
        "take": take,
    }
    return _page(db, "patient_search", plan)


def swimmer_courses(
    db: Database, actor: Actor, *, disease: str | None = None, skip: int = 0, take: int = 60
) -> Page:
    """The courses of a page of patients for `charts.swimmer_spec`; without the right to see calls, none is given."""
    plan = {
        "sites": readable_sites(actor),
        "disease": disease,
        "criteria": list(DEFAULTS.values()),
        "calls": _sees_calls(actor),
        "skip": skip,
        "take": take,
    }
    return _page(db, "swimmer_courses", plan)


def waiting(db: Database, actor: Actor) -> dict[str, dict[str, int]]:
    """Numbers by topic: `held`, `waiting`, `patients by site`, `courses by disease`, `calls by response`."""
    plan = {
        "sites": readable_sites(actor),
        "itp": DEFAULTS[Disease.ITP],
        "aiha": DEFAULTS[Disease.AIHA],
        "calls": _sees_calls(actor),
    }
    topics: dict[str, dict[str, int]] = {}
    for topic, item, number in db.rows(sql.text("queries/waiting"), [plan]):
        topics.setdefault(str(topic), {})[str(item)] = int(number)
    return topics


def is_synthetic(db: Database) -> bool:
    """Whether the registry says that its patients are invented."""
    return db.rows("SELECT value FROM registry WHERE key = 'synthetic'") == [("yes",)]


def _sees_calls(actor: Actor) -> bool:
    """Calls may be seen at every site whose patients may be read: a part of them would mislead."""
    return actor.may(Permission.READ_CALLS, readable_sites(actor))


def _page(db: Database, query: str, plan: dict[str, Any]) -> Page:
    frame = db.arrow(sql.text(f"queries/{query}"), [plan])
    rows: Rows = frame.to_pylist()
    found = rows[0]["found"] if rows else 0
    for row in rows:
        del row["found"]
    return Page(rows, int(found))
