"""What became of a request: what was understood, what was stored, and what it did to the calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.cli.cells import subject
from registry.cli.printing import cell, out, print_json, say
from registry.cli.typed import Understood
from registry.errors import NadirError, Unavailable

if TYPE_CHECKING:
    from adjudication.response.explain import Explanation
    from registry.entry import ChangedCall, Saved
    from registry.roles import Actor
    from registry.store.database import Database


def tell_saved(
    registry: Database, actor: Actor, saved: Saved, understood: Understood, as_json: bool, *, judged: bool
) -> None:
    """What was stored, under which id and as which version, how it was understood.

    With `judged` the patient is judged again, and it is told which calls came out different.
    """
    changed = _judged(registry, actor, saved) if judged else []
    if as_json:
        facts = [
            {"table": one.table, "identity": one.identity, "version": one.version, "values": one.values}
            for one in saved.facts
        ]
        calls = [
            {
                "course_id": one.course_id,
                "criteria_id": one.criteria_id,
                "before": one.before.best_response if one.before else None,
                "after": one.after.best_response if one.after else None,
            }
            for one in changed
        ]
        print_json(
            {"seq": saved.seq, "repeated": saved.repeated, "facts": facts, "hints": saved.hints}
            | {"understood": understood.echoes, "doubts": understood.doubts, "calls": calls}
        )
        return
    for one in saved.facts:
        became = "withdrawn" if one.values is None else f"version {one.version}"
        out(f"{cell(subject(one.table, one.identity))}: {became}")
    _say_understood(understood)
    for hint in saved.hints:
        say(hint)
    done = f"Change {saved.seq} was stored"
    say(f"{done} before; nothing was done now." if saved.repeated else f"{done}.")
    for call in changed:
        say(f"Call on {call.headline}. Run `nadir explain {call.course_id}` for the reason.")


def _judged(registry: Database, actor: Actor, saved: Saved) -> list[ChangedCall]:
    """The calls that came out different. What was stored stays stored, even if it cannot be judged now."""
    from registry.entry import judge

    if saved.repeated:
        return []
    try:
        return judge(registry, actor, saved)
    except Unavailable as error:
        say(
            f"Change {saved.seq} is stored, but the patient could not be assessed now: {error.cause}. Run "
            f"`nadir adjudicate` later."
        )
        return []
    except NadirError as error:
        say(f"Change {saved.seq} is stored, but the patient was not assessed: {error}")
        return []


def tell_understood(understood: Understood, call: Explanation | None, as_json: bool) -> None:
    """What was understood of what was not stored, and the call that a course would get."""
    if as_json:
        facts = [
            {"table": one.table, "values": one.values, "missing": one.missing} for one in understood.facts
        ]
        print_json(
            {"facts": facts, "understood": understood.echoes, "doubts": understood.doubts}
            | {"call": call.as_json() if call else None}
        )
        return
    for one in understood.facts:
        out(one.table)
        for column, value in one.values.items():
            out(f"  {column}: {cell(value)}")
    _say_understood(understood)
    if call is not None:
        out(call.text())


def _say_understood(understood: Understood) -> None:
    for place, echo in understood.echoes.items():
        say(f"{place}: {echo}")
    for place, doubt in understood.doubts.items():
        say(f"{place}: {doubt}")
