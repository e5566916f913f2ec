"""HL7 v2 results (ORU^R01) as a table of results, one row an OBX.

Read as files really are: segments end with CR, LF or both, MLLP frames were left in, several messages stand in a
batch, separators are what MSH says. Nothing is converted but times, which become ISO.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from registry.exchange.sources.cells import CellTable
from registry.exchange.sources.codes import additive, chosen
from registry.exchange.sources.opening import refused
from registry.exchange.sources.standard import RESULT_COLUMNS, counted, result, typed_number

STARTS = (b"MSH", b"FHS", b"BHS")
MOST_SEGMENTS = 5_000_000
LARGEST_CELL = 2**20
_RESULTS = ("ORU", "OUL")
_BREAKS = re.compile(r"\r\n|[\r\n\x0b\x1c]")
_SEGMENT = re.compile(r"[A-Z][A-Z0-9]{2}")
_HEADERS = ("MSH", "FHS", "BHS")
_TIME = re.compile(
    r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})"
    r"(?:(?P<hour>\d{2})(?P<minute>\d{2})?(?P<second>\d{2})?(?:\.\d+)?)?(?P<offset>[+-]\d{4})?"
)
_NO_VALUE = '""'
_NOT_TEXT = ("ED", "RP")
_CODED = ("CE", "CWE", "CNE", "CF")
_POWER = re.compile(r".*10$")
_REST_OF_POWER = re.compile(r"\d{1,2}\s*/.*")


@dataclass(frozen=True)
class _Marks:
    """The separators that a message declares."""

    fields: str
    components: str
    repetitions: str
    escape: str
    subcomponents: str

    @classmethod
    def of(cls, header: str) -> "_Marks":
        given = header[4:].split(header[3], 1)[0] if len(header) > 3 else ""
        signs = [given[at : at + 1] or default for at, default in enumerate("^~\\&")]
        return cls(header[3:4] or "|", *signs)

    def unescaped(self, text: str) -> str:
        """The text with its escape sequences replaced."""
        if self.escape not in text:
            return text.strip()
        sign = re.escape(self.escape)
        meant = {
            "F": self.fields,
            "S": self.components,
            "R": self.repetitions,
            "E": self.escape,
            "T": self.subcomponents,
            ".br": "\n",
            "H": "",
            "N": "",
        }

        def put(found: re.Match[str]) -> str:
            word = found[1]
            if word in meant:
                return meant[word]
            if re.fullmatch(r"X(?:[0-9A-Fa-f]{2})+", word):
                return bytes.fromhex(word[1:]).decode("utf-8", "replace")
            return " " if word.startswith((".sp", ".in", ".ti", ".sk", ".ce")) else found[0]

        return re.sub(f"{sign}([^{sign}]*){sign}", put, text).strip()


@dataclass
class _Segment:
    """One segment: its number in the file, its name and its fields as written."""

    line: int
    kind: str
    cells: list[str]
    marks: _Marks

    def raw(self, at: int) -> str:
        return self.cells[at] if at < len(self.cells) else ""

    def components(self, at: int) -> list[str]:
        """The components of the first repetition of a field, unescaped."""
        first = self.raw(at).split(self.marks.repetitions)[0]
        return [self.marks.unescaped(part) for part in first.split(self.marks.components)]

    def part(self, at: int, component: int = 1) -> str:
        """One component of the first repetition, unescaped; HL7's `""` is nothing."""
        parts = self.components(at)
        text = parts[component - 1] if component <= len(parts) else ""
        return "" if text == _NO_VALUE else text

    def text(self, at: int) -> str:
        """The whole field as text, repetitions joined by a space."""
        pieces = self.raw(at).split(self.marks.repetitions)
        return " ".join(piece for piece in map(self.marks.unescaped, pieces) if piece not in ("", _NO_VALUE))


@dataclass
class _Order:
    """One OBR with its results, held until its specimen is known."""

    number: str = ""
    taken: str = ""
    specimen: str = ""
    specimen_id: str = ""
    specimen_taken: str = ""
    comment: list[str] = field(default_factory=list)
    results: list["_Result"] = field(default_factory=list)


@dataclass
class _Result:
    segment: _Segment
    comment: list[str] = field(default_factory=list)


def read(
    data: bytes,
    file: str,
    *,
    mapped: Collection[str] = (),
    system: str | None = None,
    encoding: str | None = None,
) -> CellTable:
    """The results of all messages of a file.

    `mapped` are the site's own codes, `system` the assigning authority whose identifier names a patient (the first
    PID-3 where it is None), `encoding` what the mapping says of the text. Raises Refused for what is no HL7 v2.
    """
    reader = _Reader(mapped, system)
    rows: list[tuple[int, tuple[str, ...]]] = []
    for segment in _segments(_text(data, file, encoding), file):
        reader.take(segment, rows)
    reader.close(rows)
    return CellTable(file, RESULT_COLUMNS, tuple(rows), reader.notes())


