"""REDCap exports: choices as labels, each field's own decimal mark, rows of other forms are none."""

import os
from pathlib import Path

import pytest

from registry.errors import Refused
from registry.exchange.sources import redcap
from registry.exchange.sources.cells import CellTable
from tests.registry.exchange.sources.tables import column, lines

DICTIONARY = """\
"Variable / Field Name","Form Name","Field Type","Field Label","Choices, Calculations, OR Slider Labels",\
"Text Validation Type OR Show Slider Number"
subjid,baseline,text,Participant,,
lbdat,labs,text,"Date of <b>sampling</b>",,date_dmy
plt,labs,text,"Platelet count",,number
plt_op,labs,dropdown,Operator,"1, < | 2, &gt;",
plt_u,labs,radio,Unit,"1, x 10^9 / L | 2, cells, per uL",
hb,labs,text,Hemoglobin,,number_1dp_comma_decimal
seen,labs,yesno,Seen,,
flag,labs,checkbox,Remark,"1, clumped | NK-2, hemolyzed",
"""


def read(text: str, dictionary: str | None = DICTIONARY, **options: object) -> CellTable:
    data = None if dictionary is None else dictionary.encode()
    return redcap.read(text.encode(), "in.csv", data, **options)  # type: ignore[arg-type]


def test_choices_of_a_raw_export_are_read_as_their_labels() -> None:
    table = read("subjid,plt_op,plt_u,seen\nA,1,2,1\nB,2,1,0\nC,,-99,\n")
    assert column(table, "plt_op") == ["<", ">", ""]
    assert column(table, "plt_u") == ["cells, per uL", "x 10^9 / L", "-99"], "a missing code stays"
    assert column(table, "seen") == ["Yes", "No", ""]


def test_an_export_that_has_labels_keeps_them() -> None:
    numbers = DICTIONARY + 'grade,labs,dropdown,Grade,"1, 0 | 2, 1 | 3, 2",\n'
    raw = read("subjid,plt_op,grade\nA,1,1\nB,2,2\n", numbers)
    assert column(raw, "grade") == ["0", "1"]
    labelled = read("subjid,plt_op,grade\nA,<,1\nB,>,2\n", numbers)
    assert column(labelled, "grade") == ["1", "2"]
    assert column(labelled, "plt_op") == ["<", ">"]


def test_a_checkbox_is_its_label_where_it_is_checked() -> None:
    raw = read("subjid,flag___1,flag___nk_2\nA,1,0\nB,0,1\n")
    assert column(raw, "flag___1") == ["clumped", ""]
    assert column(raw, "flag___nk_2") == ["", "hemolyzed"]
    labelled = read("Participant,Remark (choice=clumped)\nA,Checked\nB,Unchecked\n")
    assert column(labelled, "flag___1") == ["clumped", ""]


def test_labels_in_the_header_are_their_fields() -> None:
    text = "Participant,Event Name,Repeat Instance,Date of sampling,Platelet count,Data Access Group\nA,V1,1,,5,n\n"
    assert read(text).header == (
        *("subjid", "redcap_event_name", "redcap_repeat_instance", "lbdat", "plt"),
        "redcap_data_access_group",
    )
    assert "Platelet count" in read(text, named={"Platelet count"}).header, "what the mapping names stays"


def test_a_label_of_two_fields_is_refused_where_one_of_them_is_mapped() -> None:
    twice = DICTIONARY + 'plt2,labs,text,"Platelet count",,number\n'
    text = "Participant,Platelet count,Platelet count\nA,5,6\n"
    with pytest.raises(Refused, match="a label for each field"):
        read(text, twice, named={"plt"})
    assert read(text, twice, named={"subjid"}).rows


def test_the_decimal_comma_holds_for_its_field_alone() -> None:
    mixed = read('subjid,plt,hb\nA,61.5,"9,7"\nB,12,"10,3"\n')
    assert column(mixed, "plt") == ["61.5", "12"]
    assert column(mixed, "hb") == ["9.7", "10.3"]
    unclear = read('subjid,plt,hb\nA,61,"9,125"\n')
    assert column(unclear, "hb") == ["9.125"]
    alone = read('subjid,plt,hb\nA,61,"9,7"\nB,12,-99\n')
    assert column(alone, "hb") == ["9,7", "-99"], "what can be read one way stays as it was written"


def test_a_row_without_a_mapped_value_is_none() -> None:
    text = "subjid,redcap_repeat_instrument,lbdat,plt,hb\nA,,,,\nA,labs,2026-03-01,5,\nA,labs,2026-03-02,,7\nB,,,,\n"
    table = read(text, filled=["plt", "hb", "not there"])
    assert lines(table) == [3, 4]
    assert table.notes == ("Rows without any of the mapped values, as of other forms: 2.",)


def test_a_text_of_several_lines_and_another_separator_keep_the_lines() -> None:
    table = read('\ufeffsubjid;plt\n"A\nx";5\n\nB;6\n')
    assert table.rows == ((2, ("A\nx", "5")), (5, ("B", "6")))


def test_without_a_dictionary_choices_stay_and_that_is_noted() -> None:
    table = read("subjid,plt_op\nA,1\n", None)
    assert column(table, "plt_op") == ["1"]
    assert "No dictionary" in table.notes[0]


def test_the_dictionary_of_the_api_has_other_names_of_columns() -> None:
    api = 'field_name,form_name,field_type,field_label,select_choices_or_calculations\nu,f,radio,Unit,"1, /nL"\n'
    assert column(read("subjid,u\nA,1\n", api), "u") == ["/nL"]


@pytest.mark.parametrize(
    ("text", "dictionary", "words"),
    [
        ("", DICTIONARY, "empty"),
        ("subjid,plt\nA,5,6\n", DICTIONARY, "2 cells"),
        ('subjid,plt\nA,"5\n', DICTIONARY, "quotation mark"),
        ("subjid,plt\nA,5\n", "a,b\n1,2\n", "data dictionary"),
        ("subjid,plt\nA,5\0\n", DICTIONARY, "NUL"),
        ("plt,plt\n1,2\n", DICTIONARY, "each mapped column once"),
    ],
)
def test_what_is_no_export_is_refused(text: str, dictionary: str, words: str) -> None:
    with pytest.raises(Refused, match=words):
        read(text, dictionary, named={"plt"})


@pytest.mark.external
def test_real_exports_are_read_whole() -> None:
    found = {}
    for folder in (Path(os.environ["NADIR_EXTERNAL_DATA"]) / "redcap").iterdir():
        (dictionary,) = folder.glob("dict*.csv")
        table = redcap.read((folder / "data.csv").read_bytes(), "data.csv", dictionary.read_bytes())
        found[folder.name] = table
    assert {name: len(table.rows) for name, table in found.items()} == {
        "decimal-comma": 4,
        "longitudinal": 18,
        "repeating-instruments": 6,
    }
    assert column(found["decimal-comma"], "height")[:2] == ["1.54", "1.84"]
    assert set(column(found["repeating-instruments"], "sex")) <= {"", "Female", "Male"}
