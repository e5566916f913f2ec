"""Taking data in and giving it out: import, export."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from registry.cli.options import MappingName, OpenRegistry, example, json_option, on_registry, open_for_import
from registry.cli.printing import cell, out, print_json, progress_bar, say
from registry.cli.watching import take_always, take_once


@click.command("import")
@click.argument("path", required=False, type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(["bundle", "lab-csv", "xlsx", "fhir", "omop", "redcap", "hl7v2", "sas"]),
    default=None,
    help="Format of PATH; without it the first bytes of PATH decide.",
)
@click.option(
    "--mapping",
    metavar="FILE",
    type=MappingName(),
    help="For all but bundle: the mapping file, or the name of a built-in one.",
)
@click.option(
    "--part",
    type=click.Choice(["results", "transfusions", "prescriptions"]),
    default="results",
    show_default=True,
    help="For lab-csv: the content of the file.",
)
@click.option(
    "--dry-run", is_flag=True, help="Show what would happen to every row, without storing anything."
)
@click.option(
    "--accept-valid-rows", is_flag=True, help="Store the valid rows even if other rows are refused."
)
@click.option(
    "--verdicts",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the result of every row to this CSV file.",
)
@click.option(
    "--watch",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Instead of PATH: import each file that comes into this folder, and move it to done/ or queue/ there.",
)
@click.option("--once", is_flag=True, help="With --watch: take the files that are there, and end.")
@on_registry
@json_option
@example("nadir import exports/2026-03 --dry-run")
def import_(
    path: Path | None,
    form: str | None,
    mapping: Path | str | None,
    part: str,
    dry_run: bool,
    accept_valid_rows: bool,
    verdicts: Path | None,
    folder: Path | None,
    once: bool,
    open_registry: OpenRegistry,
    as_json: bool,
) -> None:
    """Import data from PATH: a bundle (folder, .zip or table), a laboratory CSV, a workbook (.xlsx, .xls, .ods),
    messages of HL7 v2, FHIR, an OMOP folder, a REDCap export or a SAS dataset.

    The whole import is one transaction. Every row is stored, identical, a new version or refused, and the counts
    add up to the rows read; every problem is listed with file, row, column and what to do.

    With --watch a file of the folder is taken when its size has not changed for 5 seconds. It goes to done/ where no
    row was refused, else to queue/, beside NAME.report.json. With --once the exit code is 1 if any went to queue/.
    """
    from registry.errors import Usage
    from registry.exchange import intake
    from registry.exchange.sources.recognition import format_of

    if folder is not None:
        if path is not None or dry_run or verdicts is not None:
            raise Usage("--watch takes no PATH, no --dry-run and no --verdicts.")
        how = {"format": form, "mapping": mapping, "part": part, "accept_valid_rows": accept_valid_rows}
        (take_once if once else take_always)(folder, how, open_registry, as_json)
        return
    if path is None or once:
        raise Usage("--once belongs to --watch." if once else "Name what to import: PATH, or --watch DIR.")
    if form is None:
        form = format_of(path, has_mapping=mapping is not None)
        say(f"{cell(path.name)} is read as {form}.")
    with open_for_import(open_registry, dry_run) as (registry, actor):
        try:
            with progress_bar("import") as bar:
                report = intake.import_path(
                    registry,
                    actor,
                    path,
                    format=form,
                    mapping=mapping,
                    part=part,
                    dry_run=dry_run,
                    accept_valid_rows=accept_valid_rows,
                    progress=lambda _what, done, total: bar(done, total),
                )
        except intake.ImportRefused as refused:
            _write_verdicts(verdicts, refused.report)
            if as_json:
                print_json(refused.report.as_json())
            raise
    _write_verdicts(verdicts, report)
    for warning in report.warnings:
        say(cell(warning))
    for doubt in report.doubts:
        say(f"Doubted: {cell(doubt)}")
    if as_json:
        print_json(report.as_json())
    else:
        out(report.text())


def _write_verdicts(path: Path | None, report: Any) -> None:
    if path is not None:
        from pyarrow import csv

        csv.write_csv(report.verdicts, path)
        say(f"The result of every row is in {path}.")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--format",
    "form",
    type=click.Choice(["bundle", "parquet", "xlsx"]),
    default="bundle",
    show_default=True,
    help="Output format.",
)
@on_registry
@json_option
@example("nadir export exports/2026-03")
def export(folder: Path, form: str, open_registry: OpenRegistry, as_json: bool) -> None:
    """Export all current data to a new FOLDER, with calls and evidence.

    Changed courses are re-assessed first, so that the exported calls match the exported data. xlsx is one workbook
    with a sheet for each table; its text stays text, and no cell is a formula.
    """
    from registry import review
    from registry.exchange.export import export as write
    from registry.judging import calls
    from registry.record.consent import left_out_words

    with open_registry() as (registry, actor):
        if calls.stale_courses(registry):
            review.rejudge(registry, actor)
        report = write(registry, actor, folder, form, as_of=datetime.now(UTC).date())
    if as_json:
        print_json(report.as_json())
    else:
        what = "tables" if form == "xlsx" else "files"
        out(f"{sum(report.files.values()):,} rows in {len(report.files)} {what} in {report.folder}.")
        if report.left_out:
            out(left_out_words(report.left_out))
