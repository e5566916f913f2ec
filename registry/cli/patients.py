"""Patients: find them, look at one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from registry.cli.options import OpenRegistry, example, json_option, on_registry
from registry.cli.printing import cell, out, print_json, print_table, say
from registry.errors import Usage
from registry.wording import number_of

if TYPE_CHECKING:
    from registry.patients.patient_record import PatientRecord
    from registry.roles import Actor
    from registry.store.database import Database

_FILE = click.Path(path_type=Path, dir_okay=False)
_LAST_COUNTS = 10

_COLUMNS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "exposures": ("exposure", ("started_on", "agent", "setting", "cycle", "dose_mg", "exposure_id")),
    "episodes": (
        "episode",
        ("disease", "onset_on", "diagnosed_on", "primary_or_secondary", "ended_on", "episode_id"),
    ),
    "courses": (
        "course",
        (
            *(
                "disease",
                "line_number",
                "regimen",
                "started_on",
                "stopped_on",
                "stop_reason",
                "best_response",
            ),
            *("provenance", "call", "course_id"),
        ),
    ),
    "calls in detail": (
        "course",
        (
            *("course_id", "reason", "phase", "in_response", "er_7d", "ir_1m", "dr_6m", "rem_12m"),
            *("held_until", "lost_on", "flags_in_words"),
        ),
    ),
    "counts": (
        "observation",
        ("observed_on", "analyte", "value", "unit", "not_evaluable", "observation_id"),
    ),
    "bleeds": ("bleed", ("started_on", "scale", "grade", "site", "bleed_id")),
    "transfusions": ("transfusion", ("given_on", "product", "units", "transfusion_id")),
    "rescues": ("rescue", ("given_on", "agent", "reason", "rescue_id")),
    "adverse events": (
        "adverse_event",
        ("onset_on", "term", "ctcae_grade", "outcome", "adverse_event_id"),
    ),
    "other causes": ("other_cause", ("started_on", "disease", "cause")),
}
"""What is listed of a patient: the table of the record, and its columns."""


@click.command()
@click.argument("words", nargs=-1, metavar="[TEXT]...")
@click.option("--site", help="Only patients of this site.")
@click.option(
    "--disease", type=click.Choice(["ITP", "AIHA", "evans", "none"]), help="Only with this disease."
)
@click.option("--regimen", metavar="CLASSES", help="Only with a course of these classes, joined by +.")
@click.option("--setting", help="Only with alemtuzumab in this setting.")
@click.option(
    "--most", type=click.IntRange(1, 10_000), default=50, show_default=True, help="Largest number to list."
)
@on_registry
@json_option
@example("nadir find rtx --site North --disease ITP")
def find(
    words: tuple[str, ...],
    site: str | None,
    disease: str | None,
    regimen: str | None,
    setting: str | None,
    most: int,
    open_registry: OpenRegistry,
    as_json: bool,
) -> None:
    """Search patients by pseudonym, site, disease or drug.

    Each word of TEXT is a part of a pseudonym or site, or a disease, a drug, its class or brand, or a
    setting.
    Without TEXT, the most recently changed patients are listed.
    """
    from registry.patients import search

    with open_registry() as (registry, actor):
        page = search.find_patients(
            registry,
            actor,
            " ".join(words),
            site=site,
            disease=disease,
            regimen=regimen,
            setting=setting,
            take=most,
        )
    if as_json:
        print_json({"found": page.found, "patients": page.rows})
        return
    print_table(
        page.rows,
        {
            "patient_id": "patient",
            "site": "site",
            "diseases": "disease",
            "onset_on": "since",
            "courses": "courses",
            "last_regimen": "last regimen",
            "last_contact_on": "last contact",
            "died_on": "died",
        },
    )
    shown = "" if len(page.rows) == page.found else f", {len(page.rows):,} shown"
    say(f"{number_of(page.found, 'patient')} found{shown}.")


@click.command()
@click.argument("patient_id", metavar="PATIENT")
@click.option(
    "--facts", "kind", metavar="TABLE", help="List the facts of one table as recorded, with their versions."
)
@click.option("--html", type=_FILE, help="Write the printable page into this file, for a browser.")
@click.option("--pdf", type=_FILE, help="Write the printable page into this file, as PDF.")
@on_registry
@json_option
@example("nadir patient SYN-003 --pdf SYN-003.pdf")
def patient(
    patient_id: str,
    kind: str | None,
    html: Path | None,
    pdf: Path | None,
    open_registry: OpenRegistry,
    as_json: bool,
) -> None:
    """Show one patient: courses with their responses, the last counts, and events."""
    from registry.patients.patient_record import patient_record
    from registry.record.doubts import marks
    from registry.record.recorded import recorded

    with open_registry() as (registry, actor):
        pages = {"html": html, "pdf": pdf}
        if any(pages.values()):
            _write_pages(registry, actor, patient_id, pages)
            return
        if kind is None:
            found = patient_record(registry, actor, patient_id)
            doubts = marks(registry, patient_id)
            if as_json:
                print_json(asdict(found) | {"doubts": doubts})
            else:
                _print_patient(found)
                for doubt in dict.fromkeys(doubts.values()):
                    say(f"Doubted: {doubt}")
            return
        rows = recorded(registry, actor, patient_id, kind)
    if as_json:
        print_json(rows)
    else:
        print_table(rows, {name: name for name in rows[0] if name != "patient_id"} if rows else {})
        say(f"Facts of {kind} recorded for {patient_id}: {len(rows):,}.")


def _write_pages(registry: Database, actor: Actor, patient_id: str, pages: Mapping[str, Path | None]) -> None:
    """The printed page, in each form for which a file is named."""
    from registry.report import printed

    for folder in {file.parent for file in pages.values() if file is not None}:
        if not folder.is_dir():  # said before the page is taken, which is audited
            raise Usage(f"There is no folder {folder}.")
    for form, file in pages.items():
        if file is not None:
            page = printed(registry, actor, patient_id, form, printed_on=registry.now().date())
            try:
                file.write_bytes(page)
            except OSError as error:
                raise Usage(f"{file} cannot be written: {error.strerror}.") from error
            say(f"The page of {patient_id} is in {file}.")


def _print_patient(record: PatientRecord) -> None:
    out(" · ".join(cell(part) for part in _head(record) if part))
    if record.refusal is not None:
        out(str(record.refusal))
    from adjudication.agents import regimen_word
    from registry.patients.call_facts import call_row
    from registry.patients.final_response import differs, provenance_words
    from registry.record.headings import headings, lowered

    counts = sorted(record.observations, key=lambda row: row["observed_on"], reverse=True)
    calls, finals = {row["course_id"]: row for row in record.calls}, record.finals

    def response(course_id: str) -> dict[str, Any]:
        final, call = finals.get(course_id), calls.get(course_id)
        if final is None:
            return {}
        beside = call is not None and final is not call and differs(final, call)
        return {
            "best_response": final["best_response"],
            "provenance": provenance_words(final),
            "call": call["best_response"] if beside and call is not None else None,
        }

    parts: dict[str, list[dict[str, Any]]] = {
        "exposures": record.exposures,
        "episodes": record.episodes,
        "courses": [
            row | {"regimen": regimen_word(row["regimen"] or "")} | response(row["course_id"])
            for row in record.courses
        ],
        "calls in detail": [
            {"course_id": call["course_id"], "reason": (call["reason"] or "").replace("_", " ")}
            | call_row(call)
            for call in record.calls
        ],
        "counts": counts[:_LAST_COUNTS],
        "bleeds": record.bleeds,
        "transfusions": record.transfusions,
        "rescues": record.rescues,
        "adverse events": record.adverse_events,
        "other causes": record.other_causes,
    }
    for name, rows in parts.items():
        if rows:
            more = (
                f", the last {_LAST_COUNTS} of {len(counts):,}"
                if name == "counts" and len(counts) > len(rows)
                else ""
            )
            out(f"\n{name}{more}")
            table, columns = _COLUMNS[name]
            titles = headings(table, *columns)
            print_table(rows, {one: lowered(title) for one, title in titles.items()}, indent="  ")


def _head(record: PatientRecord) -> Iterator[object]:
    yield record.patient_id
    yield " + ".join(record.diseases)
    yield record.site
    yield record.sex
    yield record.born_on and f"born {record.born_on}"
    yield record.last_contact_on and f"last contact {record.last_contact_on}"
    yield (
        record.died_on and f"died {record.died_on}{f' ({record.death_cause})' if record.death_cause else ''}"
    )
