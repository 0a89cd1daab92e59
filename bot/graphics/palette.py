"""Colours. Text has a contrast of at least 4.5 : 1 with its background and marks at least 3 : 1 (WCAG 2.2, 1.4.3 and
1.4.11). The tests measure this on the finished picture, in grey as well.
"""

PAPER_COLOUR = "#faf1e4"
PANEL_COLOUR = "#ffffff"
PANEL_EDGE_COLOUR = "#eadcc6"  # decoration only, so its contrast may be lower
TEXT_COLOUR = "#2c2521"
MUTED_TEXT_COLOUR = "#574d45"
LINE_COLOUR = "#857a70"  # the scale and its empty dots
PASSED_COLOUR = "#1d6a4e"
FAILED_COLOUR = "#97401c"
UNDECIDED_COLOUR = "#5f5750"
VERDICT_COLOURS = {"passed": PASSED_COLOUR, "failed": FAILED_COLOUR, "undecided": UNDECIDED_COLOUR}
RESULT_PANEL_COLOUR = "#274a4c"
RESULT_TEXT_COLOUR = "#ffffff"
BLACK = "#000000"  # for print
WHITE = "#ffffff"
