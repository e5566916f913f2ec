"""Human review: cases and their packets, blind readings, disputes, committees, decisions, and questions about values.

A page or a command asks here and nowhere else. Two rules hold throughout: nobody learns from anything returned,
refused or listed here what another reader or the machine said before a decision holds, and nothing is ever changed
that was committed.
"""

from adjudication.review import Refusal
from registry.reviews.askable import Askable, askable
from registry.reviews.attention import Attention
from registry.reviews.blindness import blind_to, is_blind, sight
from registry.reviews.challenges import Challenge, Challenged, challenge, challenged
from registry.reviews.committee import VOTE, candidates, convene, count, vote
from registry.reviews.dispute import Dispute, dispute, resolve
from registry.reviews.opening import Opening, Prospect, open_cases, prospect
from registry.reviews.outcome import Outcome, Signed, outcome, signatures, signed
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
from registry.reviews.reading import Opened, claim, commit, keep, opened, release, save
from registry.reviews.rejudging import Rejudged, explain, rejudge
from registry.reviews.responses import decision_on, final_responses
from registry.reviews.signing import Prove, at_the_provider, by_password, in_demonstration, is_fresh
from registry.reviews.superseded import Changed, Superseded, superseded
from registry.reviews.told import MASKED, about, headline
from registry.reviews.typed import (
    LABELS,
    CountDay,
    Understood,
    asked,
    count_days,
    course_of,
    levels,
    read_packet_day,
    understood,
)
from registry.reviews.verdicts import Said

__all__ = [
    "LABELS",
    "MASKED",
    "VOTE",
    "Ages",
    "Askable",
    "Attention",
    "Challenge",
    "Challenged",
    "Changed",
    "CountDay",
    "Dispute",
    "Disputed",
    "Opened",
    "Opening",
    "Outcome",
    "Prospect",
    "Prove",
    "Query",
    "QueryState",
    "Refusal",
    "Rejudged",
    "Said",
    "Signed",
    "Superseded",
    "Understood",
    "Waiting",
    "about",
    "ages",
    "answer",
    "ask",
    "ask_again",
    "ask_in_case",
    "askable",
    "asked",
    "at_the_provider",
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
    "count_days",
    "course_of",
    "decision_on",
    "dispute",
    "disputes",
    "explain",
    "final_responses",
    "headline",
    "in_demonstration",
    "is_blind",
    "is_fresh",
    "keep",
    "levels",
    "open_cases",
    "opened",
    "outcome",
    "prospect",
    "queries",
    "queue",
    "read_packet_day",
    "rejudge",
    "release",
    "resolve",
    "save",
    "sight",
    "signatures",
    "signed",
    "superseded",
    "understood",
    "vote",
]
