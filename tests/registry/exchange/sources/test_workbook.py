"""Workbooks as clinics keep them: no count is invented, none is lost, and what cannot be read is named by its cell."""

import io
import struct
import zipfile
from datetime import datetime, time
from typing import Any

import pytest

from registry.errors import Refused
from registry.exchange.sources import workbook
from registry.exchange.sources.sheet_xml import place_name, place_of
from tests.registry.exchange.sources.tables import column, lines
from tests.registry.exchange.sources.workbooks import (
    excel,
    ods_cell,
    open_document,
    with_part,
    with_shared_texts,
)

HEADER = ["pid", "date", "plt"]
SHEET = "xl/worksheets/sheet1.xml"


def test_cells_are_written_as_a_person_sees_them() -> None:
    data = excel(
        HEADER,
        ["P1", datetime(2026, 3, 1), 45],
        ["P2", datetime(2026, 3, 8, 8, 15), 61.5],
        [17, "3.3.2026", "<4"],
        [None, time(8, 15), 9.8 + 1e-15],
        [True, None, 1e-7],
        [123456789012345, None, -99],
    )
    table = workbook.read(data, "in.xlsx")
    assert table.header == ("pid", "date", "plt")
    assert column(table, "pid") == ["P1", "P2", "17", "", "TRUE", "123456789012345"]
    assert column(table, "date") == ["2026-03-01", "2026-03-08T08:15:00", "3.3.2026", "08:15:00", "", ""]
    assert column(table, "plt") == ["45", "61.5", "<4", "9.8", "0.0000001", "-99"]
    assert lines(table) == [2, 3, 4, 5, 6, 7]


def test_a_day_is_a_day_in_both_epochs() -> None:
    def count_from_1904(book: Any, _sheet: Any) -> None:
        book.epoch = datetime(1904, 1, 1)

    rows: list[list[Any]] = [HEADER, ["P1", datetime(2026, 3, 1), 45]]
    assert (
        column(workbook.read(excel(*rows), "a"), "date")
        == column(workbook.read(excel(*rows, change=count_from_1904), "a"), "date")
        == ["2026-03-01"]
    )


def test_a_time_is_whole_seconds() -> None:
    data = excel(HEADER, ["P1", 46090.34374999999, 45])
    assert column(workbook.read(data, "a"), "date") == ["46090.34375"], "a number stays one"

    def as_time(_book: Any, sheet: Any) -> None:
        sheet["B2"].number_format = "yyyy-mm-dd hh:mm"

    dated = excel(HEADER, ["P1", 46090.34374999999, 45], change=as_time)
    assert column(workbook.read(dated, "a"), "date") == ["2026-03-09T08:15:00"]


def test_the_header_is_where_all_named_columns_are() -> None:
    data = excel(
        ["Counts of the clinic"],
        ["pid", "is the study number"],
        [],
        ["Study\nno. ", "PLT\u200b", None, "Hb"],
        ["Z-01", 18, None, 11.3],
    )
    table = workbook.read(data, "in.xlsx", named=["Study no.", "PLT", "Hb"])
    assert table.header == ("Study no.", "PLT", "", "Hb")
    spelled = workbook.read(data, "in.xlsx", named=["Study  no. "])
    assert spelled.header[0] == "Study  no. ", "a mapping finds its column under its own spelling"
    assert table.rows == ((5, ("Z-01", "18", "", "11.3")),)
    assert workbook.read(data, "in.xlsx", header_row=4).rows == table.rows


def test_a_column_that_is_nowhere_is_named_with_what_was_meant() -> None:
    with pytest.raises(Refused) as refused:
        workbook.read(excel(["pid", "PLT"], ["P1", 5]), "in.xlsx", named=["pid", "PTL", "Hb"])
    assert [problem.column for problem in refused.value.problems] == ["PTL", "Hb"]
    assert "Did you mean PLT?" in str(refused.value.problems[0])
    with pytest.raises(Refused, match="row 9"):
        workbook.read(excel(["pid"], ["P1"]), "in.xlsx", header_row=9)


def test_blank_and_skipped_rows_are_no_rows() -> None:
    data = excel(HEADER, ["P1", None, 5], [None, " ", None], ["Mean", None, 5], [None, "Total", 9])
    table = workbook.read(data, "a", skipped=lambda text: text in ("Mean", "Total"))
    assert lines(table) == [2]


def test_a_merged_cell_holds_for_every_row_that_it_covers() -> None:
    def merge(_book: Any, sheet: Any) -> None:
        sheet.merge_cells("A2:A4")
        sheet.merge_cells("B2:B3")
        sheet.merge_cells("A5:B5")

    rows: list[list[Any]] = [HEADER, ["P1", "d1", 5], [None, None, 6], [None, "d2", 7], ["P2", None, 8]]
    table = workbook.read(excel(*rows, change=merge), "a")
    assert column(table, "pid") == ["P1", "P1", "P1", "P2"]
    assert column(table, "date") == ["d1", "d1", "d2", ""]


