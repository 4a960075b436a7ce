"""What all boards have in common."""

from collections.abc import Sequence
from typing import Any

from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.models.dashboard import DashboardCursorSync

from dashboards.geometry import Heading, Line, place
from dashboards.links import TAG


def frame(
    uid: str,
    title: str,
    about: str,
    parts: Sequence[Line | Heading],
    *,
    variables: Sequence[Any] = (),
    links: Sequence[Any] = (),
    annotations: Sequence[Any] = (),
    tags: Sequence[str] = (),
    since: str = "now-12w",
    refresh: str = "5m",
) -> Dashboard:
    """A board with its panels in place; weeks begin on Mondays, and times are those of whoever looks."""
    board = Dashboard(title).uid(uid).description(about).tags([TAG, *tags]).time(since, "now").refresh(refresh)
    board.timezone("browser").week_start("monday").tooltip(DashboardCursorSync.CROSSHAIR).readonly()
    board.links(list(links)).annotations(list(annotations)).variables(list(variables))
    return place(board, parts)
