"""What the pages show of many patients at once: lists a page at a time, and what waits to be done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from registry import sql
from registry.patients.search_words import DISEASES, EVANS, Word, understood
from registry.roles import Actor, Permission, readable_sites
from registry.store.database import Database

Rows = list[dict[str, Any]]
COUNTED = ("platelets", "hemoglobin")
"""The analytes by whose last count a patient is recognised in a list."""


@dataclass(frozen=True)
class Page:
    """Some of the rows that were found; `found` is the number of all (patients, not rows)."""

    rows: Rows
    found: int


def sites_of(db: Database, actor: Actor, permission: Permission = Permission.READ) -> list[str]:
    """The sites of the patients about whom `actor` has a permission, sorted."""
    allowed = readable_sites(actor, permission)
    found = [str(site) for (site,) in db.rows(sql.text("queries/patient_sites"))]
    return found if allowed is None else [site for site in found if site in allowed]


def find_patients(
    db: Database,
    actor: Actor,
    text: str = "",
    *,
    site: str | None = None,
    disease: str | None = None,
    regimen: str | None = None,
    setting: str | None = None,
    skip: int = 0,
    take: int = 20,
) -> Page:
    """Patients that fit every word of `text` and every filter; with nothing typed, those changed last come first.

    A word fits a part of the pseudonym or of the site, a disease, an agent or class given in a course, or a setting of
    an exposure (see registry.patients.search_words). `disease` may be `ITP`, `AIHA`, `evans` (both) or `none`
    (patients without an episode); `regimen` is classes joined by `+`, all in one course, which may have others. A row
    has what identifies a patient: patient_id, site, sex, born_on, diseases, onset_on, courses (their number),
    last_course_on, last_regimen, last_counts (the last of platelets and of hemoglobin, the newer first, each with
    analyte, observed_on, canonical_e6, comparator, not_evaluable, value, unit), last_contact_on, died_on.
    Raises NotPermitted without any site, Usage for too many words.
    """
    words = understood(text)
    conditions, params = _conditions(actor, words, site, disease, regimen, setting)
    query = "queries/patient_search" if words else "queries/patient_recent"
    given = [skip, take, *([words[0].part] if words else [])]
    place = len(given)
    fits = [one.format(*(f"${place + number}" for number in range(1, len(params) + 1))) for one in conditions]
    found = db.rows(sql.text(query).format(conditions=" AND ".join(fits) or "true"), [*given, *params])
    if not found:
        return Page([], 0)
    return Page(_listed(db, [key for key, _ in found]), int(found[0][1]))


_STARTS = (
    "SELECT course_key, started_on FROM course_fact "
    "WHERE superseded_by IS NULL AND course_key IN (SELECT unnest($1::INTEGER[])) ORDER BY started_on, course_key"
)


def _listed(db: Database, keys: list[int]) -> Rows:
    """What one recognises each of these patients by, in their order; few small reads are faster than one join."""
    empty = {"diseases": None, "onset_on": None, "courses": 0, "last_course_on": None, "last_regimen": None}
    rows = {
        row.pop("patient_key"): row | empty | {"last_counts": []}
        for row in db.arrow(sql.text("queries/listed_patients"), [keys]).to_pylist()
    }
    here = list(rows)  # somebody may be withdrawn between two reads
    for key, diseases, onset_on in db.rows(sql.text("queries/listed_episodes"), [here]):
        rows[key] |= {"diseases": diseases, "onset_on": onset_on}
    owner = dict(db.rows(sql.text("queries/listed_courses"), [here]))
    courses = list(owner)
    regimens = dict(db.rows(sql.text("queries/listed_regimens"), [courses]))
    for course, started_on in db.rows(_STARTS, [courses]):
        row = rows[owner[course]]
        row |= {
            "last_course_on": started_on,
            "last_regimen": regimens.get(course),
            "courses": row["courses"] + 1,
        }
    for key, seen in db.rows(sql.text("queries/listed_counts"), [here, list(COUNTED)]):
        rows[key]["last_counts"].append(seen)
    return [rows[key] for key in keys if key in rows]


def _conditions(
    actor: Actor,
    words: Sequence[Word],
    site: str | None,
    disease: str | None,
    regimen: str | None,
    setting: str | None,
) -> tuple[list[str], list[Any]]:
    """Conditions on a patient p, all of which must hold, with `{0}`, `{1}` … for the parameters, and these."""
    params: list[Any] = []

    def given(value: Any) -> str:
        params.append(value)
        return f"{{{len(params) - 1}}}"

    def among(name: str, **values: Any) -> str:
        named = {key: given(value) for key, value in values.items()}
        return f"p.patient_key IN ({sql.text(f'queries/patients_{name}').format(**named)})"

    def meant(word: Word) -> str:
        part = given(word.part)
        ways = [f"contains(upper(p.patient_id), upper({part}))", f"contains(upper(p.site), upper({part}))"]
        if word.every:
            ways.append(" AND ".join(among("ill", diseases=[one]) for one in word.diseases))
        elif word.diseases:
            ways.append(among("ill", diseases=list(word.diseases)))
        if word.agents or word.classes:
            ways.append(among("given", agents=list(word.agents), classes=list(word.classes)))
        if word.settings:
            ways.append(among("exposed", settings=list(word.settings)))
        return f"({' OR '.join(ways)})"

    conditions = [meant(word) for word in words]
    allowed = readable_sites(actor)
    if allowed is not None:
        conditions.append(f"list_contains({given(allowed)}::TEXT[], p.site)")
    if site is not None:
        conditions.append(f"p.site = {given(site)}")
    if disease == "none":
        conditions.append(f"NOT {among('ill', diseases=None)}")
    elif disease is not None:
        conditions += [among("ill", diseases=[one]) for one in (DISEASES if disease == EVANS else [disease])]
    if regimen:
        conditions.append(among("given_together", classes=sorted(set(regimen.split("+")))))
    if setting is not None:
        conditions.append(among("exposed", settings=[setting]))
    return conditions, params


@dataclass(frozen=True)
class Choices:
    """What a search can be narrowed down to, each sorted."""

    sites: list[str]
    classes: list[str]
    settings: list[str]


def choices(db: Database, actor: Actor) -> Choices:
    """The sites that `actor` may read, and the classes and settings of the registry."""
    found = db.rows(sql.text("queries/patient_choices"))
    return Choices(
        sites_of(db, actor),
        [str(word) for kind, word in found if kind == "class"],
        [str(word) for kind, word in found if kind == "setting"],
    )


@dataclass(frozen=True)
class Held:
    """How much a person may read, in numbers."""

    patients: int
    courses: int
    sites: int


def held(db: Database, actor: Actor, permission: Permission = Permission.READ) -> Held:
    """How much the registry holds at the sites where `actor` has a permission. Raises NotPermitted without any."""
    [(patients, courses, sites)] = db.rows(sql.text("queries/held"), [readable_sites(actor, permission)])
    return Held(int(patients), int(courses), int(sites))
