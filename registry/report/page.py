"""The printed page as a web page that needs nothing else: open it, print it, one sheet of A4."""

import math
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from registry.report.content import Sheet

if TYPE_CHECKING:
    from jinja2 import Template

PAPER_MM = 275
"""Height of an A4 page inside its margins."""
_HEAD_MM, _FOOT_MM = 50, 17
_COURSE_MM, _LINE_MM, _LINE_CHARACTERS = 10, 3.8, 130
"""Of a course: its row of the table, then a line of its reasons, and how many characters stand in one."""
_LEAST_CHART_MM = 95


def as_html(sheet: Sheet) -> str:
    """The page as HTML with its chart in it: no script, no request to anywhere, light, for A4 upright.

    Many courses take the room from the chart, down to a height at which it is still legible, and then the letters
    become smaller.
    """
    from markupsafe import Markup

    lines = sum(math.ceil(len(one.why) / _LINE_CHARACTERS) for one in sheet.courses)
    wanted = PAPER_MM - _HEAD_MM - _FOOT_MM - _COURSE_MM * len(sheet.courses) - _LINE_MM * lines
    size = (
        9.0
        if wanted >= _LEAST_CHART_MM
        else max(5.5, 9.0 * (PAPER_MM - _LEAST_CHART_MM) / (PAPER_MM - wanted))
    )
    return _template().render(
        sheet=sheet,
        chart=Markup(sheet.chart),  # noqa: S704 -- drawn by the chart library, which escapes every text of the record
        size=f"{size:.2f}",
        chart_mm=round(max(_LEAST_CHART_MM, min(wanted, 165))),
    )


@cache
def _template() -> "Template":
    from jinja2 import Environment

    text = Path(__file__).with_name("page.html").read_text("utf-8")
    return Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(text)
