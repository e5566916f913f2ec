"""Published criteria as data: a TOML file becomes frozen `Criteria`, and those become the engine's `Rule`.

A file names its source for every rule, holds the declared readings where the source is silent, and worked examples
that run whenever it is loaded. An unknown key is refused, so that a misspelt rule cannot be silently ignored.
A set is identified by its id and the digest of its rules: a stored call names both.
"""

import hashlib
import json
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import IntEnum
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

import numpy as np

from adjudication.agents import agent, agent_or_other
from adjudication.response.engine import adjudicate
from adjudication.response.grade import LevelRule
from adjudication.response.series import Courses, DoseSteps, Happenings, Observations, Series
from adjudication.response.terms import (
    LEVELS,
    MICRO,
    MISSING,
    NO_DAY,
    REASONS,
    Disease,
    Happening,
    HappeningReason,
    Intent,
    Kind,
    Level,
    MarkerState,
    Scale,
    StartReason,
    StopReason,
)
from adjudication.response.window import Rule
from adjudication.toml_text import NotToml, read_toml

DEFAULTS = {Disease.ITP: "itp-iwg-2009", Disease.AIHA: "aiha-hammersmith-2017"}
"""The criteria that judge a disease unless others are asked for."""


_Words = TypeVar("_Words", bound=IntEnum)


class CriteriaError(ValueError):
    """A criteria file that cannot be trusted: the message names the file, the place and what was expected."""


@dataclass(frozen=True)
class LevelText:
    """One level in the paper's words: `all` pairs each predicate with what it asks."""

    name: str
    words: str
    clause: str
    all: tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class ReadingText:
    """What a silent source leaves open, what is done, why, and what else could be chosen."""

    id: str
    asks: str
    we: str
    because: str
    alternative: str


