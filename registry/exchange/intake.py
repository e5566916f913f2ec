"""The one way in: tables of text are checked whole, compared with the record, and taken in one transaction.

Every row is stored, identical, a new version or refused, and the counts add up to the rows read. A
refused row leaves the registry as it was, unless the valid rows were asked for. The same file twice
changes nothing.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from registry import sql
from registry.errors import Problem, Refused, Usage
from registry.exchange.import_report import FileCounts, ImportReport
from registry.exchange.sources import Aside, TextTable, bundle
from registry.exchange.sources.mapping import Mapping as SiteMapping
from registry.exchange.sources.mapping import load_mapping
from registry.exchange.sources.text import without_rows
from registry.record import missing
from registry.record.checking import Checked, check_table
from registry.record.doubts import notes_of_import
from registry.record.fields import TABLES
from registry.record.identity import keep_apart, tell_alike, tell_moved
from registry.record.numbers import Marks
from registry.record.relations import ANCHOR_OF, relate
from registry.record.row_verdict import IDENTICAL, INSERT, NEW_VERSION, REFUSED, VERDICTS
from registry.record.shared_starts import tell_shared_starts
from registry.record.steps import tell_overlaps
from registry.record.storing import Taken, compare, keys_of, store
from registry.roles import Action, Actor, Permission
from registry.store.database import Database, utc_now
from registry.store.transaction import Transaction
from registry.visible import visible

FORMATS = ("bundle", "lab-csv", "xlsx", "fhir", "omop", "redcap", "hl7v2", "sas")
MOST_RESULTS = 100_000
"""So many results of a dry run are given with their values."""
PARTS = ("results", "transfusions", "prescriptions")
Progress = Callable[[str, int, int], None]
"""Called with what is being done, how many tables are done, and how many there are."""


class ImportRefused(Refused):
    """Nothing was stored; `report` says for every row what would have happened."""

    def __init__(self, message: str, report: ImportReport) -> None:
        super().__init__(message, report.problems)
        self.report = report


class _NothingStored(Exception):
    """Leaves the transaction without a trace."""


def import_path(
    db: Database,
    actor: Actor,
    path: Path | str,
    *,
    format: str = "bundle",  # noqa: A002 -- the word of the command line
    mapping: Path | str | None = None,
    part: str = "results",
    dry_run: bool = False,
    accept_valid_rows: bool = False,
    progress: Progress | None = None,
    today: date | None = None,
) -> ImportReport:
    """Import a bundle (folder, .zip, one table), a hospital's file through a mapping, or a format with a standard.

    `part` says what such a CSV holds: laboratory `results`, `transfusions`, or `prescriptions`, which become
    courses where the mapping has rules for that.

    `today` is the last day that may be recorded (now, in UTC, if left out; a mapping may lift it for
    dates that are shifted). Raises ImportRefused with every problem if something is wrong and
    `accept_valid_rows` was not given, Usage for a path or format that cannot be meant, NotPermitted where
    the patients' sites are not the actor's.
    """
    path = Path(path)
    if format not in FORMATS:
        raise Usage(f"{format!r} is not an import format. Choose one of: {', '.join(FORMATS)}.")
    if not path.exists():
        raise Usage(f"There is no file or folder {path}.")
    today_is_known, marks, mapped = True, None, None
    tables: Mapping[str, TextTable]
    notes: Sequence[str] = ()
    judgements: Mapping[str, TextTable] = {}
    if format == "bundle":
        read = bundle.read(path)
        tables, notes, judgements = read.tables, read.notes, read.judgements
    elif format != "lab-csv":
        from registry.exchange.sources import foreign

        mapped = load_mapping(mapping, has_columns=False) if mapping is not None else None
        laboratory = foreign.read(path, format, mapping)
        tables, notes, marks = laboratory.tables, laboratory.notes, laboratory.marks
        today_is_known = not laboratory.dates_are_shifted
    else:
        from registry.exchange.sources import lab_csv, prescriptions

        if mapping is None:
            raise Usage(f"A laboratory CSV needs a mapping: --mapping FILE, or one of {lab_csv.built_in()}.")
        mapped = lab_csv.load_mapping(mapping)
        today_is_known = not mapped.dates_are_shifted
        if part == "results":
            laboratory = lab_csv.read(path, mapped)
            tables, notes, marks = laboratory.tables, laboratory.notes, laboratory.marks
        elif part == "transfusions":
            tables = prescriptions.read_transfusions(path, mapped)
        elif part == "prescriptions":
            prescribed = prescriptions.read_prescriptions(path, mapped, _platelets(db, actor))
            tables, notes = prescribed.tables, prescribed.notes
        else:
            raise Usage(f"{part!r} is not a part of a hospital's files: {', '.join(PARTS)}.")
    if mapped is not None and mapped.known_only:
        tables = _of_known(db, actor, tables)
    decisions = {name: one.texts for name, one in judgements.items()}
    if decisions:
        # Before anything is stored: a bundle comes in as a whole, or not at all.
        from registry.exchange.judgements import take_judgements

        coming = tables["course"].texts["course_id"].to_pylist() if "course" in tables else []
        told = take_judgements(db, actor, decisions, dry_run=True, coming=[one for one in coming if one])
    report = take(
        db,
        actor,
        tables,
        subject=visible(path.name),
        dry_run=dry_run,
        accept_valid_rows=accept_valid_rows,
        progress=progress,
        today=(today or utc_now().date()) if today_is_known else None,
        marks=marks,
        notes=notes,
        mapping=mapped,
    )
    if decisions:
        told = told if dry_run else take_judgements(db, actor, decisions)
        report = replace(report, notes=(*report.notes, told))
    return report


def _of_known(db: Database, actor: Actor, tables: Mapping[str, TextTable]) -> Mapping[str, TextTable]:
    """The tables without the rows of patients who are not in the registry, which are set aside as refused."""
    actor.require(Permission.READ)
    known = pa.array([one for (one,) in db.rows("SELECT patient_id FROM patient")], pa.string())
    found = dict(tables)
    for name, table in tables.items():
        people = table.texts["patient_id"]
        stays = pc.or_(pc.is_in(people, value_set=known), pc.is_null(people))
        found[name] = without_rows(table, stays)
        if not table.derived:
            lines = table.lines if table.lines is not None else table.row_numbers
            gone = np.flatnonzero(~np.asarray(stays, bool))
            aside = [
                Aside(int(lines[at]) if lines is not None else at + 1, "a patient of the registry")
                for at in gone.tolist()
            ]
            found[name] = replace(found[name], aside=(*table.aside, *aside))
    return found


def _platelets(db: Database, actor: Actor) -> dict[str, list[tuple[date, int]]]:
    """The evaluable platelet counts that the registry holds, by patient."""
    actor.require(Permission.READ)
    counts: dict[str, list[tuple[date, int]]] = {}
    for patient, day, value in db.rows(sql.text("queries/evaluable_platelets")):
        counts.setdefault(patient, []).append((day, value))
    return counts


def take(
    db: Database,
    actor: Actor,
    tables: Mapping[str, pa.Table | TextTable],
    *,
    subject: str = "tables",
    dry_run: bool = False,
    accept_valid_rows: bool = False,
    progress: Progress | None = None,
    today: date | None = None,
    marks: Marks | None = None,
    notes: Sequence[str] = (),
    mapping: SiteMapping | None = None,
) -> ImportReport:
    """Take tables of text (columns as in the bundle, None where nothing is recorded) into the registry.

    One transaction, one audit event, none if nothing changes. `today` None puts no upper bound on dates. The
    order of rows makes no difference. Raises ImportRefused, NotPermitted, Usage.
    """
    unknown = [name for name in tables if name not in TABLES]
    if unknown:
        raise Usage(f"{', '.join(unknown)}: not a table of a bundle ({', '.join(TABLES)}).")
    sources = {name: TextTable.of(name, tables[name]) for name in TABLES if name in tables}
    tell = progress or (lambda _what, _done, _all: None)
    checked: dict[str, Checked] = {}
    for number, (name, source) in enumerate(sources.items()):
        tell(f"checking {name}", number, len(sources))
        checked[name] = _checked(name, source, today, marks)
    sites = _sites(db, checked)
    report: ImportReport | None = None
    try:
        with db.change(
            actor, Action.IMPORT, subject, site=sites, reason=_reason(subject, sources, mapping)
        ) as change:
            tell("comparing with the registry", 0, len(sources))
            apart = keep_apart(change, checked.get("observation"))
            related = relate(change, checked)
            keys = keys_of(change, checked, related)
            taken = {
                name: compare(
                    change, one, keys, sources[name].only_new, _imported_before(change, sources[name])
                )
                for name, one in checked.items()
            }
            told = [
                *apart,
                *tell_moved(change, actor, taken.get("observation")),
                *tell_alike(change, taken),
                *tell_overlaps(change, checked.get("course_agent")),
                *tell_shared_starts(change, checked.get("course")),
            ]
            report = _report(subject, dry_run, sources, taken, [*told, *notes])
            report = replace(report, doubts=_doubts(change, taken))
            if dry_run:
                report = replace(report, results=_results(change, sources, taken))
            if mapping is not None:
                report = replace(report, mapping=mapping.name, mapping_sha256=mapping.sha256)
            if dry_run and report.problem_count and not accept_valid_rows:
                report = replace(report, outcome="would be refused")
            if dry_run or (not report.changes and (accept_valid_rows or not report.problem_count)):
                raise _NothingStored
            if report.problem_count and not accept_valid_rows:
                raise ImportRefused(_refusal(report), replace(report, outcome="refused"))
            for number, (name, one) in enumerate(taken.items()):
                tell(f"storing {name}", number, len(taken))
                store(change, one, keys, related)
            missing.settle(change)
            change.note(None, {**_summary(report), "warnings": told} if told else _summary(report))
    except _NothingStored:
        pass
    assert report is not None  # noqa: S101 -- the block either set it or raised
    tell("done", len(sources), len(sources))
    return report


def _doubts(change: Transaction, taken: Mapping[str, Taken]) -> tuple[str, ...]:
    """What is noted of the values that are written and lie far out of their patients' lines."""
    one = taken.get("observation")
    if one is None:
        return ()
    written = pa.array((one.verdict == INSERT) | (one.verdict == NEW_VERSION))
    return tuple(notes_of_import(change, one.checked.rows.filter(written)))


