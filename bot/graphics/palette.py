"""The colours. Each text on its ground has a contrast of at least 4.5 : 1, each mark at least 3 : 1 (WCAG 2.2,
1.4.3 and 1.4.11); the tests measure it on the finished picture, in grey as well.
"""

PAPER = "#faf1e4"
PANEL = "#ffffff"
EDGE = "#eadcc6"  # only decoration: the panel needs no edge to be understood
INK = "#2c2521"
SOFT_INK = "#574d45"
STONE = "#857a70"  # the empty steps
PASSED = "#1d6a4e"
FAILED = "#97401c"
UNSAID = "#5f5750"
RESULT = "#274a4c"
RESULT_INK = "#ffffff"
BLACK = "#000000"  # what goes to a printer
WHITE = "#ffffff"
