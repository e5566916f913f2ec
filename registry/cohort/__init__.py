"""The figures of a cohort, computed from the final responses: how many responded, for how long, at what price.

Nothing is stored: every figure is counted from current facts, calls and decisions when it is asked for, so a changed
count changes it. The counting is done by the database, patient by patient; only small tables of combinations are
read here.
"""

from __future__ import annotations

from dataclasses import replace

from adjudication.response.terms import Disease
from registry.cohort import aiha, itp, populations, responses, safety
from registry.cohort.chosen import Choices, Figures, Swimmers, choices, figures, swimmers
from registry.cohort.cohort_tables import cohort_of, left_out
from registry.cohort.figure import Figure
from registry.cohort.filter import Filter
from registry.cohort.report import Summary
from registry.cohort.scope import scope_of
from registry.cohort.tally import Tally, total
from registry.record.synthetic import is_reference, is_synthetic
from registry.roles import Actor, Permission
from registry.store.database import Database

__all__ = [
    "Choices",
    "Figure",
    "Figures",
    "Filter",
    "Summary",
    "Swimmers",
    "choices",
    "figures",
    "summary",
    "swimmers",
]

_SECTIONS = (
    ("Cohort", populations.figures),
    ("ITP, first line", itp.first_line),
    ("ITP, TPO receptor agonists", itp.tpo_ra),
    ("ITP, rituximab", itp.rituximab),
    ("ITP, rituximab with a TPO receptor agonist", itp.combination),
    ("ITP, every other regimen", itp.others),
    ("ITP, outcomes at fixed times (ASH 2019)", responses.fixed_times),
    ("ITP, outcome", itp.outcome),
    ("AIHA without ITP", aiha.figures),
    ("AIHA with or without ITP, every regimen", aiha.regimens),
    ("Courses that started in response", responses.maintained),
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
    actor_sees = scope_of(actor)
    if not actor_sees.calls:
        actor.require(Permission.READ_CALLS, actor_sees.sites)
    named = tuple(one for one in (itp_criteria, aiha_criteria) if one)
    everything = Filter(criteria=named)
    with cohort_of(db, actor_sees, everything) as snapshot:
        tally, revision, without = Tally.of(snapshot), snapshot.revision, left_out(snapshot)
    judging = everything.judging()
    return Summary(
        figures=tuple(replace(one, section=name) for name, figures in _SECTIONS for one in figures(tally)),
        synthetic=is_synthetic(db),
        revision=revision,
        criteria=tuple(judging[disease] for disease in (Disease.ITP, Disease.AIHA)),
        sites=actor_sees.sites,
        not_judged=total(tally.courses, lambda row: row["best_response"] is None),
        decided=total(tally.courses, lambda row: row["decided"]),
        reference=is_reference(db),
        left_out=without,
    )
