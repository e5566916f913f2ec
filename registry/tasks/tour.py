"""The first-run tour: a few short steps through the real pages, with patients of this registry. Reads only."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from adjudication.response.criteria import DEFAULTS
from registry import sql
from registry.errors import NotPermitted
from registry.roles import Actor, Permission, readable_sites
from registry.store.database import Database


@dataclass(frozen=True)
class Step:
    """One step: what to look at, in a sentence or two, and the page (address and query) where it is."""

    title: str
    text: str
    address: str
    query: dict[str, str] = field(default_factory=dict)


def steps(db: Database, actor: Actor) -> list[Step]:
    """The steps for this person, in order: only through what the roles allow. Pages not offered are left out later."""
    found = [
        Step(
            "Home",
            "Each box is a task for your role, with the page where you do it."
            + (_SEARCH if _somewhere(actor, Permission.READ) else ""),
            "home",
        )
    ]
    shown = _patients(db, actor)
    for kind, (title, text) in _SHOWN.items():
        if kind in shown:
            patient, course, said = shown[kind]
            found.append(
                Step(
                    title,
                    text.format(patient=patient, said=said),
                    "patient",
                    {"patient": patient, "course": course},
                )
            )
    one = next((shown[kind][0] for kind in ("relapse", "facts") if kind in shown), None)
    if one is not None and _somewhere(actor, Permission.LOG):
        found.append(
            Step(
                "Log a count",
                "Type a day and a value as you would write them: `3 feb`, `<5`, `5,4`. What was understood is shown "
                "before anything is saved, and a save can be undone.",
                "log",
                {"patient": one},
            )
        )
        found.append(
            Step(
                "Every value has a history",
                f"Nothing is overwritten: each value of {one} can be amended or withdrawn with a reason, and shows who "
                "recorded it, when, and what it was before.",
                "facts",
                {"patient": one},
            )
        )
    if _somewhere(actor, Permission.READ_CALLS):
        found.append(
            Step(
                "The cohort",
                "Every share is shown as k/n with its exact interval. Where intervals overlap, regimens must not be "
                "ranked: so few patients cannot tell them apart.",
                "cohort",
            )
        )
    if _somewhere(actor, Permission.REVIEW):
        found.append(
            Step(
                "Cases to read",
                "You read a case without its pseudonym, the other reader and the automated call. What you "
                "sign is "
                "final; until then it is saved as a draft.",
                "cases",
            )
        )
    if _somewhere(actor, Permission.ACCOUNTS):
        found.append(
            Step(
                "Accounts",
                "Each person has their own account, with roles for one site or for all sites. Anything not "
                "granted is denied on pages, in files, and on the command line.",
                "accounts",
            )
        )
    if _somewhere(actor, Permission.VERIFY):
        found.append(
            Step(
                "Who did what",
                "Every change is stored with its reason in a chain that reveals tampering.",
                "audit",
            )
        )
    return found


_SEARCH = " The search below finds a patient by a part of the pseudonym, the site, the disease or a drug."
_SHOWN = {
    "relapse": (
        "A patient who responded and relapsed",
        "Look at {patient}: {said}. The ribbon is the response; a click on it shows what decided it.",
    ),
    "not evaluable": (
        "A course that cannot be assessed",
        "Look at {patient}: {said}. Not evaluable is an answer, with its reason, and never a silent failure.",
    ),
    "evans": (
        "Two diseases in one patient",
        "Look at {patient}: platelets and hemoglobin share one time axis, and each disease has calls of its own.",
    ),
    "facts": (
        "A patient's counts",
        "Look at {patient}: the counts with the levels of the criteria. The automated call is hidden, "
        "because you review blinded.",
    ),
}


def _patients(db: Database, actor: Actor) -> dict[str, tuple[str, str, str]]:
    """A patient for each kind of thing worth seeing, with a course and what is said of it."""
    try:
        sites = readable_sites(actor)
    except NotPermitted:
        return {}
    calls = actor.may(Permission.READ_CALLS, sites)
    plan = {"sites": sites, "criteria": list(DEFAULTS.values()), "calls": calls}
    found = {
        kind: (str(patient), str(course), str(said))
        for kind, patient, course, said in db.rows(sql.text("queries/tour_patients"), [plan])
    }
    return {kind: one for kind, one in found.items() if (kind == "facts") != calls}


def _somewhere(actor: Actor, permission: Permission) -> bool:
    return actor.may_somewhere(permission)


_ended: WeakKeyDictionary[Database, set[str]] = WeakKeyDictionary()
_ended_lock = threading.Lock()


def end(db: Database, actor: Actor) -> None:
    """Offer the tour no more to this person by itself, as long as the server runs.

    It is kept in memory only: on the next visit nobody is new any more, and the audit trail of sign-ins knows that.
    """
    with _ended_lock:
        _ended.setdefault(db, set()).add(actor.name)


def ended(db: Database, actor: Actor) -> bool:
    """Whether this person has ended the tour, or declined it."""
    with _ended_lock:
        return actor.name in _ended.get(db, set())