def _checked(name: str, source: TextTable, today: date | None, marks: Marks | None) -> Checked:
    checked = check_table(
        name,
        source.texts,
        today=today,
        file=source.file,
        row_numbers=source.row_numbers,
        marks=marks,
        lines=source.lines if source.by_line else None,
        from_file=True,
    )
    for problem in source.malformed:
        checked.findings.unread(problem)
    return checked


# Who may


def _sites(db: Database, checked: Mapping[str, Checked]) -> list[str | None] | None:
    """The sites of all patients concerned, stored and imported; None (the whole registry) without any."""
    patients = checked.get("patient")
    brought = set(pc.unique(patients.rows["site"]).to_pylist()) if patients else set()
    ids = [
        sorted(
            {
                one
                for table in checked.values()
                if column in table.rows.column_names
                for one in pc.unique(table.rows[column]).to_pylist()
                if one is not None
            }
        )
        for column in ANCHOR_OF
    ]
    stored = {site for (site,) in db.rows(sql.text("queries/intake_sites"), ids)}
    return sorted(brought | stored, key=lambda site: (site is None, site or "")) or None


def _reason(subject: str, sources: Mapping[str, TextTable], mapping: SiteMapping | None) -> str:
    """The reason of the audit event: the digests of the file and of the mapping that it was read through."""
    through = "" if mapping is None else f" mapping {mapping.name} sha256 {mapping.sha256}"
    return f"{_file_reason(subject, sources)}{through}"


