"""Protocol files at random that pass their check: other rules, bands, deadlines, bleeding and outcomes."""

import random
import re
from decimal import Decimal
from itertools import product
from typing import Any

from adjudication.response.terms import MICRO
from adjudication.surveillance.ladder import NO_HOURS, demanded, finding, findings, load, read
from adjudication.surveillance.protocol import Action, Bleeding, Protocol, Rule
from adjudication.surveillance.protocol_file import Unfit, parse
from tests.house import tree

FILE = tree.read("adjudication/published/alemtuzumab-belgian-2018.toml")
_URGENT = [str(one) for one in reversed(Action) if one is not Action.CONTINUE_MONTHLY]
_EDGES = (5, 10, 20, 30, 40, 50, 75, 100, 120, 150, 180, 200)
_HOURS = (0, 0, 24, 48, 72, 100, 168, 336)
_BESIDE = (
    *("",) * 6,
    ', bleeding = "none"',
    ", bleeding = true",
    ", in_window = true",
    ", unjudged = true",
    ", uncounted = true",
    ", confirmed = true",
)
"""What a rule may ask besides its limit."""
_EXAMPLE = """
[[example]]
title = "any"
action = "continue_monthly"
"""


def random_protocol(chance: random.Random) -> Protocol:
    """A site's own protocol whose file passes every check, its examples and its order of urgency too."""
    while True:
        text = _with_settings(chance, _without(FILE, "rule", "advice", "example"))
        text += _rules(chance) + _advice(chance)
        try:
            found = parse("random", text + _EXAMPLE)
            return read("random", text + _examples(found))
        except Unfit:
            continue


def _without(text: str, *tables: str) -> str:
    for table in tables:
        text = re.sub(rf"(?ms)^\[\[{table}\]\].*?(?=^\[|\Z)", "", text)
    return text


def _with_settings(chance: random.Random, text: str) -> str:
    months = chance.choice((1, 1, 1, 2, 3))
    words = ["contacted", "no_answer", "recheck_arranged"]
    values: dict[str, object] = {
        "every_months": months,
        "months_after_last_infusion": chance.choice((6, 12, 48, 60)),
        "overdue_after_days": 31 * months + chance.choice((0, 4, 20)),
        "times": chance.choice((2, 2, 3)),
        "previous_within_days": chance.choice((14, 31, 92, 200)),
        "from_grade": chance.choice((1, 1, 2)),
        "mild_up_to": chance.choice(("{ WHO = 2, ITP_BAT = 1, CTCAE = 1 }", "{ WHO = 1 }", "{ CTCAE = 3 }")),
        "present_days": chance.choice((7, 27, 40)),
        "ended_count_at_most": chance.choice((50, 100, 150)),
        "ended_count_within_days": chance.choice((0, 3, 10)),
        "settle_confirmed": chance.choice(([], ["contacted"], words)),
        "anew_below": chance.choice((10, 30, 50)),
        "anew_fall_percent": chance.choice((25, 50, 75)),
        "anew_after_above": chance.choice((80, 100, 150)),
        "contact_now": [],
        "contact_once_confirmed": [],
    }
    for key, value in values.items():
        written = str(value).replace("'", '"')
        text, number = re.subn(rf"(?m)^{key} = .*$", f"{key} = {written}", text)
        assert number == 1, key
    return text.replace(f'id = "{load().id}"', 'id = "random"', 1)


