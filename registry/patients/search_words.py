"""What a person types to find patients, understood word by word. Pure: it reads no registry."""

from __future__ import annotations

from dataclasses import dataclass

from adjudication.agents import agent, class_word, listed_agents
from adjudication.response.terms import Disease
from registry.errors import Usage
from registry.record.fields import TABLES

MOST_WORDS = 8
EVANS = "evans"
_LONG_ENOUGH = 3
"""Letters from which on a part of a name is taken for the name."""

SETTINGS = TABLES["exposure"].column("setting").words
DISEASES = tuple(disease.name for disease in Disease)


@dataclass(frozen=True)
class Word:
    """One word, and what it may mean beside a part of a pseudonym or of a site. `every` disease: Evans syndrome."""

    part: str
    diseases: tuple[str, ...] = ()
    every: bool = False
    agents: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()


def understood(text: str) -> list[Word]:
    """The words of `text`, each with its meanings: `rtx` is rituximab, `tpo-ra` a class, `ms` a setting.

    A name is known by its beginning (three letters or more), a brand or an abbreviation by the whole word. Raises
    Usage for more words than anybody types.
    """
    parts = text.split()
    if len(parts) > MOST_WORDS:
        raise Usage(f"That are {len(parts)} words. Search for at most {MOST_WORDS} at a time.")
    return [_word(part) for part in parts]


def _word(part: str) -> Word:
    folded = part.casefold()
    evans = folded == EVANS
    return Word(
        part,
        DISEASES if evans else tuple(name for name in DISEASES if folded == name.casefold()),
        evans,
        _agents(folded),
        tuple(
            sorted({one.agent_class for one in listed_agents() if _in(folded, class_word(one.agent_class))})
        ),
        tuple(one for one in SETTINGS if folded == _initials(one) or _in(folded, one)),
    )


def _agents(folded: str) -> tuple[str, ...]:
    known = agent(folded)
    named = {known.name if known else folded}
    if len(folded) >= _LONG_ENOUGH:
        named |= {one.name for one in listed_agents() if one.name.casefold().startswith(folded)}
    return tuple(sorted(named))


def _in(folded: str, name: str) -> bool:
    return len(folded) >= _LONG_ENOUGH and any(
        word.startswith(folded) for word in (name.casefold(), *name.casefold().replace("_", " ").split())
    )


def _initials(name: str) -> str | None:
    parts = name.split("_")
    return "".join(part[0] for part in parts) if len(parts) > 1 else None
