"""A value far out of a patient's line is doubted: told at every door, marked, a task; stored and judged as it is."""

import json
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path

import pytest

from registry import accounts, record, review
from registry.entry import Fact, read_block, save
from registry.entry.far import far_of
from registry.errors import NotPermitted
from registry.exchange import intake
from registry.record.doubts import Jump, jumps, marks
from registry.record.units import jump_factor
from registry.roles import EVERYWHERE, Role
from registry.store.database import Database
from registry.surveillance.worklist import worklist
from registry.tasks import waiting_for
from tests.registry.review.canaries import everything

START = date(2025, 1, 1)
TODAY = date(2026, 3, 31)


def log(db: Database, values: list[str], analyte: str = "platelets", unit: str = "10*9/L") -> None:
    """A patient whose values are ten days apart: V0, V1 … of these texts."""
    actor = db.actor(None)
    record.log(db, actor, "patient", {"patient_id": "LINE", "site": "north"}, today=TODAY)
    for number, value in enumerate(values):
        record.log(db, actor, "observation", count(number, value, analyte, unit), today=TODAY)


def count(number: int, value: str, analyte: str = "platelets", unit: str = "10*9/L") -> dict[str, str]:
    return {
        "patient_id": "LINE",
        "observation_id": f"V{number}",
        "observed_at": (START + timedelta(days=10 * number)).isoformat(),
        "analyte": analyte,
        "value": value,
        "unit": unit,
    }


def doubted(db: Database) -> list[str]:
    return sorted(marks(db, "LINE"))


def open_jumps(db: Database) -> list[Jump]:
    return jumps(db.rows)


@pytest.mark.parametrize(
    ("values", "out"),
    [
        (["200", "245", "2"], ["V2"]),
        (["200", "2", "1.9"], ["V0"]),  # alone against two
        (["240", "2", "238"], ["V1"]),
        (["240", "241", "2", "238", "239"], ["V2"]),
        (["0.24", "240", "238"], ["V0"]),
        (["240", "238", "0.24", "0.23", "0.25"], ["V2"]),  # a whole file that is off by a thousand
        (["245", "2"], ["V0", "V1"]),  # nothing says which
        (["2", "245"], ["V0", "V1"]),
        (["3", "250", "260"], []),
        (["100", "101", "1"], ["V2"]),  # exactly a hundredfold
        (["100", "101", "1.0101"], []),
        (["1", "1.1", "109.999999"], []),
        (["1", "1.1", "110"], ["V2"]),
        (["0", "0", "99"], []),
        (["0", "0", "100"], ["V2"]),
        (["0", "0"], []),
        (["99", "99", "0"], []),
        (["240", "245", "<5"], []),
        (["500", "510", "<5"], ["V2"]),
        (["<5", "<5", "499"], []),
        (["<5", "<5", "500"], ["V2"]),
        (["5", "5", ">1000"], ["V2"]),
        ([">1000", ">1000", "5"], ["V2"]),
        (["5", "5", "<1000"], []),
        (["1000", "1000", ">5"], []),
    ],
)
def test_the_value_that_lies_a_hundredfold_out_of_the_line_is_doubted(
    registry: Database, values: list[str], out: list[str]
) -> None:
    log(registry, values)
    assert doubted(registry) == out


def test_values_are_compared_in_the_canonical_unit(registry: Database) -> None:
    log(registry, ["240", "238"])
    record.log(registry, registry.actor(None), "observation", count(2, "237000", unit="/uL"), today=TODAY)
    assert doubted(registry) == []
    record.log(registry, registry.actor(None), "observation", count(3, "237", unit="/uL"), today=TODAY)
    assert doubted(registry) == ["V3"]


def test_what_is_never_judged_neither_doubts_nor_is_doubted(registry: Database) -> None:
    log(registry, ["240", "238"])
    actor = registry.actor(None)
    record.log(registry, actor, "observation", count(2, "2") | {"quality": "clumped"}, today=TODAY)
    assert doubted(registry) == []
    record.log(registry, actor, "observation", count(3, "237"), today=TODAY)
    assert doubted(registry) == []


def test_a_value_of_another_analyte_is_no_neighbor(registry: Database) -> None:
    log(registry, ["240", "238"])
    record.log(
        registry, registry.actor(None), "observation", count(2, "2", "bilirubin", "umol/L"), today=TODAY
    )
    assert doubted(registry) == []


def test_logging_and_amending_tell_both_values_and_days_and_store(registry: Database) -> None:
    log(registry, ["200", "245"])
    actor = registry.actor(None)
    saved = save(registry, actor, [Fact("observation", count(2, "2"))], key="k1", today=TODAY)
    assert "platelets 2 ×10⁹/L on 2025-01-21, before that 245 on 2025-01-11" in saved.hints[0]
    assert registry.rows(
        "SELECT canonical_e6, not_evaluable FROM observation_view WHERE observation_id = 'V2'"
    ) == [(2_000_000, None)]
    named = {"patient_id": "LINE", "observation_id": "V2"}
    mended = Fact("observation", {**named, "value": "211"}, 1)
    assert save(registry, actor, [mended], key="k2", today=TODAY, reason="typed wrong").hints == ()
    again = Fact("observation", {**named, "value": "0.2"}, 2)
    assert (
        "0.2 is doubted"
        in save(registry, actor, [again], key="k3", today=TODAY, reason="so it says").hints[0]
    )


