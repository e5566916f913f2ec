"""A REDCap export with its data dictionary: the site's own table, its choices read as their labels.

Raw or label export, labels or names in the header, classic, longitudinal or repeating. The mapping's `[columns]`,
`[[wide]]` or `[[analyte]]` read what comes out. Days stay as they are: an export has them in ISO.
"""

import csv
import html
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from registry.exchange.sources.cells import CellTable
from registry.exchange.sources.opening import refused

LARGEST_CELL = 16 * 2**20
MOST_COLUMNS = 50_000
_VARIABLE, _LABEL = "variable / field name", "field label"
_TYPE, _CHOICES, _VALIDATION = (
    "field type",
    "choices, calculations, or slider labels",
    "text validation type or show slider number",
)
_FORM = "form name"
_API = {
    "field_name": _VARIABLE,
    "form_name": _FORM,
    "field_type": _TYPE,
    "field_label": _LABEL,
    "select_choices_or_calculations": _CHOICES,
    "text_validation_type_or_show_slider_number": _VALIDATION,
}
"""The columns of a dictionary that was exported by the API."""
_CHOSEN = ("dropdown", "radio", "yesno", "truefalse", "checkbox")
_FIXED = {"yesno": {"1": "Yes", "0": "No"}, "truefalse": {"1": "True", "0": "False"}}
_SYSTEM = {
    "event name": "redcap_event_name",
    "repeat instrument": "redcap_repeat_instrument",
    "repeat instance": "redcap_repeat_instance",
    "data access group": "redcap_data_access_group",
    "survey identifier": "redcap_survey_identifier",
}
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_CHECKBOX = re.compile(r"(?P<label>.*) \(choice=(?P<choice>.*)\)", re.DOTALL)
_COMMA_NUMBER = re.compile(r"[+-]?\d+,\d+")
_POINT_NUMBER = re.compile(r"[+-]?\d+\.\d+")
_UNCLEAR = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")


@dataclass(frozen=True)
class Field:
    """One field of the dictionary. `choices` are labels by code, empty for a field that is no choice."""

    name: str
    label: str
    kind: str
    validation: str
    choices: Mapping[str, str]


@dataclass
class _Columns:
    """What the columns of an export are: their names, and the choices of each."""

    names: list[str] = field(default_factory=list)
    fields: list[Field | None] = field(default_factory=list)
    boxes: list[str | None] = field(default_factory=list)
    """For a column of a checkbox the label of its choice."""


def read(
    data: bytes,
    file: str,
    dictionary: bytes | None = None,
    *,
    named: Collection[str] = (),
    filled: Collection[str] = (),
    encoding: str | None = None,
) -> CellTable:
    """The rows of an export. `named` are the columns that the mapping names; a row in which all columns of `filled`
    are empty is none. Raises Refused for what is no such export or dictionary.
    """
    fields = _dictionary(dictionary) if dictionary is not None else {}
    rows = list(_lines(data, file, encoding))
    if not rows:
        raise refused(file, "an export of REDCap", "The file is empty.")
    columns = _columns(rows[0][1], fields, named, file)
    body = [(line, _even(cells, len(columns.names), line, file)) for line, cells in rows[1:]]
    texts = [list(column) for column in zip(*(cells for _, cells in body), strict=True)]
    if not body:
        texts = [[] for _ in columns.names]
    has_labels = _has_labels(texts, columns)
    for at, texts_of in enumerate(texts):
        texts[at] = _as_labels(texts_of, columns.fields[at], columns.boxes[at], has_labels)
    _one_mark(texts, columns.fields)
    places = [columns.names.index(name) for name in filled if name in columns.names]
    table = [
        (line, tuple(cells))
        for (line, _), cells in zip(body, zip(*texts, strict=True), strict=True)
        if not places or any(cells[at] for at in places)
    ]
    notes = []
    if len(table) < len(body):
        notes.append(f"Rows without any of the mapped values, as of other forms: {len(body) - len(table):,}.")
    if dictionary is None:
        notes.append("No dictionary was named, so choices are read as they stand in the export.")
    return CellTable(file, tuple(columns.names), tuple(table), tuple(notes))


