"""FHIR (R4, R5) as a table of results, one row an Observation or component, and a table of its patients.

Read are a Bundle, NDJSON, a single resource or a folder of these. Numbers stay as written. Every entry is a row, or
is counted in a note with its type. Identifiers of patients are read only where the mapping names their system.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from registry.exchange.sources.cells import CellTable
from registry.exchange.sources.codes import additive, chosen, published_codes
from registry.exchange.sources.json_text import WrittenNumber, encoded, parsed
from registry.exchange.sources.opening import refused
from registry.exchange.sources.standard import (
    PATIENT_COLUMNS,
    RESULT_COLUMNS,
    counted,
    result,
    typed_number,
)
from registry.record.cells import quality_said

MOST_DEPTH = 4
"""Bundles within bundles."""
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_ABSENT = "data-absent-reason"
_REASONS = {
    "not-performed": "not_done",
    "not-asked": "not_done",
    "not-applicable": "not_applicable",
    "unknown": "unknown",
    "asked-unknown": "unknown",
    "temp-unknown": "unknown",
}
Resource = Mapping[str, Any]


@dataclass
class _Entry:
    """A resource with its number in the file, and what holds it where it is contained."""

    number: int
    resource: Resource
    holder: "_Entry | None" = None
    address: str = ""


@dataclass
class _Gathered:
    """All resources of an import, and how references find them."""

    entries: list[_Entry] = field(default_factory=list)
    found: dict[str, Resource] = field(default_factory=dict)
    reports: dict[str, Resource] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    empty: int = 0
    number: int = 0


def read(
    files: Sequence[tuple[str, bytes]],
    name: str,
    *,
    mapped: Collection[str] = (),
    system: str | None = None,
) -> tuple[CellTable, CellTable]:
    """The results and the patients of (name, content) of files that belong together.

    `mapped` are the site's own codes; `system` is the identifier system whose value names a patient, the logical id of
    Patient where it is None. Raises Refused for what is no FHIR.
    """
    gathered = _Gathered()
    for file, data in files:
        before = gathered.number
        for content, row in _contents(data, file):
            if len(files) > 1 and isinstance(content, dict) and "resourceType" not in content:
                gathered.notes.append(f"{file} holds no resource and was ignored.")
            else:
                _gather(gathered, content, file, row)
        if len(files) > 1 and gathered.number > before:
            gathered.notes.append(f"Entries {before + 1:,} to {gathered.number:,} are those of {file}.")
    if not gathered.entries and not gathered.empty:
        raise refused(name, "resources of FHIR", "There is none in it.")
    reader = _Reader(gathered, mapped, system)
    rows: list[tuple[int, tuple[str, ...]]] = []
    other: list[str] = []
    for entry in gathered.entries:
        kind = str(entry.resource.get("resourceType"))
        if kind == "Observation":
            rows += [(entry.number, row) for row in reader.rows(entry)]
        elif entry.holder is None and kind not in ("Patient", "Bundle"):
            other.append(kind)
    notes = [*gathered.notes, *reader.notes()]
    if other:
        notes.append(f"Entries that are no results were left out: {counted(other)}.")
    if gathered.empty:
        notes.append(f"Entries without a resource were left out: {gathered.empty:,}.")
    return (
        CellTable(name, RESULT_COLUMNS, tuple(rows), tuple(notes)),
        CellTable(f"{name} (patients)", PATIENT_COLUMNS, tuple(reader.patients())),
    )


def _contents(data: bytes, file: str) -> Iterator[tuple[Any, int | None]]:
    """(value, line) of each JSON text of a file: one, or one a line."""
    if data.lstrip()[:1] == b"<":
        raise refused(file, "FHIR as JSON", "This is XML: ask for application/fhir+json.")
    text = encoded(data, file)
    lines = text.split("\n")
    filled = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    if not filled:
        return
    first = filled[0][1].strip()
    if len(filled) > 1 and first.startswith("{") and first.endswith("}"):
        for number, line in filled:
            yield parsed(line, file, row=number), number
    else:
        yield parsed(text, file), None


def _gather(gathered: _Gathered, content: Any, file: str, row: int | None, depth: int = 0) -> None:
    if isinstance(content, list):
        for one in content:
            _gather(gathered, one, file, row, depth)
        return
    if not isinstance(content, dict) or not isinstance(content.get("resourceType"), str):
        raise refused(file, "resources of FHIR", "An object has no resourceType.", row=row)
    if content["resourceType"] != "Bundle":
        gathered.number += 1
        _add(gathered, _Entry(gathered.number, content))
        return
    if depth > MOST_DEPTH:
        raise refused(file, "bundles that do not hold each other", "Export the resources themselves.")
    if any(_text(link, "relation") == "next" for link in _list(content, "link")):
        gathered.notes.append(f"{file} is one page of several: the server names a next one.")
    for entry in _list(content, "entry"):
        resource = entry.get("resource")
        if not isinstance(resource, dict):
            gathered.number += 1
            gathered.empty += 1
        elif resource.get("resourceType") == "Bundle":
            _gather(gathered, resource, file, row, depth + 1)
        else:
            gathered.number += 1
            _add(gathered, _Entry(gathered.number, resource, address=_text(entry, "fullUrl")))


def _add(gathered: _Gathered, entry: _Entry) -> None:
    gathered.entries.append(entry)
    resource = entry.resource
    kind, logical = _text(resource, "resourceType"), _text(resource, "id")
    for address in filter(None, (entry.address, f"{kind}/{logical}" if logical else "")):
        gathered.found.setdefault(address, resource)
    if kind == "DiagnosticReport":
        for reference in _list(resource, "result"):
            gathered.reports.setdefault(_text(reference, "reference"), resource)
    for contained in _list(resource, "contained"):
        if contained.get("resourceType") == "Observation":
            gathered.entries.append(_Entry(entry.number, contained, entry))


class _Reader:
    """Makes rows of Observations: finds their patients, codes, days, values."""

    def __init__(self, gathered: _Gathered, mapped: Collection[str], system: str | None) -> None:
        self.gathered, self.mapped, self.system = gathered, mapped, system
        self.issued = 0

    def notes(self) -> list[str]:
        if not self.issued:
            return []
        return [f"Results without a collection date are dated by their issue: {self.issued:,}."]

    def patients(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Each Patient once: pseudonym, sex, day of birth where it is whole, day of death where it is known."""
        known: set[str] = set()
        for entry in self.gathered.entries:
            resource = entry.resource
            if resource.get("resourceType") != "Patient":
                continue
            patient = self._pseudonym(resource, entry.address)
            if patient and patient not in known:
                known.add(patient)
                born, died = _text(resource, "birthDate"), _text(resource, "deceasedDateTime")[:10]
                sex = _text(resource, "gender")
                yield (
                    entry.number,
                    (
                        patient,
                        sex if sex in published_codes().omop_sexes.values() else "",
                        born if _DAY.fullmatch(born) else "",
                        died if _DAY.fullmatch(died) else "",
                    ),
                )

    def rows(self, entry: _Entry) -> Iterator[tuple[str, ...]]:
        """The result itself, unless it only holds components, and each component."""
        resource = entry.resource
        components = _list(resource, "component")
        shared = self._shared(entry)
        number = shared.pop("observation_id")
        if not components or _has_value(resource):
            yield self._result(resource, shared, number)
        used: dict[str, int] = {}
        for component in components:
            code = next((code for code, _ in _codings(component.get("code"))), "")
            used[code] = used.get(code, 0) + 1
            again = f"/{used[code]}" if used[code] > 1 else ""
            yield self._result(component, shared, f"{number}/{code}{again}" if number else "")

    def _shared(self, entry: _Entry) -> dict[str, str]:
        """What an Observation says for itself and all its components."""
        resource = entry.resource
        holder = entry.holder.resource if entry.holder else {}
        logical = _text(resource, "id")
        if entry.holder is not None:
            logical = f"{_text(holder, 'id')}#{logical}" if logical and _text(holder, "id") else ""
        elif not logical and entry.address.startswith("urn:uuid:"):
            logical = entry.address.removeprefix("urn:uuid:")
        specimen_id, specimen, collected = self._specimen(resource, holder)
        day = self._day(resource, holder or self._report(resource, entry.address), collected)
        return {
            "patient_id": self._patient(resource.get("subject") or holder.get("subject"), resource, holder),
            "observation_id": logical,
            "observed_at": day,
            "specimen_id": specimen_id,
            "specimen": specimen,
            "status": _text(resource, "status") or _text(holder, "status"),
            "comment": " ".join(
                filter(
                    None,
                    [_text(note, "text") for note in _list(resource, "note")] or [_text(resource, "comment")],
                )
            ),
        }

    def _result(self, part: Resource, shared: Mapping[str, str], number: str) -> tuple[str, ...]:
        codings = _codings(part.get("code"))
        code, analyte = chosen(codings, self.mapped)
        value, comparator, unit = _value(part)
        missing = "" if value else _missing(part)
        low, high, words = _limits(part, unit)
        concept = part.get("code")
        return result(
            **shared,
            observation_id=number,
            code=code or (_text(concept, "text") if isinstance(concept, dict) else ""),
            value=f"{comparator}{value}",
            unit=unit,
            range=words,
            lower_limit=low,
            upper_limit=high,
            missing_reason=missing,
            quality=(quality_said(missing) or "") if missing else "",
            analyte=analyte,
        )

    def _patient(self, reference: Any, *holders: Resource) -> str:
        if not isinstance(reference, dict):
            return ""
        address = _text(reference, "reference")
        resource = self._referred(address, *holders)
        if resource is not None:
            return self._pseudonym(resource, address)
        if self.system is not None:
            identifier = reference.get("identifier")
            return _identified([identifier] if isinstance(identifier, dict) else [], self.system)
        return "" if address.startswith("#") else _logical(address)

    def _pseudonym(self, patient: Resource, address: str) -> str:
        if self.system is not None:
            return _identified(_list(patient, "identifier"), self.system)
        return _text(patient, "id") or ("" if address.startswith("#") else _logical(address))

    def _referred(self, address: str, *holders: Resource) -> Resource | None:
        if address.startswith("#"):
            within = (one for holder in holders for one in _list(holder, "contained"))
            return next((one for one in within if _text(one, "id") == address[1:]), None)
        address = address.split("/_history/")[0]
        return self.gathered.found.get(address) or self.gathered.found.get("/".join(address.split("/")[-2:]))

    def _day(self, resource: Resource, report: Resource, collected: str) -> str:
        """The day of collection, else the day of issue, which is counted for a note."""
        if day := _effective(resource) or collected or _effective(report):
            return day
        issued = _text(resource, "issued") or _text(report, "issued")
        self.issued += bool(issued)
        return issued

    def _report(self, resource: Resource, address: str) -> Resource:
        """The DiagnosticReport that names this Observation among its results."""
        reports = self.gathered.reports
        return reports.get(f"Observation/{_text(resource, 'id')}") or reports.get(address or "-") or {}

    def _specimen(self, resource: Resource, holder: Resource) -> tuple[str, str, str]:
        """The number of the specimen, and where the Specimen is there its additive, if known, and its collection."""
        given = [resource.get("specimen"), *_list(holder, "specimen")]
        reference = next((one for one in given if isinstance(one, dict)), None)
        if reference is None:
            return "", "", ""
        address = _text(reference, "reference")
        specimen = self._referred(address, resource, holder)
        number = _logical(address.lstrip("#"))
        words = []
        for container in _list(specimen or {}, "container"):
            concept = container.get("additiveCodeableConcept")
            words += [code for code, _ in _codings(concept)]
            words.append(_text(concept, "text") if isinstance(concept, dict) else "")
        collection = _object(specimen or {}, "collection")
        collected = _text(collection, "collectedDateTime") or _text(
            _object(collection, "collectedPeriod"), "start"
        )
        return number, additive(words), collected


