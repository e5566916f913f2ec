"""Mappings of a site's own files: propose one, check it, and see what an import through it would store."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from registry.cli.options import MappingName, OpenRegistry, example, json_option, on_registry, open_for_import
from registry.cli.printing import out, print_json, print_table, say

PREVIEWED = {
    "line": "line",
    "patient_id": "patient",
    "observed_on": "day",
    "analyte": "analyte",
    "value": "value",
    "unit": "unit",
    "value_canonical": "canonical",
    "verdict": "verdict",
    "reason": "reason",
    "stored_now": "stored now",
}
"""The columns of a preview, with the heads that a terminal shows."""


@click.group()
def mapping() -> None:
    """Say how a site's own files are read: columns, codes, words, units, days."""


@mapping.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--out", "target", type=click.Path(path_type=Path, dir_okay=False), help="Write to this new file."
)
@example("nadir mapping propose lab.csv --out lab.toml")
def propose(file: Path, target: Path | None) -> None:
    """Propose a mapping for FILE, a CSV or a workbook.

    What the file does not show is a line `# ask: KEY`, and then the exit code is 1.
    """
    from registry.errors import Usage
    from registry.exchange.sources.proposing import propose as proposed

    proposal = proposed(file)
    if target is None:
        out(proposal.text, newline=False)
    else:
        try:
            target.touch(exist_ok=False)
        except FileExistsError as error:
            raise Usage(f"{target} exists. Choose another name.") from error
        target.write_text(proposal.text, encoding="utf-8")
        say(f"The mapping is in {target}.")
    if proposal.asks:
        say(f"The file does not show: {', '.join(proposal.asks)}.")
        click.get_current_context().exit(1)


@mapping.command()
@click.argument("path", metavar="MAPPING")
@click.argument("file", required=False, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@json_option
@example("nadir mapping check lab.toml lab.csv")
def check(path: str, file: Path | None, as_json: bool) -> None:
    """Check MAPPING, and whether FILE can be read through it, without a registry.

    Every fault of the mapping is listed with its line and key (exit code 2), every row of the file that cannot be read
    with its line (exit code 3).
    """
    from registry.errors import Refused
    from registry.exchange.sources import foreign, lab_csv
    from registry.exchange.sources.mapping import load_mapping
    from registry.exchange.sources.recognition import format_of

    mapped = load_mapping(path, has_columns=False)
    told: dict[str, Any] = {"mapping": mapped.name, "sha256": mapped.sha256}
    if file is not None:
        form = format_of(file, has_mapping=True)
        laboratory = lab_csv.read(file, mapped) if form == "lab-csv" else foreign.read(file, form, path)
        results = laboratory.tables["observation"]
        told |= {
            "format": form,
            "results": results.texts.num_rows,
            "not_taken": len(results.not_taken),
            "refused": len(results.malformed) + len(results.aside),
        }
        if results.malformed:
            raise Refused(
                f"{file.name}: {len(results.malformed):,} rows cannot be read.", list(results.malformed)
            )
    if as_json:
        print_json(told)
    else:
        out(f"The mapping {mapped.name} has no fault.")
        if file is not None:
            out(
                f"{file.name} is read as {told['format']}: {told['results']:,} results, "
                f"{told['not_taken']:,} not taken, {told['refused']:,} refused."
            )


@mapping.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True))
@click.option(
    "--mapping",
    "path",
    metavar="FILE",
    type=MappingName(),
    help="The mapping file, or the name of a built-in one.",
)
@click.option("--rows", default=20, show_default=True, type=click.IntRange(1, 100_000), help="Rows shown.")
@on_registry
@json_option
@example("nadir mapping preview lab.csv --mapping lab.toml --rows 20")
def preview(
    file: Path, path: Path | str | None, rows: int, open_registry: OpenRegistry, as_json: bool
) -> None:
    """Show the rows of FILE as they would be stored, beside what is stored now. Nothing is stored."""
    from registry.exchange import intake
    from registry.exchange.sources.recognition import format_of

    form = format_of(file, has_mapping=path is not None)
    with open_for_import(open_registry, dry_run=True) as (registry, actor):
        report = intake.import_path(
            registry, actor, file, format=form, mapping=path, dry_run=True, accept_valid_rows=True
        )
    results = {(one["line"], one["observation_id"]): one for one in report.results}
    verdicts = [one for one in report.verdicts.to_pylist() if form != "bundle" or one["observation_id"]]
    told = [
        {
            name: {**results.get((one["line"], one["observation_id"]), {}), **one}.get(name)
            for name in PREVIEWED
        }
        for one in verdicts[:rows]
    ]
    if as_json:
        print_json({"rows": told, "of": len(verdicts), "notes": [*report.doubts, *report.notes]})
        return
    print_table(told, PREVIEWED)
    if len(verdicts) > rows:
        out(f"… and {len(verdicts) - rows:,} more rows (--rows).")
    for note in (*report.doubts, *report.notes):
        say(note)
