"""FHIR R4 and R5: numbers as written, every entry accounted for, no identifier that was not asked for."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from registry.errors import Refused
from registry.exchange.sources import fhir
from registry.exchange.sources.cells import CellTable
from tests.registry.exchange.sources.tables import column, filled, lines

PATIENT = {
    "resourceType": "Patient",
    "id": "p1",
    "identifier": [{"system": "urn:mrn", "value": "X1"}, {"system": "urn:study", "value": "S-7"}],
    "gender": "female",
    "birthDate": "1970-05-02",
}


def observation(**parts: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": "o1",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "777-3"}]},
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2026-03-01",
        **parts,
    }


def bundle(*resources: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in resources]}


def results(*resources: dict[str, Any], **options: Any) -> CellTable:
    return fhir.read([("in.json", json.dumps(bundle(*resources)).encode())], "in.json", **options)[0]


def test_a_number_stays_as_it_was_written() -> None:
    text = json.dumps(observation(valueQuantity={"value": 0, "unit": "g/dL"}))
    for written in ("12.40", "12", "0.045", "1.5e2", "12.656757053131487"):
        data = text.replace('"value": 0', f'"value": {written}').encode()
        assert column(fhir.read([("o.json", data)], "o.json")[0], "value") == [written]


def test_a_count_with_three_decimals_cannot_be_read_as_thousands() -> None:
    text = json.dumps(observation(valueQuantity={"value": 0, "code": "{cells}/uL"}))
    data = text.replace('"value": 0', '"value": 231.000').encode()
    assert column(fhir.read([("o.json", data)], "o.json")[0], "value") == ["231"]


def test_an_observation_is_a_row_with_the_keys_of_a_mapping() -> None:
    table = results(
        PATIENT,
        observation(
            valueQuantity={"value": 6, "comparator": "<", "unit": "10*3/mm3"},
            referenceRange=[{"low": {"value": 150, "unit": "10*3/mm3"}, "high": {"value": 400}}],
            specimen={"reference": "Specimen/s1"},
            note=[{"text": "seen"}, {"text": "twice"}],
        ),
    )
    assert filled(table) == [
        {
            "patient_id": "p1",
            "observation_id": "o1",
            "observed_at": "2026-03-01",
            "code": "777-3",
            "value": "<6",
            "unit": "10*3/mm3",
            "lower_limit": "150",
            "upper_limit": "400",
            "specimen_id": "s1",
            "status": "final",
            "comment": "seen twice",
            "analyte": "platelets",
        }
    ]
    assert lines(table) == [2]


@pytest.mark.parametrize(
    ("quantity", "unit"),
    [
        ({"value": 1, "unit": "Tsd/ul", "system": "http://unitsofmeasure.org", "code": "10*3/uL"}, "10*3/uL"),
        ({"value": 1, "unit": "Gpt/l", "system": "urn:own", "code": "17"}, "Gpt/l"),
        ({"value": 1, "unit": "Gpt/l"}, "Gpt/l"),
        ({"value": 1, "code": "10*9/L"}, "10*9/L"),
        ({"value": 1}, ""),
    ],
)
def test_a_coded_ucum_unit_comes_before_the_text(quantity: dict[str, Any], unit: str) -> None:
    assert column(results(observation(valueQuantity=quantity)), "unit") == [unit]


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ({"valueString": "31 clumped"}, "31 clumped"),
        ({"valueInteger": 31}, "31"),
        ({"valueCodeableConcept": {"coding": [{"code": "1", "display": "Clumped"}]}}, "Clumped"),
        ({"valueCodeableConcept": {"text": "clumps", "coding": [{"code": "1"}]}}, "clumps"),
        ({"valueRange": {"low": {"value": 5}, "high": {"value": 9}}}, "5-9"),
        ({"valueBoolean": True}, "yes"),
        ({"valueQuantity": {"comparator": "<", "unit": "/nL"}}, ""),
    ],
)
def test_a_value_of_any_type_is_a_cell(value: dict[str, Any], cell: str) -> None:
    assert column(results(observation(**value)), "value") == [cell]


@pytest.mark.parametrize(
    ("reason", "missing", "quality"),
    [
        ({"text": "platelet clumps"}, "platelet clumps", "clumped"),
        ({"coding": [{"code": "not-performed", "display": "Not Performed"}]}, "not_done", ""),
        ({"coding": [{"code": "asked-unknown"}]}, "unknown", ""),
        ({"coding": [{"code": "error", "display": "Error"}]}, "Error", ""),
        ({"coding": [{"code": "error"}], "text": "tube broken"}, "tube broken", ""),
    ],
)
def test_why_a_value_is_absent_is_a_reason_or_a_quality(
    reason: dict[str, Any], missing: str, quality: str
) -> None:
    table = results(observation(dataAbsentReason=reason))
    assert (column(table, "missing_reason"), column(table, "quality")) == ([missing], [quality])


def test_an_extension_in_the_quantity_says_why_it_is_absent_too() -> None:
    url = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
    quantity = {"unit": "/nL", "extension": [{"url": url, "valueCode": "not-applicable"}]}
    assert column(results(observation(valueQuantity=quantity)), "missing_reason") == ["not_applicable"]


def test_the_status_stays_as_it_is_written() -> None:
    words = ["entered-in-error", "amended", "corrected", "registered", "preliminary"]
    assert column(results(*(observation(status=word) for word in words)), "status") == words


def test_each_component_is_a_row_and_a_panel_without_a_value_is_none() -> None:
    def component(code: str, value: int) -> dict[str, Any]:
        return {"code": {"coding": [{"code": code}]}, "valueQuantity": {"value": value, "unit": "g/L"}}

    panel = observation(code={"text": "CBC"}, component=[component("718-7", 121), component("777-3", 88)])
    table = results(panel)
    assert column(table, "observation_id") == ["o1/718-7", "o1/777-3"]
    assert column(table, "analyte") == ["hemoglobin", "platelets"]
    assert column(table, "value") == ["121", "88"]
    with_value = results({**panel, "valueString": "seen"})
    assert column(with_value, "observation_id") == ["o1", "o1/718-7", "o1/777-3"]


def test_a_reference_to_a_patient_is_resolved_however_it_is_written() -> None:
    entry = bundle(PATIENT)
    entry["entry"][0]["fullUrl"] = "urn:uuid:0b1"
    references = ["urn:uuid:0b1", "Patient/p1", "https://fhir.example/r4/Patient/p1", "Patient/p1/_history/3"]
    for number, reference in enumerate(references):
        entry["entry"].append({"resource": observation(id=f"o{number}", subject={"reference": reference})})
    table, patients = fhir.read([("in.json", json.dumps(entry).encode())], "in.json")
    assert column(table, "patient_id") == ["p1"] * 4
    assert filled(patients) == [{"patient_id": "p1", "sex": "female", "born_on": "1970-05-02"}]


def test_identifiers_enter_only_where_their_system_is_named() -> None:
    table, patients = fhir.read(
        [("in.json", json.dumps(bundle(PATIENT, observation())).encode())], "in.json", system="urn:study"
    )
    assert column(table, "patient_id") == column(patients, "patient_id") == ["S-7"]
    assert "X1" not in str(results(PATIENT, observation()))
    by_identifier = observation(subject={"identifier": {"system": "urn:study", "value": "S-9"}})
    assert column(results(by_identifier, system="urn:study"), "patient_id") == ["S-9"]
    assert column(results(by_identifier), "patient_id") == [""]
    assert column(results(observation(), system="urn:study"), "patient_id") == [""], "an id is no identifier"


def test_only_whole_days_of_birth_and_death_are_taken() -> None:
    data = bundle(
        {**PATIENT, "birthDate": "1970-05", "deceasedDateTime": "2026-02-03T10:00:00Z", "gender": "x"}
    )
    _, patients = fhir.read([("in.json", json.dumps(data).encode())], "in.json")
    assert filled(patients) == [{"patient_id": "p1", "died_on": "2026-02-03"}]


def test_the_day_is_of_collection_and_else_of_issue_with_a_note() -> None:
    undated = observation(issued="2026-03-05T10:00:00Z")
    del undated["effectiveDateTime"]
    specimen = {
        "resourceType": "Specimen",
        "id": "s1",
        "collection": {"collectedDateTime": "2026-03-02"},
        "container": [{"additiveCodeableConcept": {"coding": [{"code": "HEPL"}]}}],
    }
    report = {
        "resourceType": "DiagnosticReport",
        "effectiveDateTime": "2026-03-03",
        "result": [{"reference": "Observation/o4"}],
    }
    table = results(
        {**undated, "effectivePeriod": {"start": "2026-03-01T08:00:00+01:00"}},
        {**undated, "id": "o2", "specimen": {"reference": "Specimen/s1"}},
        {**undated, "id": "o3"},
        {**undated, "id": "o4"},
        specimen,
        report,
    )
    assert column(table, "observed_at") == [
        "2026-03-01T08:00:00+01:00",
        "2026-03-02",
        "2026-03-05T10:00:00Z",
        "2026-03-03",
    ]
    assert column(table, "specimen") == ["", "heparin", "", ""]
    assert "Results without a collection date are dated by their issue: 1." in table.notes


def test_a_local_code_is_chosen_where_the_mapping_names_it() -> None:
    codings = [{"system": "urn:lab", "code": "THRO"}, {"system": "http://loinc.org", "code": "26515-7"}]
    coded = observation(code={"coding": codings})
    assert column(results(coded), "code") == ["26515-7"]
    assert column(results(coded, mapped={"THRO"}), "code") == ["THRO"]
    other = observation(code={"coding": [{"system": "urn:lab", "code": "777-3"}]})
    assert column(results(other), "analyte") == [""]
    assert column(results(observation(code={"text": "Thrombozyten"})), "code") == ["Thrombozyten"]


def test_limits_that_differ_or_have_another_unit_are_none() -> None:
    def ranges(*pairs: dict[str, Any]) -> tuple[list[str], list[str]]:
        table = results(observation(valueQuantity={"value": 1, "unit": "U/L"}, referenceRange=list(pairs)))
        return column(table, "lower_limit"), column(table, "upper_limit")

    adults, children = {"high": {"value": 250}}, {"high": {"value": 400}}
    critical = {"type": {"coding": [{"code": "critical"}]}, "high": {"value": 1000}}
    assert ranges(adults) == ranges(adults, critical) == ([""], ["250"])
    assert ranges(adults, children) == ([""], [""])
    assert ranges({"high": {"value": 4, "unit": "ukat/L"}}) == ([""], [""])


def test_every_entry_that_is_no_result_is_counted() -> None:
    others = [{"resourceType": "Encounter"}, {"resourceType": "Claim"}, {"resourceType": "Encounter"}]
    data = bundle(PATIENT, observation(), *others)
    data["entry"].append({"request": {"method": "DELETE", "url": "Observation/o9"}})
    data["link"] = [{"relation": "next", "url": "https://fhir.example?page=2"}]
    table, _ = fhir.read([("in.json", json.dumps(data).encode())], "in.json")
    assert len(table.rows) == 1
    assert table.notes == (
        "in.json is one page of several: the server names a next one.",
        "Entries that are no results were left out: 2 Encounter, 1 Claim.",
        "Entries without a resource were left out: 1.",
    )


def test_ndjson_and_a_folder_of_files_are_read_together() -> None:
    def dumped(*values: dict[str, Any]) -> bytes:
        return b"\n".join(json.dumps(one).encode() for one in values)

    files = [
        ("Observation.ndjson", dumped(observation(), observation(id="o2")) + b"\n"),
        ("Patient.ndjson", dumped(PATIENT)),
    ]
    table, patients = fhir.read(files, "export", system="urn:study")
    assert column(table, "patient_id") == ["S-7", "S-7"]
    assert len(patients.rows) == 1
    assert "Entries 1 to 2 are those of Observation.ndjson." in table.notes
    with_manifest, _ = fhir.read([*files, ("manifest.json", b'{"output": []}')], "export")
    assert with_manifest.rows == fhir.read(files, "export")[0].rows
    assert "manifest.json holds no resource and was ignored." in with_manifest.notes


def test_a_contained_result_takes_what_it_lacks_from_its_report() -> None:
    contained = observation(id="c1", valueQuantity={"value": 5, "unit": "/nL"})
    del contained["subject"], contained["effectiveDateTime"]
    report = {
        "resourceType": "DiagnosticReport",
        "id": "r1",
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2026-03-09",
        "contained": [contained],
    }
    (row,) = filled(results(report))
    assert (row["observation_id"], row["patient_id"], row["observed_at"]) == ("r1#c1", "p1", "2026-03-09")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "There is none in it"),
        (b"{}", "no resourceType"),
        (b"[1]", "no resourceType"),
        (b'{"resourceType": "Bundle"', "damaged"),
        (b'{"resourceType": "Observation", "valueQuantity": {"value": NaN}}', "damaged"),
        (b"[" * 100_000, "damaged"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"<Bundle xmlns='http://hl7.org/fhir'/>", "XML"),
    ],
)
def test_what_is_no_fhir_is_refused_with_what_to_do(data: bytes, words: str) -> None:
    with pytest.raises(Refused, match=words):
        fhir.read([("in.json", data)], "in.json")


def test_wrong_types_anywhere_end_in_an_empty_cell() -> None:
    for key in ("code", "subject", "valueQuantity", "component", "note", "specimen", "referenceRange", "id"):
        for wrong in (5, "x", [], [5], {"coding": 5}, {"coding": ["x"]}, None, True):
            results(observation(**{key: wrong}))


@pytest.mark.external
def test_real_bundles_give_their_counts_with_a_day_and_a_patient() -> None:
    folder = Path(os.environ["NADIR_EXTERNAL_DATA"]) / "fhir"
    found = 0
    for path in sorted(folder.glob("*.json")):
        table, patients = fhir.read([(path.name, path.read_bytes())], path.name)
        known = [row for row in filled(table) if row.get("analyte") in ("platelets", "hemoglobin")]
        assert all(row["patient_id"] and row["observed_at"] for row in known), path.name
        assert len(patients.rows) == 1
        found += len(known)
    assert found > 15