def _rules(chance: random.Random) -> str:
    fall = chance.choice((30, 50, 50, 70))
    edges = sorted(chance.sample(_EDGES, chance.randint(1, 5)))
    low = chance.choice(edges)
    whens: list[str] = []
    if chance.random() < 0.8:
        whens.append(chance.choice(("bleeding = true", "bleeding = true", 'bleeding = "active"')))
    if chance.random() < 0.4:
        whens.append(f"unjudged_below = {chance.choice(_EDGES)}")
    if chance.random() < 0.6:
        whens.append(f"at_most = {low}, confirmed = true")
    if chance.random() < 0.5:
        whens.append(f"fall_percent = {fall}, confirmed = true")
    under = 0
    for edge in edges:
        when = f"{chance.choice(('below', 'at_most'))} = {edge}"
        if chance.random() < 0.25 and under:
            when += f", once_above = {under}"
        when += chance.choice(_BESIDE)
        whens.append(when)
        under = edge
    for more, likely in (
        (f"fall_percent = {fall}", 0.6),
        (f"fall_percent = {fall}, bleeding = true", 0.2),
        (f"fall_percent = {chance.choice((20, 60, 90))}", 0.3),
        ("unjudged = true", 0.7),
        ("uncounted = true", 0.5),
        ("discordant = true", 0.5),
        (f"below = {chance.choice(_EDGES)}, answered = true", 0.4),
        (f"fall_percent = {fall}, answered = true", 0.2),
    ):
        if chance.random() < likely:
            whens.insert(chance.randint(len(whens) // 2, len(whens)), more)
    hours = sorted(chance.choice(_HOURS) for _ in whens)
    actions = sorted((chance.choice(_URGENT) for _ in whens), key=_URGENT.index)
    parts = [
        _rule(f"rule-{place}", when, action, f"within_hours = {within}\n")
        for place, (when, action, within) in enumerate(zip(whens, actions, hours, strict=True))
    ]
    return "".join(parts) + _rule("rest", "", "continue_monthly", "")


def _rule(name: str, when: str, action: str, hours: str) -> str:
    return (
        f'\n[[rule]]\nid = "{name}"\nwhen = {{ {when} }}\naction = "{action}"\n{hours}owner = "nurse"\n'
        f'what = "Do {name}."\nlines = "1"\nsays = "words"\n'
    )


def _advice(chance: random.Random) -> str:
    low, high = sorted(chance.sample(_EDGES, 2))
    whens = [
        ('bleeding = "active"', "treat"),
        (f"below = {low}", "treat"),
        (f"at_most = {high}", "consider"),
        ('bleeding = "mild"', "consider"),
        ("", "observe"),
    ]
    left_out = chance.randrange(len(whens))
    return "".join(
        f'\n[[advice]]\nid = "advice-{place}"\nwhen = {{ {when} }}\nadvice = "{word}"\nwhat = "Say {place}."\n'
        f'lines = "1"\nsays = "words"\n'
        for place, (when, word) in enumerate(whens)
        if place != left_out or not when
    )


def _examples(protocol: Protocol) -> str:
    """A finding for each rule that it decides; none for a rule that decides nothing, which its check refuses."""
    edges = {edge for rule in protocol.rules for edge in (rule.when.up_to_e6, rule.when.unjudged_up_to_e6)}
    counts = sorted({1000 * MICRO, *(one for edge in edges if edge is not None for one in (edge, edge + 1))})
    asked: list[dict[str, Any]] = [
        {
            "previous": previous,
            "current": current,
            "bleeding": bleeding,
            "unjudged": means is not False,
            "confirms": confirms,
            "unjudged_means": None if means is False else means,
            "uncounted": uncounted,
            "answered": answered,
            "discordant": discordant,
        }
        for previous, current, bleeding, means, confirms, uncounted, answered, discordant in product(
            (None, 1000 * MICRO),
            (None, *counts),
            Bleeding,
            (False, None, 0),
            (None, 0, 1000 * MICRO),
            (False, True),
            (False, True),
            (False, True),
        )
    ]
    rows = [
        finding(
            one["previous"],
            one["current"],
            one["bleeding"],
            one["unjudged"],
            one["confirms"],
            unjudged_e6=one["unjudged_means"],
            uncounted=one["uncounted"],
            answered=one["answered"],
            discordant=one["discordant"],
        )
        for one in asked
    ]
    found = demanded(protocol, findings(rows))
    chosen: dict[int, int] = {}
    for number, place in enumerate(found.rule.tolist()):
        chosen.setdefault(place, number)
    return "".join(
        _example(asked[number], protocol.rules[place], int(found.within_hours[number]))
        for place, number in chosen.items()
    )


def _example(one: dict[str, Any], rule: Rule, within_hours: int) -> str:
    lines = ["\n[[example]]", f'title = "{rule.id}"', f'action = "{rule.action}"']
    if within_hours != NO_HOURS:
        lines.append(f"within_hours = {within_hours}")
    for key, value in one.items():
        if isinstance(value, Bleeding):
            lines.append(f'{key} = "{value.name.lower()}"')
        elif isinstance(value, bool):
            lines += [f"{key} = true"] if value else []
        elif isinstance(value, int):
            lines.append(f"{key} = {Decimal(value) / MICRO}")
    return "\n".join(lines) + "\n"
