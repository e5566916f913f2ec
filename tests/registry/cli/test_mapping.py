"""Mappings on the command line: proposed, checked and tried before anything is stored."""

import json
from pathlib import Path

from tests.registry.conftest import Run

CSV = "pid,order,date,test,value,unit\nP1,1,2026-03-01,PLT,{},10*9/L\nP1,2,2026-03-08,NA,140,mmol/L\n"


def test_a_mapping_is_proposed_checked_and_previewed_and_nothing_is_stored(run: Run, tmp_path: Path) -> None:
    file, mapping = tmp_path / "lab.csv", tmp_path / "lab.toml"
    file.write_text(CSV.format(45))
    assert run("mapping", "propose", file, "--out", mapping).exit_code == 0
    assert run("mapping", "propose", file, "--out", mapping).exit_code == 2
    checked = json.loads(run("mapping", "check", mapping, file, "--json").stdout)
    assert (checked["results"], checked["not_taken"], checked["refused"]) == (1, 1, 0)
    assert run("init").exit_code == 0
    assert run("import", file, "--mapping", mapping).exit_code == 0
    file.write_text(CSV.format(54))
    shown = json.loads(run("mapping", "preview", file, "--mapping", mapping, "--json").stdout)["rows"]
    assert [(row["line"], row["value"], row["verdict"], row["stored_now"]) for row in shown] == [
        (2, "54", "new version", "45 10*9/L"),
        (3, None, "not taken", None),
    ]
    patient = json.loads(run("patient", "P1", "--json").stdout)
    assert [one["value"] for one in patient["observations"]] == ["45"]


def test_every_fault_of_a_mapping_is_a_line_of_its_own(run: Run, tmp_path: Path) -> None:
    mapping = tmp_path / "lab.toml"
    mapping.write_text('[columns]\nfoo = "x"\n[file]\ndecimal = "dot"\n')
    checked = run("mapping", "check", mapping)
    assert checked.exit_code == 2
    assert [line.partition(":")[0] for line in checked.stderr.splitlines()[-2:]] == [
        "lab.toml, line 2, columns",
        "lab.toml, line 4, file",
    ]


def test_what_is_asked_ends_with_one(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "lab.csv"
    file.write_text(CSV.format(45).replace("2026-03-01", "03/04/2026").replace("2026-03-08", "05/04/2026"))
    asked = run("mapping", "propose", file)
    assert asked.exit_code == 1
    assert "# ask: file.date_order" in asked.stdout
    assert "The file does not show: file.date_order." in asked.stderr
