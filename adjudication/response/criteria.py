"""Published criteria as data: sets by their ids, loaded with their worked examples run.

A set is identified by its id and the digest of its rules: a stored call names both. How a file is read, and what in it
is refused, is in `criteria_file`.
"""

import tomllib
from functools import cache
from importlib.resources import files

from adjudication.response.criteria_examples import check_examples
from adjudication.response.criteria_file import Criteria, CriteriaError, UnfitCriteria, parse
from adjudication.response.terms import Disease
from adjudication.toml_table import Lines

DEFAULTS = {Disease.ITP: "itp-iwg-2009", Disease.AIHA: "aiha-hammersmith-2017"}
"""The criteria that judge a disease unless others are asked for."""


def load_text(text: str, name: str = "criteria") -> Criteria:
    """Criteria from the text of a TOML file, with its worked examples run. Raises UnfitCriteria with every fault."""
    criteria = parse(text, name)
    faults = [*check_examples(criteria, tomllib.loads(text)["example"], Lines(text))]
    if faults:
        raise UnfitCriteria(name, faults)
    return criteria


def published_ids() -> list[str]:
    """Ids of the response criteria that ship with the project."""
    texts = (entry for entry in files("adjudication.published").iterdir() if entry.name.endswith(".toml"))
    return sorted(entry.name[:-5] for entry in texts if "[[level]]" in entry.read_text("utf-8"))


def source(criteria_id: str) -> str:
    """The text of a published criteria file."""
    return (files("adjudication.published") / f"{criteria_id}.toml").read_text("utf-8")


def differences(one: Criteria, other: Criteria) -> list[tuple[str, str, str]]:
    """(rule, what one says, what the other says) for every rule in which two sets differ; empty = not there."""
    left, right = _spread(one), _spread(other)
    return [
        (rule, left.get(rule, ""), right.get(rule, ""))
        for rule in sorted(left.keys() | right.keys())
        if left.get(rule) != right.get(rule)
    ]


def _spread(criteria: Criteria) -> dict[str, str]:
    found = {f"level {n}": f"{level.name}: {level.words}" for n, level in enumerate(criteria.levels, 1)}
    for name, section in criteria.sections.items():
        for key, value in section.items():
            for inner, said in value.items() if isinstance(value, dict) else [("", value)]:
                found[".".join(part for part in (name, key, inner) if part)] = str(said)
    return found


@cache
def load(criteria_id: str) -> Criteria:
    """The published criteria set `criteria_id`; CriteriaError if there is none. The tests run its examples."""
    if criteria_id not in published_ids():
        raise CriteriaError(f"no criteria {criteria_id!r}; there are {', '.join(published_ids())}")
    return parse(source(criteria_id), criteria_id)


def default(disease: Disease) -> Criteria:
    """The default criteria of a disease."""
    return load(DEFAULTS[disease])
