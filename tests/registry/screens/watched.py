"""A synthetic registry with patients watched after alemtuzumab for multiple sclerosis, for tests of pages."""

from datetime import date, datetime
from pathlib import Path

from registry import accounts, record
from registry.roles import Action, Role
from tests.templates import copied, new_registry

NOW = datetime(2026, 3, 31, 9, 30)
TODAY = NOW.date()
PATIENTS = {
    "NOW-1": ("north", {"2026-03-30": "12"}),
    "LATE-1": ("north", {"2026-01-05": "200"}),
    "SOON-1": ("north", {"2026-03-04": "200"}),
    "FINE-1": ("south", {"2026-03-30": "210"}),
}
"""Site and platelet counts (10*9/L) by day; all had alemtuzumab on 6 January 2025."""
NURSE, SOUTH_NURSE, CLINICIAN, READER = "nurse-north", "nurse-south", "clinician-north", "reader-north"


def make(path: Path) -> Path:
    """The registry, closed, with accounts for one site each."""
    return copied("watched", _make, path)


def _make(path: Path) -> None:
    with new_registry(path, now=lambda: NOW) as db:
        operator = db.actor(None)
        with db.change(operator, Action.CONFIGURE, "synthetic registry") as change:
            change.replace("registry", [{"key": "synthetic", "value": "yes"}], "key = 'synthetic'")
        for name, (site, counts) in PATIENTS.items():
            record.log(db, operator, "patient", {"patient_id": name, "site": site}, today=TODAY)
            given = {
                "patient_id": name,
                "exposure_id": f"{name}-E",
                "agent": "alemtuzumab",
                "setting": "multiple_sclerosis",
                "started_on": "2025-01-06",
            }
            record.log(db, operator, "exposure", given, today=TODAY)
            for day, value in counts.items():
                seen = {
                    "patient_id": name,
                    "observation_id": f"{name}-{day}",
                    "observed_at": day,
                    "analyte": "platelets",
                    "value": value,
                    "unit": "10*9/L",
                }
                record.log(db, operator, "observation", seen, today=TODAY)
        for name, role, site in (
            (NURSE, Role.NURSE, "north"),
            (SOUTH_NURSE, Role.NURSE, "south"),
            (CLINICIAN, Role.CLINICIAN, "north"),
            (READER, Role.ADJUDICATOR, "north"),
        ):
            accounts.add_account(db, operator, name, {site: [role]}, today=date(2026, 3, 31))
