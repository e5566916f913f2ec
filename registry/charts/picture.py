"""A chart as a file: its spec drawn on this computer, without a browser and without a request to anybody."""

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from registry.charts.palette import FONT, LIGHT

WIDTH = 980
"""Width in pixels at which a chart is drawn that takes the width of its page."""
PIXELS = 2.0
"""Pixels of a PNG for each pixel of the drawing: sharp on paper and on a slide."""

_MARGIN, _LINE, _SIZE = 12, 15, 11
_ROOT = re.compile(r"<svg\b[^>]*>")
_ATTRIBUTE = re.compile(r'\b(width|height)="([\d.]+)"')
_CHARACTER = 0.56
"""Mean width of a character as a share of the size of its letters."""


def svg(spec: Mapping[str, Any], width: float | None = None) -> str:
    """The chart as SVG text. A chart that takes the width of its page is drawn `width` pixels wide (980)."""
    import vl_convert

    sized = dict(spec)
    if sized.get("width") == "container" or width is not None:
        sized["width"] = width or WIDTH
    return str(vl_convert.vegalite_to_svg(sized, allowed_base_urls=[]))


def size(drawn: str) -> tuple[float, float]:
    """Width and height of an SVG in pixels."""
    root = _ROOT.search(drawn)
    found = dict(_ATTRIBUTE.findall(root.group(0))) if root else {}
    return float(found["width"]), float(found["height"])


def stamped(drawn: str, lines: Sequence[str]) -> str:
    """The drawing on white with a margin, and below it the words that say where it comes from."""
    width, height = size(drawn)
    room = int((width + _MARGIN) / (_SIZE * _CHARACTER))
    pieces = [part for line in lines for part in folded(line, room)]
    whole = width + 2 * _MARGIN, height + 2 * _MARGIN + _LINE * len(pieces) + (8 if pieces else 0)
    words = "".join(
        f'<text x="{_MARGIN}" y="{height + _MARGIN + 8 + _LINE * (place + 1) - 4}" fill="{LIGHT.quiet}" '
        f'font-family="{escape(FONT)}" font-size="{_SIZE}">{escape(line)}</text>'
        for place, line in enumerate(pieces)
    )
    inner = drawn[drawn.index("<svg") :].replace("<svg", f'<svg x="{_MARGIN}" y="{_MARGIN}"', 1)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{whole[0]:g}" height="{whole[1]:g}" viewBox="0 0 {whole[0]:g} {whole[1]:g}">'
        f'<rect width="100%" height="100%" fill="{LIGHT.ground}"/>{inner}{words}</svg>'
    )


def folded(line: str, room: int) -> list[str]:
    """A line in pieces of at most `room` characters, broken between words."""
    pieces = [""]
    for word in line.split(" "):
        if pieces[-1] and len(pieces[-1]) + 1 + len(word) > room:
            pieces.append(word)
        else:
            pieces[-1] = f"{pieces[-1]} {word}".strip()
    return pieces


def png(drawn: str) -> bytes:
    """An SVG as PNG, two pixels for each of its own."""
    import vl_convert

    return bytes(vl_convert.svg_to_png(drawn, scale=PIXELS))


def pdf(drawn: str) -> bytes:
    """An SVG as a PDF page of its size, lines and letters as such."""
    import vl_convert

    return bytes(vl_convert.svg_to_pdf(drawn))
