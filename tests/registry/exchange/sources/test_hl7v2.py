"""HL7 v2 as interfaces really write it: every result is one row, whatever ends its segment."""

import pytest

from registry.errors import Refused
from registry.exchange.sources import hl7v2
from tests.registry.exchange.sources.tables import column, filled, lines

HEADER = r"MSH|^~\&|LIS|LAB|REG|HOSP|20260415091200||ORU^R01^ORU_R01|M1|P|2.5.1"
PATIENT = "PID|1||K0071^^^HOSP^MR~P-9^^^REG&1.2.3&ISO^PI||ANON^ANON"
ORDER = "OBR|1|P7|26-7|58410-2^CBC^LN|||20260414153000"
PLATELETS = "OBX|1|NM|777-3^Platelets^LN||88|10*9/L|150-400|L|||F"


def message(*segments: str, end: str = "\r", header: str = HEADER) -> bytes:
    return end.join([header, PATIENT, *segments, ""]).encode()


def test_a_result_is_one_row_with_the_keys_of_a_mapping() -> None:
    table = hl7v2.read(message(ORDER, PLATELETS), "in.hl7")
    assert filled(table) == [
        {
            "patient_id": "K0071",
            "observation_id": "26-7/777-3",
            "observed_at": "2026-04-14T15:30:00",
            "code": "777-3",
            "value": "88",
            "unit": "10*9/L",
            "range": "150-400",
            "status": "F",
            "analyte": "platelets",
        }
    ]
    assert lines(table) == [4]


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n", "\n\n", "\r\r\n"])
def test_any_line_end_gives_the_same_rows(end: str) -> None:
    assert hl7v2.read(message(ORDER, PLATELETS, end=end), "a") == hl7v2.read(message(ORDER, PLATELETS), "a")


def test_frames_of_mllp_and_batches_are_no_rows() -> None:
    framed = b"\x0b" + message(ORDER, PLATELETS) + b"\x1c\r"
    batch = b"FHS|^~\\&|LIS\rBHS|^~\\&|LIS\r" + framed + framed + b"BTS|2\rFTS|1\r"
    table = hl7v2.read(batch, "in.hl7")
    assert column(table, "value") == ["88", "88"]
    assert table.notes == ()


def test_a_batch_with_fewer_messages_than_it_declares_is_noted() -> None:
    batch = b"BHS|^~\\&|LIS\r" + message(ORDER, PLATELETS) + b"BTS|3\r"
    assert "should have 3 messages and has 1" in hl7v2.read(batch, "in.hl7").notes[0]


def test_the_separators_are_those_of_the_header() -> None:
    data = (
        r"MSH!*+?@!LIS!LAB!!!20260415!!ORU*R01!M1!P!2.3"
        "\rPID!1!!K1*X+K2\rOBR!1!!7!*!!!20260414\rOBX!1!ST!777-3*Plt*LN!!5 ?F? ?S? ?T?!10?S?9/L\r"
    )
    (row,) = filled(hl7v2.read(data.encode(), "in.hl7"))
    assert (row["patient_id"], row["value"], row["unit"]) == ("K1", "5 ! * @", "10*9/L")


def test_a_second_message_has_its_own_separators_and_patient() -> None:
    second = (
        "MSH|$~\\&|LIS||||||ORU$R01|M2|P|2.5\rPID|1||K2$x\rOBR|1||8||||20260420\rOBX|1|NM|777-3$P$LN||9|/nL\r"
    )
    table = hl7v2.read(message(ORDER, PLATELETS) + second.encode(), "in.hl7")
    assert column(table, "patient_id") == ["K0071", "K2"]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("SN|777-3^P^LN||<^6", "<6"),
        ("SN|777-3^P^LN||=^6", "6"),
        ("SN|777-3^P^LN||>=^1000", ">=1000"),
        ("SN|777-3^P^LN||^12^-^15", "12-15"),
        ("NM|777-3^P^LN||012.40", "012.40"),
        ("NM|777-3^P^LN||231.000", "231"),
        ("NM|777-3^P^LN||4.125", "4.1250"),
        ('NM|777-3^P^LN||""', ""),
        ("NM|777-3^P^LN||", ""),
        ("ST|777-3^P^LN||<5*", "<5*"),
        ("TX|777-3^P^LN||clumped~see film", "clumped see film"),
        ("CWE|777-3^P^LN||260^Platelet clumps^L", "Platelet clumps"),
        ("ED|777-3^P^LN||^application^pdf^Base64^JVBERi0x", ""),
        (r"FT|777-3^P^LN||clumps\.br\\T\ \X48\\H\fibrin\N\ ", "clumps\n& Hfibrin"),
    ],
)
def test_the_value_is_what_the_laboratory_wrote(written: str, value: str) -> None:
    assert column(hl7v2.read(message(ORDER, f"OBX|1|{written}|10*9/L"), "in.hl7"), "value") == [value]


