"""Agents: generic name, class, ATC code, and the other names a nurse or a laboratory system may write.

The table is `published/agents.toml`; nothing about an agent is written in code.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from adjudication.toml_table import Table, published

OTHER = "OTHER"
LINEAGES = ("ITP", "AIHA")


@dataclass(frozen=True)
class Agent:
    """One agent. `prednisolone_equivalent` is milligrams of prednisolone per milligram; None if no steroid."""

    name: str
    agent_class: str
    atc: str | None
    acts_on: frozenset[str]
    prednisolone_equivalent: Decimal | None
    listed: bool = True

    @property
    def is_steroid(self) -> bool:
        return self.prednisolone_equivalent is not None


def _folded(text: str) -> str:
    return " ".join(text.replace("_", " ").casefold().split())


@dataclass(frozen=True)
class _Agents:
    """Agents by each of their folded names, and the words of classes that are not simply lower case."""

    by_name: Mapping[str, Agent]
    class_words: Mapping[str, str]


def parse(top: Table) -> _Agents:
    """The table of agents. Raises Unfit with every fault: a name of two agents, and what is missing or unknown."""
    source = top.table("source")
    for key in ("atc", "prednisolone_equivalent", "acts_on", "certainty"):
        source.take(key, str)
    words = top.table("class_words").open(str)
    by_name: dict[str, Agent] = {}
    for row in top.tables("agent"):
        one = Agent(
            row.take("name", str),
            row.take("class", str),
            row.take("atc", str, None),
            frozenset(row.some_of("acts_on", LINEAGES)),
            row.decimal("prednisolone_equivalent", None),
        )
        for name in (one.name, one.atc or one.name, *row.texts("aliases")):
            if by_name.setdefault(_folded(name), one) is not one:
                row.wrong(f"{name!r} names two agents", "aliases")
    top.finish()
    return _Agents(by_name, words)


@cache
def _published() -> _Agents:
    return parse(published("agents"))


def agent(text: str) -> Agent | None:
    """The agent that `text` names (generic name, brand, abbreviation or ATC code), or None if not listed."""
    return _published().by_name.get(_folded(text))


def agent_or_other(text: str) -> Agent:
    """As `agent`, but a name that is not listed is kept, in lower case, with class OTHER, acting on both lineages."""
    return agent(text) or Agent(
        " ".join(text.casefold().split()), OTHER, None, frozenset(LINEAGES), None, listed=False
    )


def listed_agents() -> list[Agent]:
    """Every listed agent once, in the order of the table."""
    return list(dict.fromkeys(_published().by_name.values()))


def regimen(agents: list[str]) -> str:
    """The sorted classes of `agents`, joined: `RITUXIMAB+TPO_RA`."""
    return "+".join(sorted({agent_or_other(name).agent_class for name in agents}))


def class_word(agent_class: str) -> str:
    """A class as people read it: `TPO_RA` is TPO-RA, `SPLENECTOMY` splenectomy."""
    return _published().class_words.get(agent_class, agent_class.replace("_", " ").lower())


def regimen_word(regimen: str) -> str:
    """A regimen as people read it: `IVIG+STEROID` is IVIG + steroid."""
    return " + ".join(class_word(part) for part in regimen.split("+") if part)
