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
    disputes,
    doubting,
    erasing,
    facts,
    history,
    intake,
    judging,
    mapping,
    pasting,
    patients,
    protocol,
    queries,
    reading,
    serving,
    surveillance,
    trust,
    upgrading,
)
from registry.cli import (
    help as guides,
)
from registry.cli.printing import tell_error
from registry.errors import NadirError
from registry.store import disk
from registry.visible import visible

__all__ = ["main"]


FORMER_NAMES = {"programme": "protocol"}
"""Commands of the first edition under the names that they had there."""


class Commands(click.Group):
    """All commands, by subject; the registry's errors become a message and its exit code."""

    def __init__(self, *given: Any, **named: Any) -> None:
        """As any group of click."""
        super().__init__(*given, **named)
        self.sections: dict[str, list[click.Command]] = {}

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, also of the one that it had in the first edition."""
        return super().get_command(ctx, FORMER_NAMES.get(cmd_name, cmd_name))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Each command with the whole first sentence of its help."""
        width = max(len(str(one.name)) for commands in self.sections.values() for one in commands)
        for section, commands in self.sections.items():
            with formatter.section(section):
                formatter.write_dl(
                    [(f"{one.name:{width}}", one.get_short_help_str(limit=200)) for one in commands]
                )

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.ClickException as error:
            vars(error)["message"] = visible(error.message)
            raise
        except NadirError as error:
            tell_error(error)
            ctx.exit(error.exit_code)
        except OSError as error:
            told = disk.as_unavailable(error)
            if told is None:
                raise
            tell_error(told)
            ctx.exit(told.exit_code)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="nadir")
def main() -> None:
    """Nadir: a treatment-course registry for ITP and AIHA that assesses response from raw counts and
    explains each result."""


for _section, _commands in {
    "The app": (serving.demo, serving.init, serving.serve, guides.help_),
    "Patients": (reading.waiting, reading.recent, patients.find, patients.patient),
    "Facts": (facts.log, pasting.paste, facts.amend, facts.withdraw, facts.undo, history.history),
    "Surveillance": (
        surveillance.worklist,
        surveillance.watched,
        surveillance.outcome,
        surveillance.sign,
        surveillance.proposals,
        surveillance.paper,
        protocol.measures,
        protocol.protocol,
    ),
    "Calls": (judging.adjudicate, judging.explain, criteria.criteria),
    "Human review": (
        doubting.open_cases,
        disputes.review,
        doubting.challenge,
        doubting.agreement,
        queries.query,
    ),
    "Cohorts": (reading.summary, reading.cohort),
    "In and out": (intake.import_, mapping.mapping, intake.export),
    "Trust": (
        trust.audit,
        trust.head,
        trust.verify,
        trust.doctor,
        trust.backup,
        trust.restore,
        upgrading.upgrade,
    ),
    "People": (accounts.user, erasing.erase),
}.items():
    for _command in _commands:
        main.add_command(_command)
        main.sections.setdefault(_section, []).append(_command)
