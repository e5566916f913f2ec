"""The printed page as one drawing of the size of a sheet, from which the PDF is made: lines and letters as such."""

from html import escape

from registry.charts.palette import LIGHT
from registry.charts.picture import folded, pdf, size
from registry.report.content import CourseLine, Sheet

WIDTH, HEIGHT, MARGIN = 595.0, 842.0, 30.0
"""A4 upright in points."""
FONT = "Arial, Liberation Sans, DejaVu Sans, sans-serif"
LEAST_CHART = 270.0
"""Points of height that the chart keeps however many courses there are."""

_CHARACTER = 0.54
"""Mean width of a letter as a share of its size, on the safe side."""
_COLUMNS = (0.0, 178.0, 322.0, 372.0, 432.0)
_RESPONSE_COLUMNS = ("Response", "Onset", "Ended")


_NINE = '<tspan baseline-shift="super" font-size="70%">9</tspan>'


def _raised(words: str) -> str:
    """The nine of ×10⁹ as a raised 9: few fonts have the sign, and the whole line would change its font."""
    return words.replace("⁹", _NINE)


class _Page:
    """Lines of text from the top down; everything is a share of the room between the margins."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.y = 0.0

    def text(self, words: str, x: float, points: float, *, bold: bool = False, quiet: bool = False) -> None:
        weight = ' font-weight="bold"' if bold else ""
        ink = LIGHT.quiet if quiet else LIGHT.text
        self.parts.append(
            f'<text x="{x:.1f}" y="{self.y + points:.1f}" font-size="{points}" fill="{ink}"{weight}>'
            f"{_raised(escape(words))}</text>"
        )

    def paragraph(self, words: str, points: float, *, bold: bool = False, quiet: bool = False) -> None:
        room = int((WIDTH - 2 * MARGIN) / (points * _CHARACTER))
        for line in folded(words, room):
            self.text(line, 0, points, bold=bold, quiet=quiet)
            self.y += points * 1.3

    def rule(self) -> None:
        self.y += 2
        self.parts.append(
            f'<line x1="0" x2="{WIDTH - 2 * MARGIN:.1f}" y1="{self.y:.1f}" y2="{self.y:.1f}" '
            f'stroke="{LIGHT.rule}" stroke-width="0.5"/>'
        )
        self.y += 2


def as_pdf(sheet: Sheet) -> bytes:
    """The page as a PDF of exactly one A4 sheet; what is too much for it becomes smaller as a whole."""
    return pdf(as_drawing(sheet))


def as_drawing(sheet: Sheet) -> str:
    """The page as SVG, 595 by 842 points."""
    room = HEIGHT - 2 * MARGIN
    head, table, foot = _head(sheet), _table(sheet), _foot(sheet)
    width, height = size(sheet.chart)
    left = room - head.y - table.y - foot.y - 16
    tall = min(height * (WIDTH - 2 * MARGIN) / width, max(LEAST_CHART, left))
    wide = tall * width / height
    needed = head.y + tall + table.y + foot.y + 16
    shrink = min(1.0, room / needed)
    chart = sheet.chart[sheet.chart.index("<svg") :].replace(
        "<svg", f'<svg x="0" y="{head.y + 4:.1f}" preserveAspectRatio="xMinYMin meet"', 1
    )
    chart = chart.replace(f'width="{_plain(width)}"', f'width="{wide:.1f}"', 1)
    chart = chart.replace(f'height="{_plain(height)}"', f'height="{tall:.1f}"', 1)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{WIDTH:g}" height="{HEIGHT:g}" viewBox="0 0 {WIDTH:g} {HEIGHT:g}">'
        f'<rect width="100%" height="100%" fill="{LIGHT.ground}"/>'
        f'<g transform="translate({MARGIN:g} {MARGIN:g}) scale({shrink:.4f})" font-family="{FONT}">'
        f"{''.join(head.parts)}{chart}"
        f'<g transform="translate(0 {head.y + tall + 12:.1f})">{"".join(table.parts)}</g></g>'
        f'<g transform="translate({MARGIN:g} {HEIGHT - MARGIN - foot.y:.1f})" font-family="{FONT}">'
        f"{''.join(foot.parts)}</g></svg>"
    )


def _plain(number: float) -> str:
    return f"{number:g}"


def _head(sheet: Sheet) -> _Page:
    page = _Page()
    if sheet.synthetic:
        page.paragraph("SYNTHETIC DATA: this patient is invented", 8, bold=True)
    page.paragraph(sheet.title, 14, bold=True)
    page.paragraph(sheet.facts, 8)
    if sheet.illness:
        page.paragraph(sheet.illness, 8, quiet=True)
    return page


def _table(sheet: Sheet) -> _Page:
    page = _Page()
    if not sheet.courses:
        page.paragraph("No course is recorded.", 8)
        return page
    titles = ("Course", "Given", *(_RESPONSE_COLUMNS if sheet.calls_are_shown else ()))
    _line(page, titles, bold=True)
    for one in sheet.courses:
        page.rule()
        _course(page, one)
    return page


def _course(page: _Page, one: CourseLine) -> None:
    _line(page, (one.what, one.given, one.response, one.onset, one.end))
    if one.why:
        page.paragraph(one.why, 6.5, quiet=True)


def _line(page: _Page, cells: tuple[str, ...], *, bold: bool = False) -> None:
    points, most = 7.5, 1
    ends = (*_COLUMNS[1:], WIDTH - 2 * MARGIN)
    top = page.y
    for place, (words, x, end) in enumerate(zip(cells, _COLUMNS, ends, strict=False)):
        lines = folded(words, int((end - x - 4) / (points * _CHARACTER)))
        most = max(most, len(lines))
        for number, line in enumerate(lines):
            page.y = top + number * points * 1.25
            page.text(line, x, points, bold=bold or place == 2)
    page.y = top + most * points * 1.25


def _foot(sheet: Sheet) -> _Page:
    page = _Page()
    page.rule()
    page.paragraph(sheet.source, 6.5)
    page.paragraph(sheet.printed, 6.5)
    return page
