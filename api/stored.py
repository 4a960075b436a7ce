"""Reading stored items, a part of them at a time."""

from api.pages import Part
from api.wiring import Wiring
from storage.series.protocol import Row, Selection


async def newest(wiring: Wiring, selection: Selection, part: Part) -> tuple[int, list[Row]]:
    """How many items there are, and a part of them, newest first.

    Raises:
        StoreUnavailable: no answer in time.
    """
    total = await wiring.series.count(selection)
    if part.offset >= total:
        return total, []
    return total, await wiring.series.rows(selection, limit=part.limit, offset=part.offset, newest_first=True)
