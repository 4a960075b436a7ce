"""Ways from one board to the next: the time range, the professional and the client go along."""

from grafana_foundation_sdk.builders.dashboard import DashboardLink
from grafana_foundation_sdk.models.dashboard import DashboardLinkType

TAG = "paceline"
CLIENT_TAG = "paceline-client"
"""Of the boards that show one client."""

ROSTER, CLIENT, NUTRITION = "paceline-roster", "paceline-client", "paceline-nutrition"
TRAINING, RECOVERY, COHORT, OPERATIONS = (
    "paceline-training",
    "paceline-recovery",
    "paceline-cohort",
    "paceline-operations",
)


SESSION = "paceline-session"
SESSION_URL = (
    f"/d/{SESSION}?${{client:queryparam}}&${{coach:queryparam}}&var-session=${{__data.fields.session}}"
    "&from=${__data.fields.Time.numeric}&to=${__data.fields.end.numeric}"
)
"""From a row of the sessions to that session, with its own time as the time range."""


def to_client(board: str, title: str, field: str = "client") -> dict[str, object]:
    """From a row of a table to a board of the client whose id is in a field of that row."""
    url = f"/d/{board}?var-client=${{__data.fields.{field}}}&${{coach:queryparam}}&${{__url_time_range}}"
    return {"title": title, "url": url, "targetBlank": False}


def boards_of_client() -> DashboardLink:
    """All boards of one client, side by side at the top."""
    return _by_tag("Client", CLIENT_TAG)


def to_roster() -> DashboardLink:
    """Back to everybody."""
    link = DashboardLink("Roster").type(DashboardLinkType.LINK).icon("arrow-left").tooltip("Everybody")
    return link.url(f"/d/{ROSTER}").keep_time(True).include_vars(False)


def to_board(title: str, board: str) -> DashboardLink:
    """To another board."""
    link = DashboardLink(title).type(DashboardLinkType.LINK).icon("dashboard").tooltip(title)
    return link.url(f"/d/{board}").keep_time(True).include_vars(True)


def _by_tag(title: str, tag: str) -> DashboardLink:
    link = DashboardLink(title).type(DashboardLinkType.DASHBOARDS).icon("external link").tooltip("")
    return link.tags([tag]).as_dropdown(False).keep_time(True).include_vars(True)