def _file_reason(subject: str, sources: Mapping[str, TextTable]) -> str:
    digests = sorted({source.sha256 for source in sources.values() if source.sha256})
    if not digests:
        return f"import {subject}"
    digest = digests[0] if len(digests) == 1 else sha256("\n".join(digests).encode()).hexdigest()
    return f"import {subject} sha256 {digest}"


def _imported_before(change: Transaction, source: TextTable) -> bool:
    """Whether this very file was imported before: then it cannot undo what was corrected since."""
    known = sql.text("queries/intake_file_known")
    return bool(source.sha256 and change.rows(known, [source.sha256]))


# Reporting


def _report(
    subject: str,
    dry_run: bool,
    sources: Mapping[str, TextTable],
    taken: Mapping[str, Taken],
    notes: Sequence[str],
) -> ImportReport:
    files: list[FileCounts] = []
    flagged: Counter[str] = Counter()
    left_out: Counter[str] = Counter()
    problems: list[Problem] = []
    for name, one in taken.items():
        source, findings = sources[name], one.checked.findings
        inserted, renewed = one.verdict == INSERT, one.verdict == NEW_VERSION
        reasons = _flagged(one.checked, inserted | renewed)
        unjudged = _unjudged(one.checked)
        flagged.update(reasons)
        problems.extend(findings.problems)
        left_out.update(_reasons_of(findings.reasons, findings.reason_codes[one.verdict == REFUSED]))
        left_out.update(source.left_out)
        left_out.update(Counter(one.reason for one in (*source.not_taken, *source.aside)))
        left_out.update(Counter(problem.expected for problem in source.malformed))
        refused = len(source.malformed) + len(source.aside)
        not_taken = len(source.not_taken) + sum(source.left_out.values())
        files.append(
            FileCounts(
                source.file,
                source.sha256,
                one.checked.rows.num_rows + refused + not_taken + len(source.repeated),
                int((inserted & ~unjudged).sum()),
                int((one.verdict == IDENTICAL).sum()) + len(source.repeated),
                int((renewed & ~unjudged).sum()),
                sum(reasons.values()),
                int((one.verdict == REFUSED).sum()) + refused,
                source.derived,
                not_taken,
            )
        )
    hints = [hint for one in taken.values() for hint in one.checked.hints]
    return ImportReport(
        subject,
        dry_run,
        "dry run" if dry_run else "stored",
        tuple(files),
        problems,
        sum(one.checked.findings.count for one in taken.values()),
        dict(flagged.most_common()),
        dict(left_out.most_common()),
        (*notes, *hints),
        pa.concat_tables([_verdicts(sources[name], one) for name, one in taken.items()] or [_NO_VERDICTS]),
    )


