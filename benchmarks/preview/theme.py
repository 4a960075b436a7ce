"""Grafana's themes: the colours that a board does not choose itself."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Theme:
    """One of the two.

    Attributes:
        ground: behind the panels.
        panel: of a panel.
        border: around it.
        text, dim: of texts, and of those that are less important.
        link: of texts that lead somewhere.
        grid: of lines behind curves and between rows.
    """

    ground: str
    panel: str
    border: str
    text: str
    dim: str
    link: str
    grid: str

    def named(self, colour: str) -> str:
        """A colour as the JSON names it: `text` and `transparent` depend on the theme."""
        return {"text": self.text, "transparent": self.panel}.get(colour, colour)


DARK: Final = Theme("#111217", "#181B1F", "#2A2D33", "#CCCCDC", "#8E8F9B", "#6E9FFF", "#26292E")
LIGHT: Final = Theme("#F4F5F5", "#FFFFFF", "#DCDDE0", "#24292E", "#6B7075", "#1F62E0", "#ECEDEF")
THEMES: Final = {"dark": DARK, "light": LIGHT}

CLASSIC: Final = ("#73BF69", "#F2CC0C", "#8AB8FF", "#FF780A", "#F2495C", "#5794F2", "#B877D9", "#705DA0")
"""What Grafana gives to lines for which the board has no colour, in their order."""


def text_on(ground: str) -> str:
    """In which of its two colours Grafana writes on a cell's ground: dark only where that is very bright."""
    red, green, blue = (int(ground[at : at + 2], 16) for at in (1, 3, 5))
    return "#202226" if (299 * red + 587 * green + 114 * blue) / 1_000 > 180 else "#F7F8FA"
