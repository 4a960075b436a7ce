"""PromQL and SQL about the installation itself; no health values."""

from dashboards.roster_queries import REASONS

UNREAD = "Nothing counted: is Prometheus reading this service? Look at Status, Targets there."

ANSWERS = {
    "answered": 'status=~"[123].."',
    "not let in (401, 403)": 'status=~"401|403"',
    "too many (429)": 'status="429"',
    "not as it should be (4xx)": 'status=~"4..", status!~"401|403|429"',
    "faults of ours (5xx)": 'status=~"5.."',
}
"""What became of HTTP requests, by status: each group asks for something else of whoever looks."""

DOUBTS = {
    "nothing_arrives": "Gap: nothing arrives",
    "stopped_logging": "Gap: nothing is logged",
    "sensor_failing": "Sensor sends less, or nothing",
    "sensor_repeating": "Sensor repeats itself",
}
"""Signs of `insights.attention` that are about the data rather than the person, by code."""


def rate(counter: str, by: str = "") -> str:
    """Of a counter, a second."""
    grouped = f" by ({by})" if by else ""
    return f"sum{grouped} (rate({counter}[$__rate_interval]))"


def quantile(share: float, histogram: str, by: str = "le") -> str:
    """Below which so many of the values are, in the unit of the histogram."""
    return f"histogram_quantile({share}, sum by ({by}) (rate({histogram}_bucket[$__rate_interval])))"


def failing_share() -> str:
    """Of all requests, those that ended in a fault of ours, in %."""
    failed = 'sum(rate(paceline_http_requests_total{status=~"5.."}[$__rate_interval])) or vector(0)'
    return f"100 * ({failed}) / (sum(rate(paceline_http_requests_total[$__rate_interval])) > 0)"


def answers(statuses: str) -> str:
    """HTTP requests with these statuses, a second."""
    return f"sum(rate(paceline_http_requests_total{{{statuses}}}[$__rate_interval]))"


def ahead(more_than: str) -> str:
    """Batches of an hour from devices whose clocks are ahead by so much, and less than the next limit."""
    return f'sum(increase(paceline_ingest_batches_ahead_total{{more_than="{more_than}"}}[1h]))'


def ahead_share() -> str:
    """Of a day's batches, those more than a minute ahead, in %: phones upload a few times a day."""
    ahead_ones = 'sum(increase(paceline_ingest_batches_ahead_total{more_than!="5 s"}[1d]))'
    return f"100 * {ahead_ones} / (sum(increase(paceline_ingest_messages_total[1d])) > 0)"


def devices() -> str:
    """Registered devices by what they said last; `silent`: nothing yet, or nothing for a day."""
    state = (
        "CASE WHEN last_seen_at IS NULL OR last_seen_at < now() - interval '1 day' THEN 'silent' "
        "ELSE coalesce(state, 'silent') END"
    )
    return f'SELECT {state} AS "State", count(*) AS "Devices" FROM devices GROUP BY 1 ORDER BY 2 DESC, 1'


def letters_by_reason() -> str:
    """What could not be stored, by reason, the most frequent first."""
    return (
        'SELECT left(reason, 120) AS "Reason", coalesce(kind, \'?\') AS "Kind", sum(times) AS "Times", '
        'count(DISTINCT user_id) AS "Users", max(last_received_at) AS "Last" FROM dead_letters '
        "WHERE $__timeFilter(last_received_at) GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 20"
    )


def skewed() -> str:
    """Users whose devices' clocks are so wrong that items were refused for their time."""
    return (
        "SELECT count(DISTINCT user_id) AS users FROM dead_letters "
        "WHERE $__timeFilter(last_received_at) AND reason ~ 'ahead of the server|older than the data'"
    )


def doubtful() -> str:
    """Users whose data have gaps, or whose sensors fail or repeat themselves: a row for each, without values."""
    words = " ".join(f"WHEN '{code}' THEN '{said}'" for code, said in DOUBTS.items())
    codes = ", ".join(f"'{code}'" for code in DOUBTS)
    return (
        f'SELECT CASE sign->>\'code\' {words} END AS "What", standings.user_id AS "User", '
        'standings.last_seen_at AS "Last seen" '
        f"FROM standings, json_array_elements({REASONS}) AS sign "
        f"WHERE sign->>'code' IN ({codes}) ORDER BY 1, 3 LIMIT 100"
    )
