"""The steps of a call as a small table: step, day, value, what was needed, and whether that was met.

Whether a value meets what was needed is compared here again from what is printed, so that a line never contradicts
itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from adjudication.response.criteria import Criteria


@dataclass(frozen=True)
class Finding:
    """One row of evidence. `value` and `threshold` are canonical, as text; None = none.

    `detail` is what the record says of a fact that is no count: agents and reason of a course, name of a cause.
    """

    step: str
    source: str
    id: str | None
    observed_on: date
    predicate: str
    threshold: str | None
    value: str | None
    unit: str | None
    analyte: str | None
    held: bool
    detail: str | None = None


@dataclass(frozen=True)
class StepRow:
    """One line of the table. `met` is None where nothing was needed, or where a limit leaves it open."""

    step: str
    name: str
    on: date
    value: str
    needs: str
    met: bool | None

    @property
    def met_words(self) -> str:
        """`yes`, `no`, `not known`, or nothing where nothing was needed."""
        if not self.needs:
            return ""
        return "not known" if self.met is None else ("yes" if self.met else "no")


_UNIT = {"10*9/L": "×10⁹/L", "umol/L": "µmol/L"}
_ANALYTE = {"ldh": "LDH"}
NAME = {
    "baseline": "Baseline",
    "onset": "Response begins",
    "confirming": "Response confirmed",
    "late_onset": "Late response begins",
    "late_confirming": "Late response confirmed",
    "cr_onset": "Complete response begins",
    "cr_confirming": "Complete response confirmed",
    "hemolysis": "Hemolysis marker",
    "refutes_better": "Against a better level",
    "failing": "Failure",
    "failing_confirming": "Failure confirmed",
    "peak": "Peak",
    "lost": "Response lost",
    "lost_confirming": "Loss confirmed",
    "cr_lost": "Complete response lost",
    "cr_lost_confirming": "That loss confirmed",
    "censoring": "Follow-up ends",
    "held": "Last held",
    "dose": "Corticosteroid dose",
    "next_course": "Next course",
    "other_lineage_course": "Course for the other lineage",
    "other_cause": "Other cause",
    "death": "Death",
    "stopped": "Course stopped",
}
_HAPPENED = {
    "bleed": "bleed",
    "transfusion": "transfusion",
    "rescue": "rescue",
    "course_agent": "dose of course",
    "course": "course",
    "other_cause": "other cause",
    "patient": "death",
}
_WITHOUT = {
    "no_bleeding": "no bleeding",
    "transfusion_free": "no transfusion shortly before",
    "no_hemolysis": "normal by its laboratory's limits",
    "rescue": "no rescue or bridge shortly before",
}
_SMALLEST = Decimal("0.000001")


def unit_words(unit: str | None) -> str:
    """`×10⁹/L` for `10*9/L`."""
    return _UNIT.get(unit or "", unit or "")


def analyte_words(analyte: str | None) -> str:
    """`LDH` for `ldh`."""
    return _ANALYTE.get(analyte or "", analyte or "")


def value_words(finding: Finding) -> str:
    """`platelets 60 ×10⁹/L`, `bleed (B1)`, `course C2 (rituximab, for relapse)`, `10 mg prednisolone a day`."""
    if finding.step == "dose" and finding.value is not None:
        return f"{finding.value} mg prednisolone a day"
    if finding.source == "observation":
        words = (analyte_words(finding.analyte), finding.value or "", unit_words(finding.unit))
        return " ".join(word for word in words if word)
    if finding.source == "patient":
        return _HAPPENED["patient"]
    named = f"{_HAPPENED[finding.source]} {finding.id}".removesuffix(" None")
    return f"{named} ({finding.detail})" if finding.detail else named


def rounded(threshold: str) -> str:
    """A threshold that was reckoned from a limit, whose value lies one millionth beside it, without that millionth."""
    number = Decimal(threshold)
    near = round(number, 3)
    return f"{near.normalize():f}" if near != number and abs(near - number) <= 10 * _SMALLEST else threshold


def is_limit(value: str | None) -> bool:
    """Whether a value is known only to lie below or above a limit."""
    return value is not None and value[:1] in ("<", ">")


def needs_words(finding: Finding, criteria: Criteria) -> str:
    """What the step needed: `at least 40 (2 × the baseline)`; empty where nothing was."""
    if finding.predicate in _WITHOUT:
        return _WITHOUT[finding.predicate]
    if finding.threshold is None:
        return ""
    asked = rounded(finding.threshold)
    if finding.predicate == "at_least":
        return f"at least {asked}"
    if finding.predicate == "above":
        return f"above {asked}" + (" mg" if finding.step == "dose" else "")
    if finding.predicate == "fold_of_baseline":
        return f"at least {asked} ({_of_level(criteria, 'fold_of_baseline')} × the baseline)"
    if finding.predicate == "rise_above":
        return f"above {asked} (the baseline and {_of_level(criteria, 'rise_above')})"
    if finding.predicate == "fall_from_peak":
        return f"at least {asked}, or less of a fall from the peak"
    return ""


def _of_level(criteria: Criteria, predicate: str) -> str:
    """The number with which a level asks for a predicate."""
    return next(
        (str(asked) for level in criteria.levels for name, asked in level.all if name == predicate), ""
    )


def is_met(finding: Finding, baseline: Finding | None) -> bool | None:
    """Whether the printed value meets what is printed as needed; None where a limit leaves it open, or nothing was."""
    if finding.predicate in _WITHOUT:
        return finding.held
    if finding.threshold is None or finding.value is None:
        return None
    needed, value = Decimal(finding.threshold), Decimal(finding.value.lstrip("<>"))
    strict = finding.predicate in ("above", "rise_above")
    if finding.value[0] == "<":
        return False if value <= needed else None
    met = value >= needed if finding.value[0] == ">" else (value > needed if strict else value >= needed)
    if finding.value[0] == ">":
        return True if met else None
    of_baseline = finding.predicate in ("fold_of_baseline", "rise_above")
    if of_baseline and not met and baseline is not None and is_limit(baseline.value):
        return None
    return met


def step_rows(findings: Sequence[Finding], criteria: Criteria) -> tuple[StepRow, ...]:
    """The evidence of a call as lines of the table, in its order."""
    baseline = next((finding for finding in findings if finding.step == "baseline"), None)
    return tuple(
        StepRow(
            finding.step,
            NAME[finding.step],
            finding.observed_on,
            value_words(finding),
            needs_words(finding, criteria),
            is_met(finding, baseline),
        )
        for finding in findings
    )
