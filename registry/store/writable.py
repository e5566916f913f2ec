"""Which tables each action may write: the one list, looked at before every write.

An action that is not named writes nothing. What the program does by itself is named in words of its own.
"""

from __future__ import annotations

from collections.abc import Mapping

from registry.roles import Action, SecurityEvent
from registry.store.transaction import ANCHORS, FACTS

_NOTHING: frozenset[str] = frozenset()
_RECORD = frozenset({*ANCHORS, *FACTS, "draft"})
_STATE = frozenset({"review_step", "review_claim", "review_case", "review_packet", "review_secret"})
"""What changes when a case is opened, held, let go or re-opened."""
_READS = frozenset({"review_read", "review_seat", "review_decision"})
_QUERY = frozenset({"value_query", "value_query_step", "review_secret"})
_ROLES = frozenset({"account", "account_role", "credential"})

WRITABLE: Mapping[str, frozenset[str]] = {
    Action.LOG: _RECORD,
    Action.AMEND: _RECORD,
    Action.WITHDRAW: _RECORD,
    Action.IMPORT: _RECORD,
    Action.FOLLOW_UP: frozenset({"patient", "outcome", "sign", "missing_value", "draft"}),
    Action.ANSWER_PROPOSAL: frozenset(
        {"patient", "episode", "episode_fact", "proposal_answer", "missing_value", "draft"}
    ),
    Action.ADJUDICATE: frozenset({"call", "other_lineage_call", "judging"}) | _STATE,
    Action.REVIEW: _STATE | _READS | _QUERY,
    Action.OPEN_CASES: _STATE | _READS,
    Action.CHALLENGE: frozenset({"review_challenge"}),
    Action.QUERY: _QUERY,
    Action.ANSWER_QUERY: _QUERY,
    Action.ADD_ACCOUNT: _ROLES,
    Action.SET_ROLES: frozenset({"account_role"}),
    Action.DISABLE_ACCOUNT: frozenset({"account"}),
    Action.ENABLE_ACCOUNT: frozenset({"account"}),
    Action.RESET_PASSWORD: frozenset({"credential"}),
    Action.CONFIGURE: frozenset({"registry", "programme"}),
    Action.DOWNLOAD: _NOTHING,
    Action.EXPORT: _NOTHING,
    Action.EXPORT_AGGREGATE: _NOTHING,
    Action.BACKUP: _NOTHING,
    Action.RESTORE: _NOTHING,
    Action.ASK_ERASURE: frozenset({"erasure_request"}),
    Action.TAKE_BACK_ERASURE: frozenset({"erasure_request"}),
    Action.ERASE: _NOTHING,  # it writes the whole file anew, see rewriting.py
    SecurityEvent.SIGN_IN: frozenset({"credential"}),
    SecurityEvent.SIGN_IN_FAILED: frozenset({"credential"}),
    SecurityEvent.SIGN_IN_LOCKED: frozenset({"credential"}),
    SecurityEvent.SIGN_OUT: _NOTHING,
    SecurityEvent.SET_PASSWORD: frozenset({"credential"}),
    SecurityEvent.ISSUE_CODE: frozenset({"credential"}),
    "create": frozenset({"registry", "account", "account_role"}),
    "make_views": frozenset({"registry"}),
    "keep_catalogue": frozenset({"registry"}),
}
SCRATCH = frozenset({"draft", "review_claim"})
"""Tables of unsaved drafts: they are written without an audit event."""


def writable(action: str) -> frozenset[str]:
    """The tables that an action may write."""
    return WRITABLE.get(action, _NOTHING)
