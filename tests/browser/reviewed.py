"""Cases as an adjudicator of the demonstration meets them: one begun, one disputed, one in a committee, one decided."""

from registry import demo, review
from registry.review import Said
from registry.store.database import Database

READERS = ("demo-adjudicator-1", "demo-adjudicator-2", "demo-adjudicator-3")


def prepare(db: Database) -> dict[str, list[str]]:
    """Open the cases of a judged demonstration and bring four of them so far; the addresses of pages, by account."""
    demo.open_cases(db, db.actor(None))
    first = READERS[0]
    begun, disputed, committee, decided = (one.case_id for one in review.queue(db, db.actor(first))[:4])
    review.claim(db, db.actor(first), begun)
    review.save(db, db.actor(first), begun, {"level": "CR", "onset_on": "d14", "confidence": "low"})
    for case in (disputed, committee):
        for name, level in zip(READERS[1:], ("NR", "NE"), strict=True):
            _read(db, name, case, level)
        review.claim(db, db.actor(first), case)
    review.convene(db, db.actor(first), committee, READERS)
    for name in READERS[:2]:
        _read(db, name, decided, "NE")
    pages = {"case": begun, "dispute": disputed, "committee": committee, "outcome": decided}
    return {first: [f"/{page}?case={case}" for page, case in pages.items()]}


def _read(db: Database, name: str, case: str, level: str) -> None:
    review.claim(db, db.actor(name), case)
    said = Said(level, confidence="low", reason="For a test.")
    review.commit(db, db.actor(name), case, said, review.in_demonstration(db))
