"""The guides: `nadir help`."""

from __future__ import annotations

import click

from registry.cli.options import example
from registry.cli.printing import out


@click.command("help")
@click.argument("topic", required=False)
@example("nadir help work-the-list")
def help_(topic: str | None) -> None:
    """Guides by task: log a course, paste and import, work the list, read a case or a cohort, run the server."""
    from registry.help import guide, guides

    if topic is None:
        for one in guides():
            out(f"nadir help {one.topic:18}{one.title}")
        return
    found = guide(topic)
    out(f"# {found.title}\n\n{found.text}")
