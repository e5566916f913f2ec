"""A criteria file read strictly: its TOML becomes frozen `Criteria`, and those become the engine's `Rule`.

A file names its source for every rule and holds the declared readings where the source is silent. Every fault is
reported at once with its line; an unknown key is refused, so that a misspelt rule cannot be silently ignored.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import IntEnum
from typing import Any, TypeVar

from adjudication.agents import agent
from adjudication.readings import ReadingText, readings_of
from adjudication.response.grade import LevelRule
from adjudication.response.terms import (
    MICRO,
    MISSING,
    NO_DAY,
    Disease,
    HappeningReason,
    Kind,
    Level,
    Scale,
    StartReason,
)
from adjudication.response.window import Rule
from adjudication.toml_table import Table, Unfit, tables_of

_Code = TypeVar("_Code", bound=IntEnum)
_Reader = Callable[[Table, str], Any]
_MOST_DAYS = 36_500
"""A hundred years: a longer span is a slip of the pen."""
_LANDMARKS = ("er_7d", "ir_1m", "dr_6m", "rem_12m")
_OBSERVATION = "observation"
_HEAD = ("id", "version", "title", "unit", "citation", "doi")


class CriteriaError(ValueError):
    """A criteria file that cannot be trusted: the message names the file, the place and what was expected."""


class UnfitCriteria(Unfit, CriteriaError):
    """A criteria file with faults; `faults` has them all."""


@dataclass(frozen=True)
class LevelText:
    """One level in the paper's words: `all` pairs each predicate with what it asks."""

    name: str
    words: str
    clause: str
    all: tuple[tuple[str, Any], ...]


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


def micro(number: str) -> int:
    """A decimal text in canonical units as exact micro units; CriteriaError if it is none or finer than a millionth."""
    try:
        scaled = Decimal(number) * MICRO
    except InvalidOperation as error:
        raise CriteriaError(f"{number!r} is not a number") from error
    if scaled != int(scaled):
        raise CriteriaError(f"{number} is finer than a millionth")
    return int(scaled)


def code_of(word: str, codes: type[_Code]) -> _Code:
    """The member that `word` names, in any case. CriteriaError if there is none."""
    found = {name.casefold(): member for name, member in codes.__members__.items()}
    if word.casefold() not in found:
        raise CriteriaError(f"{word!r} is none of {', '.join(sorted(found))}")
    return found[word.casefold()]


def _mask(words: Iterable[str], codes: type[StartReason] | type[HappeningReason]) -> int:
    return sum(1 << int(code_of(word, codes)) for word in words)


def _amount(table: Table, key: str) -> None:
    """A number in the canonical unit, as text, no finer than a millionth."""
    value = table.decimal(key)
    if value * MICRO != int(value * MICRO):
        table.wrong(f"{key}: {value} is finer than a millionth", key)


def _days(table: Table, key: str) -> None:
    table.number(key, 0, _MOST_DAYS)


def _flag(table: Table, key: str) -> None:
    """A demand that is there or is not: `false` would change nothing, so it is refused."""
    if table.take(key, bool) is False:
        table.wrong(f"{key} = false changes nothing: leave it out where it is not asked", key)


def _texts(table: Table, key: str) -> None:
    table.texts(key)


def _reasons(codes: type[HappeningReason] | type[StartReason]) -> _Reader:
    return lambda table, key: table.some_of(key, [code.word for code in codes])


def _parts(**readers: _Reader) -> _Reader:
    """A table within a section, of which every key is needed."""

    def read(table: Table, key: str) -> None:
        inner = table.table(key)
        for name, reader in readers.items():
            reader(inner, name)

    return read


def _held(table: Table, key: str) -> None:
    """What a value must meet alone, without a baseline; bleeding ends a response in any case."""
    inner = table.table(key)
    for name in ("at_least", "above"):
        if name in inner.values:
            _amount(inner, name)
        else:
            inner.may_have(name)
    if len(inner.values) != 1:
        table.wrong(f"{key} holds one of at_least, above", key)


