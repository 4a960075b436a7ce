"""Reading somebody's days and looking for trends, anomalies, correlations and recommendations in them."""

from api.daily_summaries import person_of, read_columns
from api.finding_models import AnomaliesShown, CorrelationsShown, RecommendationsShown, TrendsShown
from api.findings import anomalies, correlations, recommendations, trends
from api.window import Wanted
from api.wiring import Wiring
from insights.ages import is_adult
from insights.baseline import BASELINE_DAYS
from insights.standing import HISTORY_DAYS

Columns = tuple[str, ...] | None


async def trends_of(wiring: Wiring, user_id: str, wanted: Wanted, columns: Columns) -> TrendsShown:
    """Where figures are heading."""
    _, zone = await person_of(wiring, user_id)
    window = wanted.within(zone)
    series = await read_columns(wiring, user_id, window)
    return await wiring.examiner.work_out(trends, series, columns, window)


async def anomalies_of(
    wiring: Wiring, user_id: str, wanted: Wanted, columns: Columns, sensitivity: float
) -> AnomaliesShown:
    """Days unlike those before."""
    _, zone = await person_of(wiring, user_id)
    window = wanted.within(zone)
    series = await read_columns(wiring, user_id, window, BASELINE_DAYS)
    return await wiring.examiner.work_out(anomalies, series, columns, window, sensitivity)


async def correlations_of(wiring: Wiring, user_id: str, wanted: Wanted, columns: Columns) -> CorrelationsShown:
    """What goes together."""
    _, zone = await person_of(wiring, user_id)
    window = wanted.within(zone)
    series = await read_columns(wiring, user_id, window)
    return await wiring.examiner.work_out(correlations, series, columns, window)


async def recommendations_of(wiring: Wiring, user_id: str, wanted: Wanted) -> RecommendationsShown:
    """What to do, coaches' targets in mind; rules look at weeks before the window, too."""
    person, zone = await person_of(wiring, user_id)
    window = wanted.within(zone)
    series = await read_columns(wiring, user_id, window, max(HISTORY_DAYS - len(window), 0))
    targets = await wiring.feedback.targets([user_id])
    adult = is_adult(window.last, person.birth_date)
    return await wiring.examiner.work_out(recommendations, series, window, targets.get(user_id, {}), is_adult=adult)