def _list(resource: Resource, key: str) -> list[dict[str, Any]]:
    """The objects under a key, whatever stands there."""
    value = resource.get(key)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _text(resource: Resource, key: str) -> str:
    value = resource.get(key)
    return str(value).strip() if isinstance(value, str) else ""


def _logical(address: str) -> str:
    """The logical id at the end of a reference: `p1` of `Patient/p1`, of its URL, of one of its versions."""
    address = address.split("/_history/")[0].removeprefix("urn:uuid:").removeprefix("urn:oid:")
    return address.rstrip("/").rsplit("/", 1)[-1]


def _identified(identifiers: list[dict[str, Any]], system: str) -> str:
    return next((_text(one, "value") for one in identifiers if _text(one, "system") == system), "")


def _codings(concept: Any) -> list[tuple[str, str]]:
    codings = _list(concept, "coding") if isinstance(concept, dict) else []
    return [(_text(one, "code"), _text(one, "system")) for one in codings if _text(one, "code")]


def _effective(resource: Resource) -> str:
    """The day or time of collection of any of the types that FHIR allows."""
    period, timing = resource.get("effectivePeriod"), resource.get("effectiveTiming")
    events = timing.get("event") if isinstance(timing, dict) else None
    return (
        _text(resource, "effectiveDateTime")
        or _text(resource, "effectiveInstant")
        or (_text(period, "start") or _text(period, "end") if isinstance(period, dict) else "")
        or (str(events[0]) if isinstance(events, list) and events and isinstance(events[0], str) else "")
    )


