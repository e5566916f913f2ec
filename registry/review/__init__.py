"""Human review: cases and their packets, blind readings, disputes, committees, decisions, and questions about values.

A page or a command asks here and nowhere else. Two rules hold throughout: nobody learns from anything returned,
refused or listed here what another reader or the machine said before a decision holds, and nothing is ever changed
that was committed.
"""

from adjudication.review.workflow import Refusal
from registry.review.askable import Askable, askable
from registry.review.blindness import blind_to, is_blind, sight
from registry.review.challenges import Challenge, Challenged, challenge, challenged
from registry.review.committee import VOTE, candidates, convene, count, vote
from registry.review.dispute import Dispute, dispute, resolve
from registry.review.opening import Opening, Prospect, open_cases, prospect
from registry.review.outcome import Outcome, Signed, outcome, signatures, signed
from registry.review.packet_text import MASKED, about, headline
from registry.review.queries import (
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
from registry.review.queue import Disputed, Waiting, disputes, queue
from registry.review.reading import Opened, claim, commit, keep, opened, release, save
from registry.review.reading_time import Attention
from registry.review.rejudge import Rejudged, explain, rejudge
from registry.review.responses import decision_on, final_responses
from registry.review.signing import Prove, at_the_provider, by_password, in_demonstration, is_fresh
from registry.review.superseded import Changed, Superseded, superseded
from registry.review.typed import (
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
from registry.review.verdicts import Said

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
