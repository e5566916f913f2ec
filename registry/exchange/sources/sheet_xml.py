"""What the reader of a workbook does not say of a sheet: its size, its errors, formulas, hidden and merged cells.

The XML of a sheet is walked once, piece by piece, before anything else opens it, so that a small file that claims a
huge sheet is refused in bounded memory.
"""

import re
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from xml.parsers import expat

from registry.exchange.sources.opening import refused

MOST_CELLS = 10_000_000
"""Of the rectangle from the first cell to the last one that has something in it."""
LARGEST_TEXT_BYTES = 512 * 2**20
"""Of all texts of a sheet together, each written out where it stands."""
MOST_NAMED = 10_000
_PIECE = 2**20
_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
Place = tuple[int, int]


@dataclass
class SheetFacts:
    """Facts of one sheet by (row, column), both from 0.

    `merged` are (first row, first column, last row, last column).
    """

    errors: dict[Place, str] = field(default_factory=dict)
    uncalculated: set[Place] = field(default_factory=set)
    hidden_rows: set[int] = field(default_factory=set)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    last_row: int = -1
    last_column: int = -1
    text_bytes: int = 0
    is_known: bool = True

    def saw(self, row: int, column: int, file: str) -> None:
        """There is something in this cell. Raises Refused where the sheet gets too large."""
        self.last_row, self.last_column = max(self.last_row, row), max(self.last_column, column)
        if (self.last_row + 1) * (self.last_column + 1) > MOST_CELLS:
            remedy = "Delete what stands far out of the table, or divide it into several sheets."
            raise refused(
                file, f"a sheet of at most {MOST_CELLS:,} cells", remedy, value=place_name(row, column)
            )

    def has_text(self, size: int, file: str) -> None:
        """A cell has so many bytes of text. Raises Refused where all are too many."""
        self.text_bytes += size
        if self.text_bytes > LARGEST_TEXT_BYTES:
            raise refused(
                file, "a sheet of ordinary size", "Its texts are too large. Keep the columns you need."
            )


def place_name(row: int, column: int) -> str:
    """The name of a cell, both from 0: `D9`."""
    letters, number = "", column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def place_of(name: str) -> Place | None:
    """(row, column) of `D9`, both from 0; None for what names no cell."""
    found = _PLACE.fullmatch(name)
    if found is None:
        return None
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    return int(found[2]) - 1, column - 1


def excel_facts(packed: zipfile.ZipFile, part: str, file: str) -> SheetFacts:
    """The facts of a worksheet of an .xlsx, whose XML is `part`. Raises Refused."""
    sizes = _text_sizes(packed, file)
    recalculated = _recalculates(packed, file)
    walk = _ExcelSheet(file, sizes, recalculated)
    _walked(packed, part, file, walk.start, walk.end, walk.text)
    return walk.facts


def ods_facts(packed: zipfile.ZipFile, file: str) -> dict[str, SheetFacts]:
    """The facts of every sheet of an .ods by its name. Raises Refused."""
    walk = _OpenDocument(file)
    _walked(packed, "content.xml", file, walk.start, walk.end, walk.text)
    return walk.sheets


