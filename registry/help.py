"""Help: short guides by task, written as Markdown, shown on the page Help and printed by `nadir help`."""

from dataclasses import dataclass
from pathlib import Path

from registry.errors import Usage

FOLDER = Path(__file__).parent / "screens" / "help"
TOPICS = (
    "log-a-course",
    "paste-and-import",
    "work-the-list",
    "read-a-case",
    "read-a-cohort",
    "run-the-server",
    "commands",
)
"""The guides in the order in which they are listed; each is the name of a file."""


@dataclass(frozen=True)
class Guide:
    """One guide: its topic as typed after `nadir help`, its title, and its Markdown without the title."""

    topic: str
    title: str
    text: str


def guide(topic: str) -> Guide:
    """The guide of a topic. Raises Usage with the topics there are for an unknown one."""
    if topic not in TOPICS:
        raise Usage(f"There is no help on {topic!r}. Topics: {', '.join(TOPICS)}.")
    head, _, text = (FOLDER / f"{topic}.md").read_text("utf-8").partition("\n")
    return Guide(topic, head.removeprefix("# ").strip(), text.strip())


def guides() -> list[Guide]:
    """Every guide, in order."""
    return [guide(topic) for topic in TOPICS]