def _grades(table: Table, key: str) -> None:
    """The grade of each scale by its word."""
    inner = table.table(key)
    for scale in Scale:
        if scale.word in inner.values:
            inner.number(scale.word, 0, 5)
        else:
            inner.may_have(scale.word)


def _agent_days(table: Table, key: str) -> None:
    """Days by the generic name of a listed agent."""
    inner = table.table(key)
    for name in list(inner.left):
        _days(inner, name)
        listed = agent(name)
        if listed is None or listed.name != name:
            inner.wrong(f"{name!r} is not the generic name of a listed agent", name)


_visit = _parts(day=_days, within=_days)
_SECTIONS: dict[str, dict[str, _Reader]] = {
    "confirmation": {"response_days": _days, "failing_days": _days},
    "baseline": {
        "days_before_start": _days,
        "days_after_transfusion": _days,
        "splenectomy_before_first_course": _flag,
    },
    "bridge": {
        "days": _days,
        "agents": _texts,
        "pulse_agents": _texts,
        "pulse_days": _days,
    },
    "started_in_response": {"days_old": _days, "held": _held},
    "gaps": {"assessments_days": _days, "failing_pair_days": _days, "death_days": _days},
    "fatal_bleed": {"grades": _grades, "days": _days},
    "same_day": {"times": _days},
    "washout": {"rescue_drug_days": _days, "platelet_days": _days, "red_cell_days": _days},
    "bleeding": {"grade": _days},
    "loss": {
        "rescue_for": _reasons(HappeningReason),
        "rescue_unclear": _reasons(HappeningReason),
        "red_cells_for": _reasons(HappeningReason),
        "next_course_for": _reasons(StartReason),
        "next_course_unclear": _reasons(StartReason),
        "next_course_without_effect": _reasons(StartReason),
        "passed_over_rescue_for": _reasons(HappeningReason),
        "passed_over_red_cells": _flag,
        "fall": _parts(below=_amount, by_at_least=_amount),
        "needs_hemolysis_or_unknown": _flag,
    },
    "hemolysis": {"within_days": _days, "markers_needed": _days},
    "attribution": {"days": _agent_days, "days_by_default": _days},
    "earliest_failure": {"days": _agent_days},
    "corticosteroid_dependence": {
        "prednisolone_mg_per_day_above": _amount,
        "days": _days,
        "further_courses_within_days": _days,
        "prolonged_days": _days,
    },
    "thrombocytosis": {"above": _amount},
    "landmarks": {
        "er_7d": _visit,
        "ir_1m": _visit,
        "dr_6m": _visit,
        "rem_12m": _parts(day=_days, within=_days, above=_amount),
    },
    "phase": {"newly_diagnosed_months": _days, "persistent_months": _days},
    "off_treatment_remission": {
        "days": _days,
        "levels": _parts(srot30=_amount, srot50=_amount),
        "agent_classes": _texts,
    },
}
"""Every section with its keys and what each holds."""
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
_PREDICATES: dict[str, _Reader] = {
    "at_least": _amount,
    "above": _amount,
    "fold_of_baseline": _amount,
    "rise_above": _amount,
    "no_bleeding": _flag,
    "transfusion_free": _flag,
    "no_hemolysis": _flag,
}
_EVENTS: dict[str, tuple[type, ...]] = {
    "counts": (int, str),
    "bleeds": (int, int, int),
    "red_cells": (int, str),
    "rescues": (int, str),
    "markers": (int, str, str),
    "other_causes": (int, int),
}
"""Lists of a worked example, and what each entry holds; the first number is the day after the start."""


def parse(text: str, name: str = "criteria") -> Criteria:
    """Criteria from the text of a TOML file. Raises UnfitCriteria with every fault. Runs no example."""
    try:
        return _criteria(tables_of(name, text))
    except Unfit as error:
        raise UnfitCriteria(error.file, error.faults) from error


