"""Colours, chosen once.

Of the hues of Okabe and Ito (Color Universal Design, 2008), which people with any of the common colour vision
deficiencies can tell apart. Theirs are made for print: on white, their orange and their blue of the sky have a contrast
of 2.3. So each is moved until it has 3 on a panel of either theme of Grafana's (WCAG 2.2, 1.4.11: graphics and large
text) and differs from the others more than theirs did. Tests hold both, with three deficiencies simulated. What a
colour means is always said in words too. Red is not among them, and green is never the opposite of red.
"""

from collections.abc import Mapping
from typing import Final

ORANGE: Final = "#E57500"
SKY: Final = "#5597E5"
GREEN: Final = "#008C4D"
BLUE: Final = "#1D68BF"
VERMILLION: Final = "#BF4300"
PURPLE: Final = "#A8508C"
VIOLET: Final = "#7545E6"
GREY: Final = "#8E8E8E"

YELLOW: Final = "#F0E442"
GOLD: Final = "#F5B83D"
BAND: Final = "#B8B8B8"
"""This one and the two before: of grounds only. No line or text is seen in them on white."""

INK: Final = "text"
"""As the text, on dark and on light ground: of what stands on coloured ground."""

FINE: Final = BLUE
"""As it should be, or simply a value."""
LOOK: Final = ORANGE
"""Worth a look."""
URGENT: Final = VERMILLION
"""Needs somebody today."""
UNKNOWN: Final = GREY
"""Nothing to tell it from."""

CLEAR: Final = "transparent"
"""No ground at all."""
GROUNDS: Final[Mapping[str, str]] = {FINE: CLEAR, LOOK: GOLD, URGENT: URGENT, UNKNOWN: CLEAR}
"""What a meaning is as the ground of a table's cell. Small text needs a contrast of 4.5 (WCAG 2.2, 1.4.3), which no
colour has on white and on black: so the cell has the colour, and Grafana writes on it in black or white."""

SERIES: Final = (SKY, ORANGE, GREEN, PURPLE, BLUE, VERMILLION, VIOLET)
"""Of lines and bars that stand beside each other, in this order."""

STATUS: Final = {"urgent": URGENT, "look": LOOK, "fine": FINE, "unknown": UNKNOWN}
"""Of a standing."""

HEAT_SCHEME: Final = "Cividis"
"""Of heatmaps: its lightness rises evenly, and it reads the same with any colour vision (Nunez et al., PLoS ONE
2018;13:e0199239)."""