def sheet_parts(packed: zipfile.ZipFile, file: str) -> dict[str, str]:
    """The XML of each sheet of an .xlsx by the sheet's name."""
    targets: dict[str, str] = {}
    sheets: dict[str, str] = {}

    def of_relations(name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship":
            targets[attributes.get("Id", "")] = attributes.get("Target", "")

    def of_workbook(name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            numbers = [value for key, value in attributes.items() if key.endswith(":id") or key == "id"]
            sheets[attributes.get("name", "")] = numbers[0] if numbers else ""

    _walked(packed, "xl/_rels/workbook.xml.rels", file, of_relations)
    _walked(packed, "xl/workbook.xml", file, of_workbook)
    parts = {}
    for sheet, number in sheets.items():
        target = targets.get(number, "")
        parts[sheet] = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
    return parts


def _recalculates(packed: zipfile.ZipFile, file: str) -> bool:
    """Whether the workbook asks to be calculated when it is opened, as programs write it that calculate nothing."""
    found: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if name == "calcPr":
            found.append(attributes.get("fullCalcOnLoad", "0"))

    _walked(packed, "xl/workbook.xml", file, start)
    return any(word in ("1", "true") for word in found)


def _text_sizes(packed: zipfile.ZipFile, file: str) -> list[int]:
    """The length of each shared text of an .xlsx."""
    sizes: list[int] = []

    def start(name: str, _attributes: dict[str, str]) -> None:
        if name == "si":
            sizes.append(0)

    def text(words: str) -> None:
        if sizes:
            sizes[-1] += len(words)

    if "xl/sharedStrings.xml" in packed.namelist():
        _walked(packed, "xl/sharedStrings.xml", file, start, text=text)
    return sizes


class _ExcelSheet:
    """Follows `<row>`, `<c>`, `<f>`, `<v>` and `<mergeCell>` of a worksheet."""

    def __init__(self, file: str, sizes: list[int], recalculated: bool) -> None:
        self.file, self.sizes, self.recalculated = file, sizes, recalculated
        self.facts = SheetFacts()
        self.row = self.column = -1
        self.kind = self.words = ""
        self.has_formula = self.within = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "row":
            number = attributes.get("r", "")
            self.row = int(number) - 1 if number.isdigit() and len(number) < 8 else self.row + 1
            self.column = -1
            if attributes.get("hidden") in ("1", "true") and len(self.facts.hidden_rows) < MOST_NAMED:
                self.facts.hidden_rows.add(self.row)
        elif name == "c":
            place = place_of(attributes.get("r", ""))
            self.row, self.column = place or (self.row, self.column + 1)
            self.kind, self.words, self.has_formula = attributes.get("t", "n"), "", False
        elif name == "f":
            self.has_formula = True
        elif name in ("v", "t"):
            self.within = True
        elif name == "mergeCell":
            ends = [place_of(part) for part in attributes.get("ref", "").split(":")]
            if len(ends) == 2 and ends[0] and ends[1]:
                self.facts.merged.append((*ends[0], *ends[1]))

    def text(self, words: str) -> None:
        if self.within:
            self.words += words

    def end(self, name: str) -> None:
        if name in ("v", "t"):
            self.within = False
        elif name == "c":
            self._cell()

    def _cell(self) -> None:
        facts, words = self.facts, self.words.strip()
        named = len(facts.errors) + len(facts.uncalculated) < MOST_NAMED
        if self.has_formula and named and (not words or (self.recalculated and words == "0")):
            facts.uncalculated.add((self.row, self.column))
        if not words:
            return
        facts.saw(self.row, self.column, self.file)
        if self.kind == "e" and named:
            facts.errors[self.row, self.column] = words
        elif self.kind == "s" and words.isdigit() and len(words) < 10 and int(words) < len(self.sizes):
            facts.has_text(self.sizes[int(words)], self.file)
        else:
            facts.has_text(len(words), self.file)


class _OpenDocument:
    """Follows the rows and cells of the tables of an .ods, repeated ones as often as they stand there."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.facts = SheetFacts()
        self.sheets: dict[str, SheetFacts] = {}
        self.inside = False
        self.row = self.column = self.times = self.width = 0
        self.attributes: dict[str, str] = {}
        self.words = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "table":
            self.inside, self.row, self.facts = True, 0, SheetFacts()
            self.sheets[attributes.get("table:name", "")] = self.facts
        elif not self.inside:
            return
        elif name == "table-row":
            self.times, self.column = _repeated(attributes, "table:number-rows-repeated"), 0
            if attributes.get("table:visibility") in ("collapse", "filter"):
                last = min(self.row + self.times, self.row + MOST_NAMED - len(self.facts.hidden_rows))
                self.facts.hidden_rows.update(range(self.row, last))
        elif name in ("table-cell", "covered-table-cell"):
            self.attributes, self.words = attributes, ""

    def text(self, words: str) -> None:
        if self.inside:
            self.words += words

    def end(self, name: str) -> None:
        if name == "table":
            self.inside = False
        elif self.inside and name == "table-row":
            self.row += self.times
        elif self.inside and name in ("table-cell", "covered-table-cell"):
            self._cell()

    def _cell(self) -> None:
        facts, attributes = self.facts, self.attributes
        width = _repeated(attributes, "table:number-columns-repeated")
        kind = attributes.get("office:value-type")
        words = self.words.strip()
        if kind or words:
            facts.saw(self.row + self.times - 1, self.column + width - 1, self.file)
            facts.has_text(len(words) * width * self.times, self.file)
        if len(facts.errors) + len(facts.uncalculated) < MOST_NAMED:
            if attributes.get("calcext:value-type") == "error" or words.startswith("Err:"):
                facts.errors[self.row, self.column] = words
            elif attributes.get("table:formula") and not kind:
                facts.uncalculated.add((self.row, self.column))
        rows = _repeated(attributes, "table:number-rows-spanned")
        columns = _repeated(attributes, "table:number-columns-spanned")
        if rows > 1 or columns > 1:
            facts.merged.append((self.row, self.column, self.row + rows - 1, self.column + columns - 1))
        self.column += width


def _repeated(attributes: dict[str, str], key: str) -> int:
    number = attributes.get(key, "1")
    return int(number) if number.isdigit() and 0 < len(number) < 9 else 1


def _walked(
    packed: zipfile.ZipFile,
    part: str,
    file: str,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Call back for every element of an XML part, by its name without prefix. Raises Refused for what is none."""

    def no_entity(*_parts: object) -> None:
        raise refused(file, "a workbook as a spreadsheet saves it", "It declares entities. Save it again.")

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = lambda name, attributes: start(name.rpartition(":")[2], attributes)
    if end is not None:
        parser.EndElementHandler = lambda name: end(name.rpartition(":")[2])
    if text is not None:
        parser.CharacterDataHandler = text
    parser.EntityDeclHandler = no_entity
    parser.StartDoctypeDeclHandler = no_entity
    try:
        with packed.open(part) as content:
            while piece := content.read(_PIECE):
                parser.Parse(piece, False)
        parser.Parse(b"", True)
    except KeyError as error:
        raise refused(file, "a whole workbook", f"{part} is missing in it. Save it again.") from error
    except (expat.ExpatError, zlib.error, LookupError, EOFError, ValueError) as error:
        raise refused(file, "a whole workbook", f"{part[:80]} is damaged. Save it again.") from error