@pytest.mark.parametrize(
    ("written", "unit"),
    [
        ("10*9/L", "10*9/L"),
        (r"10\S\9/L", "10^9/L"),
        ("10^9/L", "10^9/L"),
        ("x10^9/L", "x10^9/L"),
        ("10*3/uL^thousand per microliter^UCUM", "10*3/uL"),
        ("^Gpt/l", "Gpt/l"),
        ("g/dL^g/dL^ISO+", "g/dL"),
        ("", ""),
    ],
)
def test_the_unit_is_the_code_or_the_text(written: str, unit: str) -> None:
    assert column(hl7v2.read(message(ORDER, f"OBX|1|NM|777-3^P^LN||8|{written}"), "a"), "unit") == [unit]


def test_a_note_belongs_to_what_stands_before_it() -> None:
    table = hl7v2.read(
        message(
            "NTE|1||of the patient",
            ORDER,
            "NTE|1||of all",
            PLATELETS,
            "NTE|1||Clumps not seen.",
            "NTE|2||Confirmed.",
            PLATELETS.replace("777-3", "718-7"),
            "SPM|1|||BLD",
            "NTE|1||of the specimen",
        ),
        "in.hl7",
    )
    assert column(table, "comment") == [
        "of all of the specimen Clumps not seen. Confirmed.",
        "of all of the specimen",
    ]


def test_the_day_is_of_the_specimen_then_of_the_order_then_of_the_result() -> None:
    late = PLATELETS + "|||20260415090000"
    specimen = "SPM|1|S1&LIS^S2&LIS||BLD||EDTA|||||||||||20260413081500^20260413082000"
    undated = "OBR|2||26-8|58410-2^CBC^LN"
    table = hl7v2.read(message(ORDER, late, specimen, ORDER, late, undated, late), "in.hl7")
    assert column(table, "observed_at") == [
        "2026-04-13T08:15:00",
        "2026-04-14T15:30:00",
        "2026-04-15T09:00:00",
    ]
    assert column(table, "specimen_id") == ["S2", "", ""]
    assert column(table, "specimen") == ["edta", "", ""]


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("20260421", "2026-04-21"),
        ("2026042108", "2026-04-21T08:00:00"),
        ("202604210805", "2026-04-21T08:05:00"),
        ("20260421080530.1234+0200", "2026-04-21T08:05:30+02:00"),
        ("202604210805-0500", "2026-04-21T08:05:00-05:00"),
        ("00000000", ""),
        ("202604", "202604"),
        ("21.04.2026", "21.04.2026"),
    ],
)
def test_a_time_becomes_iso_and_nothing_is_invented(written: str, iso: str) -> None:
    assert hl7v2.iso_time(written) == iso


def test_the_code_is_the_one_that_is_known_be_it_the_alternate() -> None:
    results = [
        "OBX|1|NM|THR^Thrombo^L^777-3^Platelets^LN||8|/nL",
        "OBX|2|NM|THR^Thrombo^L||9|/nL",
        "OBX|3|NM|777-3^local^99LAB||9|/nL",
        "OBX|4|NM|26516-5^Platelets in plasma^LN||9|/nL",
    ]
    table = hl7v2.read(message(ORDER, *results), "in.hl7")
    assert column(table, "analyte") == ["platelets", "", "", ""]
    assert column(table, "code") == ["777-3", "THR", "777-3", "26516-5"]
    assert column(table, "observation_id")[0] == "26-7/THR"
    mapped = hl7v2.read(message(ORDER, *results), "in.hl7", mapped={"THR"})
    assert column(mapped, "code")[:2] == ["THR", "THR"]
    assert column(mapped, "observation_id")[0] == "26-7/THR", "a mapping does not change a number"


