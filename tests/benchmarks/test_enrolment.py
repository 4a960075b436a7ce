"""A measurement of very many devices with very few: its figures mean nothing, but all of it has to work."""

import asyncio
from pathlib import Path

from benchmarks.enrolment import Amounts, measure


async def test_devices_are_registered_connected_and_revoked_and_the_broker_is_told_nothing_of_the_others(
    tmp_path: Path,
) -> None:
    amounts = Amounts(registered=100, connecting=3, revoked=2, revoked_before=50)
    async with asyncio.timeout(120):
        found = (await measure(tmp_path, amounts)).rows
    figures = dict(found)
    assert figures["broker, 100 registered"].partition(",")[2] == figures["broker, nobody registered"].partition(",")[2]
    assert [value for what, value in found if what == "connections of others that have ended"] == ["0", "0"]
