"""A pasted block of counts: paste."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, BinaryIO
from uuid import uuid4

import click

from registry.cli.cells import cells_of
from registry.cli.options import OpenRegistry, example, json_option, judge_option, on_registry
from registry.cli.printing import print_json, print_table, say
from registry.cli.save_report import tell_saved
from registry.cli.typed import Understood
from registry.errors import Refused, Usage

if TYPE_CHECKING:
    from registry.entry import Block

_ALL = "all"


@click.command()
@click.argument("patient_id", metavar="PATIENT")
@click.argument("file", type=click.File("rb"), default="-")
@click.option("--dry-run", is_flag=True, help="Show how every row is read, without storing anything.")
@click.option(
    "--unit", "units", multiple=True, metavar="COLUMN=UNIT", help="Unit of a column whose header gives none."
)
@click.option(
    "--column",
    "analytes",
    multiple=True,
    metavar="COLUMN=ANALYTE",
    help="Analyte of a column whose header gives none.",
)
@click.option(
    "--day-first/--month-first",
    default=None,
    help="Order of day and month in dates such as 3/2/26, if the block does not show it.",
)
@click.option(
    "--amend",
    metavar="ROW",
    multiple=True,
    help="Replace the recorded value by the pasted value of this row; all: of every such row.",
)
@click.option("--reason", help="Reason, if recorded values are amended.")
@click.option(
    "--accept-valid-rows",
    is_flag=True,
    help="Store the new rows even if other rows are refused or in conflict.",
)
@click.option("--key", help="A unique key of this request, so that a repeated request is not stored twice.")
@judge_option
@on_registry
@json_option
@example("nadir paste SYN-003 counts.txt --dry-run")
def paste(
    patient_id: str,
    file: BinaryIO,
    dry_run: bool,
    units: tuple[str, ...],
    analytes: tuple[str, ...],
    day_first: bool | None,
    amend: tuple[str, ...],
    reason: str | None,
    accept_valid_rows: bool,
    key: str | None,
    no_judge: bool,
    open_registry: OpenRegistry,
    as_json: bool,
) -> None:
    """Paste a block of counts of one PATIENT, copied from a spreadsheet or a report, from FILE or standard
    input.

    Every row is new, the same as recorded, in conflict with the record, or refused. If the block does not
    show the units or the order of day and month, you are asked; nothing is guessed. The block is stored as
    one change, or not at all.
    """
    from registry.entry import read_block, save

    text = _decoded(file)
    with open_registry() as (registry, actor):
        block = read_block(
            registry,
            actor,
            patient_id,
            text,
            today=registry.now().date(),
            units=cells_of(units),
            day_first=day_first,
            analytes=cells_of(analytes),
        )
        if dry_run:
            _tell_block(block, as_json)
            return
        taken = _taken(block, amend)
        problems = list(_unanswered(block)) or ([] if accept_valid_rows else list(_left(block, taken)))
        facts = block.facts(taken)
        if problems or not facts:
            _tell_block(block, as_json)
            said = "; ".join(problems) or "no row is new"
            raise Refused(f"Nothing was stored: {said}.")
        saved = save(
            registry, actor, facts, key=key or uuid4().hex, today=registry.now().date(), reason=reason
        )
        tell_saved(registry, actor, saved, Understood(), as_json, judged=not no_judge)
        say(_counted(block))


def _decoded(file: BinaryIO) -> str:
    data = file.read()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(
            f"This is not text in UTF-8 (byte {error.start + 1}). Save it again as UTF-8, or paste it."
        ) from error


def _taken(block: Block, amend: Sequence[str]) -> set[int]:
    """The rows whose pasted value replaces the recorded one."""
    contradicting = {row.number for row in block.rows if row.known is not None and row.verdict == "conflict"}
    if _ALL in amend:
        return contradicting
    wrong = [word for word in amend if not word.isdigit() or int(word) not in contradicting]
    if wrong:
        there = ", ".join(str(number) for number in sorted(contradicting)) or "none"
        raise Usage(f"{wrong[0]} is not a row in conflict with the record. There are: {there}.")
    return {int(word) for word in amend}


def _unanswered(block: Block) -> Iterator[str]:
    """What has to be answered before anything can be read."""
    yield from (problem.rstrip(".") for problem in block.problems)
    if block.asks_order:
        yield "use --day-first or --month-first"
    for one in block.asks_units:
        likely = f", likely {' or '.join(one.likely)}" if one.likely else ""
        yield f'use --unit "{one.column}=…", one of {", ".join(one.units)}{likely}'


def _left(block: Block, taken: set[int]) -> Iterator[str]:
    """Why not every row becomes what the block says."""
    refused = sum(row.verdict == "refused" for row in block.rows)
    conflicts = sum(row.verdict == "conflict" and row.number not in taken for row in block.rows)
    if refused:
        yield f"{refused} of {len(block.rows)} rows are refused (--accept-valid-rows stores the others)"
    if conflicts:
        yield (
            f"{conflicts} of {len(block.rows)} rows are in conflict with the record "
            "(--amend ROW takes the pasted value, --accept-valid-rows keeps the recorded one)"
        )


def _tell_block(block: Block, as_json: bool) -> None:
    """Every row with its verdict."""
    rows = [
        {
            "number": row.number,
            "line": row.line,
            "day": row.day,
            "analyte": row.analyte,
            "pasted": row.text,
            "understood": row.echo,
            "verdict": row.verdict,
            "flags": ", ".join(row.flags),
            "reason": " ".join(said for said in (row.reason, row.doubt) if said),
        }
        for row in block.rows
    ]
    if as_json:
        asked = [
            {"column": one.column, "analyte": one.analyte, "units": one.units, "likely": one.likely}
            for one in block.asks_units
        ]
        print_json(
            {"rows": rows, "counts": block.counts, "problems": block.problems}
            | {"asks_order": block.asks_order, "asks_units": asked, "left_aside": block.left_aside}
        )
        return
    print_table(rows, {name: name for name in rows[0]} if rows else {})
    if block.left_aside:
        say(f"Ignored: {', '.join(block.left_aside)}.")
    say(_counted(block))


def _counted(block: Block) -> str:
    return (
        f"{len(block.rows)} rows: "
        + ", ".join(f"{number} {word}" for word, number in block.counts.items())
        + "."
    )
