"""Forgetting a user in InfluxDB, which each version does in its own way.

- 1.x drops the user's series: points and index.
- 2.x has no such statement, but deletes by a predicate over its own API.
- 3 can't delete points of a table by their tags at all. They go when the retention ends; whoever must erase sooner,
  by law for example, needs another version or the embedded store.
"""

from contract.errors import Misconfigured
from storage.series import influxql
from storage.series.influx_http import InfluxHttp

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
        await _delete_v2(http, user_id)
    else:
        raise Misconfigured(
            "InfluxDB 3 can't delete the points of one user: they are gone when the retention ends, not before"
        )


async def _delete_v2(http: InfluxHttp, user_id: str) -> None:
    where = {"org": http.options.org or "", "bucket": http.options.database}
    what = _ALWAYS | {"predicate": f'user_id="{user_id}"'}
    async with http.request("POST", "/api/v2/delete", params=where, json=what) as response:
        if response.status != 204:
            raise http.trouble(response.status)
