"""Machine and people side by side, from decided cases; the two readers also from disputes that are not settled."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from adjudication.review.rules import Beside, Rules, published_rules
from registry import sql
from registry.review.agreement import coefficients
from registry.review.agreement.coefficients import Coefficient, Measure
from registry.review.error_rate import Trust, trust
from registry.roles import Actor, Permission, readable_sites
from registry.store.database import Database

LEVELS = ("CR", "R", "PR", "NR", "NE")
ORDER = {"NR": "NR", "R": "R or PR", "PR": "R or PR", "CR": "CR"}
"""The ordered levels of both diseases; NE is outside the order."""
_ORDERED = ("NR", "R or PR", "CR")
_RESPONSE = ("response", "none")
_LATER = 3

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Matrix:
    """How often the machine said `rows[i]` where people decided `columns[j]`."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Group:
    """Machine against final decision in one group of cases: `by` disease, criteria, line, density or all.

    `days` are the absolute differences of the two onsets in days, where both have one: number, mean, median.
    """

    by: str
    name: str
    n: int
    matrix: Matrix
    coefficients: tuple[Coefficient, ...]
    onsets: int
    onset_days_mean: float | None
    onset_days_median: float | None


@dataclass(frozen=True)
class Agreement:
    """Everything that the page and `nadir agreement` show.

    `waiting` cases have no decision and stand outside, `unsettled` of them are in dispute; `incomplete` ones have one,
    but not both blind readings here; `superseded` ones were re-opened since; `disputed` ones were settled by a third
    reader or a committee. `readers` is the agreement of the two blind readers with each other, unsettled disputes
    included: without them readers would seem to agree always.
    """

    groups: tuple[Group, ...]
    readers: tuple[Coefficient, ...]
    waiting: int
    unsettled: int
    incomplete: int
    superseded: int
    disputed: int
    trust: Trust
    beside: tuple[Beside, ...]
    resamples: int
    seed: int
    sites: tuple[str, ...] | None = field(default=None)

    @property
    def decided(self) -> int:
        """Cases whose decision holds: those that the figures are made from."""
        return self.groups[0].n

    @property
    def criteria(self) -> tuple[str, ...]:
        """The criteria sets under which cases were decided."""
        return tuple(group.name for group in self.groups if group.by == "criteria")

    def by(self, by: str) -> tuple[Group, ...]:
        """The groups of one kind, such as `disease`."""
        return tuple(group for group in self.groups if group.by == by)

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    def text(self) -> str:
        """The figures for the terminal."""
        return "\n".join(_lines(self))


def agreement(db: Database, actor: Actor, *, resamples: int | None = None) -> Agreement:
    """The figures of all decided cases at the sites whose calls `actor` may read.

    `resamples` other than the declared number makes intervals rougher and faster. Raises NotPermitted for whoever
    may read calls nowhere; a reader has no such right where they read.
    """
    rules = published_rules()
    sites = readable_sites(actor, Permission.READ_CALLS)
    rows = [
        dict(zip(_COLUMNS, row, strict=True)) for row in db.rows(sql.text("queries/agreement_cases"), [sites])
    ]
    [(waiting, unsettled)] = db.rows(sql.text("queries/agreement_waiting"), [sites])
    both = [(str(a), str(b)) for a, b in db.rows(sql.text("queries/agreement_readers"), [sites])]
    times = rules.resamples if resamples is None else resamples
    one = trust(db.rows)
    holding = [row for row in rows if row["holds"]]
    return Agreement(
        groups=tuple(_groups(holding, rules, times)),
        readers=_between_readers(both, rules, times),
        waiting=int(waiting),
        unsettled=int(unsettled),
        incomplete=sum(not row["both_read"] for row in holding),
        superseded=len(rows) - len(holding),
        disputed=sum(row["reached_by"] != "agreement" for row in holding),
        trust=one.for_a_reader() if actor.reviews() else one,
        beside=rules.beside,
        resamples=times,
        seed=rules.seed,
        sites=None if sites is None else tuple(sites),
    )


_COLUMNS = (
    "case_id",
    "disease",
    "criteria_id",
    "line_number",
    "sparse",
    "holds",
    "machine_response",
    "machine_onset_on",
    "machine_relapsed_on",
    "best_response",
    "onset_on",
    "relapsed_on",
    "reached_by",
    "both_read",
)


def _groups(rows: Sequence[Row], rules: Rules, times: int) -> Iterator[Group]:
    for by, name_of in _BY.items():
        named: dict[str, list[Row]] = {}
        for row in rows:
            named.setdefault(name_of(row), []).append(row)
        if by == "all" and not named:
            named["all"] = []
        for name in sorted(named):
            yield _group(by, name, named[name], rules, times)


def _line(row: Row) -> str:
    number = row["line_number"]
    if number is None:
        return "no line number"
    return "observation" if number == 0 else f"{_LATER} or later" if number >= _LATER else str(number)


_BY: Mapping[str, Callable[[Row], str]] = {
    "all": lambda _: "all",
    "disease": lambda row: str(row["disease"]),
    "criteria": lambda row: str(row["criteria_id"]),
    "line": _line,
    "density": lambda row: {"yes": "sparse", "no": "dense"}.get(str(row["sparse"]), "fewer than two counts"),
}


