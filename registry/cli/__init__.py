"""The command line: every command is one call of a service, printed.

Results go to standard output, everything else to standard error. Exit codes: 0 done; 1 the answer is no; 2 wrong
usage; 3 input refused and nothing stored; 4 the registry is busy or cannot be opened; 5 not permitted.
Services are imported where they are used, so that `nadir --help` answers at once.
"""

from __future__ import annotations

from typing import Any

import click

from registry.cli import (
    accounts,
    criteria,
    facts,
    history,
    intake,
    judging,
    pasting,
    patients,
    reading,
    serving,
    trust,
)
from registry.cli.printing import list_clashes, list_problems, say
from registry.errors import Busy, Conflict, NadirError, Refused

__all__ = ["main"]

_INSTEAD = "While the app has it open, the pages do what the commands do: accounts are on the page Accounts."


class Commands(click.Group):
    """A group whose commands turn the registry's errors into a message and its exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except NadirError as error:
            say(str(error))
            if isinstance(error, Refused):
                list_problems(error.problems)
            if isinstance(error, Conflict):
                list_clashes(error.clashes)
            if isinstance(error, Busy):
                say(_INSTEAD)
            ctx.exit(error.exit_code)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="nadir")
def main() -> None:
    """Nadir: a treatment-course registry for ITP and AIHA that judges response from raw counts and says why."""


for _command in (
    serving.demo,
    serving.init,
    serving.serve,
    intake.import_,
    intake.export,
    facts.log,
    facts.amend,
    facts.withdraw,
    facts.undo,
    pasting.paste,
    history.history,
    patients.find,
    patients.patient,
    judging.adjudicate,
    judging.explain,
    reading.summary,
    reading.cohort,
    reading.waiting,
    reading.recent,
    reading.worklist,
    trust.audit,
    trust.verify,
    trust.doctor,
    trust.backup,
    trust.restore,
    accounts.user,
    criteria.criteria,
):
    main.add_command(_command)
