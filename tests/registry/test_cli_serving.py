"""The command line: making a registry, the demonstration, the app."""

import json

from tests.registry.conftest import Run


def test_the_demonstration_is_loaded_judged_and_summed_up_once(run: Run) -> None:
    first = run("demo", "--no-serve", "--json")
    assert first.exit_code == 0
    again = run("demo", "--no-serve", "--json")
    assert json.loads(again.stdout)["figures"] == json.loads(first.stdout)["figures"]
