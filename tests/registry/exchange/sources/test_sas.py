"""SAS datasets, as SDTM is exchanged: cell by cell, days in ISO."""

from datetime import date
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from registry.errors import Refused
from registry.exchange.sources import sas
from tests.registry.exchange.sources.tables import column


@pytest.fixture
def transport(tmp_path: Path) -> bytes:
    frame = pd.DataFrame(
        {
            "USUBJID": ["ST1-001", "ST1-001", ""],
            "LBORRES": ["27", "<5", ""],
            "LBSTRESN": [27.5, None, None],
            "LBDTC": ["2026-03-02T08:30", "2026-03-09", ""],
            "LBDAY": [date(2026, 3, 2), date(2026, 3, 9), None],
        }
    )
    pyreadstat.write_xport(frame, tmp_path / "lb.xpt", table_name="LB", file_format_version=5)
    return (tmp_path / "lb.xpt").read_bytes()


def test_a_transport_file_is_read_cell_by_cell(transport: bytes) -> None:
    table = sas.read(transport, "lb.xpt")
    assert column(table, "LBORRES") == ["27", "<5"]
    assert column(table, "LBSTRESN") == ["27.5", ""]
    assert column(table, "LBDAY") == ["2026-03-02", "2026-03-09"]
    assert table.rows[1] == (2, ("ST1-001", "<5", "", "2026-03-09", "2026-03-09"))
    assert sas.kind_of(transport) == "xpt"


def test_a_damaged_or_other_file_is_refused(transport: bytes) -> None:
    for data in (b"", b"USUBJID,LBORRES\n", transport[:500], transport[:80] + b"\xff" * 2_000):
        with pytest.raises(Refused):
            sas.read(data, "lb.xpt")
    assert sas.kind_of(b"a,b\n") is None
