"""Erasing a patient for good, with two administrators."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from registry.cli.options import OpenRegistry, example, json_option, on_registry
from registry.cli.printing import cell, out, print_json, print_table, say
from registry.errors import Usage
from registry.wording import file_moment, number_of

if TYPE_CHECKING:
    from registry.roles import Actor
    from registry.store.database import Database
    from registry.store.erasure import Erasure, Request


@click.command()
@click.argument("patient_id", metavar="[PATIENT]", required=False)
@click.option("--reason", metavar="TEXT", help="Why, without the pseudonym: it stays for good.")
@click.option("--take-back", is_flag=True, help="Take back what you or another administrator asked.")
@on_registry
@json_option
@example('nadir erase SYN-003 --reason "asked by letter of 12 March" --as mira')
def erase(
    patient_id: str | None, reason: str | None, take_back: bool, open_registry: OpenRegistry, as_json: bool
) -> None:
    """Erase every row and text of a patient for good: one administrator asks, another confirms.

    The first asks, the same command by a second carries it out. The audit trail keeps who and why, and the erased rows
    by digest alone. Backups that still hold the patient are listed: they are not changed. Without PATIENT the erasures
    that wait are listed.
    """
    from registry.store import erasure

    with open_registry() as (registry, actor):
        if patient_id is None:
            if reason is not None or take_back:
                raise Usage("Name the patient.")
            _list(erasure.requests(registry, actor), as_json)
            return
        if take_back:
            erasure.take_back(registry, actor, patient_id)
            if as_json:
                print_json({"state": "taken back"})
            say(f"{cell(patient_id)} is not to be erased any more.")
            return
        done = _done(registry, actor, patient_id, reason)
    if isinstance(done, erasure.Request):
        if as_json:
            print_json({"state": "asked", "asked_by": done.asked_by, "asked_at": done.asked_at})
        else:
            out("Asked. Another administrator confirms it with the same command; nothing is erased before.")
    elif as_json:
        print_json({"state": "erased", **done.as_json()})
    else:
        _print(done)


def _done(registry: Database, actor: Actor, patient_id: str, reason: str | None) -> Request | Erasure:
    from registry.store.erasure import ask_or_erase

    return ask_or_erase(registry, actor, patient_id, reason or "")


def _list(waiting: list[Request], as_json: bool) -> None:
    rows = [
        {
            "patient_id": one.patient_id,
            "site": one.site,
            "asked_by": one.asked_by,
            "asked_at": file_moment(one.asked_at),
            "reason": one.reason,
        }
        for one in waiting
    ]
    if as_json:
        print_json(rows)
        return
    titles = {"patient_id": "patient", "asked_by": "asked by", "asked_at": "asked at", "reason": "why"}
    print_table(rows, titles)
    say(f"{number_of(len(rows), 'erasure')} to confirm.")


def _print(done: Erasure) -> None:
    rows = number_of(sum(done.rows.values()), "row")
    out(
        f"Erased: {rows} in {number_of(len(done.rows), 'table')}, texts in {number_of(done.texts, 'other row')}."
    )
    if not done.searched:
        out("The pseudonym is a short number, so texts about other patients were not searched for it.")
    for one in done.copies:
        out(f"{cell(str(one))}. Delete it, or erase the patient again after it is restored.")
    say(f"Change {done.seq} of the audit trail names who and why, and the erased rows by digest alone.")
