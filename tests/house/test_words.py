"""The project speaks of itself alone: no machine's paths, no registry's address, no unfinished business."""

import re

import pytest

from tests.house import tree

TEXT = [name for name in tree.files() if not name.endswith((".png", ".parquet", ".zip", ".lock"))]
PATHS = re.compile(r"/(w[o]rk|r[o]ot|h[o]me|U[s]ers|o[p]t)/\w")
ADDRESSES = re.compile(r"p[y]pi\.org|p[y]thonhosted|n[p]mjs|f[i]nd-links|i[n]dex-url|d[e]b\.debian", re.I)
UNFINISHED = re.compile(r"\b(T[O]DO|F[I]XME|X[X]X)\b")


@pytest.mark.parametrize("pattern", [PATHS, ADDRESSES, UNFINISHED], ids=["path", "address", "unfinished"])
def test_no_file_holds_such_a_word(pattern: re.Pattern[str]) -> None:
    found = [
        f"{name}:{number}: {line.strip()[:100]}"
        for name in TEXT
        for number, line in enumerate(tree.read(name).splitlines(), 1)
        if pattern.search(line)
    ]
    assert found == []