@dataclass(frozen=True)
class Criteria:
    """One criteria set. `sections` holds the remaining tables of the file as read; `rule` is the engine's form."""

    id: str
    version: str
    title: str
    disease: Disease
    analyte: Kind
    unit: str
    citation: str
    doi: str
    digest: str
    levels: tuple[LevelText, ...]
    readings: tuple[ReadingText, ...]
    sections: Mapping[str, Mapping[str, Any]]
    rule: Rule

    def attribution_days(self, agents: Iterable[str]) -> int:
        """Last day after the start on which a response to `agents` may begin; the longest of them.

        `NO_DAY` for observation, which has no limit; an agent without a published one has the default.
        """
        names = set(agents)
        if names == {_OBSERVATION}:
            return NO_DAY
        days = [self._limit(name) for name in names - {_OBSERVATION}]
        return max(days, default=int(self.sections["attribution"]["days_by_default"]))

    def failing_from_days(self, agents: Iterable[str]) -> int:
        """First day after the start on which failure of `agents` may be called; the longest of them (DEF-ITP-21)."""
        published, names = self.sections["earliest_failure"]["days"], set(agents)
        if len(names) > 1:
            names -= {_OBSERVATION}
        default = self.sections["attribution"]["days_by_default"] // 2
        return max((int(published.get(name, self._limit(name) // 2)) for name in names), default=int(default))

    def is_unlimited(self, agents: Iterable[str]) -> bool:
        """Whether the limit of any of `agents` is the default, for want of a published one (DEF-ITP-27)."""
        return bool(set(agents) - {_OBSERVATION} - set(self.sections["attribution"]["days"]))

    def _limit(self, name: str) -> int:
        limits = self.sections["attribution"]
        return int(limits["days"].get(name, limits["days_by_default"]))

    def reading(self, reading_id: str) -> ReadingText:
        return next(reading for reading in self.readings if reading.id == reading_id)

    def level(self, name: str) -> LevelText | None:
        return next((level for level in self.levels if level.name == name), None)

    def clause(self, section: str) -> str:
        return str(self.sections[section]["clause"])


_OBSERVATION = "observation"
_HEAD = {"id", "version", "title", "disease", "analyte", "unit", "citation", "doi"}
_PREDICATES = {
    "at_least",
    "above",
    "fold_of_baseline",
    "rise_above",
    "no_bleeding",
    "transfusion_free",
    "no_hemolysis",
}
_SECTIONS: dict[str, dict[str, type]] = {
    "confirmation": {"response_days": int, "failing_days": int},
    "baseline": {
        "days_before_start": int,
        "days_after_transfusion": int,
        "splenectomy_before_first_course": bool,
    },
    "bridge": {"days": int, "agents": list, "pulse_agents": list, "pulse_days": int, "rescues": list},
    "started_in_response": {"days_old": int, "held": dict},
    "gaps": {"assessments_days": int, "failing_pair_days": int, "death_days": int},
    "fatal_bleed": {"grades": dict, "days": int},
    "same_day": {"times": int},
    "washout": {"rescue_drug_days": int, "platelet_days": int, "red_cell_days": int},
    "bleeding": {"grade": int},
    "loss": {
        "rescue_for": list,
        "rescue_unclear": list,
        "red_cells_for": list,
        "next_course_for": list,
        "next_course_unclear": list,
        "next_course_without_effect": list,
        "passed_over_rescue_for": list,
        "passed_over_red_cells": bool,
        "fall": dict,
        "needs_hemolysis_or_unknown": bool,
    },
    "hemolysis": {"within_days": int, "markers_needed": int},
    "attribution": {"days": dict, "days_by_default": int},
    "earliest_failure": {"days": dict},
    "corticosteroid_dependence": {
        "prednisolone_mg_per_day_above": str,
        "days": int,
        "further_courses_within_days": int,
        "prolonged_days": int,
    },
    "thrombocytosis": {"above": str},
    "landmarks": {"er_7d": dict, "ir_1m": dict, "dr_6m": dict, "rem_12m": dict},
    "phase": {"newly_diagnosed_months": int, "persistent_months": int},
    "off_treatment_remission": {"days": int, "levels": dict, "agent_classes": list},
}
"""Every section with its keys and what each holds; numbers that may have decimals are text."""
_OPTIONAL = {
    "splenectomy_before_first_course",
    *_SECTIONS["washout"],
    "rescue_for",
    "rescue_unclear",
    "red_cells_for",
    "passed_over_rescue_for",
    "passed_over_red_cells",
    "fall",
    "needs_hemolysis_or_unknown",
}
_TABLES = {
    "fall": {"below", "by_at_least"},
    "er_7d": {"day", "within"},
    "ir_1m": {"day", "within"},
    "dr_6m": {"day", "within"},
    "rem_12m": {"day", "within", "above"},
    "levels": {"srot30", "srot50"},
}
"""Keys of the tables within sections, all needed."""
_TYPE = {int: "a whole number", str: "text", bool: "true or false", list: "a list", dict: "a table"}
_ALWAYS = {
    "confirmation",
    "baseline",
    "washout",
    "loss",
    "attribution",
    "earliest_failure",
    "started_in_response",
    "gaps",
}
_EXAMPLE = {
    "name",
    "baseline",
    "agents",
    "counts",
    "bleeds",
    "red_cells",
    "rescues",
    "markers",
    "next_course",
    "stopped",
    "died",
    "other_causes",
    "expect",
}
_EXPECTED = {"best_response", "reason", "onset_day", "relapsed_day"}
_READING = {"id", "asks", "we", "because", "alternative"}
_LANDMARKS = ("er_7d", "ir_1m", "dr_6m", "rem_12m")


def _refuse_unknown(where: str, found: Iterable[str], allowed: set[str]) -> None:
    unknown = sorted(set(found) - allowed)
    if unknown:
        raise CriteriaError(f"{where}: unknown {', '.join(unknown)}; expected {', '.join(sorted(allowed))}")


def _demand(where: str, found: Iterable[str], needed: set[str]) -> None:
    missing = sorted(needed - set(found))
    if missing:
        raise CriteriaError(f"{where}: missing {', '.join(missing)}")


def micro(number: str) -> int:
    """A decimal text in canonical units as exact micro units; CriteriaError if it is none or finer than a millionth."""
    try:
        scaled = Decimal(number) * MICRO
    except InvalidOperation as error:
        raise CriteriaError(f"{number!r} is not a number") from error
    if scaled != int(scaled):
        raise CriteriaError(f"{number} is finer than a millionth")
    return int(scaled)


def _word(word: str, codes: type[_Words]) -> _Words:
    """The member that `word` names, in whatever case."""
    found = {name.casefold(): member for name, member in codes.__members__.items()}
    if word.casefold() not in found:
        raise CriteriaError(f"{word!r} is none of {', '.join(sorted(found))}")
    return found[word.casefold()]


def _mask(words: Iterable[str], codes: type[StartReason] | type[HappeningReason]) -> int:
    return sum(1 << int(_word(word, codes)) for word in words)


def _check_section(key: str, section: Mapping[str, Any]) -> None:
    """CriteriaError unless a section has its clause, every key it needs, none it does not know, and right values."""
    where, known = f"[{key}]", _SECTIONS[key]
    _refuse_unknown(where, section, set(known) | {"clause"})
    if "clause" not in section:
        raise CriteriaError(f"{where} cites no clause")
    _demand(where, section, set(known) - _OPTIONAL)
    for name, value in section.items():
        kind = known.get(name, str)
        if type(value) is not kind:
            raise CriteriaError(f"{where}: {name} is {value!r}, expected {_TYPE[kind]}")
        if name in _TABLES:
            _refuse_unknown(f"{where} {name}", section[name], _TABLES[name])
            _demand(f"{where} {name}", section[name], _TABLES[name])
    for name in section["days"] if key in ("attribution", "earliest_failure") else ():
        listed = agent(name)
        if listed is None or listed.name != name:
            raise CriteriaError(f"{where}: {name!r} is not the generic name of a listed agent")


def _level_rule(level: LevelText) -> LevelRule:
    asked = dict(level.all)
    return LevelRule(
        at_least=micro(asked["at_least"]) if "at_least" in asked else MISSING,
        above=micro(asked["above"]) if "above" in asked else MISSING,
        fold_e3=int(Decimal(asked["fold_of_baseline"]) * 1000) if "fold_of_baseline" in asked else MISSING,
        rise_above=micro(asked["rise_above"]) if "rise_above" in asked else MISSING,
        no_bleeding=int("no_bleeding" in asked),
        no_hemolysis=int("no_hemolysis" in asked),
    )


def _rule(
    disease: Disease, analyte: Kind, levels: tuple[LevelText, ...], sections: Mapping[str, Any]
) -> Rule:
    loss, washout = sections["loss"], sections["washout"]
    hemolysis = sections.get("hemolysis", {})
    steroid = sections.get("corticosteroid_dependence", {})
    landmarks = sections.get("landmarks", {})
    fall = loss.get("fall", {})
    bridge, fatal = sections.get("bridge", {}), sections.get("fatal_bleed", {"grades": {}, "days": 0})
    gaps, started = sections["gaps"], sections["started_in_response"]
    off = sections.get("off_treatment_remission", {"days": 0, "levels": {"srot30": "0", "srot50": "0"}})
    days = tuple(int(landmarks[name]["day"]) if landmarks else 0 for name in _LANDMARKS)
    within = tuple(int(landmarks[name]["within"]) if landmarks else 0 for name in _LANDMARKS)
    return Rule(
        disease=int(disease),
        kind=int(analyte),
        best=_level_rule(levels[0]),
        next=_level_rule(levels[1]),
        held=_level_rule(LevelText("", "", "", (*started["held"].items(), ("no_bleeding", True)))),
        best_level=int(Level[levels[0].name]),
        next_level=int(Level[levels[1].name]),
        baseline_days=sections["baseline"]["days_before_start"],
        clean_after_transfusion_days=sections["baseline"]["days_after_transfusion"],
        splenectomy_from_first=int(sections["baseline"].get("splenectomy_before_first_course", False)),
        response_days=sections["confirmation"]["response_days"],
        failing_days=sections["confirmation"]["failing_days"],
        rescue_drug_days=washout.get("rescue_drug_days", -1),
        platelet_days=washout.get("platelet_days", -1),
        red_cell_days=washout.get("red_cell_days", -1),
        bleed_grade=sections["bleeding"]["grade"] if "bleeding" in sections else MISSING,
        failing_rescues=_mask(loss.get("rescue_for", ()), HappeningReason),
        unknown_rescues=_mask(loss.get("rescue_unclear", ()), HappeningReason),
        failing_red_cells=_mask(loss.get("red_cells_for", ()), HappeningReason),
        losing_reasons=_mask(loss["next_course_for"], StartReason),
        unknown_reasons=_mask(loss["next_course_unclear"], StartReason),
        inefficacy_reasons=_mask(loss["next_course_without_effect"], StartReason),
        hemolysis_days=hemolysis.get("within_days", 0),
        markers_needed=hemolysis.get("markers_needed", 0),
        fall_below=micro(fall["below"]) if fall else MISSING,
        fall_by=micro(fall["by_at_least"]) if fall else MISSING,
        loss_needs_hemolysis=int(loss.get("needs_hemolysis_or_unknown", False)),
        steroid_mg_e6=micro(steroid["prednisolone_mg_per_day_above"]) if steroid else MISSING,
        steroid_days=steroid.get("days", 0),
        thrombocytosis=micro(sections["thrombocytosis"]["above"])
        if "thrombocytosis" in sections
        else NO_DAY * MICRO,
        landmark_days=(days[0], days[1], days[2], days[3]),
        landmark_tolerance=(within[0], within[1], within[2], within[3]),
        remission_above=micro(landmarks["rem_12m"]["above"]) if landmarks else MISSING,
        off_days=off["days"],
        off_at_least=(micro(off["levels"]["srot30"]), micro(off["levels"]["srot50"])),
        bridge_days=bridge.get("days", -1),
        passed_rescues=_mask(loss.get("passed_over_rescue_for", ()), HappeningReason),
        passed_red_cells=int(loss.get("passed_over_red_cells", False)),
        fatal_grades=tuple(fatal["grades"].get(scale.word, NO_DAY) for scale in Scale),
        fatal_days=fatal["days"],
        recent_days=started["days_old"],
        death_days=gaps["death_days"],
        gap_days=gaps["assessments_days"],
        pair_gap_days=gaps["failing_pair_days"],
        further_steroid_days=steroid.get("further_courses_within_days", 0),
        prolonged_days=steroid.get("prolonged_days", 0),
        same_day_times=sections.get("same_day", {}).get("times", 0),
    )


def parse(text: str, name: str = "criteria") -> Criteria:
    """Criteria from the text of a TOML file; CriteriaError names what cannot be trusted. Runs no example."""
    try:
        table = read_toml(text)
    except NotToml as error:
        raise CriteriaError(f"{name}: not TOML: {error}") from error
    _refuse_unknown(name, table, _HEAD | set(_SECTIONS) | {"level", "reading", "example"})
    _demand(name, table, _HEAD | _ALWAYS | {"level", "reading", "example"})
    try:
        return _criteria(table)
    except CriteriaError as error:
        raise CriteriaError(f"{name}: {error}") from error


def _criteria(table: Mapping[str, Any]) -> Criteria:
    levels = []
    for row in table["level"]:
        where = f"level {row.get('name')}"
        _refuse_unknown(where, row, {"name", "words", "clause", "all"})
        _demand(where, row, {"name", "words", "clause", "all"})
        _word(row["name"], Level)
        pairs = tuple((key, value) for condition in row["all"] for key, value in condition.items())
        _refuse_unknown(where, (key for key, _ in pairs), _PREDICATES)
        levels.append(LevelText(row["name"], row["words"], row["clause"], pairs))
    if len(levels) != 2:
        raise CriteriaError(f"a set has two levels, the better first; found {len(levels)}")
    sections = {key: table[key] for key in _SECTIONS if key in table}
    for key, section in sections.items():
        _check_section(key, section)
    for row in table["reading"]:
        _refuse_unknown(f"reading {row.get('id')}", row, _READING)
        _demand(f"reading {row.get('id')}", row, _READING)
    readings = tuple(ReadingText(**row) for row in table["reading"])
    twice = sorted(one for one, times in Counter(row.id for row in readings).items() if times > 1)
    if twice:
        raise CriteriaError(f"reading {', '.join(twice)} stands twice")
    rules = {key: value for key, value in table.items() if key not in ("reading", "example", "title")}
    digest = hashlib.sha256(json.dumps(rules, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]
    disease, analyte = _word(table["disease"], Disease), _word(table["analyte"], Kind)
    return Criteria(
        table["id"],
        table["version"],
        table["title"],
        disease,
        analyte,
        table["unit"],
        table["citation"],
        table["doi"],
        digest,
        tuple(levels),
        readings,
        sections,
        _rule(disease, analyte, tuple(levels), sections),
    )


def example_series(criteria: Criteria, example: Mapping[str, Any]) -> Series:
    """The one-course series of a worked example: day 0 is the start of the course."""
    where = f"{criteria.id}: example {example.get('name')!r}"
    _refuse_unknown(where, example, _EXAMPLE)
    _demand(where, example, {"name", "agents", "counts", "expect"})
    _refuse_unknown(f"{where}: expect", example["expect"], _EXPECTED)
    counted = [(0, example["baseline"])] if "baseline" in example else []
    counted += [(day, value) for day, value in example["counts"]]
    observed = [(day, int(criteria.analyte), micro(value)) for day, value in counted]
    observed += [
        (day, int(_word(kind, Kind)), int(_word(state, MarkerState)))
        for day, kind, state in example.get("markers", ())
    ]
    happened = [
        (day, end, int(Happening.BLEED), int(HappeningReason.UNKNOWN), grade)
        for day, end, grade in example.get("bleeds", ())
    ]
    happened += [
        (day, day, int(Happening.RED_CELLS), int(_word(reason, HappeningReason)), 0)
        for day, reason in example.get("red_cells", ())
    ]
    happened += [
        (day, day, int(Happening.RESCUE_DRUG), int(_word(reason, HappeningReason)), 0)
        for day, reason in example.get("rescues", ())
    ]
    agents = [agent_or_other(name) for name in example["agents"]]
    starts = [(0, int(StartReason.FIRST_LINE))]
    if "next_course" in example:
        day, reason = example["next_course"]
        starts.append((day, int(_word(reason, StartReason))))
    happened += [
        (day, end, int(Happening[f"OTHER_CAUSE_{criteria.disease.word}"]), int(HappeningReason.UNKNOWN), 0)
        for day, end in example.get("other_causes", ())
    ]
    stopped, stop_reason = example.get("stopped", (NO_DAY, "not_recorded"))
    n = len(starts)
    intent = Intent.OBSERVATION if example["agents"] == ["observation"] else Intent.INDUCTION
    observations = np.array(observed, np.int64).reshape(-1, 3)
    happenings = np.array(happened, np.int64).reshape(-1, 5)
    none = np.zeros(0, np.int32)
    return Series(
        1,
        np.array([example.get("died", NO_DAY)], np.int32),
        Courses(
            np.zeros(n, np.int32),
            np.full(n, int(criteria.disease), np.int8),
            np.array([day for day, _ in starts], np.int32),
            np.array([stopped, *[NO_DAY] * (n - 1)], np.int32),
            np.full(n, int(intent), np.int8),
            np.array([reason for _, reason in starts], np.int8),
            np.full(n, criteria.attribution_days(a.name for a in agents), np.int32),
            np.full(n, 3, np.int8),
            np.full(n, int(any(a.is_steroid for a in agents)), np.int8),
            np.full(n, int("splenectomy" in example["agents"]), np.int8),
            np.full(n, NO_DAY, np.int32),
            np.zeros(n, np.int32),
            np.array([int(_word(stop_reason, StopReason)), *[0] * (n - 1)], np.int8),
            np.full(n, criteria.failing_from_days(a.name for a in agents), np.int32),
            np.full(n, int(criteria.is_unlimited(a.name for a in agents)), np.int8),
            np.full(n, NO_DAY, np.int32),
        ),
        Observations(
            np.zeros(len(observed), np.int32),
            observations[:, 0].astype(np.int32),
            observations[:, 1].astype(np.int8),
            observations[:, 2].copy(),
            np.arange(len(observed), dtype=np.int64),
            np.zeros(len(observed), np.int8),
            np.zeros(len(observed), np.int8),
            np.full(len(observed), -1, np.int16),
        ),
        Happenings(
            np.zeros(len(happened), np.int32),
            happenings[:, 0].astype(np.int32),
            happenings[:, 1].astype(np.int32),
            happenings[:, 2].astype(np.int8),
            happenings[:, 3].astype(np.int8),
            happenings[:, 4].astype(np.int8),
            np.arange(len(happened), dtype=np.int64) + len(observed),
            np.zeros(len(happened), np.int8),
            np.full(len(happened), NO_DAY, np.int32),
        ),
        DoseSteps(none, none, none, np.zeros(0, np.int64), none, np.zeros(0, np.int64)),
    )


def check_examples(criteria: Criteria, examples: Iterable[Mapping[str, Any]]) -> None:
    """Run worked examples through the engine; CriteriaError names the example, what came and what was expected."""
    for example in examples:
        calls = adjudicate(example_series(criteria, example), criteria.rule).calls
        got = {
            "best_response": LEVELS[calls.level[0]].word,
            "reason": REASONS[calls.reason[0]].word,
            "onset_day": int(calls.onset_on[0]),
            "relapsed_day": int(calls.relapsed_on[0]),
        }
        for key, expected in example["expect"].items():
            if got[key] != expected:
                raise CriteriaError(
                    f"{criteria.id}: example {example['name']!r}: {key} is {got[key]}, expected {expected}"
                )


def load_text(text: str, name: str = "criteria") -> Criteria:
    """Criteria from the text of a TOML file, with its worked examples run; CriteriaError if either fails."""
    criteria = parse(text, name)
    check_examples(criteria, tomllib.loads(text)["example"])
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
