"""Calls: adjudicate, explain."""

from __future__ import annotations

import click

from registry.cli.options import OpenRegistry, example, json_option, on_registry
from registry.cli.printing import judging_bar, out, print_json


@click.command()
@click.option("--patient", metavar="ID", help="Only this patient.")
@click.option("--course", metavar="ID", help="Only the patient of this course.")
@click.option(
    "--criteria",
    "criteria_id",
    metavar="ID",
    help="Use these criteria instead of the default of each disease.",
)
@click.option("--all", "everything", is_flag=True, help="Assess all courses, changed or not.")
@on_registry
@json_option
@example("nadir adjudicate --patient P-017")
def adjudicate(
    patient: str | None,
    course: str | None,
    criteria_id: str | None,
    everything: bool,
    open_registry: OpenRegistry,
    as_json: bool,
) -> None:
    """Assess the courses whose counts have changed, or all courses."""
    from registry import review

    with open_registry() as (registry, actor), judging_bar() as bar:
        report = review.rejudge(
            registry,
            actor,
            criteria_ids=[criteria_id] if criteria_id else None,
            patient=patient,
            course=course,
            everything=everything,
            progress=bar,
        )
    if as_json:
        print_json(report.as_json())
    else:
        out(report.text() + ".")


@click.command()
@click.argument("course")
@click.option("--criteria", "criteria_id", metavar="ID", help="The call under these criteria.")
@on_registry
@json_option
@example("nadir explain SYN-003-ITP-1")
def explain(course: str, criteria_id: str | None, open_registry: OpenRegistry, as_json: bool) -> None:
    """Why COURSE has its call: the steps as a table, what decided, what is missing, what would have changed it.

    A reviewers' decision comes first, because it replaces the automated call.
    """
    from registry import review
    from registry.patients.final_response import beside, dated, reached

    with open_registry() as (registry, actor):
        said = review.explain(registry, actor, course, criteria_id)
        decision = review.decision_on(registry, actor, course, said.criteria_id)
    if as_json:
        print_json(said.as_json() | {"decision": decision})
        return
    if decision is not None:
        call = {name: decision[f"call_{name}"] for name in ("onset_on", "lost_cr_on", "relapsed_on")}
        call["best_response"] = decision["call_response"]
        out(
            f"Decision: {dated(decision)}, {reached(decision)} ({decision['case_id']}). It replaces the "
            f"automated call."
        )
        out(f"{beside(decision, call)}\n")
    out(said.text())
