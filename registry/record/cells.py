"""What one cell of results says: a number, its unit, flags, a word on the specimen, or why there is no value.

One reading for form, paste, bundle, laboratory file and command: `31`, `<5`, `45 K/uL`, `12*`, `46 (L)`, `31 clumped`,
`clumped`, `not done`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from registry.record.numbers import UNDECIDED, Ambiguous, read_number
from registry.record.units import measures

_QUALITIES = {
    "clumped": ("clumped", "clumps", "clumping", "clump", "platelet clumps", "aggregates", "aggregated", "agg",
                "aggregation", "plt aggregates", "aggregate", "thrombozytenaggregate", "aggregiert",
                "geklumpt", "verklumpt", "klumpen", "verklumpung", "geklonterd", "klonters", "aggregaten",
                "agregados", "agregados plaquetarios", "agrégats", "agregats", "aggregati"),
    "hemolyzed": ("hemolyzed", "haemolysed", "hemolysed", "haemolyzed", "hemolysis", "haemolysis", "hämolytisch",
                  "hämolysiert", "haemolysiert", "hämolyse",
                  "haemolytisch", "hemolytisch", "gehemolyseerd", "hemolizada", "hemolizado", "hémolysé"),
    "insufficient": ("insufficient", "qns", "quantity not sufficient", "clotted", "geronnen", "gestold",
                     "coagulada", "coagulé", "zu wenig material", "onvoldoende", "insuffisant", "insuficiente"),
}  # fmt: skip
_TYPED_MISSING = {
    "not_done": ("not done", "nd", "n.d.", "n/d", "not measured", "not taken"),
    "unknown": ("unknown", "not known", "unk", "uk", "?"),
    "not_applicable": ("not applicable", "n/a", "na", "n.a."),
}
_REASONS = {word: reason for reason, words in _TYPED_MISSING.items() for word in (*words, reason)}
_QUALITY_OF = {word: quality for quality, spelled in _QUALITIES.items() for word in spelled}
_DENIALS = frozenset(
    (
        "no",
        "not",
        "without",
        "kein",
        "keine",
        "keinerlei",
        "nicht",
        "ohne",
        "geen",
        "niet",
        "zonder",
        "pas",
        "sans",
        "sin",
    )
)
"""Words that deny a quality: no clumps seen, no evidence of platelet clumps."""
_OF_THE_RESULT = frozenset(
    ("result", "results", "value", "count", "report", "reading", "possible", "enough", "valid", "reliable",
     "ergebnis", "wert", "befund", "resultat", "resultaat", "waarde", "uitslag", "résultat", "resultado", "valor")
)  # fmt: skip
"""What is denied beside a quality that is there: no result clumped."""
_DENIED_BEFORE = re.compile(
    rf"\b(?:{'|'.join(sorted(_DENIALS))}) (?:[^\W\d_]+ )?(?:evidence|signs?|indications?|traces?|suspicion|hinweise?|"
    r"zeichen|aanwijzing(?:en)?|tekenen|signes?|signos?) (?:of |for |auf |für |von |voor |op |de |d )?"
    r"(?:[^\W\d_]+ ){0,2}$"
)
_DENIED_AFTER = re.compile(
    r"^ (?:(?:is|are|was|were|sind|wurden|zijn|werden) )?(?:(?:not|nicht|niet) (?:seen|present|observed|detected|found|"
    r"noted|visible|identified|nachweisbar|nachgewiesen|sichtbar|gesehen|vorhanden|gezien|aanwezig|zichtbaar)|"
    r"absent|none|negative|excluded|ruled out|ausgeschlossen|negativ|negatief|afwezig|uitgesloten)\b"
)
_CLAUSE = re.compile(r"[.;,!?/()\n]+|\s[-–—]\s")
_FLAG = re.compile(r"[\s(\[]*(?:[↑↓▲▼*!+]+|(?<=[\s(\[\d])(?:HH|LL|H|L))[\s)\]]*$")
_FLAG_WITHIN = re.compile(r"(?<=\d)(?!(?<=10)\*\*?\d)(\s*[↑↓▲▼*!]+(?=\s*\S)|\s+(?:HH|LL|H|L)(?=\s+\S))")
"""Marks between the number and what follows it; the sign of a power (10*9/L, 10**9/L) is none."""
_BEGINS_A_WORD = re.compile(r"[^\W\d_]|[%/]")
_BETWEEN = re.compile(r"[\s,;:([*]+")
_PLAIN = re.compile(r"[0-9]+(?:[.,][0-9]+)?")


@dataclass(frozen=True)
class Cell:
    """One cell as understood. `number` is the text in the number's place, whether it is one or not, None without any.

    `unit` is written in the cell itself. `quality` (clumped, hemolyzed, insufficient) is what a word says of the
    specimen. `missing` is why there is no value (not_done, unknown, not_applicable). `flags` are the laboratory's.
    """

    number: str | None
    unit: str | None = None
    quality: str | None = None
    missing: str | None = None
    flags: tuple[str, ...] = ()


def read_cell(text: str, analyte: str) -> Cell:
    """Take a cell apart; nothing in it is converted. Raises KeyError for an unknown analyte."""
    written = " ".join(text.split())
    if _PLAIN.fullmatch(written):
        return Cell(written)
    if reason := missing_said(written):
        return Cell(None, missing=reason)
    marked, flags = without_flags(written)
    bare, quality = _without_comment(marked, analyte)
    if not bare:
        return Cell(None, quality=quality, flags=flags)
    number, unit = split_unit(bare, analyte)
    return Cell(number, unit, quality, flags=flags)


def missing_said(text: str) -> str | None:
    """The reason for which `text` says that there is no value: `nd` is not_done. None if it says no such thing."""
    return _REASONS.get(" ".join(text.split()).casefold())


def without_flags(text: str) -> tuple[str, tuple[str, ...]]:
    """The text without the laboratory's marks (L, H, *, arrows), and these marks."""
    flags = [found.strip() for found in _FLAG_WITHIN.findall(text)]
    bare = _FLAG_WITHIN.sub(" ", text)
    while (found := _FLAG.search(bare)) and re.search(r"\d", bare[: found.start()]):
        flags.append(found[0].strip(" ()[]"))
        bare = bare[: found.start()].strip()
    return bare, tuple(flags)


