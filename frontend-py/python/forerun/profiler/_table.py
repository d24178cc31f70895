"""Tables of a profile: rows of numbers that print as text, and as HTML in notebooks."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

from forerun._units import bytes_text, short_line, time_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["Table"]

# How the columns of any table are written; others are written as they are.
_TIMES = frozenset(
    (
        "issuing",
        "queued",
        "ready",
        "running",
        "waiting",
        "wall",
        "python",
        "min",
        "max",
        "mean",
        "total",
    )
)
_BYTES = frozenset(("bytes", "allocated", "peak", "growth"))
_PLACES = frozenset(("line", "issued_at", "top_time", "top_bytes"))


class Table:
    """Rows of a profile, in order; times are nanoseconds, memory is bytes.

    It prints as text; in a notebook it is shown as a table. `rows` holds the numbers.

    Parameters
    ----------
    title
        What the rows are.
    rows
        A dict for each.
    columns
        Which to print; all of them are in the rows.
    note
        A line to print below.

    Examples
    --------
    >>> print(Table("ops", [{"op": "dot", "n": 2, "running": 1500}], ["op", "n"]))
    ops
    op   n
    dot  2
    """

    def __init__(
        self,
        title: str,
        rows: list[dict[str, Any]],
        columns: Sequence[str],
        note: str = "",
    ) -> None:
        self.title = title
        self.rows = rows
        self.columns = list(columns)
        self.note = note

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, i: int) -> dict[str, Any]:
        return self.rows[i]

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.rows)

    def __repr__(self) -> str:
        cells = [self.columns] + [self._cells(row) for row in self.rows]
        cells[0] = [_heading(column) for column in self.columns]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        left = [column in _PLACES or self._is_text(column) for column in self.columns]
        lines = [
            "  ".join(
                cell.ljust(width) if is_left else cell.rjust(width)
                for cell, width, is_left in zip(row, widths, left, strict=True)
            ).rstrip()
            for row in cells
        ]
        return "\n".join([self.title, *lines, *([self.note] if self.note else [])])

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{_heading(column)}</th>" for column in self.columns)
        left = [column in _PLACES or self._is_text(column) for column in self.columns]
        body = "".join(
            "<tr>"
            + "".join(
                f"<td{' class=text' if is_left else ''}>{html.escape(cell)}</td>"
                for cell, is_left in zip(self._cells(row), left, strict=True)
            )
            + "</tr>"
            for row in self.rows
        )
        note = f"<p>{html.escape(self.note)}</p>" if self.note else ""
        return (
            f"<table><caption>{html.escape(self.title)}</caption>"
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{note}"
        )

    def _is_text(self, column: str) -> bool:
        return bool(self.rows) and isinstance(self.rows[0].get(column), str)

    def _cells(self, row: dict[str, Any]) -> list[str]:
        return [_writer(column)(row[column]) for column in self.columns]


def _heading(column: str) -> str:
    return column.removeprefix("n_").replace("_", " ")


def _writer(column: str) -> Callable[[Any], str]:
    if column in _TIMES:
        return time_text
    if column in _BYTES:
        return bytes_text
    return short_line if column in _PLACES else str
