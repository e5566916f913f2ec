"""Which courses a figure is about: one value that has words, an address, and nothing hidden."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Self

from adjudication.agents import OTHER, listed_agents, regimen_word
from adjudication.response import criteria
from adjudication.response.criteria import DEFAULTS
from adjudication.response.terms import Disease
from registry.errors import Usage

DISEASES = ("ITP", "AIHA")
SETTINGS: Mapping[str, str] = {
    "alemtuzumab": "after alemtuzumab",
    "renal_transplant": "after alemtuzumab for a renal transplant",
    "multiple_sclerosis": "after alemtuzumab for multiple sclerosis",
    "other": "after alemtuzumab for another reason",
    "no_alemtuzumab": "without alemtuzumab before",
    "primary": "recorded as primary",
}
"""Why a cytopenia may have come, by the last alemtuzumab before it or by what was recorded."""
EVERYTHING = "all courses"

Texts = Mapping[str, str | Sequence[str]]

_DAY = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?")
_LINES = re.compile(r"(\d{1,2})(?:(-)(\d{1,2})?)?")


@dataclass(frozen=True)
class Filter:
    """The chosen courses. What is None or empty chooses nothing: all are meant.

    `line_from` to `line_to` and `started_from` to `started_to` include both ends. `criteria` names criteria sets
    that judge in place of the default of their disease. Raises Usage for a value that cannot be meant.
    """

    disease: str | None = None
    setting: str | None = None
    sites: tuple[str, ...] = ()
    regimens: tuple[str, ...] = ()
    line_from: int | None = None
    line_to: int | None = None
    started_from: date | None = None
    started_to: date | None = None
    criteria: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.disease is not None and self.disease not in DISEASES:
            raise Usage(f"There is no disease {self.disease!r} here. Choose ITP or AIHA.")
        if self.setting is not None and self.setting not in SETTINGS:
            raise Usage(f"There is no setting {self.setting!r}. Choose one of {', '.join(SETTINGS)}.")
        classes = {agent.agent_class for agent in listed_agents()} | {OTHER}
        for regimen in self.regimens:
            if not set(regimen.split("+")) <= classes:
                raise Usage(
                    f"There is no regimen {regimen!r}. Join classes of agents by +, such as RITUXIMAB+TPO_RA."
                )
        if None not in (self.line_from, self.line_to) and self.line_from > self.line_to:  # type: ignore[operator]
            raise Usage(f"No line is from {self.line_from} to {self.line_to}: give the lower one first.")
        if self.started_from and self.started_to and self.started_from > self.started_to:
            raise Usage(
                f"No course begins from {self.started_from} to {self.started_to}: give the earlier day first."
            )
        known = criteria.published_ids()
        diseases = [criteria.load(one).disease for one in self.criteria if one in known]
        if len(diseases) < len(self.criteria):
            wrong = next(one for one in self.criteria if one not in known)
            raise Usage(f"There are no criteria {wrong!r}. Choose from {', '.join(known)}.")
        if len(set(diseases)) < len(diseases):
            raise Usage("Two criteria sets of one disease cannot judge side by side. Choose one of each.")
        for name in ("sites", "criteria"):
            object.__setattr__(self, name, tuple(sorted(set(getattr(self, name)))))
        sorted_classes = {"+".join(sorted(set(regimen.split("+")))) for regimen in self.regimens}
        object.__setattr__(self, "regimens", tuple(sorted(sorted_classes)))

    # The address

    @classmethod
    def read(cls, texts: Texts) -> Self:
        """The filter that an address or a command line names; names that are no part of a filter are left alone.

        `disease`, `setting`, `site` and `regimen` (several), `line` (`2`, `2-`, `1-3`), `from` and `to` (a year, a
        month or a day, ISO), `criteria` (several). Raises Usage for a value that cannot be read.
        """
        one = {name: _first(value) for name, value in texts.items()}
        many = {name: _all(value) for name, value in texts.items()}
        line_from, line_to = read_lines(one.get("line", ""))
        return cls(
            disease=one.get("disease", "").upper() or None,
            setting=one.get("setting", "").lower() or None,
            sites=tuple(many.get("site", ())),
            regimens=tuple(regimen.upper() for regimen in many.get("regimen", ())),
            line_from=line_from,
            line_to=line_to,
            started_from=read_day(one.get("from", "")),
            started_to=read_day(one.get("to", ""), last=True),
            criteria=tuple(many.get("criteria", ())),
        )

    @classmethod
    def read_leniently(cls, texts: Texts) -> tuple[Self, list[str]]:
        """As `read`, but what cannot be read is left out and named, so that a page can still be shown."""
        kept, problems = dict(texts), []
        for name in ADDRESS:
            if name in kept:
                try:
                    cls.read({name: kept[name]})
                except Usage as error:
                    problems.append(str(error))
                    del kept[name]
        try:
            return cls.read(kept), problems
        except Usage as error:
            return cls(), [*problems, str(error)]

    def address(self) -> dict[str, list[str]]:
        """What stands in the address of the page; `Filter.read` gives the same filter again."""
        found = {
            "disease": [self.disease] if self.disease else [],
            "setting": [self.setting] if self.setting else [],
            "site": list(self.sites),
            "regimen": list(self.regimens),
            "line": [lines] if (lines := written_lines(self.line_from, self.line_to)) else [],
            "from": [written_day(self.started_from)] if self.started_from else [],
            "to": [written_day(self.started_to, last=True)] if self.started_to else [],
            "criteria": list(self.criteria),
        }
        return {name: values for name, values in found.items() if values}

    # Words

    def __str__(self) -> str:
        """`ITP, line 2 and later, begun 2019 to 2023, site north`; `all courses` where nothing is chosen."""
        parts = [
            self.disease or "",
            SETTINGS[self.setting] if self.setting else "",
            _either([regimen_word(regimen) for regimen in self.regimens]),
            _line_words(self.line_from, self.line_to),
            self._period(),
            f"{'site' if len(self.sites) == 1 else 'sites'} {' and '.join(self.sites)}" if self.sites else "",
            f"judged by {' and '.join(self.criteria)}" if self.criteria else "",
        ]
        return ", ".join(part for part in parts if part) or EVERYTHING

    def _period(self) -> str:
        start = written_day(self.started_from) if self.started_from else ""
        end = written_day(self.started_to, last=True) if self.started_to else ""
        if start and start == end:
            return f"begun in {start}"
        if start and end:
            return f"begun {start} to {end}"
        return f"begun {start} or later" if start else f"begun until {end}" if end else ""

    def judging(self) -> dict[Disease, str]:
        """The criteria that judge each disease."""
        return dict(DEFAULTS) | {criteria.load(one).disease: one for one in self.criteria}

    @property
    def is_everything(self) -> bool:
        """True where nothing is chosen."""
        return all(getattr(self, one.name) in (None, ()) for one in fields(self))

    @property
    def is_whole(self) -> bool:
        """True where the whole of a disease or of a site is meant, and nothing singles out some of its courses."""
        chosen = (self.setting, self.line_from, self.line_to, self.started_from, self.started_to)
        return not self.regimens and all(one is None for one in chosen)


ADDRESS = ("disease", "setting", "site", "regimen", "line", "from", "to", "criteria")


def read_lines(text: str) -> tuple[int | None, int | None]:
    """`2` -> (2, 2), `2-` -> (2, None), `1-3` -> (1, 3), nothing -> (None, None). Raises Usage."""
    if not text.strip():
        return None, None
    found = _LINES.fullmatch(text.strip())
    if found is None:
        raise Usage(f"{text!r} is no line of therapy. Write 2, 2- (line 2 and later) or 1-3.")
    low, dash, high = found.groups()
    return int(low), int(high) if high else None if dash else int(low)


def written_lines(low: int | None, high: int | None) -> str:
    """The text that `read_lines` reads."""
    if low is None and high is None:
        return ""
    if high is None:
        return f"{low}-"
    return f"{low}" if low == high else f"{low or 0}-{high}"


def read_day(text: str, *, last: bool = False) -> date | None:
    """A day, or the first (the `last`) day of a year or month: `2019`, `2019-07`, `2019-07-14`. Raises Usage."""
    if not text.strip():
        return None
    found = _DAY.fullmatch(text.strip())
    try:
        if found is None:
            raise ValueError
        year, month, day = (int(part) if part else None for part in found.groups())
        assert year is not None  # noqa: S101
        if day is not None and month is not None:
            return date(year, month, day)
        first = date(year, month or 1, 1)
        if not last:
            return first
        after = date(year + 1, 1, 1) if month in (None, 12) else date(year, (month or 0) + 1, 1)
        return after - timedelta(days=1)
    except ValueError:
        raise Usage(
            f"{text!r} is no day. Write a year (2019), a month (2019-07) or a day (2019-07-14)."
        ) from None


def written_day(on: date, *, last: bool = False) -> str:
    """The shortest text that `read_day` reads as this day."""
    for text in (f"{on.year}", f"{on.year}-{on.month:02}"):
        if read_day(text, last=last) == on:
            return text
    return on.isoformat()


def _line_words(low: int | None, high: int | None) -> str:
    if low is None and high is None:
        return ""
    if high is None:
        return f"line {low} and later"
    return f"line {low}" if low == high else f"lines {low or 0} to {high}"


def _either(words: Iterable[str]) -> str:
    return " or ".join(words)


def _first(value: str | Sequence[str]) -> str:
    return value if isinstance(value, str) else value[-1] if value else ""


def _all(value: str | Sequence[str]) -> list[str]:
    return [one for one in ([value] if isinstance(value, str) else value) if one]
