"""The second edition of the mapping: what a site's own table says in its own words, read in one walk."""

from pathlib import Path

import pytest

from registry.errors import Refused, Usage
from registry.exchange.sources.lab_csv import load_mapping, read
from registry.exchange.sources.walk import limits

HEAD = 'site = "north"\nsource = "lab"\n'
COLUMNS = """[columns]
patient_id = ["pid"]
observation_id = ["order", "code"]
observed_at = "taken"
code = "code"
value = "value"
unit = "unit"
"""
ANALYTE = '[[analyte]]\ncode = ["PLT", "THR"]\nis = "platelets"\n'


def taken(
    folder: Path, text: str, *, columns: str = "", rest: str = "", file: str = ""
) -> list[dict[str, str]]:
    (folder / "lab.csv").write_text(text, encoding="utf-8")
    mapping = HEAD + (f"[file]\n{file}\n" if file else "") + COLUMNS + columns + ANALYTE + rest
    (folder / "m.toml").write_text(mapping, encoding="utf-8")
    laboratory = read(folder / "lab.csv", load_mapping(folder / "m.toml"))
    rows: list[dict[str, str]] = laboratory.tables["observation"].texts.to_pylist()
    return rows


def test_a_final_result_replaces_the_preliminary_one_and_a_cancelled_one_keeps_its_word(
    tmp_path: Path,
) -> None:
    rows = taken(
        tmp_path,
        "pid,order,code,taken,value,unit,status\nP1,1,PLT,2026-03-01,44,10*9/L,P\nP1,1,PLT,2026-03-01,53,10*9/L,F\n"
        "P1,2,THR,2026-03-02,97,10*9/L,weg\n",
        columns='status = "status"\n',
        rest='[status_spelling]\n"weg" = "cancelled"\n',
    )
    assert [(row["value"], row["status"]) for row in rows] == [("53", "final"), ("97", "cancelled")]


@pytest.mark.parametrize(
    ("sign", "value", "stored"),
    [
        ("<", "5", "<5"),
        ("<", "<5", "<5"),
        ("=", "45", "45"),
        ("", "44", "44"),
        ("<=", "20", "<=20"),
        ("LT", "5", "<5"),
        (">", "<5", "> <5"),
        ("=", "<5", "<5"),
        (">=", "≥5", "≥5"),
    ],
)
def test_a_sign_in_a_column_of_its_own_belongs_to_the_number(
    tmp_path: Path, sign: str, value: str, stored: str
) -> None:
    [row] = taken(
        tmp_path,
        f"pid,order,code,taken,value,unit,op\nP1,1,PLT,2026-03-01,{value},10*9/L,{sign}\n",
        columns='comparator = "op"\n',
        rest='[comparator_spelling]\n"LT" = "<"\n',
    )
    assert row["value"] == stored


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("125-220", ("125", "220")),
        ("0,3 \u2013 2,0", ("0,3", "2,0")),
        ("(3 to 21)", ("3", "21")),
        ("< 250", (None, "250")),
        ("> 0.3", ("0.3", None)),
        ("[125 - 220] U/L", ("125", "220")),
        ("see note", None),
    ],
)
def test_a_range_in_one_cell_is_two_limits_or_one(
    text: str, expected: tuple[str | None, str | None] | None
) -> None:
    assert limits(text) == expected


def test_harmless_cells_refuse_nothing_and_lines_are_those_of_an_editor(tmp_path: Path) -> None:
    text = (
        "Laboratory of the north\n\nsep\npid;order;code;taken;value;unit;note\n\n"
        'P1;1;PLT;2026-03-01;\u200b45\u00a0;10*9/L;"two\nlines";\npid;order;code;taken;value;unit;note\n'
        "P1;1;PLT;2026-03-01;45;10*9/L;\nP1;2;PTL;2026-03-01;45;10*9/L;\nTotal;;;;;;\n"
    )
    (tmp_path / "lab.csv").write_bytes(text.encode("utf-16"))
    (tmp_path / "m.toml").write_text(HEAD + '[file]\nskip = ["^Total"]\n' + COLUMNS + ANALYTE)
    laboratory = read(tmp_path / "lab.csv", load_mapping(tmp_path / "m.toml"))
    table = laboratory.tables["observation"]
    assert table.lines is not None
    assert (table.texts["value"].to_pylist(), [int(line) for line in table.lines]) == (["45"], [6])
    assert [one.line for one in table.repeated] == [9]
    assert [(one.line, one.reason) for one in table.not_taken] == [
        (10, "not mapped: PTL (did you mean PLT?)")
    ]
    assert table.malformed == ()