def test_a_formula_that_was_never_calculated_is_no_value_and_named() -> None:
    data = excel(HEADER, ["P1", None, "=40+5"], ["P2", None, 7])
    table = workbook.read(data, "in.xlsx")
    assert column(table, "plt") == ["", "7"]
    assert "C2 of Lab: a formula that was never calculated, so there is no value." in table.notes


@pytest.mark.parametrize(
    ("cached", "recalculated", "text", "named"),
    [
        ("45", "1", "45", False),
        ("45", "0", "45", False),
        ("0", "1", "", True),
        ("0", "0", "0", False),
        ("", "0", "", True),
    ],
)
def test_the_result_of_a_formula_counts_but_not_the_zero_of_a_program(
    cached: str, recalculated: str, text: str, named: bool
) -> None:
    data = excel(HEADER, ["P1", None, "=40+5"])
    data = with_part(
        data, SHEET, lambda xml: xml.replace("<v />", f"<v>{cached}</v>").replace("<v/>", f"<v>{cached}</v>")
    )
    data = with_part(
        data,
        "xl/workbook.xml",
        lambda xml: xml.replace('fullCalcOnLoad="1"', f'fullCalcOnLoad="{recalculated}"'),
    )
    table = workbook.read(data, "in.xlsx")
    assert column(table, "plt") == [text]
    assert any("never calculated" in note for note in table.notes) is named


def test_errors_and_hidden_rows_are_named() -> None:
    def hide(_book: Any, sheet: Any) -> None:
        sheet["C2"].value, sheet["C2"].data_type = "#DIV/0!", "e"
        sheet.row_dimensions[3].hidden = True

    table = workbook.read(excel(HEADER, ["P1", None, 1], ["P2", None, 7], change=hide), "a")
    assert column(table, "plt") == ["", "7"]
    assert table.notes == (
        "The sheet Lab was read, its header in row 1.",
        "C2 of Lab: an error, so there is no value.",
        "Hidden rows of Lab were read like the others: 3.",
    )


@pytest.mark.parametrize(
    ("texts", "declared", "written"),
    [
        (["12,4"], None, "231,5"),
        (["12.4"], None, "231.5"),
        (["12,4", "12.4"], None, "231.5"),
        (["45,000"], None, "231.5"),
        ([], ",", "231,5"),
        (["12,4"], ".", "231.5"),
    ],
)
def test_numbers_are_written_with_the_mark_of_the_texts_beside_them(
    texts: list[str], declared: str | None, written: str
) -> None:
    rows = [["P", None, text] for text in texts]
    table = workbook.read(excel(HEADER, *rows, ["P", None, 231.5]), "a", decimal=declared)
    assert column(table, "plt")[-1] == written


def test_one_sheet_is_taken_and_several_are_asked_for() -> None:
    def more(book: Any, _sheet: Any) -> None:
        book.create_sheet("Sheet2")
        hidden = book.create_sheet("Lists")
        hidden.append(["a"])
        hidden.sheet_state = "hidden"

    one = excel(HEADER, ["P1", None, 5], change=more)
    assert len(workbook.read(one, "a").rows) == 1, "an empty and a hidden sheet are not meant"

    def second(book: Any, _sheet: Any) -> None:
        other = book.create_sheet("Other counts")
        other.append(HEADER)
        other.append(["P2", None, 6])

    two = excel(HEADER, ["P1", None, 5], change=second)
    with pytest.raises(Refused, match="Lab, Other counts"):
        workbook.read(two, "a")
    assert column(workbook.read(two, "a", sheet=2), "pid") == ["P2"]
    assert column(workbook.read(two, "a", sheet="other  counts"), "pid") == ["P2"]
    assert column(workbook.read(two, "a", sheet="Lab"), "pid") == ["P1"]
    for wrong in (3, 0, "Labor"):
        with pytest.raises(Refused, match="Lab"):
            workbook.read(two, "a", sheet=wrong)


def test_a_wide_sheet_is_read_whole() -> None:
    names = ["pid", *(f"c{number}" for number in range(900))]
    table = workbook.read(excel(names, ["P1", *range(900)]), "a", named=["pid", "c899"])
    assert column(table, "c899") == ["899"]


def test_an_open_document_is_read_like_a_workbook() -> None:
    def row(*cells: str, attributes: str = "") -> str:
        return f"<table:table-row {attributes}>{''.join(cells)}</table:table-row>"

    dated = 'office:value-type="date" office:date-value="2026-03-01"'
    day = f"<table:table-cell {dated}><text:p>1.3.</text:p></table:table-cell>"
    content = '<table:table table:name="Lab">' + "".join(
        [
            row(*map(ods_cell, HEADER)),
            row(ods_cell("P1", 'table:number-rows-spanned="2"'), day, ods_cell(45.0)),
            row("<table:covered-table-cell/>", day, ods_cell("<5")),
            row(ods_cell("P2"), day, ods_cell(None, 'table:formula="of:=40+5"')),
            row(ods_cell("P3"), day, ods_cell("#DIV/0!", 'calcext:value-type="error"')),
            row(ods_cell("P4"), day, ods_cell(7.0), attributes='table:visibility="filter"'),
            row(
                ods_cell(None, 'table:number-columns-repeated="1024"'),
                attributes='table:number-rows-repeated="1048000"',
            ),
        ]
    )
    table = workbook.read(open_document(content + "</table:table>"), "in.ods")
    assert column(table, "pid") == ["P1", "P1", "P2", "P3", "P4"]
    assert column(table, "date") == ["2026-03-01"] * 5
    assert column(table, "plt") == ["45", "<5", "", "", "7"]
    assert table.notes[1:] == (
        "C4 of Lab: a formula that was never calculated, so there is no value.",
        "C5 of Lab: an error, so there is no value.",
        "Hidden rows of Lab were read like the others: 6.",
    )


