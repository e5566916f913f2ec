"""Text from files and people, made safe to show on a terminal or in a log.

A name can hold codes that clear the screen, color it, turn the direction of writing or begin a line that nobody wrote.
They are shown as what they are, `\\x1b`, and do nothing.
"""

from unicodedata import category


def visible(text: str, *, lines: bool = False) -> str:
    """The text with every control, format and unassigned character written as its escape; `lines` keeps ends of
    lines and tabs."""
    if text.isprintable():
        return text
    return "".join(sign if _shown(sign) or (lines and sign in "\n\t") else escaped(sign) for sign in text)


def escaped(sign: str) -> str:
    """One character as Python and JSON programs know it: `\\n`, `\\x1b`, `\\u202e`."""
    return sign.encode("unicode_escape").decode("ascii")


def _shown(sign: str) -> bool:
    return sign.isprintable() or category(sign) == "Zs"
