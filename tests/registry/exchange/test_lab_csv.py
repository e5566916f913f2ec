"""A laboratory's own CSV through a mapping: every trap that real files hold, and every row accounted for."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from registry.errors import Refused, Usage
from registry.exchange.import_report import ImportReport
from registry.exchange.intake import import_path, take
from registry.exchange.sources.mapping import built_in, load_mapping
from registry.exchange.sources.prescriptions import read_prescriptions, read_transfusions
from registry.roles import Actor
from registry.store.database import Database

TODAY = date(2026, 3, 31)
Import = Callable[..., ImportReport]

MAPPING = """
site = "North"
[file]
delimiter = ";"
decimal = "comma"
thousands = "."
encoding = "latin-1"
date_formats = ["%d.%m.%Y %H:%M", "%d.%m.%Y"]
[columns]
patient_id = ["Patient"]
observation_id = ["Auftrag", "Code"]
observed_at = "Abnahme"
code = "Code"
value = "Wert"
value_number = "Zahl"
unit = "Einheit"
specimen_id = "Auftrag"
comment = "Bemerkung"
lower_limit = "von"
upper_limit = "bis"
[value]
absent = ["___", "n.b."]
[[value.from_comment]]
pattern = '^([<>])\\s*(\\d+)\\*?\\.?$'
reads = '\\1\\2'
[[analyte]]
code = "TZ"
is = "platelets"
specimen = "edta"
[[analyte]]
code = "TZC"
is = "platelets"
specimen = "citrate"
[[analyte]]
code = "HB"
is = "hemoglobin"
default_unit = "g/dL"
[[analyte]]
code = "HPT"
is = "haptoglobin"
unit = "mg/dL"
[[not_taken]]
code = "ABST"
because = "smear comment"
[[quality]]
is = "clumped"
column = "Bemerkung"
pattern = '(?i)aggregate'
codes = ["ABST"]
applies_to = ["platelets"]
scope = "specimen"
"""
HEADER = "Patient;Auftrag;Code;Abnahme;Wert;Zahl;Einheit;Bemerkung;von;bis"


@pytest.fixture
def take_in(registry: Database, operator: Actor, tmp_path: Path) -> Import:
    """Import rows through a mapping."""

    def run(rows: str, mapping: str = MAPPING) -> ImportReport:
        (tmp_path / "labor.csv").write_text(f"{HEADER}\n{rows}\n", encoding="latin-1")
        (tmp_path / "labor.toml").write_text(mapping, encoding="utf-8")
        return import_path(
            registry,
            operator,
            tmp_path / "labor.csv",
            format="lab-csv",
            mapping=tmp_path / "labor.toml",
            today=TODAY,
        )

    return run


def judged(db: Database) -> dict[str, object]:
    """Canonical value or reason by observation id."""
    return {
        name: reason or canonical / 1_000_000
        for name, reason, canonical in db.rows(
            "SELECT observation_id, not_evaluable, canonical_e6 FROM observation"
        )
    }


def test_semicolons_decimal_commas_thousands_points_and_local_dates_are_read_as_declared(
    take_in: Import, registry: Database
) -> None:
    take_in("P1;1;HB;03.04.2025 08:15;12,4;;g/dL;;;\nP1;2;TZ;03.04.2025;45.000;;/µl;;;")
    assert judged(registry) == {"1/HB": 124, "2/TZ": 45}
    assert registry.rows("SELECT DISTINCT observed_on FROM observation") == [(date(2025, 4, 3),)]
    assert registry.rows("SELECT value, value_read FROM observation ORDER BY 1") == [
        ("12,4", "12.4"),
        ("45.000", "45000"),
    ]


def test_a_cell_with_another_mark_than_the_mapping_declares_refuses_the_file(
    take_in: Import, registry: Database
) -> None:
    with pytest.raises(Refused) as refused:
        take_in("P1;1;HB;03.04.2025;12.4;;g/dL;;;\nP1;2;HB;04.04.2025;11,9;;g/dL;;;")
    (problem,) = refused.value.problems
    assert "12.4" in str(problem)
    assert judged(registry) == {}


def test_a_word_in_the_value_cell_says_what_became_of_the_specimen(
    take_in: Import, registry: Database
) -> None:
    take_in(
        "P1;1;TZ;03.04.2025;Aggregate;;/µl;;;\nP1;2;TZ;04.04.2025;31 geklumpt;;G/L;;;\nP1;3;TZ;05.04.2025;n.d.;;G/L;;;"
    )
    assert registry.rows(
        "SELECT observation_id, value, quality, missing_reason, not_evaluable FROM observation ORDER BY 1"
    ) == [
        ("1/TZ", None, "clumped", "Aggregate", "clumped"),
        ("2/TZ", "31 geklumpt", "clumped", None, "clumped"),
        ("3/TZ", None, None, "not_done", "missing"),
    ]


@pytest.mark.parametrize(
    ("cell", "value", "read"),
    [("45 L", 45, "45"), ("46 (L)", 46, "46"), ("12*", 12, "12"), ("47 G/L", 47, "47"), ("49 !", 49, "49")],
)
def test_flags_and_a_unit_in_the_value_cell_are_understood_and_kept_as_written(
    take_in: Import, registry: Database, cell: str, value: int, read: str
) -> None:
    take_in(f"P1;1;TZ;03.04.2025;{cell};;G/L;;;")
    assert judged(registry) == {"1/TZ": value}
    assert registry.rows("SELECT value, value_read FROM observation") == [(cell, read)]


def test_the_smear_of_another_row_spoils_the_platelets_of_its_specimen_only(
    take_in: Import, registry: Database
) -> None:
    take_in(
        "P1;1;TZ;03.04.2025;40;;G/L;;;\n"
        "P1;1;ABST;03.04.2025;;;;THROMBOZYTEN-AGGREGATE;;\n"
        "P1;1;HB;03.04.2025;12;;g/dL;;;\n"
        "P1;2;TZ;04.04.2025;50;;G/L;;;\n"
        "P2;1;TZ;03.04.2025;60;;G/L;;;\n"
        "P1;1;TZC;03.04.2025;;;G/L;;;"
    )
    rows = registry.rows(
        "SELECT patient_id, observation_id, not_evaluable "
        "FROM observation JOIN patient USING (patient_key) ORDER BY 1, 2"
    )
    assert rows == [
        ("P1", "1/HB", None),
        ("P1", "1/TZ", "clumped"),
        ("P1", "1/TZC", "clumped"),
        ("P1", "2/TZ", None),
        ("P2", "1/TZ", None),
    ]


def test_a_hidden_value_falls_back_to_the_number_then_to_the_comment_then_is_missing(
    take_in: Import, registry: Database
) -> None:
    take_in(
        "P1;1;TZ;03.04.2025;___;83;G/L;;;\n"
        "P1;2;TZ;04.04.2025;___;;G/L;<10*.;;\n"
        "P1;3;TZ;05.04.2025;n.b.;;G/L;Material fehlt;;\n"
        "P1;4;TZ;06.04.2025;;;G/L;;;"
    )
    assert judged(registry) == {"1/TZ": 83, "2/TZ": 10, "3/TZ": "missing", "4/TZ": "missing"}
    assert registry.rows("SELECT comparator FROM observation WHERE observation_id = '2/TZ'") == [("<",)]
    assert registry.rows(
        "SELECT missing_reason FROM observation WHERE value IS NULL ORDER BY observation_id"
    ) == [
        ("Material fehlt",),
        ("no value in the source",),
    ]


def test_units_are_the_row_s_then_the_declared_default_and_a_fixed_one_stands_always(
    take_in: Import, registry: Database
) -> None:
    take_in(
        "P1;1;HB;03.04.2025;12;;;;;\nP1;2;HB;04.04.2025;120;;g/l;;;\nP1;3;HPT;04.04.2025;30;;g/L;;;\n"
        "P1;4;TZ;05.04.2025;150000;;;;;"
    )
    assert judged(registry) == {"1/HB": 120, "2/HB": 120, "3/HPT": 0.3, "4/TZ": "unit_missing"}


def test_a_citrate_code_is_corrected_for_dilution(take_in: Import, registry: Database) -> None:
    take_in("P1;1;TZC;03.04.2025;100;;G/L;;;")
    assert judged(registry) == {"1/TZC": 110}


def test_the_counts_add_up_to_the_rows_of_the_file(take_in: Import) -> None:
    report = take_in(
        "P1;1;TZ;03.04.2025;40;;G/L;;;\nP1;1;ABST;03.04.2025;;;;;;\nP1;1;LEUK;03.04.2025;5;;;;;\n"
        "P1;1;NA;03.04.2025;140;;;;;\nP1;2;TZ;04.04.2025;40;;pints;;;"
    )
    assert (report.total("read"), report.total("stored"), report.total("not_taken")) == (5, 1, 3)
    assert report.total("refused") == 0
    assert report.left_out == {
        "not mapped: ABST, smear comment": 1,
        "not mapped: LEUK": 1,
        "not mapped: NA": 1,
    }
    assert report.not_evaluable == {"unit_unknown": 1}


def test_reading_the_file_again_changes_nothing_not_even_patients_known_better(
    take_in: Import, registry: Database, operator: Actor
) -> None:
    import pyarrow as pa

    take(
        registry,
        operator,
        {"patient": pa.table({"patient_id": ["P1"], "site": ["North"], "sex": ["female"]})},
    )
    rows = "P1;1;TZ;03.04.2025;40;;G/L;;;\nP9;1;TZ;03.04.2025;40;;G/L;;;"
    assert take_in(rows, MAPPING).total("stored") == 2
    head = registry.revision
    assert take_in(rows, MAPPING).total("identical") == 2
    assert registry.revision == head
    assert registry.rows("SELECT sex FROM patient_fact ORDER BY patient_key") == [("female",), (None,)]


def test_a_date_in_another_form_is_refused(take_in: Import) -> None:
    with pytest.raises(Refused) as refused:
        take_in("P1;1;TZ;04/03/2025;40;;G/L;;;")
    assert refused.value.problems[0].value == "04/03/2025"


def test_dates_in_the_future_pass_only_where_the_mapping_says_they_are_shifted(take_in: Import) -> None:
    row = "P1;1;TZ;03.04.2150;40;;G/L;;;"
    with pytest.raises(Refused):
        take_in(row)
    assert take_in(row, f'dates = "shifted"\n{MAPPING}').total("stored") == 1


def test_a_column_that_the_file_lacks_is_named(take_in: Import) -> None:
    with pytest.raises(Refused) as refused:
        take_in("", MAPPING.replace('value = "Wert"', 'value = "Werte"'))
    assert refused.value.problems[0].column == "Werte"
    assert "Did you mean Wert?" in refused.value.problems[0].remedy


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('site = "North"', 'sight = "North"', "labor.toml, line 2: unknown sight; did you mean site?"),
        ('decimal = "comma"', 'decimal = ","', "decimal must be one of point, comma, not ','"),
        ('is = "hemoglobin"', 'is = "leukocytes"', "analyte HB: is must be one of platelets"),
        ('default_unit = "g/dL"', 'default_unit = "pints"', "'pints' is not a known unit of hemoglobin"),
        ('code = "Code"\n', "", "columns: code is missing"),
        ("(?i)aggregate", "(?i", "is not a valid pattern"),
        ('is = "clumped"', 'is = "odd"', "quality 1: is must be one of clumped"),
        ("[file]", "[file", "not TOML"),
    ],
)
def test_a_mapping_that_cannot_be_meant_is_refused_by_what_is_wrong(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    assert old in MAPPING
    (tmp_path / "labor.toml").write_text(MAPPING.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(Usage) as wrong:
        load_mapping(tmp_path / "labor.toml")
    assert said in str(wrong.value)


def test_five_faults_of_a_mapping_are_reported_at_once_each_with_its_line(tmp_path: Path) -> None:
    text = MAPPING
    for old, new in (
        ('site = "North"', 'sight = "North"'),
        ('decimal = "comma"', 'decimal = ","'),
        ('is = "hemoglobin"', 'is = "leukocytes"'),
        ("(?i)aggregate", "(?i"),
        ('code = "Code"', "code = 51265"),
    ):
        assert old in text
        text = text.replace(old, new, 1)
    (tmp_path / "labor.toml").write_text(text, encoding="utf-8")
    with pytest.raises(Usage) as wrong:
        load_mapping(tmp_path / "labor.toml")
    found = [
        text.splitlines()[int(line.split(", ")[1].split()[1].strip(":")) - 1]
        for line in str(wrong.value).split("\n")
    ]
    assert [line.split(" = ")[0] for line in found] == ["sight", "decimal", "code", "is", "pattern"]


def test_an_unknown_mapping_is_refused_with_those_there_are() -> None:
    with pytest.raises(Usage, match="Built in: mimic-iv"):
        load_mapping("mimic-v")


@pytest.mark.parametrize("name", built_in())
def test_every_mapping_that_is_shipped_can_be_used(name: str) -> None:
    assert load_mapping(name).name == name


# Transfusions and prescriptions


def test_transfusions_are_mapped_by_product_and_others_are_counted(tmp_path: Path) -> None:
    (tmp_path / "given.csv").write_text(
        "subject_id,stay_id,itemid,starttime,label\n"
        "1,7,225168,2132-12-15 14:00:00,Packed Red Blood Cells\n"
        "1,7,220970,2132-12-16 14:00:00,Fresh Frozen Plasma\n"
        "1,7,225170,2132-12-17 14:00:00,Platelets\n"
    )
    table = read_transfusions(tmp_path / "given.csv", load_mapping("mimic-iv"))["transfusion"]
    assert table.texts.select(["given_on", "product"]).to_pylist() == [
        {"given_on": "2132-12-15", "product": "red_cells"},
        {"given_on": "2132-12-17", "product": "platelets"},
    ]
    assert table.left_out == {"not mapped: Fresh Frozen Plasma": 1}


def test_prescriptions_become_courses_only_near_a_low_count_and_say_that_this_is_no_diagnosis(
    tmp_path: Path,
) -> None:
    (tmp_path / "drugs.csv").write_text(
        "subject_id,pharmacy_id,starttime,stoptime,drug,dose_val_rx,dose_unit_rx,doses_per_24_hrs,route\n"
        "1,1,2148-01-02 08:00:00,2148-01-09 08:00:00,PredniSONE,40,mg,1,PO\n"
        "1,2,2148-01-10 08:00:00,2148-01-20 08:00:00,PredniSONE,10,mg,2,PO\n"
        "1,3,2148-04-10 08:00:00,2148-04-20 08:00:00,PredniSONE,20,mg,1,PO\n"
        "1,4,2148-01-09 08:00:00,2148-01-02 08:00:00,Dexamethasone,8,mg,1,IV\n"
        "1,5,2148-01-09 08:00:00,2148-01-19 08:00:00,Dexamethasone Ophthalmic,2,DROP,1,LEFT EAR\n"
        "2,6,2148-01-02 08:00:00,2148-01-09 08:00:00,PredniSONE,40,mg,1,PO\n"
    )
    counts = {"1": [(date(2148, 1, 1), 149_000_000)], "2": [(date(2148, 1, 1), 150_000_000)]}
    read = read_prescriptions(tmp_path / "drugs.csv", load_mapping("mimic-iv"), counts)
    assert read.left_out == {
        "cancelled: stopped before it started": 1,
        "not systemic": 1,
        "no low platelet count near": 1,
    }
    (episode,) = read.tables["episode"].texts.to_pylist()
    assert (episode["onset_on"], episode["cause"]) == ("2148-01-01", "secondary data, not a diagnosis")
    assert [
        (row["started_on"], row["stopped_on"], row["start_reason"])
        for row in read.tables["course"].texts.to_pylist()
    ] == [("2148-01-02", "2148-01-20", "first_line"), ("2148-04-10", "2148-04-20", "retreatment")]
    assert [row["frequency"] for row in read.tables["course_agent"].texts.to_pylist()] == [
        "1 per day",
        "2 per day",
        "1 per day",
    ]


# Real files


@pytest.mark.external
def test_every_row_of_a_real_hospital_is_stored_flagged_or_left_out_with_its_reason(
    registry: Database, operator: Actor, external: Path
) -> None:
    folder = external / "mimic_iv_demo"
    path = folder / "labevents_cbc_hemolysis.csv"
    report = import_path(registry, operator, path, format="lab-csv", mapping="mimic-iv")
    assert report.total("read") == path.read_bytes().count(b"\n") - 1 == 5379
    kept = report.total("stored") + report.total("not_evaluable")
    assert (report.total("read"), report.total("refused")) == (kept + report.total("not_taken"), 0)
    assert report.problem_count == 0
    clumped = registry.rows("SELECT canonical_e6 FROM observation WHERE not_evaluable = 'clumped'")
    assert len(clumped) == 3
    hidden = registry.rows("SELECT count(*) FROM observation WHERE value = '___'")
    assert hidden == [(0,)]
    limits = registry.rows(
        "SELECT count(*) FROM observation WHERE comparator = '<' AND analyte = 'bilirubin'"
    )
    assert limits == [(13,)]

    def taken(name: str, part: str) -> ImportReport:
        return import_path(registry, operator, folder / name, format="lab-csv", mapping="mimic-iv", part=part)

    assert taken("transfusions.csv", "transfusions").total("stored") == 114
    prescribed = taken("immunosuppressants.csv", "prescriptions")
    assert prescribed.problem_count == 0
    assert registry.rows("SELECT count(*) FROM course") >= [(3,)]
    assert registry.rows("SELECT DISTINCT cause FROM episode_fact") == [("secondary data, not a diagnosis",)]
    assert registry.verify() == []


EICU = """
site = "eICU"
dates = "shifted"
[columns]
patient_id = ["patientunitstayid"]
observation_id = ["labid"]
offset_minutes = "labresultoffset"
code = "labname"
value = "labresulttext"
value_number = "labresult"
unit = "labmeasurenameinterface"
[time]
offset_from = "2000-01-01"
[[analyte]]
code = "platelets x 1000"
is = "platelets"
[[analyte]]
code = "Hgb"
is = "hemoglobin"
"""


@pytest.mark.external
def test_the_units_of_79_hospitals_are_all_known(
    registry: Database, operator: Actor, external: Path, tmp_path: Path
) -> None:
    (tmp_path / "eicu.toml").write_text(EICU)
    path = external / "eicu_units" / "lab.csv"
    report = import_path(registry, operator, path, format="lab-csv", mapping=tmp_path / "eicu.toml")
    assert report.total("read") == report.total("stored") == 1455
    assert report.not_evaluable == {}
    ((low, high),) = registry.rows(
        "SELECT min(canonical_e6) / 1e6, max(canonical_e6) / 1e6 FROM observation WHERE analyte = 'platelets'"
    )
    assert 1 < low < high < 1000
