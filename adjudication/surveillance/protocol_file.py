"""The TOML file of a surveillance protocol, read whole: every problem is found, with its line, table and key.

Unknown keys are refused, and so are a ladder that could leave a count without an action and a rule that rests on a
reading which the file does not declare. A site's own file is read as strictly as a published one.
"""

import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

from adjudication.response.terms import MICRO
from adjudication.surveillance.protocol import (
    MEASURES,
    SIGNS,
    Action,
    Advice,
    Bleeding,
    BleedingScales,
    Cited,
    Condition,
    Confirmation,
    Example,
    Hospitalisation,
    Information,
    Measuring,
    Outcome,
    Outcomes,
    Owner,
    Protocol,
    Reading,
    Reference,
    Rule,
    Schedule,
    TreatmentAdvice,
)
from adjudication.toml_table import Fault as Fault
from adjudication.toml_table import Lines as Lines
from adjudication.toml_table import Table, tables_as
from adjudication.toml_table import Unfit as Unfit

LEGACY_RULE = "rung"
"""What a rule was called in the first edition; a site's file may still say so."""
MOST_MONTHS, MOST_DAYS, MOST_HOURS = 600, 3_650, 10_000
"""The longest spans that a protocol may name: beyond them nobody plans, and no calendar is sure to reach."""
SITES = frozenset({"mucosal", "deep"})
"""Sites of a bleed of which the source says that patients are frequently admitted."""
MOST_COUNT, MOST_GRADE, MOST_TIMES = 100_000, 10, 100


class _Table(Table):
    """A table of a protocol, in which counts are numbers in the file's unit."""

    def count(self, key: str) -> int | None:
        """A count in the file's unit, as micro units."""
        self.may_have(key)
        value = self.left.pop(key, None)
        if value is None:
            return None
        if _is_finite(value) and value > MOST_COUNT:
            self.wrong(f"{key} must be {MOST_COUNT} or less, not {value!s}", key)
            return MOST_COUNT * MICRO
        exact = Decimal(value) * MICRO if _is_from_0_to(value, MOST_COUNT) else Decimal("NaN")
        if not exact.is_finite() or exact != int(exact):
            self.wrong(f"{key} must be a count, not {value!s}", key)
            return None
        return int(exact)

    def amount(self, key: str, default: Any) -> int:
        """A count in the file's unit, as micro units; `default` stands in its place where the key is missing."""
        self.left.setdefault(key, default)
        return self.count(key) or 0


def _is_finite(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool) and Decimal(value).is_finite()


def _is_from_0_to(value: Any, most: int) -> bool:
    """Whether it is a finite number in that range, both ends included."""
    return _is_finite(value) and 0 <= value <= most


def _cited(table: _Table, name: str | None = None) -> dict[str, Any]:
    return {
        "id": name or table.take("id", str),
        "lines": table.take("lines", str),
        "says": table.take("says", str),
        "readings": table.texts("readings", []),
    }


def _bleeding(table: _Table, word: object) -> Bleeding:
    found = {bleeding.name.lower(): bleeding for bleeding in Bleeding}.get(str(word))
    if found is None:
        table.wrong(f"bleeding must be none, mild or active, not {word!r}", "bleeding")
        return Bleeding.NONE
    return found