def iso_time(text: str) -> str:
    """A time of HL7 (`20260414153000`, with or without an offset) as ISO; other text as it is."""
    found = _TIME.fullmatch(text)
    if found is None or text.startswith("00000000"):
        return "" if text.strip("0") == "" else text
    day = f"{found['year']}-{found['month']}-{found['day']}"
    if found["hour"] is None:
        return day
    offset = found["offset"] or ""
    zone = f"{offset[:3]}:{offset[3:]}" if offset else ""
    return f"{day}T{found['hour']}:{found['minute'] or '00'}:{found['second'] or '00'}{zone}"


def _text(data: bytes, file: str, encoding: str | None) -> str:
    if data.startswith(b"\xef\xbb\xbf"):
        data, encoding = data[3:], "utf-8"
    elif data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    declared = encoding or _charset(data)
    try:
        text = data.decode(declared or "utf-8")
    except (UnicodeError, LookupError) as error:
        remedy = "Name the encoding in the mapping: encoding under [file], for example cp1252."
        raise refused(file, f"text in {declared or 'UTF-8'}", remedy) from error
    if "\0" in text:
        raise refused(file, "text without NUL characters", "Save the messages again as text.")
    if not text.lstrip(" \t\r\n\x0b\x1c").startswith(_HEADERS):
        remedy = "A file of HL7 v2 begins with MSH, FHS or BHS."
        raise refused(file, "messages of HL7 v2", remedy, value=text.strip()[:40])
    return text


def _charset(data: bytes) -> str | None:
    """The Python name of what MSH-18 of the first message says, None where it says nothing that is known."""
    at = data.find(b"MSH")
    header = re.split(rb"[\r\n]", data[at : at + 2_000])[0].decode("latin-1") if at >= 0 else ""
    cells = header.split(header[3:4] or "|")
    word = cells[17].strip().upper() if len(cells) > 17 else ""
    if part := re.fullmatch(r"8859/(\d{1,2})", word):
        return f"iso8859-{part[1]}"
    return {"UNICODE UTF-8": "utf-8", "UTF-8": "utf-8", "ASCII": None}.get(word)


def _segments(text: str, file: str) -> Iterator[_Segment]:
    """All segments in order; a line that begins like none belongs to the one before it."""
    marks = _Marks.of("MSH|^~\\&")
    number = 0
    held: tuple[int, str] | None = None
    for line in _BREAKS.split(text):
        line = line.strip(" \t")
        if not line:
            continue
        if held is not None and not _begins(line, marks):
            held = (held[0], f"{held[1]} {line}")
            continue
        if held is not None:
            yield _segment(*held, marks)
        if line.startswith(_HEADERS):
            marks = _Marks.of(line)
        number += 1
        if number > MOST_SEGMENTS:
            raise refused(file, f"at most {MOST_SEGMENTS:,} segments", "Divide it into several files.")
        held = (number, line)
    if held is not None:
        yield _segment(*held, marks)


def _begins(line: str, marks: _Marks) -> bool:
    """Whether a line begins a segment; `PLT: 45` in a note that an editor wrapped does not."""
    return line.startswith(_HEADERS) or (_SEGMENT.match(line) is not None and line[3:4] in ("", marks.fields))


def _segment(number: int, line: str, marks: _Marks) -> _Segment:
    return _Segment(number, line[:3], line.split(marks.fields), marks)


