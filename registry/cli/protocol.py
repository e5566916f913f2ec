"""Surveillance protocols: what they achieve, and a site's own file, from copy to drop."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from registry.cli.options import OpenRegistry, example, json_option, on_registry
from registry.cli.printing import cell, out, print_json, say

_site_option = click.option(
    "--site", "sites", multiple=True, help="Only at this site; several may be given (else at all sites)."
)
_reason_option = click.option("--reason", help="Why, for the audit trail.")
_file = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))


@click.command()
@click.option(
    "--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The day of the figures (else today, in UTC)."
)
@click.option(
    "--protocol",
    "--programme",
    "protocol_id",
    metavar="ID",
    help="Of this protocol, where several are in force.",
)
@on_registry
@json_option
@example("nadir measures --as-of 2026-03-31 --json")
def measures(
    as_of: datetime | None, protocol_id: str | None, open_registry: OpenRegistry, as_json: bool
) -> None:
    """How well surveillance works: counts on time, days to contact, ITP found, each with its interval."""
    from registry.surveillance.measures import measures as measured
    from registry.surveillance.measures_report import told

    with open_registry() as (registry, actor):
        day = as_of.date() if as_of else registry.now().date()
        found = measured(registry, actor, day, protocol_id=protocol_id)
    if as_json:
        print_json(found.as_json())
    else:
        out(told(found))


@click.group()
def protocol() -> None:
    """Surveillance protocols: list, show, copy, check, compare, adopt, drop."""


@protocol.command("list")
@click.option("--history", is_flag=True, help="Also what was replaced or dropped, with who, when and why.")
@on_registry
@json_option
@example("nadir protocol list")
def list_protocols(history: bool, open_registry: OpenRegistry, as_json: bool) -> None:
    """The protocols in force, in the order in which they are tried for a patient, with sites and settings."""
    from registry.surveillance.in_force import in_force
    from registry.surveillance.protocols import adopted, hash_of, published_source

    with open_registry() as (registry, _):
        found, adoptions = in_force(registry), adopted(registry)
    digests = {one.protocol_id: one.hash for one in adoptions if one.ended_at is None}
    rows = [
        {
            "id": one.protocol.id,
            "sites": None if one.sites is None else list(one.sites),
            "settings": list(one.protocol.settings),
            "published": one.published,
            "hash": digests.get(one.protocol.id) or hash_of(published_source(one.protocol.id)),
            "citation": one.protocol.citation,
        }
        for one in found
    ]
    ended = [(one, one.ended_at) for one in adoptions if one.ended_at is not None]
    if as_json:
        print_json({"in_force": rows} | ({"ended": [one.as_json() for one, _ in ended]} if history else {}))
        return
    for one, row in zip(found, rows, strict=True):
        where = "all sites" if one.sites is None else ", ".join(one.sites)
        what = "published" if one.published else "adopted"
        settings, digest = ", ".join(one.protocol.settings), str(row["hash"])[:12]
        out(cell(f"{row['id']}  {what}  {where}: {settings}  {digest}  {row['citation']}"))
    for past, ended_at in ended if history else ():
        why = f": {past.ended_because}" if past.ended_because else ""
        begun, over = (
            f"adopted by {past.adopted_by} on {past.adopted_at.date()}",
            f"{'replaced' if past.replaced else 'dropped'} by {past.ended_by}",
        )
        where = past.site or "all sites"
        out(cell(f"{past.protocol_id}  {where}  {past.hash[:12]}  {begun}, {over} on {ended_at.date()}{why}"))


@protocol.command("show")
@click.argument("protocol_id")
@on_registry
@example("nadir protocol show alemtuzumab-belgian-2018")
def show_protocol(protocol_id: str, open_registry: OpenRegistry) -> None:
    """A protocol's file as it is written: schedule, ladder, advice, readings and examples."""
    from registry.surveillance import protocols

    with open_registry() as (registry, _):
        text = protocols.source(registry, protocol_id)
    out(text, newline=False)


@protocol.command("copy")
@click.argument("protocol_id")
@_file
@example("nadir protocol copy alemtuzumab-belgian-2018 our-transplants.toml")
def copy_protocol(protocol_id: str, file: Path) -> None:
    """Write a published protocol to a new file, to be changed; the file's name becomes the id of the copy."""
    from registry.errors import Usage
    from registry.surveillance.protocols import copy_of

    if file.exists():
        raise Usage(f"{file} exists already. Choose another name.")
    text = copy_of(protocol_id, file.stem)
    file.write_text(text, encoding="utf-8")
    say(f"Wrote {file}. Change it, `nadir protocol check {file}`, then `nadir protocol adopt {file}`.")