def _condition(table: _Table) -> Condition:
    below, at_most = table.count("below"), table.count("at_most")
    if below is not None and at_most is not None:
        table.wrong("below and at_most exclude each other")
    table.may_have("bleeding")
    asked = table.left.pop("bleeding", None)
    if asked is True:
        bleeding = frozenset({Bleeding.MILD, Bleeding.ACTIVE})
    else:
        bleeding = frozenset() if asked is None else frozenset({_bleeding(table, asked)})
    condition = Condition(
        at_most if below is None else below - 1,
        table.number("fall_percent", 1, 100, None),
        bleeding,
        table.take("confirmed", bool, False),
        table.count("once_above"),
        # `clumped` is the older word for it.
        table.take("unjudged", bool, False) | table.take("clumped", bool, False),
        _less(table.count("unjudged_below")),
        table.take("uncounted", bool, False),
        table.take("answered", bool, False),
        table.take("in_window", bool, False),
        table.take("discordant", bool, False),
    )
    if condition.confirmed and condition.up_to_e6 is None and condition.fall_percent is None:
        table.wrong("confirmed needs below, at_most or fall_percent: what of the count is confirmed")
    if condition.once_above_e6 is not None and not condition.once_above_e6 < (condition.up_to_e6 or 0):
        table.wrong("once_above needs a greater below or at_most: between them a count is asked for once")
    if condition.answered and not condition.of_count:
        table.wrong("answered needs below, at_most or fall_percent: what of the count was answered")
    return condition


def _less(limit_e6: int | None) -> int | None:
    """The highest count below a limit."""
    return None if limit_e6 is None else limit_e6 - 1


def _rule(table: _Table) -> Rule:
    from_hours = table.number("from_hours", 0, MOST_HOURS, 0)
    within_hours = table.number("within_hours", 0, MOST_HOURS, None)
    if from_hours > (within_hours or 0):
        table.wrong(f"from_hours must not be later than within_hours, not {from_hours}", "from_hours")
    return Rule(
        **_cited(table),
        when=_condition(table.table("when")),
        action=table.word("action", Action),
        what=table.take("what", str),
        owner=table.word("owner", Owner),
        from_hours=from_hours,
        within_hours=within_hours,
        silent=table.take("silent", bool, False),
    )


def _advice_rule(table: _Table) -> TreatmentAdvice:
    return TreatmentAdvice(
        **_cited(table),
        when=_condition(table.table("when")),
        advice=table.word("advice", Advice),
        what=table.take("what", str),
    )


def _reading(table: _Table) -> Reading:
    return Reading(
        **{key: table.take(key, str) for key in ("id", "asks", "we", "because")},
        alternative=table.take("alternative", str, ""),
    )


def _example(table: _Table) -> Example:
    example = Example(
        table.take("title", str),
        table.count("previous"),
        table.count("current"),
        _bleeding(table, table.take("bleeding", str, "none")),
        table.take("unjudged", bool, False) | table.take("clumped", bool, False),
        table.word("action", Action),
        table.number("within_hours", 0, MOST_HOURS, None),
        table.word("advice", Advice, None),
        table.count("confirms"),
        table.count("unjudged_means"),
        table.take("uncounted", bool, False),
        table.take("answered", bool, False),
        table.take("in_window", bool, True),
        table.take("discordant", bool, False),
    )
    if example.unjudged_e6 is not None and not example.unjudged:
        table.wrong("unjudged_means needs unjudged = true", "unjudged_means")
    return example