def _criteria(top: Table) -> Criteria:
    head = {key: top.take(key, str) for key in _HEAD}
    disease = top.one_of("disease", [one.word for one in Disease])
    analyte = top.one_of("analyte", [one.word for one in Kind])
    levels = tuple(_level(row) for row in top.tables("level"))
    if len(levels) != 2:
        top.wrong(f"a set has two levels, the better first; found {len(levels)}", "level")
    for key, known in _SECTIONS.items():
        if key in top.values or key in _ALWAYS:
            _read_section(top.table(key), known)
        else:
            top.may_have(key)
    _check_demands(top, levels)
    readings = readings_of(top, alternative_needed=True)
    for row in top.tables("example"):
        _read_example(row)
    top.finish()
    sections = {key: top.values[key] for key in _SECTIONS if key in top.values}
    rules = {key: value for key, value in top.values.items() if key not in ("reading", "example", "title")}
    digest = hashlib.sha256(json.dumps(rules, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]
    judged, counted = code_of(disease, Disease), code_of(analyte, Kind)
    return Criteria(
        **head,
        disease=judged,
        analyte=counted,
        digest=digest,
        levels=levels,
        readings=readings,
        sections=sections,
        rule=_rule(judged, counted, levels, sections),
    )


def _check_demands(top: Table, levels: Collection[LevelText]) -> None:
    """A demand needs the section that says how it is read; red cells wash out for every level or for none."""

    def asked(key: str) -> list[str]:
        return [level.name for level in levels if key in dict(level.all)]

    for key, section in (("no_bleeding", "bleeding"), ("no_hemolysis", "hemolysis")):
        if asked(key) and section not in top.values:
            top.wrong(f"{key} of {' and '.join(asked(key))} needs the section {section}", "level")
    free = asked("transfusion_free")
    if "washout" not in top.values:
        return
    washed = "red_cell_days" in top.values["washout"]
    if free and not washed:
        top.wrong(f"transfusion_free of {' and '.join(free)} needs red_cell_days of washout", "level")
    if washed and len(free) < len(levels):
        top.wrong(
            "red_cell_days sets counts aside for every level, so every level asks for transfusion_free",
            "washout",
        )


def _level(row: Table) -> LevelText:
    name = row.one_of("name", [one.word for one in Level])
    pairs: list[tuple[str, Any]] = []
    for part in row.tables("all"):
        for key in part.values:
            if key in dict(pairs):
                part.wrong(f"{key} is asked for twice", key)
        pairs += part.values.items()
        for key, reader in _PREDICATES.items():
            if key in part.values:
                reader(part, key)
            else:
                part.may_have(key)
    return LevelText(name, row.take("words", str), row.take("clause", str), tuple(pairs))


def _read_section(section: Table, known: Mapping[str, _Reader]) -> None:
    section.take("clause", str)
    for key, reader in known.items():
        if key in section.values or key not in _OPTIONAL:
            reader(section, key)
        else:
            section.may_have(key)


def _read_example(row: Table) -> None:
    row.take("name", str)
    row.take("baseline", str, "")
    row.texts("agents")
    for key, kinds in _EVENTS.items():
        given = row.take(key, list, ... if key == "counts" else [])
        _check_entries(row, key, given, kinds)
    for key in ("next_course", "stopped"):
        _check_entries(row, key, [row.take(key, list, [0, ""])], (int, str))
    row.take("died", int, 0)
    expect = row.table("expect")
    for key, kind in (("best_response", str), ("reason", str), ("onset_day", int), ("relapsed_day", int)):
        expect.take(key, kind, kind())


def _check_entries(row: Table, key: str, given: Collection[Any], kinds: tuple[type, ...]) -> None:
    for entry in given:
        if not isinstance(entry, list) or tuple(type(part) for part in entry) != kinds:
            words = ", ".join("a whole number" if kind is int else "text" for kind in kinds)
            row.wrong(f"{key} has {entry!r}, not [{words}]", key)


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
