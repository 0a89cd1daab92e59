"""A sheet of a workbook that prints on pages of full width."""

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

A4 = 9  # Excel's number of it


def new_sheet(book: Workbook, name: str) -> Worksheet:
    """An empty sheet of this name."""
    sheet = book.add_worksheet(name)
    sheet.set_paper(A4)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    return sheet
