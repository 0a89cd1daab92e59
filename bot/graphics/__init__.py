"""Pictures and documents: result card, charts, report, poster and QR code, as PNG and PDF.

Knows neither Telegram nor the database. A result card gets all its texts from the caller; charts, reports and posters
have their own, in `wording/`. Layout modules place elements on a page without loading a drawing library; `png` and
`pdf` draw the page, and only they import Pillow and fpdf2.
"""