def _days_of(months: int) -> int:
    """The most days that so many calendar months have: 31, 62, 92, …"""
    length = min(max(months, 1), MOST_MONTHS)
    firsts = [date(2000 + number // 12, number % 12 + 1, 1) for number in range(48 + length)]
    return max((end - start).days for start, end in zip(firsts, firsts[length:], strict=False))


def _schedule(table: _Table) -> Schedule:
    every_months = table.number("every_months", 1, MOST_MONTHS)
    return Schedule(
        every_months,
        table.number("months_after_last_infusion", 1, MOST_MONTHS),
        # Before so many months have passed nothing is due, so that nothing can be overdue.
        table.number("overdue_after_days", _days_of(every_months), MOST_DAYS),
        table.number("due_soon_within_days", 0, MOST_DAYS),
        Cited(**_cited(table, "schedule")),
    )


def _only_cited(table: _Table) -> Cited:
    """A rule of which the words are all."""
    return Cited(**_cited(table))


def _previous_within(table: _Table) -> int:
    table.texts("readings", [])
    days: int = table.number("previous_within_days", 1, MOST_DAYS)
    return days


def _scales(table: _Table) -> BleedingScales:
    from_grade = table.number("from_grade", 1, MOST_GRADE)
    mild, signs = table.take("mild_up_to", dict), table.take("signs", dict)
    if not all(isinstance(grade, int) and _is_from_0_to(grade, MOST_GRADE) for grade in mild.values()):
        table.wrong(f"mild_up_to must give each scale a whole grade up to {MOST_GRADE}", "mild_up_to")
    for sign in sorted(set(signs) - set(SIGNS)):
        table.wrong(f"signs has unknown {sign}; there are {', '.join(SIGNS)}", "signs")
    if not all(isinstance(said, str) for said in signs.values()):
        table.wrong("signs must word each sign", "signs")
    return BleedingScales(
        from_grade,
        mild,
        table.number("present_days", 1, MOST_DAYS, _published("bleeding", "present_days")),
        table.amount("ended_count_at_most", _published("bleeding", "ended_count_at_most")),
        table.number(
            "ended_count_within_days", 0, MOST_DAYS, _published("bleeding", "ended_count_within_days")
        ),
        signs,
        Cited(**_cited(table, "bleeding")),
    )


def _hospitalisation(table: _Table) -> Hospitalisation:
    sites = table.take("sites", dict)
    words = {site: value for site, value in sites.items() if isinstance(value, list)}
    if set(words) != SITES or not all(isinstance(one, str) for value in words.values() for one in value):
        table.wrong(f"sites must name the words of {' and '.join(sorted(SITES))}", "sites")
    return Hospitalisation(
        {site: tuple(map(str, value)) for site, value in words.items()},
        Cited(**_cited(table, "hospitalisation")),
    )


def _outside_below(table: _Table | None) -> int:
    """Below which last count a patient is told of who is on no list."""
    if table is None:
        return int(Decimal(_published("outside", "below")) * MICRO)
    table.texts("readings", [])
    return table.amount("below", _published("outside", "below"))


def _same_day_times(table: _Table | None) -> int:
    """How many times as much, in another tube of the day, is clumping; a difference of more than that a recheck."""
    if table is None:
        return int(_published("same_day", "times"))
    table.texts("readings", [])
    times: int = table.number("times", 2, MOST_TIMES)
    return times


def _read_per_ul_above(table: _Table | None) -> int:
    """From which number on a count whose unit is in doubt is read per microliter."""
    if table is None:
        return int(Decimal(_published("unjudged", "read_per_ul_above")) * MICRO)
    table.texts("readings", [])
    return table.amount("read_per_ul_above", _published("unjudged", "read_per_ul_above"))


@cache
def _published_values() -> dict[str, Any]:
    return tomllib.loads(
        (files("adjudication.published") / "alemtuzumab-belgian-2018.toml").read_text("utf-8"),
        parse_float=Decimal,
    )


@cache
def published_hospitalisation() -> Hospitalisation:
    """What the published file says of admission: a site's file that was written before it goes by it."""
    said = _published_values()["hospitalisation"]
    cited = Cited("hospitalisation", said["lines"], said["says"], ())
    return Hospitalisation({site: tuple(words) for site, words in said["sites"].items()}, cited)


def _published(table: str, key: str) -> Any:
    """What the published file says: a site's file that was written before a key existed goes by it."""
    return _published_values()[table][key]


def _information(table: _Table) -> Information:
    table.texts("readings", [])
    fall, below = table.count("hemoglobin_fall_g_per_l"), table.count("hemoglobin_below_g_per_l")
    if fall is None or below is None:
        table.wrong("both hemoglobin values are needed")
    return Information(fall or 0, below or 0)


def _outcomes(table: _Table) -> Outcomes:
    said = {key: table.words(key, Outcome) for key in ("remove", "settle", "keep")}
    confirmed = table.words("settle_confirmed", Outcome, _published("outcomes", "settle_confirmed"))
    below, above = (
        table.amount(key, _published("outcomes", key)) for key in ("anew_below", "anew_after_above")
    )
    percent = table.number("anew_fall_percent", 1, 100, _published("outcomes", "anew_fall_percent"))
    escalate_to = table.word("escalate_to", Owner)
    cited = Cited(**_cited(table, "outcomes"))
    times = Counter(word for several in said.values() for word in several)
    wrong = [word for word in Outcome if times[word] != 1]
    if wrong:
        table.wrong(f"{', '.join(wrong)} must stand once, in remove, settle or keep")
    for word in sorted(confirmed - said["keep"]):
        table.wrong(f"settle_confirmed may name only what stands in keep, not {word}", "settle_confirmed")
    return Outcomes(
        **said,
        settle_confirmed=confirmed,
        anew_below_e6=below,
        anew_fall_percent=percent,
        anew_after_above_e6=above,
        escalate_to=escalate_to,
        cited=cited,
    )


def _confirmation(table: _Table) -> Confirmation:
    below_e6 = table.count("below")
    if below_e6 is None:
        table.wrong("below is missing")
    least = table.number("apart_at_least_days", 1, MOST_DAYS)
    return Confirmation(
        below_e6 or 0,
        least,
        table.number("apart_at_most_days", max(least, 1), MOST_DAYS),
        Cited(**_cited(table, "confirmed-thrombocytopenia")),
    )


def _measuring(table: _Table, rules: tuple[Rule, ...]) -> Measuring:
    named = {key: table.texts(key) for key in ("contact_now", "contact_once_confirmed")}
    counted = {
        rule.id
        for rule in rules
        if rule.when == Condition(rule.when.up_to_e6) and rule.within_hours is not None
    }
    for key, ids in named.items():
        for one in ids:
            if one not in counted:
                table.wrong(f"{key} must name rules that hold by the count alone, not {one!r}", key)
    return Measuring(
        table.number("symptom_within_days", 0, MOST_DAYS),
        contact=table.words("contact", Outcome),
        cited=Cited(**_cited(table, "measures")),
        **named,
    )


def _reference(table: _Table) -> Reference:
    table.may_have("percent")
    percent, by_year = table.left.pop("percent", None), table.take("by_year", list, [])
    if percent is not None and not _is_from_0_to(percent, 100):
        table.wrong(f"percent must be a share from 0 to 100, not {percent!s}", "percent")
        percent = None
    if not all(_is_from_0_to(one, 100) for one in by_year):
        table.wrong("by_year must be numbers from 0 to 100", "by_year")
        by_year = []
    texts = {key: table.take(key, str) for key in ("id", "of", "who", "says", "lines")}
    if texts["of"] not in MEASURES:
        table.wrong(f"of must be one of {', '.join(MEASURES)}, not {texts['of']!r}", "of")
    return Reference(
        percent=None if percent is None else Decimal(percent), by_year=tuple(map(Decimal, by_year)), **texts
    )


def _check_ladder(top: _Table, name: str, ladder: Sequence[Rule | TreatmentAdvice]) -> None:
    """Every count must have an action, and no rule may be out of reach behind a wider one.

    A rule that asks for confirmation may be wide: the others catch what is not confirmed. So may one for what was
    answered.
    """
    if not ladder:
        top.wrong(f"at least one [[{name}]] is needed", name)
        return
    for number, rule in enumerate(ladder, 1):
        last = number == len(ladder)
        if rule.when.asks_nothing != last:
            _Table(top.file, {}, f"{name} {rule.id}", (name, number, "")).wrong(
                "the last entry, and only the last, must hold for every count", "when"
            )
    for kind in sorted({_ladder_of(rule.when) for rule in ladder}):
        bounds = [
            (rule.when.up_to_e6, number)
            for number, rule in enumerate(ladder, 1)
            if rule.when.up_to_e6 is not None and _ladder_of(rule.when) == kind
        ]
        for (low, _), (high, number) in pairwise(bounds):
            if high <= low:
                _Table(top.file, {}, f"{name} {ladder[number - 1].id}", (name, number, "")).wrong(
                    "counts must rise from entry to entry", "when"
                )


def _ladder_of(when: Condition) -> tuple[bool, bool]:
    """Rules of which each can hide the next: what is confirmed, and what was answered, have a ladder of their own."""
    return when.confirmed, when.answered


def _check_names(top: _Table, name: str, ids: Iterable[str]) -> None:
    seen = Counter[str]()
    for number, one in enumerate(ids, 1):
        seen[one] += 1
        if seen[one] > 1:
            _Table(top.file, {}, f"{name} {one}", (name, number, "")).wrong("an id stands twice", "id")


def _check_readings(top: _Table, values: Mapping[str, Any], declared: set[str]) -> None:
    """A rule may rest only on readings that the file itself declares."""
    for name, value in values.items():
        rows = value if isinstance(value, list) else [value]
        for number, row in enumerate(rows, 1):
            cited = row.get("readings", []) if isinstance(row, dict) else []
            for one in cited if isinstance(cited, list) else []:
                if isinstance(one, str) and one not in declared:
                    place = f"{name} {row['id']}" if isinstance(value, list) and "id" in row else name
                    _Table(top.file, {}, place, (name, number, "")).wrong(
                        f"the reading {one} is not declared in this file", "readings"
                    )


def parse(name: str, text: str) -> Protocol:
    """The protocol in the TOML `text`; `name` is its name in errors.

    Raises Unfit with everything that is wrong: keys that are missing, unknown or of another kind, a ladder that
    leaves some count without an action, an id that stands twice, a reading that is not declared. The examples are not
    run here; `surveillance.read` does that.
    """
    top = tables_as(_Table, name, text, Decimal)
    file, values = top.file, top.values
    if top.take("kind", str) != "surveillance":
        top.wrong("kind must be surveillance", "kind")
    names = {
        key: top.take(key, str) for key in ("id", "title", "citation", "short", "agent", "analyte", "unit")
    }
    settings = top.texts("settings")
    if not settings:
        top.wrong("settings must name at least one", "settings")
    rule_key = LEGACY_RULE if LEGACY_RULE in values else "rule"
    rules = tuple(_rule(row) for row in top.tables(rule_key))
    protocol = Protocol(
        **names,
        settings=settings,
        schedule=_schedule(top.table("schedule")),
        before=_only_cited(top.table("before")),
        afterwards=_only_cited(top.table("afterwards")),
        previous_within_days=_previous_within(top.table("comparison")),
        same_day_times=_same_day_times(top.table("same_day") if "same_day" in values else None),
        read_per_ul_above_e6=_read_per_ul_above(top.table("unjudged") if "unjudged" in values else None),
        bleeding=_scales(top.table("bleeding")),
        hospitalisation=_hospitalisation(top.table("hospitalisation"))
        if "hospitalisation" in values
        else published_hospitalisation(),
        outside_below_e6=_outside_below(top.table("outside") if "outside" in values else None),
        information=_information(top.table("information")),
        outcomes=_outcomes(top.table("outcomes")),
        confirmation=_confirmation(top.table("proposal")),
        measuring=_measuring(top.table("measures"), rules),
        references=tuple(_reference(row) for row in top.tables("reference")),
        rules=rules,
        advice_rules=tuple(_advice_rule(row) for row in top.tables("advice")),
        readings=tuple(_reading(row) for row in top.tables("reading")),
        examples=tuple(_example(row) for row in top.tables("example")),
    )
    top.refuse_unknown()
    for kind, ladder in ((rule_key, protocol.rules), ("advice", protocol.advice_rules)):
        if not any(fault.place.startswith(kind) for fault in file.faults):
            _check_ladder(top, kind, ladder)
    for kind in (rule_key, "advice", "reading", "reference"):
        rows = values.get(kind)
        if isinstance(rows, list):
            _check_names(top, kind, [str(row.get("id")) for row in rows if isinstance(row, dict)])
    _check_readings(top, values, {reading.id for reading in protocol.readings})
    top.finish()
    return protocol