def _has_value(part: Resource) -> bool:
    return any(key.startswith("value") for key in part) or "dataAbsentReason" in part


def _value(part: Resource) -> tuple[str, str, str]:
    """(value, comparator, unit) as written, whatever type the value has."""
    quantity = part.get("valueQuantity")
    if isinstance(quantity, dict):
        comparator = _text(quantity, "comparator")
        return _number(quantity), comparator if _number(quantity) else "", _unit(quantity)
    concept = part.get("valueCodeableConcept")
    if isinstance(concept, dict):
        displays = [_text(one, "display") or _text(one, "code") for one in _list(concept, "coding")]
        return _text(concept, "text") or next(filter(None, displays), ""), "", ""
    between = part.get("valueRange")
    if isinstance(between, dict):
        low, high = (_object(between, key) for key in ("low", "high"))
        return f"{_number(low)}-{_number(high)}", "", _unit(low) or _unit(high)
    ratio = part.get("valueRatio")
    if isinstance(ratio, dict):
        return ":".join(_number(_object(ratio, key)) for key in ("numerator", "denominator")), "", ""
    for key in ("valueString", "valueInteger", "valueDecimal", "valueDateTime", "valueTime"):
        if text := _text(part, key):
            return (typed_number(text) if isinstance(part.get(key), WrittenNumber) else text), "", ""
    if isinstance(part.get("valueBoolean"), bool):
        return ("yes" if part["valueBoolean"] else "no"), "", ""
    return "", "", ""


