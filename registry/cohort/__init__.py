"""The figures of a cohort, computed from the calls: how many responded, for how long, at what price.

Nothing is stored: every figure is counted from current facts and calls when it is asked for, so a changed count
changes it. The counting is done by the database, patient by patient; only small tables of combinations are
read here.
"""

from __future__ import annotations

from dataclasses import replace

from adjudication import criteria
from adjudication.terms import Disease
from registry.cohort import aiha, itp, populations, safety
from registry.cohort.figures import Figure
from registry.cohort.report import Summary
from registry.cohort.tally import Tally, total
from registry.database import Database
from registry.overview import is_synthetic
from registry.roles import EVERYWHERE, Actor, Permission

__all__ = ["Figure", "Summary", "summary"]

_SECTIONS = (
    ("Cohort", populations.figures),
    ("ITP, first line", itp.first_line),
    ("ITP, TPO receptor agonists", itp.tpo_ra),
    ("ITP, rituximab", itp.rituximab),
    ("ITP, rituximab with a TPO receptor agonist", itp.combination),
    ("ITP, every other regimen", itp.others),
    ("ITP, outcome", itp.outcome),
    ("AIHA without ITP", aiha.figures),
    ("AIHA with or without ITP, every regimen", aiha.regimens),
    ("Evans syndrome, deaths, adverse events", safety.figures),
)


def summary(
    db: Database, actor: Actor, *, itp_criteria: str | None = None, aiha_criteria: str | None = None
) -> Summary:
    """The figures of all patients at the sites where `actor` may read calls.

    `itp_criteria` and `aiha_criteria` name the criteria whose calls are counted; None = the published default.
    Works on any registry: figures without patients are 0/0. Raises NotPermitted for an actor who may read calls
    nowhere, CriteriaError for criteria that do not exist.
    """
    sites = _sites(actor)
    chosen = [
        criteria.load(name or criteria.DEFAULTS[disease])
        for disease, name in ((Disease.ITP, itp_criteria), (Disease.AIHA, aiha_criteria))
    ]
    revision = db.revision
    tally = Tally.of(
        db,
        sites=sites,
        itp=chosen[0].id,
        aiha=chosen[1].id,
        classes=chosen[0].sections.get("off_treatment_remission", {}).get("agent_classes", ()),
    )
    return Summary(
        figures=tuple(replace(one, section=name) for name, figures in _SECTIONS for one in figures(tally)),
        synthetic=is_synthetic(db),
        revision=revision,
        criteria=tuple(one.id for one in chosen),
        sites=None if sites is None else tuple(sorted(sites)),
        not_judged=total(tally.courses, lambda row: row["best_response"] is None),
    )


def _sites(actor: Actor) -> list[str] | None:
    """The sites whose calls `actor` may read; None for all."""
    if actor.may(Permission.READ_CALLS):
        return None
    sites = [site for site in actor.roles if site != EVERYWHERE and actor.may(Permission.READ_CALLS, site)]
    if not sites:
        actor.require(Permission.READ_CALLS)
    return sites
