"""Shared by the generated pages."""

from collections.abc import Iterable, Sequence

# An unescaped bar would end the cell.
_BAR = str.maketrans({"|": "\\|"})


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """The lines of a table."""
    lines = [columns, ["---"] * len(columns), *rows]
    return [f"| {' | '.join(cell.translate(_BAR) for cell in cells)} |" for cells in lines]
