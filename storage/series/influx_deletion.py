"""Forgetting a user, or what of a kind is old, in InfluxDB, which each version does in its own way.

- 1.x drops the user's series: points and index. Of a kind it deletes by time.
- 2.x has no such statements, but deletes by a predicate over its own API.
- 3 can't delete points of a table at all. They go when the retention ends; whoever must erase sooner, by law for
  example, needs another version or the embedded store.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from aiohttp import ClientTimeout

from contract.catalogue import Kind
from contract.errors import Misconfigured
from contract.stamping import NS_PER_S
from storage.series import influxql
from storage.series.influx_http import MAINTENANCE, InfluxHttp
from storage.series.protocol import Selection
from storage.series.spans import key_span

_ALWAYS = {"start": "1677-09-22T00:00:00Z", "stop": "2262-04-11T00:00:00Z"}
"""The whole range of its timestamps but for a part of a day at each end."""


async def delete_user(http: InfluxHttp, user_id: str) -> None:
    """Remove every point of a user.

    Args:
        http: the server.
        user_id: a valid user id (`contract.topics.is_user_id`).

    Raises:
        StoreUnavailable: no answer; points may be left.
        Misconfigured: InfluxDB 3.
    """
    version = await http.major_version()
    if version == 1:
        await http.query([influxql.drop_user(user_id)])
    elif version == 2:
        await _delete_v2(http, _ALWAYS, _of_user(user_id))
    else:
        raise Misconfigured(
            "InfluxDB 3 can't delete the points of one user: they are gone when the retention ends, not before"
        )


async def delete(http: InfluxHttp, selection: Selection) -> None:
    """Remove the selected points.

    Args:
        http: the server.
        selection: of a valid user, and not of a device.

    Raises:
        StoreUnavailable: no answer; points may be left.
        Misconfigured: InfluxDB 3.
    """
    version = await http.major_version()
    if version == 1:
        await http.query([influxql.delete(selection)])
    elif version == 2:
        span = key_span(selection)
        # Its end is included.
        when = {"start": _rfc3339(span.start_ns), "stop": _rfc3339(span.end_ns - 1)}
        await _delete_v2(http, when, f'_measurement="{selection.kind.name}" AND {_of_user(selection.user_id)}')
    else:
        raise Misconfigured("InfluxDB 3 can't delete points")


async def delete_before(http: InfluxHttp, kind: Kind, key_ns: int) -> None:
    """Remove everybody's points of a kind before this nanosecond.

    Raises:
        StoreUnavailable: no answer; points may be left.
        Misconfigured: InfluxDB 3.
    """
    version = await http.major_version()
    if version == 1:
        await http.query([influxql.delete_before(kind, key_ns)], patience=MAINTENANCE)
    elif version == 2:
        when = {"start": _ALWAYS["start"], "stop": _rfc3339(key_ns - 1)}
        await _delete_v2(http, when, f'_measurement="{kind.name}"', MAINTENANCE)
    else:
        raise Misconfigured(
            f"InfluxDB 3 can't delete the old points of {kind.name} alone: PACELINE_RETENTION_DAYS is all it keeps to"
        )


def _rfc3339(moment_ns: int) -> str:
    seconds, nanoseconds = divmod(moment_ns, NS_PER_S)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{nanoseconds:09}Z"


def _of_user(user_id: str) -> str:
    return f'user_id="{user_id}"'


async def _delete_v2(
    http: InfluxHttp, when: Mapping[str, str], predicate: str, patience: ClientTimeout | None = None
) -> None:
    where = {"org": http.options.org or "", "bucket": http.options.database}
    what = {**when, "predicate": predicate}
    async with http.request("POST", "/api/v2/delete", params=where, json=what, patience=patience) as response:
        if response.status != 204:
            raise http.trouble(response.status)
