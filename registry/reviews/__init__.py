"""Human review: cases and their packets, blind readings, disputes, committees, decisions, and questions about values.

A page or a command asks here and nowhere else. Two rules hold throughout: nobody learns from anything returned,
refused or listed here what another reader or the machine said before a decision holds, and nothing is ever changed
that was committed.
"""

from registry.reviews.blindness import blind_to, is_blind, sight
from registry.reviews.challenges import Challenge, Challenged, challenge, challenged
from registry.reviews.committee import candidates, convene, count, vote
from registry.reviews.dispute import Dispute, dispute, resolve
from registry.reviews.opening import Opening, Prospect, open_cases, prospect
from registry.reviews.outcome import Outcome, Signed, outcome, outcomes_of, signed
from registry.reviews.queries import (
    Ages,
    Query,
    QueryState,
    ages,
    answer,
    ask,
    ask_again,
    ask_in_case,
    close,
    queries,
)
from registry.reviews.queue import Disputed, Waiting, disputes, queue
from registry.reviews.reading import Opened, claim, commit, opened, release, save
from registry.reviews.responses import decision_on, final_responses
from registry.reviews.signing import Prove, by_password, in_demonstration
from registry.reviews.superseded import Changed, Superseded, superseded
from registry.reviews.verdicts import Said

__all__ = [
    "Ages",
    "Challenge",
    "Challenged",
    "Changed",
    "Dispute",
    "Disputed",
    "Opened",
    "Opening",
    "Outcome",
    "Prospect",
    "Prove",
    "Query",
    "QueryState",
    "Said",
    "Signed",
    "Superseded",
    "Waiting",
    "ages",
    "answer",
    "ask",
    "ask_again",
    "ask_in_case",
    "blind_to",
    "by_password",
    "candidates",
    "challenge",
    "challenged",
    "claim",
    "close",
    "commit",
    "convene",
    "count",
    "decision_on",
    "dispute",
    "disputes",
    "final_responses",
    "in_demonstration",
    "is_blind",
    "open_cases",
    "opened",
    "outcome",
    "outcomes_of",
    "prospect",
    "queries",
    "queue",
    "release",
    "resolve",
    "save",
    "sight",
    "signed",
    "superseded",
    "vote",
]
