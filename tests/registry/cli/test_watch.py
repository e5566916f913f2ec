"""`nadir import --watch`: files of a folder go in when they are quiet, and none is lost."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import closing
from functools import partialmethod
from pathlib import Path

import pytest

from registry.exchange.watching import LOOK_SECONDS, QUIET_SECONDS, Watched
from tests.registry.conftest import Run

MAPPING = """
[columns]
patient_id = "pid"
observation_id = "order"
observed_at = "date"
code = "test"
value = "value"
unit = "unit"
[[analyte]]
code = "PLT"
is = "platelets"
"""
CSV = "pid,order,date,test,value,unit\nP1,{},2026-03-01,PLT,{},10*9/L\n"
SECONDS_AGO = 60


@pytest.fixture
def folder(run: Run, tmp_path: Path) -> Path:
    """A folder beside a mapping and a registry."""
    assert run("init").exit_code == 0
    (tmp_path / "lab.toml").write_text(MAPPING)
    place = tmp_path / "incoming"
    place.mkdir()
    return place


def put(path: Path, text: str, seconds_ago: float = SECONDS_AGO) -> Path:
    path.write_text(text)
    moment = time.time() - seconds_ago
    os.utime(path, (moment, moment))
    return path


def words(folder: Path) -> list[object]:
    return ["import", "--watch", folder, "--once", "--mapping", folder.parent / "lab.toml"]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def stored(run: Run) -> list[str]:
    shown = run("patient", "P1", "--json")
    return [row["value"] for row in json.loads(shown.stdout)["observations"]] if shown.exit_code == 0 else []


def test_a_good_file_goes_to_done_with_its_report(run: Run, folder: Path) -> None:
    put(folder / "lab.csv", CSV.format(1, 45))
    taken = run(*words(folder))
    assert (taken.exit_code, taken.stdout) == (0, "lab.csv is in done/lab.csv.\n")
    assert names(folder) == ["done"]
    assert names(folder / "done") == ["lab.csv", "lab.csv.report.json"]
    report = json.loads((folder / "done" / "lab.csv.report.json").read_text())
    assert (report["outcome"], report["stored"], report["error"]) == ("stored", 1, None)
    assert (folder / "done" / "lab.csv").read_text() == CSV.format(1, 45)
    assert stored(run) == ["45"]


def test_a_refused_file_goes_to_the_queue_and_the_others_go_in(run: Run, folder: Path) -> None:
    put(folder / "bad.csv", CSV.format(1, 45).replace("2026-03-01", "soon"))
    put(folder / "letter.pdf", "%PDF-1.7")
    put(folder / "good.csv", CSV.format(2, 46))
    taken = run(*words(folder), "--json")
    assert taken.exit_code == 1
    assert {file["name"]: file["outcome"] for file in json.loads(taken.stdout)} == {
        "bad.csv": "queue",
        "letter.pdf": "queue",
        "good.csv": "done",
    }
    report = json.loads((folder / "queue" / "bad.csv.report.json").read_text())
    assert (report["outcome"], report["stored"], report["problem_count"]) == ("refused", 0, 1)
    assert "nothing was stored" in report["error"]
    assert "PDF" in json.loads((folder / "queue" / "letter.pdf.report.json").read_text())["error"]
    assert stored(run) == ["46"]


def test_valid_rows_that_were_asked_for_are_stored_and_the_file_still_goes_to_the_queue(
    run: Run, folder: Path
) -> None:
    put(folder / "lab.csv", CSV.format(1, 45) + "P1,2,soon,PLT,46,10*9/L\n")
    assert run(*words(folder), "--accept-valid-rows").exit_code == 1
    assert names(folder / "queue") == ["lab.csv", "lab.csv.report.json"]
    assert stored(run) == ["45"]


def test_a_name_that_is_taken_gets_a_number_and_nothing_is_written_over(run: Run, folder: Path) -> None:
    for value in (45, 46, 47):
        put(folder / "lab.csv", CSV.format(value, value))
        assert run(*words(folder)).exit_code == 0
    put(folder / "done" / "lab-4.csv.report.json", "somebody's own")
    put(folder / "lab.csv", CSV.format(48, 48))
    assert run(*words(folder)).exit_code == 0
    files = [name for name in names(folder / "done") if name.endswith(".csv")]
    assert files == ["lab-2.csv", "lab-3.csv", "lab-5.csv", "lab.csv"]
    assert [(folder / "done" / name).read_text() for name in files] == [
        CSV.format(value, value) for value in (46, 47, 48, 45)
    ]
    assert (folder / "done" / "lab-4.csv.report.json").read_text() == "somebody's own"


def test_a_file_that_was_just_written_is_left(run: Run, folder: Path) -> None:
    put(folder / "lab.csv", CSV.format(1, 45), seconds_ago=1)
    taken = run(*words(folder))
    assert (taken.exit_code, taken.stdout, names(folder)) == (0, "", ["lab.csv"])


def test_a_file_that_grows_is_taken_when_it_was_the_same_for_five_seconds(tmp_path: Path) -> None:
    """Also where its own time lies: a copied file can have an old one."""
    file, now = tmp_path / "lab.csv", [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds
        if now[0] <= 3:
            put(file, "x" * int(now[0]))

    looks: Iterator[object] = Watched(tmp_path).looks(clock=lambda: now[0], sleep=sleep)
    assert next(looks)
    assert now[0] == 3 * LOOK_SECONDS + QUIET_SECONDS
    assert file.read_text() == "xxx"


def test_what_ended_between_import_and_move_is_imported_again_and_changes_nothing(
    run: Run, folder: Path
) -> None:
    file = put(folder / "lab.csv", CSV.format(1, 45))
    assert run("import", file, "--mapping", folder.parent / "lab.toml").exit_code == 0
    before = run("audit", "--json").stdout
    assert run(*words(folder)).exit_code == 0
    report = json.loads((folder / "done" / "lab.csv.report.json").read_text())
    assert (report["stored"], report["identical"]) == (0, 1)
    assert run("audit", "--json").stdout == before


def test_a_file_that_is_written_to_while_it_is_read_stays(run: Run, folder: Path) -> None:
    from registry.store.database import Database

    file = put(folder / "lab.csv", CSV.format(1, 45))
    watched = Watched(folder)
    [waiting] = watched.quiet_since_written(time.time())
    put(file, CSV.format(1, 45) + "P1,2,2026-03-02,PLT,46,10*9/L\n", seconds_ago=0)
    with Database.open(Path(os.environ["NADIR_DB"])) as db:
        assert watched.take(db, db.actor(None), waiting, mapping=folder.parent / "lab.toml") is None
    assert names(folder) == ["lab.csv"]


def test_folders_links_and_dot_files_are_left(run: Run, folder: Path) -> None:
    outside = put(folder.parent / "outside.csv", CSV.format(1, 45))
    (folder / "link.csv").symlink_to(outside)
    (folder / "inner").mkdir()
    put(folder / "inner" / "lab.csv", CSV.format(2, 46))
    put(folder / ".lab.csv", CSV.format(3, 47))
    os.mkfifo(folder / "pipe.csv")
    before = names(folder)
    assert run(*words(folder)).exit_code == 0
    assert names(folder) == before
    assert stored(run) == []


@pytest.mark.parametrize(
    "name", ["a\x1b[2J.csv", "b\nc.csv", "d\u202ecsv", "-rf", "x" * 251 + ".csv", "é.csv"]
)
def test_hostile_names_do_nothing_on_a_terminal_and_are_moved(run: Run, folder: Path, name: str) -> None:
    put(folder / name, CSV.format(1, 45))
    taken = run(*words(folder))
    assert taken.exit_code == 0
    assert taken.stdout.rstrip("\n").isprintable()
    assert names(folder) == ["done"]
    assert len(names(folder / "done")) == 2
    assert stored(run) == ["45"]


def test_a_name_that_is_no_text_is_moved_too(run: Run, folder: Path) -> None:
    put(folder / os.fsdecode(b"lab\xff.csv"), CSV.format(1, 45))
    taken = run(*words(folder))
    assert (taken.exit_code, taken.stdout) == (0, "lab\\udcff.csv is in done/lab\\udcff.csv.\n")


def test_what_is_wrong_with_the_command_queues_no_file(run: Run, folder: Path) -> None:
    file = put(folder / "lab.csv", CSV.format(1, 45))
    mapping = folder.parent / "lab.toml"
    assert run("import", "--watch", folder, file, "--once").exit_code == 2
    assert run("import", "--watch", folder, "--once", "--dry-run").exit_code == 2
    assert run("import", "--once").exit_code == 2
    assert run("import").exit_code == 2
    (folder.parent / "bad.toml").write_text("[columns]\n")
    assert run("import", "--watch", folder, "--once", "--mapping", folder.parent / "bad.toml").exit_code == 2
    inside = Path(mapping.rename(folder / "lab.toml"))
    assert "lies in" in run("import", "--watch", folder, "--once", "--mapping", inside).stderr
    (folder / "done").symlink_to(folder.parent)
    assert run(*words(folder)).exit_code == 2
    assert names(folder) == ["done", "lab.csv", "lab.toml"]
    assert stored(run) == []


def test_while_the_app_has_the_registry_open_it_takes_the_files(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the mapping is named from the folder in which the command is given."""
    from registry.cli import main
    from registry.cli.running_app import listening
    from registry.store.database import Database

    class Stopped(Exception):
        pass

    def sleep(_seconds: float) -> None:
        clock[0] += 10
        if clock[0] > 20:
            raise Stopped

    clock = [0.0]
    injected = partialmethod(Watched.looks, clock=lambda: clock[0], sleep=sleep)
    monkeypatch.setattr(Watched, "looks", injected)
    path = Path(os.environ["NADIR_DB"])
    put(folder / "lab.csv", CSV.format(1, 45))
    with closing(Database.open(path)) as db, listening(path, lambda: db, main):
        with monkeypatch.context() as there:
            there.chdir(folder.parent)
            watching = run("import", "--watch", "incoming", "--mapping", "lab.toml")
        assert isinstance(watching.exception, Stopped)
        assert watching.stdout == "lab.csv is in done/lab.csv.\n"
    assert names(folder) == ["done"]
    assert stored(run) == ["45"]
