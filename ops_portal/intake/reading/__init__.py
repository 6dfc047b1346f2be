"""Reading table files as e-commerce platforms write them, row by row, and writing reports.

``open_table`` finds out what a file is and gives its rows; ``dress`` takes numbers, ids and times out of the
clothes they come in; ``open_report`` writes a CSV that is harmless to open.
"""

from .dress import as_datetime, as_decimal, as_moment, as_units, bare_id
from .headings import heading_key, normalise_heading
from .limits import Limits
from .refusals import CellError, FileRefused, RowFault
from .rows import PaddedCells, Row
from .table import Table, count_rows_estimate, open_table
from .writing import Report, harmless, open_report

__all__ = [
    "CellError",
    "FileRefused",
    "Limits",
    "PaddedCells",
    "Report",
    "Row",
    "RowFault",
    "Table",
    "as_datetime",
    "as_decimal",
    "as_moment",
    "as_units",
    "bare_id",
    "count_rows_estimate",
    "harmless",
    "heading_key",
    "normalise_heading",
    "open_report",
    "open_table",
]
