"""Foreign formats from the file to the record: known by their first bytes, read, stored once, and never half."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from registry.errors import NadirError, Refused, Usage
from registry.exchange.import_report import ImportReport
from registry.exchange.intake import import_path
from registry.exchange.sources import foreign
from registry.exchange.sources.recognition import format_of
from registry.roles import Actor
from registry.store.database import Database
from tests.registry import hostile
from tests.registry.exchange.sources.workbooks import excel, open_document

TODAY = date(2026, 5, 31)
MESSAGE = (
    "MSH|^~\\&|LIS|LAB|REG|HOSP|20260415091200||ORU^R01|M1|P|2.5.1\rPID|1||K0071^^^HOSP^MR\r"
    "OBR|1||26-7|58410-2^CBC^LN|||20260414153000\rOBX|1|{}|10*9/L|150-400||||{}\r"
)
MAPPING = 'site = "north"\nsource = "lis"\n[[analyte]]\ncode = "THR"\nis = "platelets"\n'
Import = Callable[..., ImportReport]


@pytest.fixture
def take_in(registry: Database, operator: Actor, tmp_path: Path) -> Import:
    """Write a file and import it as it is recognised."""

    def run(name: str, content: str | bytes, mapping: str | None = None, **options: Any) -> ImportReport:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        place = None
        if mapping is not None:
            place = tmp_path / "m.toml"
            place.write_text(mapping)
        form = format_of(path, has_mapping=mapping is not None)
        return import_path(registry, operator, path, format=form, mapping=place, today=TODAY, **options)

    return run


def stored(registry: Database) -> list[tuple[Any, ...]]:
    """Patient, day, analyte, value, comparator and why it is not judged, of what stands now."""
    return registry.rows(
        "SELECT p.patient_id, o.observed_on::VARCHAR, o.analyte, o.value, o.comparator, o.not_evaluable"
        " FROM observation AS o JOIN patient AS p USING (patient_key)"
        " WHERE o.superseded_by IS NULL ORDER BY o.observed_at, o.analyte, o.value"
    )


def message(value: str, status: str = "F") -> str:
    return MESSAGE.format(value, status)


def test_a_message_is_stored_once_with_its_limits(registry: Database, take_in: Import) -> None:
    report = take_in("in.hl7", message("NM|777-3^P^LN||88"))
    assert (report.total("read"), report.total("stored")) == (1, 1)
    assert stored(registry) == [("K0071", "2026-04-14", "platelets", "88", None, None)]
    assert registry.rows("SELECT lower_limit, upper_limit FROM observation") == [("150", "400")]
    again = take_in("in.hl7", message("NM|777-3^P^LN||88"))
    assert (again.changes, again.total("identical")) == (0, 1)


def test_the_newest_status_of_one_number_stands(registry: Database, take_in: Import) -> None:
    three = [("31", "P"), ("36", "F"), ("63", "C"), ("31", "P")]
    report = take_in("in.hl7", "".join(message(f"NM|777-3^P^LN||{value}", status) for value, status in three))
    assert [row[3] for row in stored(registry)] == ["63"]
    assert (report.total("read"), report.total("stored")) == (4, 1)
    assert report.total("not_taken") + report.total("identical") == 3


def test_two_final_results_of_one_number_that_differ_are_refused(registry: Database, take_in: Import) -> None:
    with pytest.raises(Refused):
        take_in("in.hl7", message("NM|777-3^P^LN||31") + message("NM|777-3^P^LN||36"))
    assert stored(registry) == []
    take_in("in.hl7", message("NM|777-3^P^LN||31") + message("NM|777-3^P^LN||31"))
    assert [row[3] for row in stored(registry)] == ["31"]


@pytest.mark.parametrize("status", ["D", "W", "X"])
def test_a_result_that_is_taken_back_is_a_new_version_that_is_never_judged(
    registry: Database, take_in: Import, status: str
) -> None:
    take_in("a.hl7", message("NM|777-3^P^LN||31"))
    report = take_in("b.hl7", message("NM|777-3^P^LN||31", status))
    assert report.changes == 1
    ((_, _, _, value, _, why),) = stored(registry)
    assert (value, why) == ("31", "cancelled" if status == "X" else "entered_in_error")
    assert take_in("a.hl7", message("NM|777-3^P^LN||31")).changes == 0, (
        "the first file does not bring it back"
    )


def test_an_unknown_status_is_refused(registry: Database, take_in: Import) -> None:
    with pytest.raises(Refused) as refused:
        take_in("in.hl7", message("NM|777-3^P^LN||31", "Q"))
    assert "status" in str(refused.value.problems[0])
    assert stored(registry) == []


def test_clumps_in_the_value_and_in_the_note_are_never_judged(registry: Database, take_in: Import) -> None:
    take_in("a.hl7", message("ST|777-3^P^LN||clumped"))
    noted = message("NM|777-3^P^LN||31").replace("26-7", "26-8").replace("20260414", "20260415")
    take_in("b.hl7", noted + "NTE|1||Platelet clumps seen\r")
    denied = message("NM|777-3^P^LN||32").replace("26-7", "26-9").replace("20260414", "20260416")
    take_in("c.hl7", denied + "NTE|1||No platelet clumps seen\r")
    assert [row[-1] for row in stored(registry)] == ["clumped", "clumped", None]


def test_a_mapping_adds_local_codes_site_and_the_system_of_patients(
    registry: Database, take_in: Import
) -> None:
    local = message("NM|THR^Thrombo^L||44")
    assert take_in("in.hl7", local).total("not_taken") == 1
    assert take_in("in.hl7", local, MAPPING).total("stored") == 1
    assert registry.rows("SELECT site FROM patient_fact") == [("north",)]
    with pytest.raises(Refused):
        take_in("other.hl7", local, MAPPING + '[patients]\nsystem = "REG"\n')


def bundle(*values: tuple[str, str, Any]) -> str:
    entries = [
        {
            "resource": {
                "resourceType": "Observation",
                "id": number,
                "status": status,
                "code": {"coding": [{"system": "http://loinc.org", "code": "777-3"}]},
                "subject": {"reference": "Patient/p1"},
                "effectiveDateTime": "2026-03-01T08:15:00.123+01:00",
                "valueQuantity": {"value": value, "unit": "10*9/L", "comparator": "<"},
            }
        }
        for number, status, value in values
    ]
    return json.dumps({"resourceType": "Bundle", "entry": entries})


def test_a_later_bundle_takes_one_result_back_and_amends_another(registry: Database, take_in: Import) -> None:
    take_in("in.json", bundle(("o1", "final", 29), ("o2", "final", 77)))
    take_in("next.json", bundle(("o1", "entered-in-error", 29), ("o2", "amended", 71)))
    assert [(row[3], row[5]) for row in stored(registry)] == [("<29", "entered_in_error"), ("<71", None)]


def test_a_cdm_gives_patients_with_sex_birth_and_death(
    registry: Database, operator: Actor, tmp_path: Path
) -> None:
    folder = tmp_path / "cdm"
    folder.mkdir()
    (folder / "MEASUREMENT.csv").write_text(
        "measurement_id,person_id,measurement_concept_id,measurement_date,value_as_number,unit_concept_id\n"
        "1,501,3024929,2026-02-03,6,8848\n2,501,3019550,2026-02-03,139,8753\n"
    )
    (folder / "PERSON.csv").write_text(
        "person_id,gender_concept_id,year_of_birth,month_of_birth,day_of_birth\n501,8532,1961,7,2\n502,8507,1984,1,1\n"
    )
    (folder / "DEATH.csv").write_text("person_id,death_date\n501,2026-03-01\n")
    assert format_of(folder, has_mapping=False) == "omop"
    report = import_path(registry, operator, folder, format="omop", today=TODAY)
    assert (report.total("read"), report.total("stored"), report.total("not_taken")) == (2, 1, 1)
    assert registry.rows(
        "SELECT patient_id, sex, born_on::VARCHAR, died_on::VARCHAR FROM patient_fact JOIN patient USING (patient_key)"
    ) == [("501", "female", "1961-07-02", "2026-03-01")], (
        "a person without a count is no patient of the registry"
    )


WORKBOOK = """
source = "book"
[columns]
patient_id = ["pid"]
observation_id = ["order"]
observed_at = "taken"
code = "code"
value = "value"
unit = "unit"
[[analyte]]
code = "PLT"
is = "platelets"
"""


def test_a_workbook_is_read_through_its_mapping(registry: Database, take_in: Import) -> None:
    header = ["pid", "order", "code", "taken", "value", "unit"]
    data = excel(
        ["Counts"],
        header,
        ["P1", 1, "PLT", "2026-03-01", 45, "10*9/L"],
        ["P1", 2, "PLT", "2026-03-08", "=1+1", "10*9/L"],
        ["Total", None, None, None, 45, None],
    )
    report = take_in("in.xlsx", data, WORKBOOK.replace("[columns]", '[file]\nskip = ["^Total"]\n[columns]'))
    assert [(row[3], row[5]) for row in stored(registry)] == [("45", None), (None, "missing")]
    assert any("E4 of Lab: a formula that was never calculated" in note for note in report.notes)
    with pytest.raises(Usage, match="needs a mapping"):
        take_in("in.xlsx", data)


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.txt", message("NM|777-3^P^LN||88"), "hl7v2"),
        ("a", "\x0b" + message("NM|777-3^P^LN||88"), "hl7v2"),
        ("a", "FHS|^~\\&|LIS\r", "hl7v2"),
        ("a.json", '\n{"resourceType": "Bundle"}', "fhir"),
        ("a.xlsx", excel(["a"]), "xlsx"),
        ("wrong-name.csv", excel(["a"]), "xlsx"),
        ("a.ods", open_document(""), "xlsx"),
        ("a.xls", bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600, "xlsx"),
        ("lb.xpt", b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!", "sas"),
        ("a.csv", "subjid,redcap_event_name,plt\n", "redcap"),
        ("patient.csv", "patient_id,site\n", "bundle"),
        ("patient.parquet", b"PAR1", "bundle"),
        ("empty.csv", b"", "bundle"),
    ],
)
def test_a_format_is_known_by_its_first_bytes(
    tmp_path: Path, name: str, content: str | bytes, expected: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    assert format_of(path, has_mapping=False) == expected


def test_a_csv_with_a_mapping_is_a_laboratory_s_and_folders_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,y\n")
    assert format_of(tmp_path / "a.csv", has_mapping=True) == "lab-csv"
    assert format_of(tmp_path, has_mapping=False) == "bundle"
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "Patient.ndjson").write_text("{}")
    assert format_of(tmp_path / "b", has_mapping=False) == "fhir"
    assert format_of(tmp_path / "missing", has_mapping=False) == "bundle"


def test_a_folder_of_messages_is_read_in_the_order_of_its_names(
    registry: Database, operator: Actor, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "2.hl7").write_text(message("NM|777-3^P^LN||36"))
    (folder / "1.hl7").write_text(message("NM|777-3^P^LN||31", "P"))
    assert format_of(folder, has_mapping=False) == "hl7v2"
    import_path(registry, operator, folder, format="hl7v2", today=TODAY)
    assert [row[3] for row in stored(registry)] == ["36"]


def test_more_than_can_be_held_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foreign, "LARGEST_BYTES", 300)
    for name in ("1.hl7", "2.hl7"):
        (tmp_path / name).write_text(message("NM|777-3^P^LN||36"))
    assert foreign.read(tmp_path / "1.hl7", "hl7v2", None).tables["observation"].texts.num_rows == 1
    with pytest.raises(Refused, match="divide it"):
        foreign.read(tmp_path, "hl7v2", None)


@pytest.mark.parametrize("content", [b"%PDF-1.7", b'{"datasetJSONVersion": "1.1.0"}'])
def test_what_has_no_door_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(Refused, match="CSV"):
        format_of(path, has_mapping=False)


@pytest.mark.parametrize("form", [*foreign.STANDARD, *foreign.OWN_TABLE])
def test_no_hostile_file_ends_a_reader_in_an_error(form: str, tmp_path: Path) -> None:
    mapping = tmp_path / "m.toml"
    mapping.write_text(WORKBOOK)
    contents = {**hostile.cells(), **hostile.zips()}
    for number, (name, content) in enumerate(contents.items()):
        path = tmp_path / f"{number}"
        path.write_bytes(content)
        try:
            foreign.read(path, form, mapping if form in foreign.OWN_TABLE else None)
        except NadirError:
            continue
        except Exception as error:
            raise AssertionError(f"{form} ended at {name!r} in {error!r}") from error