class _Reader:
    """Goes through the segments and remembers whose they are."""

    def __init__(self, mapped: Collection[str], system: str | None) -> None:
        self.mapped, self.system = mapped, system
        self.patient = ""
        self.relevant, self.specimen_first = True, False
        self.order: _Order | None = None
        self.of_specimen: _Order | None = None
        """In messages that give the specimen before its orders (OUL)."""
        self.comments: list[str] = []
        """Where a note goes that comes next: to a result, or to the whole order."""
        self.other: list[str] = []
        self.messages = self.in_batch = 0
        self.batches: list[str] = []

    def take(self, segment: _Segment, rows: list[tuple[int, tuple[str, ...]]]) -> None:
        kind = segment.kind
        if kind in ("MSH", "PID", "BHS", "FHS", "BTS", "FTS"):
            self.close(rows)
            self.patient, self.of_specimen = "", None
        if kind == "MSH":
            self._message(segment)
        elif kind == "BTS":
            self._batch_ends(segment)
        elif not self.relevant:
            return
        elif kind == "PID":
            self.patient = self._patient(segment)
        elif kind in ("ORC", "OBR"):
            self._order(segment, rows)
        elif kind == "SPM":
            self._specimen(segment, rows)
        elif kind == "OBX":
            self.comments = (one := _Result(segment)).comment
            self._current().results.append(one)
        elif kind == "NTE" and self.order is not None and (comment := segment.text(3)):
            self.comments.append(comment)
        if self.order is not None and kind in ("OBR", "ORC", "SPM"):
            self.comments = self.order.comment

    def close(self, rows: list[tuple[int, tuple[str, ...]]]) -> None:
        """Give the rows of the order that ends here."""
        order, self.order = self.order, None
        if order is None:
            return
        for one in order.results:
            rows.append((one.segment.line, self._row(one, order)))

    def notes(self) -> tuple[str, ...]:
        notes = list(self.batches)
        if self.other:
            notes.append(f"Messages that are no results were left out: {counted(self.other)}.")
        return tuple(notes)

    def _current(self) -> _Order:
        if self.order is None:
            self.order = _Order()
        return self.order

    def _message(self, segment: _Segment) -> None:
        # MSH-1 is the separator itself, so that a field's number is one more than its place.
        kind = segment.part(8, 1)
        self.relevant = not kind or kind in _RESULTS
        self.specimen_first = kind == "OUL"
        self.messages += 1
        self.in_batch += 1
        if not self.relevant:
            self.other.append("^".join(filter(None, (kind, segment.part(8, 2)))))

    def _batch_ends(self, segment: _Segment) -> None:
        count = segment.part(1)
        if count.isdigit() and int(count) != self.in_batch:
            self.batches.append(
                f"The batch that ends in segment {segment.line} should have {int(count):,} messages and has "
                f"{self.in_batch:,}: the file may be incomplete."
            )
        self.in_batch = 0

    def _patient(self, segment: _Segment) -> str:
        for repetition in segment.raw(3).split(segment.marks.repetitions):
            parts = repetition.split(segment.marks.components)
            number = segment.marks.unescaped(parts[0])
            if self.system is None:
                return "" if number == _NO_VALUE else number
            authority = parts[3].split(segment.marks.subcomponents) if len(parts) > 3 else []
            if self.system in map(segment.marks.unescaped, authority):
                return number
        return ""

    def _order(self, segment: _Segment, rows: list[tuple[int, tuple[str, ...]]]) -> None:
        number = segment.part(3) or segment.part(2)
        announced = self.order if self.order is not None and not self.order.results else None
        if segment.kind == "ORC" or announced is None:
            self.close(rows)
        # ORC announces an order, and its number helps where the OBR behind it has none.
        order = _Order(number or (announced.number if announced else ""))
        if self.specimen_first and self.of_specimen is not None:
            order.specimen, order.specimen_id = self.of_specimen.specimen, self.of_specimen.specimen_id
            order.specimen_taken = self.of_specimen.specimen_taken
        self.order = order
        if segment.kind == "OBR":
            order.taken = iso_time(segment.part(7))
            parts = segment.raw(15).split(segment.marks.components)[:2]
            words = [word for part in parts for word in part.split(segment.marks.subcomponents)]
            order.specimen = order.specimen or additive(words)

    def _specimen(self, segment: _Segment, rows: list[tuple[int, tuple[str, ...]]]) -> None:
        if self.specimen_first:
            self.close(rows)
            self.of_specimen = self._current()
        order = self._current()
        if order.specimen_taken or order.specimen_id:
            return
        pair = segment.components(2)
        numbers = (pair[1:2] or pair[:1]) if any(pair[1:2]) else pair[:1]
        order.specimen_id = numbers[0].split(segment.marks.subcomponents)[0] if numbers else ""
        order.specimen_taken = iso_time(segment.part(17).split(segment.marks.subcomponents)[0])
        order.specimen = additive(segment.components(6)) or order.specimen

    def _row(self, one: _Result, order: _Order) -> tuple[str, ...]:
        segment = one.segment
        parts = [*segment.components(3), *[""] * 12][:12]
        codings = [(parts[0], parts[2]), (parts[3], parts[5]), (parts[9], parts[11])]
        code, analyte = chosen(codings, self.mapped)
        own = parts[0] or parts[3] or parts[1]
        number = "/".join(filter(None, (order.number, own, segment.part(4)))) if order.number else ""
        value, missing = _value(segment)
        return result(
            patient_id=self.patient,
            observation_id=number,
            observed_at=order.specimen_taken or order.taken or iso_time(segment.part(14)),
            code=code or own,
            value=value,
            unit=_unit(segment),
            range=segment.text(7),
            specimen_id=order.specimen_id,
            specimen=order.specimen,
            status=segment.part(11),
            comment=" ".join([*order.comment, *one.comment]),
            missing_reason=missing,
            analyte=analyte,
        )


def _value(segment: _Segment) -> tuple[str, str]:
    """The value as the laboratory wrote it, and why there is none."""
    kind = segment.part(2)
    if kind in _NOT_TEXT:
        return "", "a document"
    if kind == "SN":
        comparator, first, separator, second = [*segment.components(5), "", "", "", ""][:4]
        return f"{'' if comparator == '=' else comparator}{typed_number(first)}{separator}{second}", ""
    if kind in _CODED:
        parts = [*segment.components(5), *[""] * 9]
        return parts[8] or parts[1] or parts[0], ""
    text = segment.text(5)
    if len(text) > LARGEST_CELL:
        return "", "a text of more than a million characters"
    return (typed_number(text) if kind == "NM" else text), ""


def _unit(segment: _Segment) -> str:
    """The unit's code, else its text. `10^9/L` with an unescaped sign of the power is put together again."""
    parts = segment.components(6)
    if len(parts) > 1 and _POWER.fullmatch(parts[0]) and _REST_OF_POWER.fullmatch(parts[1]):
        return f"{parts[0]}^{parts[1]}"
    return next((part for part in parts[:2] if part and part != _NO_VALUE), "")
