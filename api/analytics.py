"""Analytics: what somebody's own days say."""

from fastapi import APIRouter, Response

from api.access import Asking
from api.examining import anomalies_of, correlations_of, recommendations_of, trends_of
from api.finding_models import AnomaliesShown, CorrelationsShown, RecommendationsShown, TrendsShown
from api.pages import Paged, reckoned
from api.review import Sensitivity, anomalies_response
from api.routing import add_reads
from api.schemas import answer
from api.window import Asked, Columns
from api.wiring import Wired
from insights.anomalies import DEFAULT_SENSITIVITY


def routes(prefix: str) -> APIRouter:
    """GET /analytics/trends, /correlations, /recommendations and /anomalies."""
    router = APIRouter(prefix=f"{prefix}/analytics", tags=["analytics"])
    reads = (
        ("/trends", _read_trends, "Where figures are heading", answer(TrendsShown, "The clearest first.")),
        ("/correlations", _read_correlations, "What goes together", answer(CorrelationsShown, "The strongest first.")),
        (
            "/recommendations",
            _read_recommendations,
            "What to do, by plain rules",
            answer(RecommendationsShown, "With the figures that they rest on."),
        ),
        (
            "/anomalies",
            _read_anomalies,
            "Days unlike those before",
            answer(AnomaliesShown, "Newest first.", counted=True),
        ),
    )
    add_reads(router, reads, statuses=(401, 403, 404, 422, 503))
    return router


async def _read_trends(wiring: Wired, caller: Asking, asked: Asked, columns: Columns) -> Response:
    """The slope of each figure with its uncertainty, and in words."""
    return reckoned(await trends_of(wiring, caller.id, asked, columns))


async def _read_correlations(wiring: Wired, caller: Asking, asked: Asked, columns: Columns) -> Response:
    """Figures that go together on the same day or up to two days later; silent where chance would do."""
    return reckoned(await correlations_of(wiring, caller.id, asked, columns))


async def _read_recommendations(wiring: Wired, caller: Asking, asked: Asked) -> Response:
    """Plain rules on what was logged; no diagnosis."""
    return reckoned(await recommendations_of(wiring, caller.id, asked))


async def _read_anomalies(
    *,
    wiring: Wired,
    caller: Asking,
    asked: Asked,
    columns: Columns,
    sensitivity: Sensitivity = DEFAULT_SENSITIVITY,
    part: Paged,
) -> Response:
    """Days on which a figure was unlike the 28 days before, each with why."""
    return anomalies_response(await anomalies_of(wiring, caller.id, asked, columns, sensitivity), part)
