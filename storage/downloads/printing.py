"""A sheet of a workbook that prints on pages of full width."""

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

A4 = 9  # Excel's number of it
LINE = 15  # points
# Numbers stand left too: at the right of their column, they stick to the words of the next.
LEFT = {"text_wrap": True, "valign": "top", "align": "left"}
HEAD = {**LEFT, "bold": True, "bottom": 1}


def new_sheet(book: Workbook, name: str) -> Worksheet:
    """An empty sheet of this name."""
    sheet = book.add_worksheet(name)
    sheet.set_paper(A4)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    return sheet