def _group(by: str, name: str, rows: Sequence[Row], rules: Rules, times: int) -> Group:
    pairs = [(str(row["machine_response"]), str(row["best_response"])) for row in rows]
    days = [
        abs((row["machine_onset_on"] - row["onset_on"]).days)
        for row in rows
        if row["machine_onset_on"] is not None and row["onset_on"] is not None
    ]
    return Group(
        by,
        name,
        len(rows),
        _matrix(pairs),
        (
            *_coefficients(pairs, LEVELS, _NOMINAL, rules, times),
            *_coefficients(_ordered(pairs), _ORDERED, _WEIGHTED, rules, times),
            *_coefficients(_responses(pairs), _RESPONSE, _BINARY, rules, times),
        ),
        len(days),
        float(np.mean(days)) if days else None,
        float(np.median(days)) if days else None,
    )


def _matrix(pairs: Sequence[tuple[str, str]]) -> Matrix:
    used = tuple(level for level in LEVELS if any(level in pair for pair in pairs))
    counts = tuple(tuple(pairs.count((machine, human)) for human in used) for machine in used)
    return Matrix(used, used, counts)


def _ordered(pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(ORDER[a], ORDER[b]) for a, b in pairs if a in ORDER and b in ORDER]


def _responses(pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    def yes(level: str) -> str:
        return "response" if level in ("CR", "R", "PR") else "none"

    return [(yes(a), yes(b)) for a, b in pairs]


def _chosen(categories: int, *names: str) -> dict[str, Measure]:
    known = coefficients.measures(categories)
    return {name: known[name] for name in names}


_NOMINAL = _chosen(
    len(LEVELS), "percent_agreement", "cohen_kappa", "fleiss_kappa", "krippendorff_alpha", "gwet_ac1"
)
_WEIGHTED = _chosen(len(_ORDERED), "weighted_kappa", "krippendorff_alpha_ordinal", "gwet_ac2")
_BINARY = {
    f"response_{name.split('_')[-1]}": one
    for name, one in _chosen(len(_RESPONSE), "cohen_kappa", "gwet_ac1").items()
}
"""`response_kappa` and `response_ac1`: response or none, the depth aside."""
_READERS = {name: measure for name, measure in _NOMINAL.items() if name != "cohen_kappa"}
"""Different cases have different readers, so Cohen's kappa is not calculated for them."""


def _coefficients(
    pairs: Sequence[tuple[str, str]],
    categories: Sequence[str],
    measures: Mapping[str, Measure],
    rules: Rules,
    times: int,
) -> tuple[Coefficient, ...]:
    codes = coefficients.codes(pairs, categories)
    return tuple(coefficients.intervals(codes, measures, resamples=times, seed=rules.seed))


def _between_readers(both: Sequence[tuple[str, str]], rules: Rules, times: int) -> tuple[Coefficient, ...]:
    ordinal = {name: one for name, one in _WEIGHTED.items() if name != "weighted_kappa"}
    return (
        *_coefficients(both, LEVELS, _READERS, rules, times),
        *_coefficients(_ordered(both), _ORDERED, ordinal, rules, times),
    )


# In words


def _lines(found: Agreement) -> Iterator[str]:
    yield (
        f"Decided cases: {found.decided}, {found.disputed} of them settled by a third reader or a committee. "
        f"Waiting: {found.waiting}, {found.unsettled} of them in dispute. Re-opened since: {found.superseded}."
    )
    if not found.decided:
        yield "No case is decided yet, so agreement cannot be estimated."
    for group in found.groups if found.decided else ():
        yield ""
        yield f"{group.by}: {group.name} ({group.n} cases), automated call in rows, final decision in columns"
        yield from _table(group.matrix)
        yield from (f"  {_said(one)}" for one in group.coefficients)
        if group.onsets:
            yield (
                f"  onset: {group.onset_days_mean:.1f} days apart on average, median {group.onset_days_median:g}, "
                f"of {group.onsets} with both"
            )
    if found.readers[0].n:
        yield ""
        yield (
            f"Two blinded readers, unsettled disputes included ({found.incomplete} decided cases without "
            f"both readings are excluded)"
        )
        yield from (f"  {_said(one)}" for one in found.readers)
    yield ""
    one = found.trust
    interval = f", exact {one.confidence:.0%} interval {one.low:.1%} to {one.high:.1%}" if one.decided else ""
    yield (
        f"Accepted calls: {one.errors} errors in {one.decided} decided sampled calls{interval}, "
        f"limit {one.limit:.0%}. {one.words}"
    )
    yield waiting_words(one)
    yield ""
    yield "Published beside it, never pooled with it"
    for figure in found.beside:
        bounds = "" if figure.low is None else f" ({figure.low} to {figure.high})"
        source = figure.doi or figure.citation
        yield f"  {figure.label}: {figure.measure.replace('_', ' ')} {figure.value}{bounds}, {source}"


def waiting_words(one: Trust) -> str:
    """How many drawn cases are not decided yet, and what the upper bound may still become."""
    said = f"Sampled but not decided yet: {one.waiting}."
    if not one.in_dispute or one.highest is None:
        return said
    counted = "it counts as a possible error" if one.in_dispute == 1 else "each counts as a possible error"
    return (
        f"{said[:-1]}, {one.in_dispute} of them in dispute: until they are settled {counted}, and the upper bound that "
        f"decides is {one.highest:.1%}."
    )


def _table(matrix: Matrix) -> Iterator[str]:
    yield "  " + "".join(f"{name:>6}" for name in ("", *matrix.columns))
    for name, row in zip(matrix.rows, matrix.counts, strict=True):
        yield "  " + f"{name:>6}" + "".join(f"{number:>6}" for number in row)


def _said(one: Coefficient) -> str:
    name = one.measure.replace("_", " ")
    if one.estimate is None:
        return f"{name}: not estimable (n={one.n})"
    bounds = "" if one.low is None or one.high is None else f" ({one.low:.3f} to {one.high:.3f})"
    return f"{name}: {one.estimate:.3f}{bounds}, n={one.n}"
