"""The command line: what is read of the record."""

import json

from tests.registry.conftest import Run


def test_the_summary_is_a_table_and_json_with_the_figures_of_the_published_cohort(judged: Run) -> None:
    assert "SYNTHETIC" in judged("summary").stdout
    figures = json.loads(judged("summary", "--json").stdout)["figures"]
    assert (12, 15) in {(one["k"], one["n"]) for one in figures if one["seed_figure"] == 19}


def test_the_worklist_prints_its_columns(judged: Run) -> None:
    csv = judged("worklist", "--as-of", "2018-01-01", "--csv").stdout
    assert csv.startswith("patient_id,mode,last_infusion_on,")
    assert json.loads(judged("worklist", "--as-of", "2018-01-01", "--json").stdout)["as_of"] == "2018-01-01"
