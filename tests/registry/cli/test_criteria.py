"""The command line: the published criteria."""

import json

from click.testing import CliRunner

from registry.cli import main


def test_criteria_are_listed_shown_and_compared() -> None:
    def told(*words: str) -> str:
        return CliRunner().invoke(main, ["criteria", *words]).stdout

    assert {one["id"] for one in json.loads(told("list", "--json"))} == {
        "itp-iwg-2009",
        "aiha-hammersmith-2017",
    }
    assert 'id = "itp-iwg-2009"' in told("show", "itp-iwg-2009")
    assert "baseline.days_before_start" not in told("compare", "itp-iwg-2009", "aiha-hammersmith-2017")
    assert "attribution.days.ivig: 7 | 21" in told("compare", "itp-iwg-2009", "aiha-hammersmith-2017")