def test_a_number_of_the_crosswalk_is_nowhere_and_an_unknown_one_is_set_aside(tmp_path: Path) -> None:
    (tmp_path / "cross.csv").write_text("number,patient_id\n00471,P1\n")
    (tmp_path / "lab.csv").write_text(
        "pid,order,code,taken,value,unit\n00471,1,PLT,2026-03-01,45,10*9/L\n00999,3,PLT,2026-03-01,120,10*9/L\n"
    )
    columns = COLUMNS.replace('["order", "code"]', '["pid", "order"]')
    patients = '[patients]\ncrosswalk = "cross.csv"\nknown_only = true\n'
    (tmp_path / "m.toml").write_text(HEAD + columns + ANALYTE + patients)
    laboratory = read(tmp_path / "lab.csv", load_mapping(tmp_path / "m.toml"))
    table = laboratory.tables["observation"]
    assert table.texts["observation_id"].to_pylist() == ["P1/1"]
    assert [one.line for one in table.aside] == [3]
    assert "00471" not in repr(laboratory)
    assert "00999" not in repr(laboratory)


@pytest.mark.parametrize("name", ["Miller^Anna", "Anna Miller", "85.07.30-033.61"])
def test_a_name_or_a_number_of_a_person_is_refused_without_being_repeated(tmp_path: Path, name: str) -> None:
    (tmp_path / "lab.csv").write_text(f"pid,order,code,taken,value,unit\n{name},1,PLT,2026-03-01,45,10*9/L\n")
    (tmp_path / "m.toml").write_text(HEAD + COLUMNS + ANALYTE)
    laboratory = read(tmp_path / "lab.csv", load_mapping(tmp_path / "m.toml"))
    [problem] = laboratory.tables["observation"].malformed
    assert problem.line == 2
    assert "crosswalk" in problem.remedy
    assert name not in str(problem)


def test_a_row_a_patient_and_a_column_a_day_of_treatment(tmp_path: Path) -> None:
    (tmp_path / "lab.csv").write_text(
        "pid,start,PLT,PLT d14,op\nP1,2026-03-01,18,142,<\nP2,2026-03-05,,97,\n"
    )
    (tmp_path / "m.toml").write_text(
        HEAD
        + '[columns]\npatient_id = "pid"\nobserved_at = "start"\n'
        + '[[wide]]\ncolumn = "PLT"\nis = "platelets"\nunit = "10*9/L"\ncomparator_column = "op"\n'
        + '[[wide]]\ncolumn = "PLT d14"\nis = "platelets"\nunit = "10*9/L"\nobserved_at = "start"\nplus_days = 14\n'
    )
    rows = (
        read(tmp_path / "lab.csv", load_mapping(tmp_path / "m.toml")).tables["observation"].texts.to_pylist()
    )
    assert [(row["patient_id"], row["observed_at"], row["value"]) for row in rows] == [
        ("P1", "2026-03-01", "<18"),
        ("P1", "2026-03-15", "142"),
        ("P2", "2026-03-19", "97"),
    ]


def test_a_time_in_z_falls_on_the_day_of_the_hospital(tmp_path: Path) -> None:
    [row] = taken(
        tmp_path,
        "pid,order,code,taken,value,unit\nP1,1,PLT,2026-03-01T23:30:00Z,41,10*9/L\n",
        file='zone = "Europe/Brussels"',
    )
    assert row["observed_at"] == "2026-03-02T00:30:00+01:00"


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('value = "value"', "value = 5", "value must be text"),
        (ANALYTE, ANALYTE + '[file]\nzone = "Mars/Olympus"\n', "zone"),
        (ANALYTE, ANALYTE + '[time]\noffset_from = "2020-13-01"\n', "offset_from"),
        (ANALYTE, ANALYTE + '[status_spelling]\n"x" = "gone"\n', "x must be one of preliminary"),
        (ANALYTE, ANALYTE + '[patients]\ncrosswalk = "nowhere.csv"\n', "crosswalk"),
        (ANALYTE, ANALYTE + ANALYTE, "PLT is given twice"),
    ],
)
def test_a_fault_of_a_mapping_is_named_by_its_key(tmp_path: Path, old: str, new: str, key: str) -> None:
    (tmp_path / "m.toml").write_text((HEAD + COLUMNS + ANALYTE).replace(old, new, 1))
    with pytest.raises(Usage, match=key):
        load_mapping(tmp_path / "m.toml")


def test_a_mapped_column_that_stands_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="more than once"):
        taken(tmp_path, "pid,order,code,taken,value,value,unit\nP1,1,PLT,2026-03-01,45,99,10*9/L\n")
