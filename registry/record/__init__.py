"""The record: facts are logged, amended and withdrawn here, each with its history; nothing is ever overwritten."""

from registry.record.service import Values, Written, amend, history, log, site_of, version, withdraw, write
from registry.record.writing import Fact, identity_of

__all__ = [
    "Fact",
    "Values",
    "Written",
    "amend",
    "history",
    "identity_of",
    "log",
    "site_of",
    "version",
    "withdraw",
    "write",
]