def _unjudged(checked: Checked) -> NDArray[np.bool_]:
    """Which rows are kept and never judged."""
    if "not_evaluable" not in checked.rows.column_names:
        return np.zeros(checked.rows.num_rows, bool)
    return np.asarray(pc.is_valid(checked.rows["not_evaluable"]), bool)


def _flagged(checked: Checked, written: NDArray[np.bool_]) -> Counter[str]:
    if "not_evaluable" not in checked.rows.column_names:
        return Counter()
    counts = pc.value_counts(pc.drop_null(checked.rows["not_evaluable"].filter(pa.array(written))))
    return Counter({one["values"]: one["counts"] for one in counts.to_pylist()})


def _reasons_of(reasons: Sequence[str], codes: Iterable[int]) -> Counter[str]:
    return Counter({reasons[code]: count for code, count in Counter(list(codes)).items()})


_VERDICT_COLUMNS = pa.schema(
    [
        ("file", pa.string()),
        ("line", pa.int64()),
        ("patient_id", pa.string()),
        ("observation_id", pa.string()),
        ("verdict", pa.string()),
        ("reason", pa.string()),
    ]
)
_NO_VERDICTS = _VERDICT_COLUMNS.empty_table()


def _lines(source: TextTable, taken: Taken) -> NDArray[np.int64]:
    """The line of each row; the header is the first where a reader does not know better."""
    if source.lines is not None:
        return source.lines
    return np.asarray(taken.checked.findings.row_numbers, np.int64) + 1


