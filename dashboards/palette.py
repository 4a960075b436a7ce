"""Colours, chosen once.

Those of Okabe and Ito (Color Universal Design, 2008), which people with any of the common colour vision deficiencies
can tell apart; a test simulates three of them. What a colour means is always said in words too. Red is not among them,
and green is never the opposite of red.
"""

from typing import Final

ORANGE: Final = "#E69F00"
SKY: Final = "#56B4E9"
GREEN: Final = "#009E73"
YELLOW: Final = "#F0E442"
BLUE: Final = "#0072B2"
VERMILLION: Final = "#D55E00"
PURPLE: Final = "#CC79A7"
GREY: Final = "#8E8E8E"
BAND: Final = "#B8B8B8"

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

SERIES: Final = (SKY, ORANGE, GREEN, PURPLE, BLUE, VERMILLION, YELLOW)
"""Of lines and bars that stand beside each other, in this order."""

STATUS: Final = {"urgent": URGENT, "look": LOOK, "fine": FINE, "unknown": UNKNOWN}
"""Of a standing."""

HEAT_SCHEME: Final = "Cividis"
"""Of heatmaps: its lightness rises evenly, and it reads the same with any colour vision (Nunez et al., PLoS ONE
2018;13:e0199239)."""
