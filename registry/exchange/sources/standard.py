"""The table of results that formats with a standard of their own give: HL7 v2, FHIR and OMOP.

Its columns are the keys of a mapping's `[columns]`, so that a mapping has to add only what is local.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping

RESULT_COLUMNS = (
    "patient_id",
    "observation_id",
    "observed_at",
    "code",
    "value",
    "value_number",
    "comparator",
    "unit",
    "range",
    "lower_limit",
    "upper_limit",
    "specimen_id",
    "specimen",
    "status",
    "comment",
    "missing_reason",
    "quality",
    "analyte",
)
PATIENT_COLUMNS = ("patient_id", "sex", "born_on", "died_on")
NAMED = 10
_LOOKS_GROUPED = re.compile(r"([1-9][0-9]{0,2})\.([0-9]{3})")


def result(**cells: str) -> tuple[str, ...]:
    """A row of results from the cells that are there. Raises KeyError for a column that is none."""
    row = dict.fromkeys(RESULT_COLUMNS, "")
    for column, cell in cells.items():
        row[column] += cell
    return tuple(row.values())


def typed_number(text: str) -> str:
    """A number whose decimal mark is the point by the rules of its format, written so that nobody reads groups in it.

    Kept as written but for one shape: `231.000` could be 231 thousand in a file without a standard, so it becomes
    `231`, and `4.125` becomes `4.1250`.
    """
    grouped = _LOOKS_GROUPED.fullmatch(text)
    if grouped is None:
        return text
    decimals = grouped[2].rstrip("0")
    if not decimals:
        return grouped[1]
    return f"{grouped[1]}.{decimals}" if len(decimals) < 3 else f"{text}0"


def counted(words: Iterable[str]) -> str:
    """`3 Encounter, 2 Claim`: each word with its count, the most frequent first, ten of them named."""
    counts: Mapping[str, int] = Counter(words)
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    named = ", ".join(f"{count:,} {word}" for word, count in ordered[:NAMED])
    return f"{named} …" if len(ordered) > NAMED else named