def test_places_have_their_names() -> None:
    for name, place in {
        "A1": (0, 0),
        "D9": (8, 3),
        "Z1": (0, 25),
        "AA10": (9, 26),
        "XFD1048576": (1048575, 16383),
    }.items():
        assert place_name(*place) == name
        assert place_of(name) == place
    assert place_of("") is place_of("9") is place_of("ABCD1") is None


def far_cell(xml: str) -> str:
    return xml.replace("</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>')


def unnumbered_far_cell(xml: str) -> str:
    return xml.replace("</sheetData>", '<row r="1048576">' + "<c><v>1</v></c>" * 30 + "</row></sheetData>")


def entities(xml: str) -> str:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;">]>'
    return xml.replace("<worksheet", f"{bomb}<worksheet", 1)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (far_cell, "a sheet of at most"),
        (unnumbered_far_cell, "a sheet of at most"),
        (entities, "entities"),
        (lambda xml: xml[: len(xml) // 2], "damaged"),
        (lambda _xml: "", "damaged"),
        (lambda xml: xml.replace("<v>5</v>", "<v>5<v>"), "damaged"),
    ],
)
def test_a_hostile_sheet_is_refused_before_it_is_opened(change: Any, words: str) -> None:
    data = excel(HEADER, ["P1", None, 5])
    with pytest.raises(Refused, match=words):
        workbook.read(with_part(data, SHEET, change), "in.xlsx")


def test_a_part_that_unpacks_to_more_than_it_promises_is_refused() -> None:
    spaces = " " * 20_000_000
    bomb = with_part(excel(HEADER, ["P1", None, 5]), "xl/styles.xml", lambda xml: xml + spaces)
    with pytest.raises(Refused, match="too large"):
        workbook.read(bomb, "in.xlsx")
    with zipfile.ZipFile(io.BytesIO(bomb)) as packed:
        size = packed.getinfo("xl/styles.xml").file_size
    lying = bomb.replace(struct.pack("<L", size), struct.pack("<L", 1_000))
    assert lying != bomb
    with pytest.raises(Refused, match="damaged"):
        workbook.read(lying, "in.xlsx")


def test_a_long_text_that_many_cells_share_is_refused() -> None:
    def sharing(cells: int) -> bytes:
        rows = "".join(
            f'<row r="{row}"><c r="A{row}" t="s"><v>0</v></c></row>' for row in range(3, 3 + cells)
        )
        data = with_part(
            excel(HEADER, ["P1", None, 5]),
            SHEET,
            lambda xml: xml.replace("</sheetData>", f"{rows}</sheetData>"),
        )
        return with_shared_texts(data, "x" * 1_000_000)

    assert len(workbook.read(sharing(3), "in.xlsx").rows) == 4
    with pytest.raises(Refused, match="too large"):
        workbook.read(sharing(1_000), "in.xlsx")


def test_an_open_document_that_repeats_a_cell_is_refused() -> None:
    cell = ods_cell("x", 'table:number-columns-repeated="16384"')
    row = f'<table:table-row table:number-rows-repeated="1048576">{cell}</table:table-row>'
    content = f'<table:table table:name="Lab">{row}</table:table>'
    with pytest.raises(Refused, match="a sheet of at most"):
        workbook.read(open_document(content), "in.ods")


def test_merged_cells_over_each_other_are_refused_in_bounded_time() -> None:
    merged = "<mergeCells>" + '<mergeCell ref="A2:A90000"/>' * 5_000 + "</mergeCells>"

    def change(xml: str) -> str:
        return xml.replace(
            "</sheetData>", f'<row r="90000"><c r="B90000"><v>1</v></c></row></sheetData>{merged}'
        )

    with pytest.raises(Refused, match="merged"):
        workbook.read(with_part(excel(HEADER, ["P1", None, 5]), SHEET, change), "in.xlsx")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04",
        b"pid,plt\nP1,5\n",
        bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 4096,
        excel(HEADER)[:900],
        open_document("")[:-30],
    ],
)
def test_what_is_no_workbook_is_refused(data: bytes) -> None:
    with pytest.raises(Refused):
        workbook.read(data, "in.xlsx")


def test_the_kind_is_told_by_the_first_bytes() -> None:
    assert workbook.kind_of(excel(HEADER)) == "xlsx"
    assert workbook.kind_of(open_document("")) == "ods"
    assert workbook.kind_of(bytes.fromhex("d0cf11e0a1b11ae1")) == "xls"
    assert workbook.kind_of(b"a,b\n") is None