def _verdicts(source: TextTable, taken: Taken) -> pa.Table:
    """A row for every row that was read, in the order of the file."""
    if source.derived:
        return _NO_VERDICTS
    findings, rows = taken.checked.findings, taken.checked.rows
    size = len(findings.row_numbers)

    def column(name: str) -> pa.Array | pa.ChunkedArray:
        return rows[name] if name in rows.column_names else pa.nulls(size, pa.string())

    table = pa.table(
        {
            "file": pa.array([source.file]).take(pa.array(np.zeros(size, np.int64))),
            "line": pa.array(_lines(source, taken), pa.int64()),
            "patient_id": column("patient_id"),
            "observation_id": column("observation_id"),
            "verdict": pa.array(VERDICTS).take(pa.array(taken.verdict)),
            "reason": pa.array([None, *findings.reasons[1:]], pa.string()).take(
                pa.array(np.where(taken.verdict == REFUSED, findings.reason_codes, 0))
            ),
        },
        schema=_VERDICT_COLUMNS,
    )
    more: list[tuple[str, int, str | None, str | None, str, str]] = [
        (problem.file, problem.line or (problem.row or 0) + 1, None, None, "refused", problem.expected)
        for problem in source.malformed
    ]
    for verdict, rows_aside in (
        ("refused", source.aside),
        ("not taken", source.not_taken),
        ("identical", source.repeated),
    ):
        more += [
            (source.file, one.line, one.patient_id, one.observation_id, verdict, one.reason)
            for one in rows_aside
        ]
    if not more:
        return table
    columns = [
        pa.array(values, kind.type)
        for values, kind in zip(zip(*more, strict=True), _VERDICT_COLUMNS, strict=True)
    ]
    return pa.concat_tables([table, pa.table(columns, schema=_VERDICT_COLUMNS)]).sort_by("line")


def _results(
    change: Transaction, sources: Mapping[str, TextTable], taken: Mapping[str, Taken]
) -> tuple[Mapping[str, object], ...]:
    """Of each result, for a dry run: patient, day, analyte, value as written and as understood, and what stands now."""
    one = taken.get("observation")
    if one is None or not one.checked.rows.num_rows:
        return ()
    source, rows = sources["observation"], one.checked.rows.slice(0, MOST_RESULTS)
    names = ("patient_id", "observation_id", "observed_on", "analyte", "value", "unit", "comparator")
    columns = {name: rows[name].to_pylist() for name in names}
    exact = rows["canonical_e6"].to_pylist()
    lines = _lines(source, one)
    replaced = {int(key) for key in one.replaces[: rows.num_rows] if key >= 0}
    stands = dict(_standing(change, sorted(replaced)))
    found = []
    for at in range(rows.num_rows):
        value = None if exact[at] is None else Decimal(exact[at]).scaleb(-6).normalize()
        found.append(
            {
                "file": source.file,
                "line": int(lines[at]),
                **{name: columns[name][at] for name in names[:2]},
                "observed_on": str(columns["observed_on"][at] or ""),
                **{name: columns[name][at] for name in ("analyte", "value", "unit")},
                "value_canonical": None if value is None else f"{columns['comparator'][at] or ''}{value:f}",
                "verdict": VERDICTS[int(one.verdict[at])],
                "stored_now": stands.get(int(one.replaces[at])),
            }
        )
    return tuple(found)


def _standing(change: Transaction, keys: Sequence[int]) -> Iterator[tuple[int, str]]:
    """The value and unit of stored results, by their key."""
    change.stage("intake_standing", pa.table({"row_key": pa.array(keys, pa.int64())}))
    for key, value, unit in change.rows(sql.text("queries/intake_standing")):
        yield int(key), " ".join(part for part in (value, unit) if part) or "no value"


def _refusal(report: ImportReport) -> str:
    count = "one problem" if report.problem_count == 1 else f"{report.problem_count:,} problems"
    return (
        f"{report.subject}: {count}, so nothing was stored. Correct the file and import again, or import "
        f"only the valid rows with --accept-valid-rows."
    )


def _summary(report: ImportReport) -> dict[str, object]:
    """What the audit event keeps of an import."""
    return {
        "files": [replace(one).__dict__ for one in report.files],
        **({"mapping": report.mapping, "mapping_sha256": report.mapping_sha256} if report.mapping else {}),
        "not_evaluable": dict(report.not_evaluable),
        "refused": dict(report.left_out),
    }
