"""What the commands of review share: a judgment as it is typed and signed, and a packet as it is printed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from registry.cli.options import OpenRegistry, json_option, on_registry
from registry.cli.printing import cell, out, print_json, print_table, say, terminal
from registry.errors import Problem, Refused
from registry.wording import file_moment

if TYPE_CHECKING:
    from registry.review import Opened, Prove, Said
    from registry.roles import Actor
    from registry.store.database import Database

NO_DAY = "none"
"""Typed in place of a day: what was saved of it is taken back."""
JUDGEMENT = {
    "level": "response",
    "onset_on": "onset",
    "lost_cr_on": "CR lost",
    "relapsed_on": "relapse",
    "confidence": "confidence",
    "reason": "reason",
    "note": "note",
}
_PARTS = {
    "episodes": ("episodes", ("disease", "onset_on", "diagnosed_on", "primary_or_secondary", "dat_result", "ended_on")),
    "courses": (
        "courses",
        ("disease", "line_number", "regimen", "agents", "started_on", "course_day", "stopped_on",
         "course_day_until", "ongoing", "intent", "start_reason", "stop_reason", "course_id"),
    ),
    "agents": ("doses", ("agent", "started_on", "course_day", "stopped_on", "course_day_until", "dose", "dose_unit",
                         "route", "frequency")),
    "observations": (
        "counts",
        ("observed_on", "course_day", "analyte", "comparator", "value_canonical", "not_evaluable", "value", "unit",
         "specimen", "quality", "lower_limit", "upper_limit", "explained", "observation_id"),
    ),
    "bleeds": ("bleeds", ("started_on", "course_day", "ended_on", "course_day_until", "scale", "grade", "site",
                          "itp_related", "bleed_id")),
    "transfusions": ("transfusions", ("given_on", "course_day", "product", "units", "reason", "transfusion_id")),
    "rescues": ("rescues", ("given_on", "course_day", "agent", "reason", "rescue_id")),
    "adverse_events": (
        "adverse events",
        ("onset_on", "course_day", "ended_on", "course_day_until", "category", "term", "ctcae_grade", "serious",
         "outcome", "adverse_event_id"),
    ),
    "other_causes": ("other causes", ("started_on", "course_day", "ended_on", "course_day_until", "disease", "cause")),
}  # fmt: skip


def with_registry(function: Callable[..., None]) -> Callable[..., None]:
    """A command that opens the registry as somebody."""

    @on_registry
    @json_option
    @wraps(function)
    def run(open_registry: OpenRegistry, as_json: bool, **given: Any) -> None:
        with open_registry() as (registry, actor):
            function(registry, actor, as_json=as_json, **given)

    return run


case_argument = click.argument("case_id", metavar="CASE")


def judgement(function: Callable[..., None]) -> Callable[..., None]:
    """The options with which a judgment is typed."""
    for name, flag, help_ in reversed(
        (
            ("level", "--response", "CR, R, PR, NR or NE."),
            (
                "onset_on",
                "--onset",
                "Date on which the response began, as in the packet, or d14 for a day of the course; none "
                "clears a saved date.",
            ),
            ("lost_cr_on", "--lost-cr", "Date on which a complete response was lost, or none."),
            ("relapsed_on", "--relapse", "Date of the relapse, or none."),
            ("confidence", "--confidence", "high, moderate or low."),
            ("reason", "--reason", "Reason; required in a dispute or a committee."),
            ("note", "--note", "Other comments."),
        )
    ):  # fmt: skip
        function = click.option(flag, name, default="", help=help_)(function)
    return click.option(
        "--minutes",
        type=click.IntRange(0),
        default=0,
        help="Minutes spent on the case since you claimed it or last saved.",
    )(function)


def signs(function: Callable[..., None]) -> Callable[..., None]:
    """The option with which a program gives the password."""
    return click.option(
        "--password-stdin", is_flag=True, help="Read your password from standard input instead of asking."
    )(function)


def tell(result: Mapping[str, Any], told: str, as_json: bool, *, no: bool = False) -> None:
    """Say what was done; `no`: the answer is no, which the exit code tells."""
    if as_json:
        print_json(result)
    say(told)
    if no:
        click.get_current_context().exit(1)


def held_by(registry: Database, actor: Actor, case_id: str) -> Opened:
    """A case that is held, to be read or to be settled."""
    from registry import review

    try:
        return review.opened(registry, actor, case_id)
    except Refused:
        return review.dispute(registry, actor, case_id).opened


def so_far(held: Opened, texts: Mapping[str, str]) -> dict[str, str]:
    """What was saved of a judgment, and over it what is typed now; a day is taken back by NO_DAY."""
    from adjudication.review.workflow import DATES

    before = {name: str(text) for name, text in (held.draft or {}).items() if name in JUDGEMENT and text}
    typed = before | {name: text for name, text in texts.items() if text}
    return {name: text for name, text in typed.items() if name not in DATES or text.strip().lower() != NO_DAY}


def understood(held: Opened, texts: Mapping[str, str], *, reasoned: bool) -> Said:
    """The judgment that was typed, over what was saved; each day is echoed. Raises Refused with every problem."""
    from registry import review

    typed_so_far = so_far(held, texts)
    refuse_days_of_no_response(typed_so_far, texts)
    found = review.understood(typed_so_far, held.content, reasoned=reasoned)
    for name, typed in found.days.items():
        if typed.echo:
            say(cell(f"{review.LABELS[name]}: {typed.echo}" + (f". {typed.doubt}" if typed.doubt else "")))
    if found.said is None:
        raise Refused("Nothing was signed.", _problems(found.problems, typed_so_far))
    return found.said


def refuse_days_of_no_response(texts: Mapping[str, str], typed: Mapping[str, str]) -> None:
    """Raise Refused for a day that is typed now beside a response that has no such day.

    A day that was saved before the response was changed is left out, as on the page.
    """
    from adjudication.response.terms import Level
    from adjudication.review.workflow import DATES
    from registry import review

    level = texts.get("level", "").strip().upper()
    if level not in Level.__members__:
        return
    given = [name for name in DATES if typed.get(name, "").strip().lower() not in ("", NO_DAY)]
    found = {
        name: f"{level} has no such date. Leave it out, or choose another response."
        for name in given
        if name not in review.asked(level)
    }
    if found:
        raise Refused("Nothing was saved.", _problems(found, typed))


def refuse_contradictions(held: Opened, texts: Mapping[str, str], typed: Mapping[str, str]) -> None:
    """Raise Refused for days of which no further word could make a judgment; what is lacking may still come."""
    from adjudication.review.workflow import DATES
    from registry import review

    refuse_days_of_no_response(texts, typed)
    found = {
        name: remedy
        for name, remedy in review.understood(texts, held.content).problems.items()
        if name in DATES and not (name == "onset_on" and not texts.get(name))
    }
    if found:
        raise Refused("Nothing was saved.", _problems(found, texts))


def _problems(found: Mapping[str, str], texts: Mapping[str, str]) -> list[Problem]:
    return [
        Problem("judgement", None, JUDGEMENT[name], texts.get(name), "a consistent judgment", remedy)
        for name, remedy in found.items()
    ]


def proof(registry: Database, actor: Actor, part: str, password_stdin: bool) -> Prove:
    """Say what the signature means, and let the person prove to be who they are."""
    from registry import accounts, review
    from registry.record.synthetic import is_synthetic
    from registry.review.signing import MEANING

    say(f"You sign as {actor.name}: “{MEANING[part]}”")
    if actor.name in accounts.DEMO_USERS and is_synthetic(registry):
        return review.in_demonstration(registry)
    asked = terminal.get()
    password = asked.line() if password_stdin else asked.password("Your password")
    return review.by_password(registry, password)


def print_packet(held: Opened) -> None:
    from registry import review
    from registry.patients.packet import packet_rows

    content = held.content
    out(f"{held.case_id} · {cell(review.headline(content))}")
    out(cell(review.about(content)))
    say(review.MASKED)
    criteria = content["criteria"]
    out(f"\n{cell(criteria['title'])} ({criteria['id']})")
    for level in criteria["levels"]:
        out(f"  {level['name']}: {cell(level['words'])}")
    for part, (title, columns) in _PARTS.items():
        rows = packet_rows(content, part)
        if rows:
            out(f"\n{title}")
            print_table(rows, {name: name for name in columns}, indent="  ")
    if held.draft:
        out("\nsaved")
        for name, text in held.draft.items():
            out(f"  {cell(name)}: {cell(text)}")
    if held.expires_at is not None:
        say(f"Held until {file_moment(held.expires_at)}; {round(held.seconds / 60)} minutes spent.")