def _object(part: Resource, key: str) -> Resource:
    """The object under a key, empty where there is none."""
    value = part.get(key)
    return value if isinstance(value, dict) else {}


def _number(quantity: Resource) -> str:
    return typed_number(_text(quantity, "value"))


def _unit(quantity: Resource) -> str:
    """The coded UCUM unit, else the text, else a code of another system."""
    code, text = _text(quantity, "code"), _text(quantity, "unit")
    coded = _text(quantity, "system").casefold() in published_codes().ucum_systems
    return code if code and (coded or not text) else text


def _missing(part: Resource) -> str:
    """Why there is no value: the text of dataAbsentReason, else its code in the registry's words."""
    reason = part.get("dataAbsentReason")
    if isinstance(reason, dict):
        text = _text(reason, "text")
        shown = [(_text(one, "code"), _text(one, "display")) for one in _list(reason, "coding")]
        known = next((_REASONS[code] for code, _ in shown if code in _REASONS), "")
        return text or known or next((display or code for code, display in shown), "")
    for key in ("valueQuantity", "_valueQuantity", "_valueString", "_valueInteger"):
        for extension in _list(_object(part, key), "extension"):
            if _text(extension, "url").endswith(_ABSENT):
                code = _text(extension, "valueCode")
                return _REASONS.get(code, code)
    return ""


def _limits(part: Resource, unit: str) -> tuple[str, str, str]:
    """(lower limit, upper limit, text) of the one range that holds; nothing where several differ, or the unit does."""
    ranges = [one for one in _list(part, "referenceRange") if _is_normal(one)]
    pairs = {(_number(_object(one, "low")), _number(_object(one, "high"))) for one in ranges}
    if len(pairs) != 1:
        return "", "", ""
    low, high = pairs.pop()
    units = {_unit(_object(one, key)) for one in ranges for key in ("low", "high")} - {""}
    if unit and units and units != {unit}:
        return "", "", ""
    return low, high, "" if low or high else _text(ranges[0], "text")


def _is_normal(one: Resource) -> bool:
    kind = one.get("type")
    codes = [code for code, _ in _codings(kind)]
    return not codes or "normal" in codes
