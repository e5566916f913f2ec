"""One page of the patient to print or to send: a PDF, or a web page that needs nothing else."""

from collections.abc import Callable
from dataclasses import replace

from registry import report
from registry.patients.patient_record import PatientRecord
from registry.screens import clock, tables
from registry.screens.patient import criteria
from registry.screens.session import Session

_WORDS = {"pdf": "Print as PDF", "html": "Print from the browser"}


def offer(session: Session, record: PatientRecord, view: report.View, course_id: str | None) -> None:
    """Buttons that give the page as it is seen now: its day zero, its stretch, its chosen course."""
    asked = replace(view, chosen=course_id, criteria_ids=criteria.chosen())
    today = clock.today(session.db)

    def make(kind: str) -> Callable[[], bytes]:
        return lambda: report.printed(
            session.db, session.actor, record.patient_id, kind, asked, printed_on=today
        )

    for kind, mime in report.KINDS.items():
        file = f"{tables.file_name(record.patient_id)}.{kind}"
        tables.take(_WORDS[kind], make(kind), file=file, mime=mime)
