"""Tables of cells as rows of what is filled, for tests to compare."""

from registry.exchange.sources.cells import CellTable


def filled(table: CellTable) -> list[dict[str, str]]:
    """Each row as a dict of its cells that are not empty."""
    return [
        {name: cell for name, cell in zip(table.header, cells, strict=True) if cell}
        for _, cells in table.rows
    ]


def column(table: CellTable, name: str) -> list[str]:
    """The cells of one column."""
    place = table.header.index(name)
    return [cells[place] for _, cells in table.rows]


def lines(table: CellTable) -> list[int]:
    """The line of every row."""
    return [line for line, _ in table.rows]
