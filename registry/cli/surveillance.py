"""Surveillance after alemtuzumab: the worklist, what is done from it, proposed episodes, and papers to take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import click

from adjudication.surveillance.protocol import SIGNS, Outcome
from registry.cli.options import OpenRegistry, example, json_option, on_registry
from registry.cli.printing import cell, out, out_unchanged, print_json, print_json_text, say
from registry.errors import Usage
from registry.wording import file_moment

if TYPE_CHECKING:
    from registry.entry import Saved
    from registry.record.text.days import Typed
    from registry.roles import Actor
    from registry.store.database import Database
    from registry.surveillance.proposals import Proposed
    from registry.surveillance.watched import Watched

_MOMENT = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"])
_as_of = click.option(
    "--as-of",
    type=_MOMENT,
    help="Date, or date and time, of the list (default: now, by the clock of this computer).",
)
_key = click.option(
    "--key", help="A unique key of this request, so that a repeated request is not stored twice."
)
_patient = click.argument("patient_id", metavar="PATIENT")


@click.command()
@_as_of
@click.option("--csv", "as_csv", is_flag=True, help="Print the columns of worklist.csv.")
@on_registry
@json_option
@example("nadir worklist --as-of 2026-03-31T14:00")
def worklist(as_of: datetime | None, as_csv: bool, open_registry: OpenRegistry, as_json: bool) -> None:
    """After alemtuzumab: who is due or overdue, what the last count requires and by when, and what was
    done. The most urgent come first. Hours are counted at the local time of --as-of; without a time, at the
    start of that day.
    """
    from registry.surveillance.outside import outside
    from registry.surveillance.worklist import worklist as listed

    with open_registry() as (registry, actor):
        now = as_of or _here(registry)
        found = listed(registry, actor, now.date(), now=now)
        beside = (
            () if as_csv else outside(registry, actor, now.date(), found.removed["patient_id"].to_pylist())
        )
    if as_of is None and not as_csv and not as_json:
        say(f"Hours are counted at {now.astimezone():%Y-%m-%d %H:%M %Z}, by the clock of this computer.")
    if as_json:
        print_json_text(found.as_json(beside))
    elif as_csv:
        out_unchanged(found.as_csv())
    else:
        out(found.text(beside))


@click.command()
@_patient
@click.argument("outcome", type=click.Choice([str(one) for one in Outcome]), required=False)
@click.option("--on", "on", default="", metavar="DAY", help="Date on which it was done (default: today).")
@click.option("--recheck", default="", metavar="DAY", help="The day for which a recheck was arranged.")
@click.option("--reason", help="Reason; required for declined, moved, died and transferred.")
@click.option("--note", help="Other comments.")
@click.option("--put-back", is_flag=True, help="Put the patient back on the list, with a --reason.")
@_key
@on_registry
@json_option
@example("nadir outcome MS-007 recheck_arranged --recheck +2d")
def outcome(
    patient_id: str,
    outcome: str | None,
    on: str,
    recheck: str,
    reason: str | None,
    note: str | None,
    put_back: bool,
    key: str | None,
    open_registry: OpenRegistry,
    as_json: bool,
) -> None:
    """Log what was done about a watched patient.

    Contacted means that the patient or the hematologist was reached, which --note can tell: it answers a confirmed
    finding at 30 or above, and nothing else. A referral or the emergency unit answers every finding and ends a bleed;
    declined, moved, died and transferred take the patient off the worklist until a later result, sign or infusion.
    `nadir undo` takes it back within minutes.
    """
    from registry.entry.coming import read_coming_day
    from registry.record.text.days import read_day
    from registry.surveillance import outcomes

    if put_back is (outcome is not None):
        raise Usage("Give either an outcome or --put-back.")
    what = "back on the list" if outcome is None else outcomes.said(outcome)
    with open_registry() as (registry, actor):
        today = _here(registry).date()
        if outcome is None:
            saved = outcomes.put_back(
                registry, actor, patient_id, reason or "", key=key or uuid4().hex, today=today
            )
        else:
            saved = outcomes.log_outcome(
                registry,
                actor,
                patient_id,
                Outcome(outcome),
                key=key or uuid4().hex,
                today=today,
                done_on=_day(read_day(on, today)),
                recheck_on=_day(read_coming_day(recheck, today)),
                reason=reason,
                note=note,
            )
    _tell(saved, f"{patient_id}: {what}", as_json)


@click.command()
@_patient
@click.argument("signs", nargs=-1, required=True, type=click.Choice(SIGNS), metavar="SIGN...")
@click.option(
    "--on", "on", default="", metavar="DAY", help="Date on which they were noticed (default: today)."
)
@click.option(
    "--ended", "ended", default="", metavar="DAY", help="Their last day (else they are still there today)."
)
@click.option("--note", help="Other comments.")
@_key
@on_registry
@json_option
@example("nadir sign MS-007 petechiae easy_bruising --on yesterday")
def sign(
    patient_id: str,
    signs: tuple[str, ...],
    on: str,
    ended: str,
    note: str | None,
    key: str | None,
    open_registry: OpenRegistry,
    as_json: bool,
) -> None:
    """Log signs of bleeding that a patient reports between counts: they override the last count.

    The seven signs of the consensus: petechiae, easy_bruising, cut_bleeding, heavy_periods, bleeding_between_periods,
    gum_or_nose_bleeding, coughing_blood.
    """
    from registry.record.text.days import read_day
    from registry.surveillance.outcomes import refuse_unknown
    from registry.surveillance.signs import report

    with open_registry() as (registry, actor):
        refuse_unknown(registry, patient_id)
        today = _here(registry).date()
        saved = report(
            registry,
            actor,
            patient_id,
            signs,
            key=key or uuid4().hex,
            today=today,
            noticed_on=_day(read_day(on, today)),
            ended_on=_day(read_day(ended, today)),
            note=note,
        )
    _tell(saved, f"{patient_id}: {', '.join(signs)}", as_json)


@click.command()
@_patient
@_as_of
@on_registry
@json_option
@example("nadir watched MS-007")
def watched(patient_id: str, as_of: datetime | None, open_registry: OpenRegistry, as_json: bool) -> None:
    """One patient under surveillance: the finding, what was done, what was reported, and the next counts."""
    from registry.surveillance.hemoglobin import informed
    from registry.surveillance.outcomes import done
    from registry.surveillance.proposals import proposals
    from registry.surveillance.signs import reported
    from registry.surveillance.watched import watched as found_watched
    from registry.surveillance.worklist import worklist as listed

    with open_registry() as (registry, actor):
        now = as_of or _here(registry)
        today = now.date()
        one = found_watched(registry, actor, patient_id, today, now=now)
        text = listed(registry, actor, today, patient_id=patient_id, now=now).text()
        acts = done(registry, actor, [patient_id], today).get(patient_id, [])
        signs = reported(registry, actor, [patient_id], today).get(patient_id, [])
        hemoglobin = informed(registry, actor, {patient_id: one.protocol}, today).get(patient_id)
        proposed = proposals(registry, actor, today, patient_id=patient_id)
    if as_json:
        print_json(
            {"as_of": now, "row": one.row, "dates": one.dates, "done": [asdict(act) for act in acts]}
            | {"recheck": one.recheck and asdict(one.recheck)}
            | {"signs": [asdict(each) for each in signs], "hemoglobin": hemoglobin}
            | {"proposals": [_proposed(each) for each in proposed]}
        )
        return
    out(cell(text.partition("\n")[2]))
    if hemoglobin:
        out(f"For information: {hemoglobin}")
    for act in acts:
        recheck = f" for {act.recheck_on}" if act.recheck_on else ""
        why = "".join(f": {text}" for text in (act.reason, act.note) if text)
        out(cell(f"Done {act.done_on}: {act.words}{recheck}, by {act.by} at {file_moment(act.at)}{why}"))
    for each in signs:
        words = one.protocol.bleeding.signs.get(each.sign, each.sign)
        until = f" to {each.ended_on}" if each.ended_on else ""
        out(cell(f"Reported {each.noticed_on}{until}: {words}, by {each.by}"))
    for proposal in proposed:
        out(cell(_line(proposal)))
    out(_dates(one))


def _dates(one: Watched) -> str:
    first = ""
    if one.recheck is not None:
        last = one.recheck.last_day
        by = f" by {last}" if last is not None and last >= one.as_of else ""
        when = f"on {one.recheck.on}, as arranged" if one.recheck.on else f"as soon as possible{by}"
        first = f"Recheck {when}. "
    if not one.dates:
        over = f"No count is planned after {one.window_ends_on}"
        return f"{first}{over}: testing follows symptoms, and nobody is discharged."
    days = ", ".join(str(day) for day in one.dates[:3])
    return f"{first}Next counts: {days} … until {one.window_ends_on}."


# --- proposed episodes


@click.group(invoke_without_command=True)
@on_registry
@json_option
@example('nadir proposals reject MS-007 --reason "clumps on the smear"')
@click.pass_context
def proposals(ctx: click.Context, open_registry: OpenRegistry, as_json: bool) -> None:
    """Episodes of ITP that two low counts propose: listed, accepted, or rejected with a reason."""
    from registry.surveillance.proposals import proposals as found_proposals

    if ctx.invoked_subcommand is not None:
        return
    with open_registry() as (registry, actor):
        found = found_proposals(registry, actor, _here(registry).date())
    if as_json:
        print_json([_proposed(one) for one in found])
        return
    for one in found:
        out(cell(_line(one)))
    if not found:
        say("No counts propose an episode.")


@proposals.command()
@_patient
@_key
@on_registry
@json_option
@example("nadir proposals accept MS-007")
def accept(patient_id: str, key: str | None, open_registry: OpenRegistry, as_json: bool) -> None:
    """Open the episode that the counts of PATIENT propose."""
    from registry.surveillance.proposals import accept as taken

    with open_registry() as (registry, actor):
        one, today = _waiting(registry, actor, patient_id)
        saved = taken(registry, actor, one, key=key or uuid4().hex, today=today)
    _tell(saved, f"{patient_id}: an episode of ITP was opened, onset {one.onset_on}", as_json)


@proposals.command()
@_patient
@click.option("--reason", required=True, help="Why no episode is opened.")
@_key
@on_registry
@json_option
@example('nadir proposals reject MS-007 --reason "clumps on the smear"')
def reject(patient_id: str, reason: str, key: str | None, open_registry: OpenRegistry, as_json: bool) -> None:
    """Reject the episode that the counts of PATIENT propose, with a reason."""
    from registry.surveillance.proposals import reject as refused

    with open_registry() as (registry, actor):
        one, today = _waiting(registry, actor, patient_id)
        saved = refused(registry, actor, one, reason, key=key or uuid4().hex, today=today)
    _tell(saved, f"{patient_id}: no episode", as_json)


def _waiting(registry: Database, actor: Actor, patient_id: str) -> tuple[Proposed, date]:
    from registry.surveillance.proposals import proposals as found_proposals

    today = _here(registry).date()
    found = found_proposals(registry, actor, today, patient_id=patient_id)
    if not found:
        raise Usage(f"No counts of {patient_id} propose an episode now.")
    return found[0], today


def _line(one: Proposed) -> str:
    from registry.record.text.values import number_said

    first, second = (f"{number_said(each.e6)} on {each.day}" for each in (one.first, one.confirming))
    return f"{one.patient_id}: ITP from {one.onset_on} is proposed by {first}, confirmed by {second}"


def _proposed(one: Proposed) -> dict[str, Any]:
    return asdict(one) | {"onset_on": one.onset_on}


# --- papers


@click.group()
def paper() -> None:
    """Print papers for a watched patient and the team: leaflet, calendar, referral letter."""


def _paper(name: str, doc: str, make: Callable[[Database, Actor, Watched], bytes], suffix: str) -> None:
    @paper.command(name, help=f"{doc}\n\n\b\nExample:\n  nadir paper {name} MS-007 MS-007{suffix}")
    @_patient
    @click.argument("file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True), default="-")
    @_as_of
    @on_registry
    def write(patient_id: str, file: Path, as_of: datetime | None, open_registry: OpenRegistry) -> None:
        from registry.surveillance.watched import watched as found_watched

        if str(file) != "-" and not file.parent.is_dir():  # said before the paper is taken, which is audited
            raise Usage(f"There is no folder {file.parent}.")
        with open_registry() as (registry, actor):
            day = (as_of or _here(registry)).date()
            page = make(registry, actor, found_watched(registry, actor, patient_id, day))
        if str(file) == "-":
            out_unchanged(page)
            return
        try:
            file.write_bytes(page)
        except OSError as error:
            raise Usage(f"{file} cannot be written: {error.strerror}.") from error
        say(f"The {name} of {patient_id} is in {file}.")


def _leaflet(registry: Database, actor: Actor, one: Watched) -> bytes:
    from registry.report.leaflet import leaflet

    return leaflet(registry, actor, one).encode("utf-8")


def _calendar(registry: Database, actor: Actor, one: Watched) -> bytes:
    from registry.report.calendar import calendar_file

    return calendar_file(registry, actor, one)


def _letter(registry: Database, actor: Actor, one: Watched) -> bytes:
    from registry.report.letter import letter

    return letter(registry, actor, one).encode("utf-8")


_paper(
    "leaflet",
    "The signs to watch for and the next counts, to print: into FILE, else shown.",
    _leaflet,
    ".html",
)
_paper("calendar", "The days of the next counts for a telephone: into FILE, else shown.", _calendar, ".ics")
_paper("letter", "The referral to the hematologist, to print: into FILE, else shown.", _letter, ".html")


# --- telling


def _here(registry: Database) -> datetime:
    """The time of the registry (UTC) as the clock of this computer shows it: deadlines run by the clock on the wall."""
    return registry.now().replace(tzinfo=UTC).astimezone().replace(tzinfo=None)


def _day(read: Typed[date]) -> date | None:
    """The day that was typed; what was not understood is refused."""
    if read.problem is not None:
        raise Usage(read.problem)
    if read.value is not None:
        say(read.echo)
    return read.value


def _tell(saved: Saved, what: str, as_json: bool) -> None:
    if as_json:
        facts = [
            {"table": one.table, "identity": one.identity, "version": one.version} for one in saved.facts
        ]
        print_json({"seq": saved.seq, "repeated": saved.repeated, "facts": facts})
        return
    out(cell(what))
    done = f"Change {saved.seq} was stored"
    say(
        f"{done} before; nothing was done now."
        if saved.repeated
        else f"{done}. `nadir undo {saved.seq}` takes it back."
    )
