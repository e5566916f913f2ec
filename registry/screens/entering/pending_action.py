"""One thing that is written with one click, while it waits for it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

import streamlit as st

from registry.screens.tables import plain


@dataclass
class PendingAction:
    """One thing that is being written: its key, why it was refused, and what became of the last one, and when (UTC)."""

    key: str = field(default_factory=lambda: uuid4().hex)
    refused: str = ""
    done: Any = None
    at: datetime | None = None

    def field_key(self, name: str) -> str:
        """The key of a field: a new slip has empty fields."""
        return f"{self.key} {name}"

    def text(self, name: str) -> str:
        """What is in a field."""
        return str(st.session_state.get(self.field_key(name)) or "")

    def show_refused(self) -> None:
        """Say why it was refused."""
        if self.refused:
            st.error(plain(self.refused))