def _lines(data: bytes, file: str, encoding: str | None) -> Iterable[tuple[int, list[str]]]:
    """(line, cells) of every row of a CSV that is not blank; the line is the one on which the row begins."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    try:
        text = data.decode("utf-8-sig" if encoding is None or data[:3] == b"\xef\xbb\xbf" else encoding)
    except (UnicodeError, LookupError) as error:
        remedy = "Name it in the mapping: encoding under [file], for example cp1252."
        raise refused(file, f"text in {encoding or 'UTF-8'}", remedy) from error
    if "\0" in text:
        raise refused(file, "text without NUL characters", "Export it again as CSV.")
    lines = text.splitlines(keepends=True)
    header = next((line for line in lines if line.strip()), "")
    mark = max(",;\t|", key=header.count)
    csv.field_size_limit(LARGEST_CELL)
    reader = csv.reader(lines, delimiter=mark, strict=True)
    start = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield start, [cell.strip() for cell in cells]
            start = reader.line_num + 1
    except csv.Error as error:
        remedy = "A quotation mark is not closed, or a cell is too large. Export it again."
        raise refused(file, "CSV as REDCap writes it", remedy, row=start) from error


def _even(cells: list[str], width: int, line: int, file: str) -> list[str]:
    """The cells of a row, filled up where it ends early."""
    if any(cells[width:]):
        remedy = "A text with the separator needs quotation marks. Export it again."
        raise refused(file, f"{width} cells, as in the header", remedy, row=line - 1, value=f"{len(cells)}")
    return [*cells[:width], *[""] * (width - len(cells))]


def _dictionary(data: bytes) -> dict[str, Field]:
    """The fields by name. Raises Refused for what is no data dictionary."""
    file = "the dictionary"
    rows = list(_lines(data, file, None))
    header = [_API.get(word.casefold(), word.casefold()) for word in rows[0][1]] if rows else []
    if _VARIABLE not in header or _TYPE not in header:
        remedy = "Download it under Data Dictionary, or name the right file under [redcap]."
        raise refused(file, "a data dictionary of REDCap", remedy)
    fields: dict[str, Field] = {}
    for _, cells in rows[1:]:
        row = dict(zip(header, [*cells, *[""] * len(header)], strict=False))
        kind = row[_TYPE].casefold()
        choices = _FIXED.get(kind) or (_choices(row.get(_CHOICES, "")) if kind in _CHOSEN else {})
        name = row[_VARIABLE]
        fields[name] = Field(
            name, _plain(row.get(_LABEL, "")), kind, row.get(_VALIDATION, "").casefold(), choices
        )
    return fields


def _choices(text: str) -> dict[str, str]:
    """`1, < | 2, >` as labels by code."""
    pairs = [part.partition(",") for part in re.split(r"\||\n", text)]
    return {code.strip(): _plain(label) for code, comma, label in pairs if comma and code.strip()}


def _plain(text: str) -> str:
    """A label as REDCap shows it: without tags, entities and doubled spaces."""
    return " ".join(html.unescape(_TAG.sub("", text)).split())


def _columns(
    header: Sequence[str], fields: Mapping[str, Field], named: Collection[str], file: str
) -> _Columns:
    """Each column under the name of its field, also where the header has labels."""
    if len(header) > MOST_COLUMNS:
        raise refused(file, f"at most {MOST_COLUMNS:,} columns", "Export the forms that you need.")
    labels: dict[str, list[Field]] = {}
    for one in fields.values():
        labels.setdefault(one.label.casefold(), []).append(one)
    columns = _Columns()
    doubled: list[str] = []
    for head in header:
        plain = _plain(head)
        name, of_field, box = head, fields.get(head), None
        if of_field is None and "___" in head:
            of_field, box = _box(head, fields)
        elif of_field is None and plain.casefold() in labels:
            meant = labels[plain.casefold()]
            if len(meant) == 1:
                of_field = meant[0]
                name = head if head in named else of_field.name
            elif {one.name for one in meant} & set(named):
                doubled.append(plain)
        elif of_field is None and (found := _CHECKBOX.fullmatch(plain)):
            name, of_field, box = _labelled_box(head, found, labels)
        elif of_field is None:
            name = _SYSTEM.get(plain.casefold(), head)
        columns.names.append(name)
        columns.fields.append(of_field)
        columns.boxes.append(box)
    if doubled:
        remedy = "Several fields have this label: export with the names of the fields in the header."
        raise refused(file, "a label for each field", remedy, value=", ".join(doubled)[:80])
    counts = Counter(columns.names)
    if twice := [name for name in named if counts[name] > 1]:
        raise refused(
            file, "each mapped column once", "Export it again.", value=", ".join(sorted(twice))[:80]
        )
    return columns


def _box(head: str, fields: Mapping[str, Field]) -> tuple[Field | None, str | None]:
    """The checkbox and the label of the choice that `field___code` stands for."""
    name, _, coded = head.partition("___")
    of_field = fields.get(name)
    if of_field is None:
        return None, None
    for code, label in of_field.choices.items():
        if re.sub(r"[^a-z0-9]", "_", code.casefold()) == coded:
            return of_field, label
    return of_field, coded.strip("_")


def _labelled_box(
    head: str, found: re.Match[str], labels: Mapping[str, list[Field]]
) -> tuple[str, Field | None, str | None]:
    """The same for a header with labels: `Bleeding (choice=skin)`."""
    meant = labels.get(found["label"].casefold(), [])
    if len(meant) != 1:
        return head, None, None
    for code, label in meant[0].choices.items():
        if label == found["choice"]:
            coded = re.sub(r"[^a-z0-9]", "_", code.casefold())
            return f"{meant[0].name}___{coded}", meant[0], label
    return head, None, None


def _has_labels(texts: Sequence[list[str]], columns: _Columns) -> bool:
    """Whether the cells of choices are labels already: some can only be a label, and none can only be a code."""
    only_code = only_label = False
    for cells, of_field, box in zip(texts, columns.fields, columns.boxes, strict=True):
        if of_field is None or box is not None:
            continue
        codes, labels = set(of_field.choices), set(of_field.choices.values())
        given = set(cells)
        only_code |= bool(given & (codes - labels))
        only_label |= bool(given & (labels - codes))
    return only_label and not only_code


def _as_labels(texts: list[str], of_field: Field | None, box: str | None, has_labels: bool) -> list[str]:
    """The cells of a choice as labels; a cell that is no code of the field, such as a missing code, stays."""
    if of_field is None or not of_field.choices:
        return texts
    if box is not None:
        meant = {"1": box, "Checked": box, "0": "", "Unchecked": ""}
        return [meant.get(text, text) for text in texts]
    return texts if has_labels else [of_field.choices.get(text, text) for text in texts]


def _one_mark(texts: list[list[str]], fields: Sequence[Field | None]) -> None:
    """Write the numbers of all fields with one decimal mark, where a field declares the comma and others do not.

    A file in which every number has the comma keeps it, unless `1,234` could be read in two ways.
    """
    commas = [at for at, one in enumerate(fields) if one and "comma_decimal" in one.validation]
    points = [
        at for at, one in enumerate(fields) if one and one.kind in ("text", "calc") and at not in commas
    ]
    mixed = any(_POINT_NUMBER.fullmatch(text) for at in points for text in texts[at])
    unclear = any(_UNCLEAR.fullmatch(text) for at in commas for text in texts[at])
    if not (mixed or unclear):
        return
    for at in commas:
        texts[at] = [text.replace(",", ".") if _COMMA_NUMBER.fullmatch(text) else text for text in texts[at]]
