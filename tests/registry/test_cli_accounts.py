"""The command line: accounts, and what an account may not do."""

import json
from pathlib import Path

from tests.registry.bundles import write
from tests.registry.conftest import Run


def test_what_an_account_may_not_do_exits_5(run: Run, tmp_path: Path) -> None:
    run("init")
    assert run("user", "add", "reader", "--role", "clinician").exit_code == 0
    assert run("import", write(tmp_path / "bundle"), "--as", "reader").exit_code == 5
    assert run("import", tmp_path / "bundle", "--as", "stranger").exit_code == 5
    assert run("user", "role", "reader", "--role", "data_manager").exit_code == 0
    assert run("import", tmp_path / "bundle", "--as", "reader").exit_code == 0
    assert run("user", "disable", "reader").exit_code == 0
    assert run("summary", "--as", "reader").exit_code == 5
    assert run("user", "enable", "reader").exit_code == 0
    accounts = json.loads(run("user", "list", "--json").stdout)
    assert {account["name"] for account in accounts} == {"admin", "reader"}