def test_the_number_has_the_sub_id_and_falls_back_to_the_order_of_orc_and_the_placer() -> None:
    second = PLATELETS.replace("||88", "|2|88")
    table = hl7v2.read(
        message(
            *(ORDER, PLATELETS, second),
            *("ORC|RE|P1|F1", "OBR|1|||x|||20260414", PLATELETS),
            *("ORC|RE", "OBR|1|P3||x|||20260414", PLATELETS),
            *("OBR|1|||x|||20260414", PLATELETS),
        ),
        "in.hl7",
    )
    assert column(table, "observation_id") == ["26-7/777-3", "26-7/777-3/2", "F1/777-3", "P3/777-3", ""]


def test_the_patient_is_the_first_identifier_or_that_of_the_named_system() -> None:
    def patients(system: str | None) -> list[str]:
        return column(hl7v2.read(message(ORDER, PLATELETS), "in.hl7", system=system), "patient_id")

    assert patients(None) == ["K0071"]
    assert patients("HOSP") == ["K0071"]
    assert patients("REG") == patients("1.2.3") == ["P-9"]
    assert patients("NONE") == [""]


def test_messages_that_are_no_results_are_counted_in_a_note() -> None:
    admission = HEADER.replace("ORU^R01^ORU_R01", "ADT^A08") + "\rPID|1||Z\rOBX|1|NM|777-3^P^LN||5|/nL\r"
    table = hl7v2.read(message(ORDER, PLATELETS) + admission.encode(), "in.hl7")
    assert column(table, "patient_id") == ["K0071"]
    assert table.notes == ("Messages that are no results were left out: 1 ADT^A08.",)


def test_a_specimen_that_stands_before_its_orders_is_theirs() -> None:
    header = HEADER.replace("ORU^R01^ORU_R01", "OUL^R22^OUL_R22")
    specimen = "SPM|1|^S5||BLD||C32|||||||||||20260413081500"
    table = hl7v2.read(
        message(specimen, "ORC|RE", ORDER, PLATELETS, ORDER, PLATELETS, header=header), "in.hl7"
    )
    assert column(table, "specimen_id") == ["S5", "S5"]
    assert column(table, "specimen") == ["citrate", "citrate"]


def test_a_text_that_an_editor_wrapped_stays_in_its_note() -> None:
    table = hl7v2.read(message(ORDER, PLATELETS, "NTE|1||first line\nPLT: 45\n  OBX?"), "in.hl7")
    assert column(table, "comment") == ["first line PLT: 45 OBX?"]


def test_segments_may_be_indented() -> None:
    table = hl7v2.read(message(ORDER, f"  {PLATELETS}", end="\n"), "in.hl7")
    assert column(table, "value") == ["88"]


def test_the_text_is_read_in_the_declared_encoding() -> None:
    note = "NTE|1||Präparat"
    latin = HEADER + "||||||8859/1"
    data = message(ORDER, PLATELETS, note, header=latin).decode().encode("latin-1")
    assert column(hl7v2.read(data, "a"), "comment") == ["Präparat"]
    undeclared = message(ORDER, PLATELETS, note).decode().encode("cp1252")
    assert column(hl7v2.read(undeclared, "a", encoding="cp1252"), "comment") == ["Präparat"]
    with pytest.raises(Refused, match="Name the encoding in the mapping"):
        hl7v2.read(undeclared, "a")


@pytest.mark.parametrize("data", [b"", b"patient,value\n1,2\n", b"\x00\x01", b"<ClinicalDocument/>"])
def test_what_is_no_message_is_refused(data: bytes) -> None:
    with pytest.raises(Refused, match=r"messages of HL7 v2|NUL"):
        hl7v2.read(data, "in.hl7")


@pytest.mark.parametrize(
    "data", [b"MSH", b"MSH|", b"MSH|^~\\&\rOBX", b"MSH|^~\\&\rOBX|1\rNTE\rSPM\rOBR\rPID|1||~^\rBTS|x"]
)
def test_a_torn_message_ends_in_rows_or_nothing_and_never_in_an_error(data: bytes) -> None:
    hl7v2.read(data, "in.hl7", system="X")