@protocol.command("check")
@_file
@json_option
@click.pass_context
@example("nadir protocol check our-transplants.toml")
def check_protocol(ctx: click.Context, file: Path, as_json: bool) -> None:
    """Read a protocol's file and run its examples; every problem is listed with its line, table and key."""
    from adjudication.surveillance.protocol_file import Unfit
    from registry.surveillance.protocols import read

    text = _text_of(file)
    try:
        found = read(file.name, text)
    except Unfit as error:
        if as_json:
            print_json(
                {
                    "fit": False,
                    "problems": [
                        {"line": one.line, "place": one.place or None, "problem": one.what}
                        for one in error.faults
                    ],
                }
            )
        else:
            for one in error.faults:
                out(cell(f"{file.name}, {one}"))
        ctx.exit(1)
    if as_json:
        print_json({"fit": True, "id": found.id, "settings": list(found.settings), "problems": []})
    else:
        out(f"{found.id} can be adopted: {len(found.rules)} rules, {len(found.examples)} examples hold.")


@protocol.command("compare")
@_file
@_site_option
@on_registry
@json_option
@example("nadir protocol compare our-transplants.toml --site leuven")
def compare_protocol(file: Path, sites: tuple[str, ...], open_registry: OpenRegistry, as_json: bool) -> None:
    """What a file changes of the published protocol, and whom it would watch if it were adopted today."""
    from adjudication.surveillance.protocol_file import Unfit
    from registry.errors import Usage
    from registry.surveillance.foreseen import foreseen
    from registry.surveillance.protocols import compared, read

    text = _text_of(file)
    try:
        found = read(file.name, text)
    except Unfit as error:
        raise Usage(f"{file} cannot be adopted: `nadir protocol check` lists why.") from error
    with open_registry() as (registry, actor):
        changes = compared(registry, found, text)
        coming = foreseen(registry, actor, found, sites, registry.now().date())
    if as_json:
        print_json(
            {
                "id": found.id,
                "compared": [{"with": one.what, "lines": one.lines} for one in changes],
                "would_watch": [one.as_json() for one in coming],
            }
        )
        return
    for one in changes:
        out(f"Beside {one.what}:" if one.lines else f"Nothing differs from {one.what}.")
        for line in one.lines:
            out(cell(line))
    for few in coming:
        now = f"watched by {few.now} now" if few.now else "watched by no protocol now"
        out(cell(f"Would watch at {few.site or 'no site'}: {few.patients}, {now}"))
    if not coming:
        out("Would watch no patient yet.")


@protocol.command("adopt")
@_file
@_site_option
@_reason_option
@on_registry
@example("nadir protocol adopt our-transplants.toml --site leuven --reason 'protocol of the transplant unit'")
def adopt_protocol(
    file: Path, sites: tuple[str, ...], reason: str | None, open_registry: OpenRegistry
) -> None:
    """Put a site's own file in force: it goes before the published protocol for its settings."""
    from registry.surveillance.protocols import adopt

    text = _text_of(file)
    with open_registry() as (registry, actor):
        found = adopt(registry, actor, file.name, text, sites, reason=reason)
    settings = ", ".join(found.settings).replace("_", " ")
    say(f"{found.id} is in force {_at(sites)} for {settings}.")


@protocol.command("drop")
@click.argument("protocol_id")
@_site_option
@_reason_option
@on_registry
@example("nadir protocol drop our-transplants --reason 'back to the consensus'")
def drop_protocol(
    protocol_id: str, sites: tuple[str, ...], reason: str | None, open_registry: OpenRegistry
) -> None:
    """End an adopted protocol; it stays in the history, and its patients return to what else is in force."""
    from registry.surveillance.protocols import drop

    with open_registry() as (registry, actor):
        drop(registry, actor, protocol_id, sites, reason=reason)
    say(f"{protocol_id} is no longer in force {_at(sites)}.")


def _at(sites: tuple[str, ...]) -> str:
    return f"at {', '.join(sites)}" if sites else "at all sites"


def _text_of(file: Path) -> str:
    from registry.errors import Usage
    from registry.surveillance.protocols import text_of

    try:
        content = file.read_bytes()
    except OSError as error:
        raise Usage(f"{file} cannot be read: {error}.") from error
    return text_of(file.name, content)