@pytest.mark.parametrize("dry", [True, False])
def test_an_import_notes_patient_values_and_days_also_when_it_is_tried(
    registry: Database, tmp_path: Path, dry: bool
) -> None:
    log(registry, ["240", "238"])
    file = tmp_path / "observation.csv"
    rows = [list(count(2, "0.237")), list(count(2, "0.237").values())]
    file.write_text("".join(",".join(row) + "\n" for row in rows))
    report = intake.import_path(registry, registry.actor(None), file, dry_run=dry, today=TODAY)
    [note] = report.doubts
    assert note.startswith("LINE: platelets 0.237 ×10⁹/L on 2025-01-21, before that 238 on 2025-01-11")
    assert note in report.as_json()["notes"]
    assert report.total("stored") == 1
    assert doubted(registry) == ([] if dry else ["V2"])


def test_a_file_whose_values_are_all_off_by_a_thousand_is_noted(registry: Database, tmp_path: Path) -> None:
    log(registry, ["240", "238"])
    file = tmp_path / "observation.csv"
    rows = [list(count(2, ""))] + [list(count(number, f"0.23{number}").values()) for number in (2, 3, 4)]
    file.write_text("".join(",".join(row) + "\n" for row in rows))
    report = intake.import_path(registry, registry.actor(None), file, today=TODAY)
    assert len(report.doubts) == 1


def test_doubted_counts_wait_for_nurse_and_data_manager_until_a_query_about_one_is_closed(
    registry: Database,
) -> None:
    log(registry, ["200", "245", "2"])
    actor = registry.actor(None)
    [item] = [one for one in waiting_for(registry, actor, TODAY) if one.what == "Doubted counts"]
    assert (item.number, item.address) == (1, "/facts?patient=LINE&kind=observation&id=V2")
    assert "245 on 2025-01-11" in item.why
    asked = {"patient_id": "LINE", "observation_id": "V2"}
    query = review.ask(registry, actor, "observation", asked, "value", "Is it 2?")
    assert doubted(registry) == ["V2"]
    review.close(registry, actor, query, "Seen in the smear: it is right.")
    assert doubted(registry) == []
    record.amend(registry, actor, "observation", asked, {"value": "1"}, "typed wrong", 1)
    assert doubted(registry) == ["V2"]  # what was settled was another version


def test_a_doubted_value_is_judged_and_watched_as_it_is(registry: Database) -> None:
    log(registry, ["200", "245"])
    actor = registry.actor(None)
    exposure = {
        "patient_id": "LINE",
        "exposure_id": "E1",
        "agent": "alemtuzumab",
        "setting": "multiple_sclerosis",
        "started_on": "2025-01-01",
    }
    record.log(registry, actor, "exposure", exposure, today=TODAY)
    record.log(registry, actor, "observation", count(2, "2"), today=TODAY)
    listed = worklist(registry, actor, START + timedelta(days=20))
    assert listed.rows["last_count"].to_pylist() == ["2"]
    assert "2 is doubted" in listed.text()
    [(name, said)] = json.loads(listed.as_json())["doubts"].items()
    assert name == "LINE"
    assert "2 is doubted" in said


def test_a_pasted_block_and_a_filled_form_tell_it_before_anything_is_saved(registry: Database) -> None:
    log(registry, ["240", "238"])
    block = read_block(
        registry,
        registry.actor(None),
        "LINE",
        "date\tplatelets (10*9/L)\n2025-03-01\t237\n2025-03-02\t2",
        today=TODAY,
    )
    assert [bool(row.doubt) for row in block.rows] == [True, True]
    assert all("2 is doubted" in str(row.doubt) for row in block.rows)
    assert [row.verdict for row in block.rows] == ["new", "new"]
    assert far_of(registry, registry.actor(None), [Fact("observation", count(2, "236"))]) == {}
    assert "2 is doubted" in far_of(registry, registry.actor(None), [Fact("observation", count(2, "2"))])[0]
    named = {"patient_id": "LINE", "observation_id": "V1", "value": "2"}
    assert (
        "2 ×10⁹/L on 2025-01-11"
        in far_of(registry, registry.actor(None), [Fact("observation", named, 1)], count(1, "238"))[0]
    )
    assert far_of(registry, registry.actor(None), [Fact("observation", count(2, "no number"))]) == {}


def test_the_factor_is_read_from_the_published_table() -> None:
    assert jump_factor() == 100


BLIND_THERE: dict[str, dict[str, list[Role]]] = {
    "both": {"north": [Role.NURSE, Role.ADJUDICATOR]},
    "nurse-of-all": {EVERYWHERE: [Role.NURSE], "north": [Role.ADJUDICATOR]},
    "reader-of-all": {EVERYWHERE: [Role.ADJUDICATOR], "north": [Role.NURSE, Role.DATA_MANAGER]},
    "reader": {"north": [Role.ADJUDICATOR]},
}


def test_who_adjudicates_at_a_site_is_shown_none_of_its_doubted_counts_whatever_other_role_is_held(
    registry: Database,
) -> None:
    log(registry, ["240", "238", "0.24"])
    exposure = {"patient_id": "LINE", "exposure_id": "E1", "agent": "alemtuzumab"}
    exposure |= {"setting": "multiple_sclerosis", "started_on": START.isoformat()}
    operator = registry.actor(None)
    record.log(registry, operator, "exposure", exposure, today=TODAY)
    for name, roles in {**BLIND_THERE, "nurse": {"north": [Role.NURSE]}}.items():
        accounts.add_account(registry, operator, name, roles, today=TODAY)

    def shown(name: str) -> str:
        actor = registry.actor(name)
        text = str(waiting_for(registry, actor, TODAY))
        with suppress(NotPermitted):
            text += "\n".join(everything(worklist(registry, actor, START + timedelta(days=30))))
        return text

    assert "Newest: LINE" in shown("nurse")
    assert "is doubted" in shown("nurse").split("Newest: LINE")[1].split("Waiting(")[-1]
    for name in BLIND_THERE:
        assert "LINE" not in shown(name), name
