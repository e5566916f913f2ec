"""Agents: generic name, class, ATC code, and the other names a nurse or a laboratory system may write.

The table is `published/agents.toml`; nothing about an agent is written in code.
"""

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

OTHER = "OTHER"


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


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads((files("adjudication.published") / "agents.toml").read_text("utf-8"))


@cache
def _by_name() -> dict[str, Agent]:
    found: dict[str, Agent] = {}
    for row in _table()["agent"]:
        factor = row.get("prednisolone_equivalent")
        agent = Agent(
            row["name"],
            row["class"],
            row.get("atc"),
            frozenset(row["acts_on"]),
            Decimal(factor) if factor else None,
        )
        for name in (row["name"], row.get("atc") or row["name"], *row["aliases"]):
            if found.setdefault(_folded(name), agent) is not agent:
                raise ValueError(f"agents.toml: {name!r} names two agents")
    return found


def agent(text: str) -> Agent | None:
    """The agent that `text` names (generic name, brand, abbreviation or ATC code), or None if not listed."""
    return _by_name().get(_folded(text))


def agent_or_other(text: str) -> Agent:
    """As `agent`, but a name that is not listed is kept, in lower case, with class OTHER, acting on both lineages."""
    return agent(text) or Agent(
        " ".join(text.casefold().split()), OTHER, None, frozenset({"ITP", "AIHA"}), None, listed=False
    )


def listed_agents() -> list[Agent]:
    """Every listed agent once, in the order of the table."""
    return list(dict.fromkeys(_by_name().values()))


def regimen(agents: list[str]) -> str:
    """The sorted classes of `agents`, joined: `RITUXIMAB+TPO_RA`."""
    return "+".join(sorted({agent_or_other(name).agent_class for name in agents}))


def class_word(agent_class: str) -> str:
    """A class as people read it: `TPO_RA` is TPO-RA, `SPLENECTOMY` splenectomy."""
    return _class_words().get(agent_class, agent_class.replace("_", " ").lower())


def regimen_word(regimen: str) -> str:
    """A regimen as people read it: `IVIG+STEROID` is IVIG + steroid."""
    return " + ".join(class_word(part) for part in regimen.split("+") if part)


@cache
def _class_words() -> dict[str, str]:
    words: dict[str, str] = _table()["class_words"]
    return words