def split_unit(text: str, analyte: str) -> tuple[str, str | None]:
    """The number and the unit of a cell: `45 K/uL` is `45` and `K/uL`. The unit is as written, known or not."""
    if _is_number(text):
        return text, None
    splits = list(_splits(text))
    for value, unit in splits:
        if measures()[analyte].named(unit):
            return value, unit
    return next(((value, unit) for value, unit in splits if _BEGINS_A_WORD.match(unit)), (text, None))


def _splits(text: str) -> Iterator[tuple[str, str]]:
    """Every way to split a cell into a number and something behind it, the longest number first."""
    for at in range(len(text) - 1, 0, -1):
        value, rest = text[:at].rstrip(), text[at:].lstrip()
        if rest and _is_number(value) and not (text[at - 1].isdigit() and text[at].isdigit()):
            yield value, rest


def _is_number(text: str) -> bool:
    try:
        return read_number(text, UNDECIDED) is not None
    except Ambiguous:
        return True


def quality_said(text: str) -> str | None:
    """What a comment or a cell says of its specimen: clumped, hemolyzed or insufficient; None if nothing of it."""
    if quality := _QUALITY_OF.get(" ".join(text.casefold().split()).strip("()[]*.!,; ")):
        return quality
    for clause in _CLAUSE.split(text):
        said_of_it = f" {plain_words(clause)} "
        for word, quality in _QUALITY_OF.items():
            before, there, after = said_of_it.partition(f" {word} ")
            if there and not _is_denied(f"{before} ", f" {after}"):
                return quality
    return None


def _is_denied(before: str, after: str) -> bool:
    """Whether the words before or behind a quality, in its clause, say that it was not so."""
    near = before.split()[-2:]
    if _DENIALS.intersection(near) and near[-1] not in _OF_THE_RESULT:
        return True
    return bool(_DENIED_BEFORE.search(before) or _DENIED_AFTER.match(after))


def plain_words(text: str) -> str:
    """The words of a text in small letters, a space between them."""
    return " ".join(re.findall(r"[^\W\d_]+", text.casefold()))


def _without_comment(text: str, analyte: str) -> tuple[str, str | None]:
    """The cell without what it says on the quality of its specimen, and that quality: `31 clumped, see note 3`."""
    if quality := _QUALITY_OF.get(text.casefold().strip("()[]*.! ")):
        return "", quality
    quality = quality_said(text)
    for found in reversed(list(_BETWEEN.finditer(text))):
        value, said = text[: found.start()], text[found.end() :]
        if _is_value(value, analyte) and (quality or _speaks_of_quality(said)):
            return value, quality
    return ("" if quality else text), quality


def _speaks_of_quality(text: str) -> bool:
    """Whether a remark names a quality, be it to deny it: `no clumps seen`."""
    words = f" {plain_words(text)} "
    return any(f" {word} " in words for word in _QUALITY_OF)


def _is_value(text: str, analyte: str) -> bool:
    """Whether a text is a number, alone or with a unit that is known."""
    return _is_number(text) or any(measures()[analyte].named(unit) for _, unit in _splits(text))
