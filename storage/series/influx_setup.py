"""Making what InfluxDB needs before the first write, in each of its versions.

- 1.x: a database whose default retention policy keeps points as long as asked.
- 2.x: a bucket with that retention, and the mapping (DBRP) by which `/write` and `/query` find it as a database.
- 3: a database with that retention. An existing one is left as it is: InfluxDB 3 Core can't change it.

All of it is harmless when it is there already.
"""

import asyncio
from collections.abc import Mapping

from contract.errors import Misconfigured
from storage.series.influx_http import CredentialsRefused, InfluxHttp
from storage.series.influxql import identifier
from storage.series.options import SeriesOptions, Token

POLICY = "autogen"
"""The policy that InfluxDB 1.x gives each new database; kept, so that a database made by hand keeps its points."""


async def prepare(http: InfluxHttp) -> None:
    """Make the database or bucket.

    Raises:
        StoreUnavailable: no answer; try again.
        Misconfigured: the credentials do not allow it, or this is no InfluxDB.
    """
    try:
        version = await http.major_version()
        if version == 1:
            await _prepare_v1(http)
        elif version == 2:
            # Its client takes a second to load, which nobody else should wait for.
            from storage.series.influx_v2 import prepare_bucket  # noqa: PLC0415

            await asyncio.to_thread(prepare_bucket, http.url, http.options)
        else:
            await _prepare_v3(http)
    except CredentialsRefused as error:
        raise Misconfigured(f"{error}: they must be allowed to make the database {http.options.database!r}") from error


async def narrow_tokens(url: str, options: SeriesOptions, current: Mapping[Token, str | None]) -> dict[str, str]:
    """Tokens of InfluxDB 2.x that are for the bucket alone; none in other versions, which have no such tokens.

    Args:
        url: of the server.
        options: with a token that may make tokens.
        current: what each was until now; None: there was none.

    Returns:
        Them by holder.

    Raises:
        StoreUnavailable: no answer; try again.
        Misconfigured: the given token may not do this.
    """
    http = InfluxHttp(url, options)
    try:
        if await http.major_version() != 2:
            return {}
    finally:
        await http.close()
    from storage.series.influx_v2 import ensure_token  # noqa: PLC0415  # as above

    return {
        token.holder: await asyncio.to_thread(ensure_token, url, options, token, was) for token, was in current.items()
    }


async def _prepare_v1(http: InfluxHttp) -> None:
    name = identifier(http.options.database)
    # Asked first: a user without the right to make databases is enough when it is there.
    if http.options.database not in await _column(http, "SHOW DATABASES", "name"):
        await http.query([f"CREATE DATABASE {name}"])
    hours, shard_hours = http.options.kept_hours, http.options.shard_hours
    policies = await http.query([f"SHOW RETENTION POLICIES ON {name}"])
    found = {row[0]: (row[1], row[2], row[4]) for series in policies[0] for row in series.values}
    shards = f"{shard_hours}h0m0s" if shard_hours else found.get(POLICY, ("", "", False))[1]
    if found.get(POLICY) == (f"{hours}h0m0s", shards, True):
        return
    verb, copies = ("ALTER", "") if POLICY in found else ("CREATE", " REPLICATION 1")
    length = f" SHARD DURATION {shard_hours}h" if shard_hours else ""
    policy = f"RETENTION POLICY {identifier(POLICY)} ON {name} DURATION {hours}h{copies}{length} DEFAULT"
    await http.query([f"{verb} {policy}"])


async def _column(http: InfluxHttp, statement: str, column: str) -> list[str]:
    [found] = await http.query([statement])
    return [row[series.columns.index(column)] for series in found for row in series.values]


async def _prepare_v3(http: InfluxHttp) -> None:
    wanted = {"db": http.options.database, "retention_period": f"{http.options.kept_hours}h"}
    async with http.request("POST", "/api/v3/configure/database", json=wanted) as response:
        if response.status not in {200, 201, 204, 409}:  # 409: it exists
            raise http.trouble(response.status)
