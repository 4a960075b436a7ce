"""Aggregating rows here, where a database can't tell which of them are meant."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import tzinfo
from math import fsum
from statistics import fmean

from contract.quantities import Operation
from storage.series.periods import edges_ms, local
from storage.series.protocol import Bucket, Period, Row

_Keyed = Sequence[tuple[int, float]]
"""Values, each after the nanosecond of its point."""


def buckets_of_rows(
    rows: Iterable[Row], field: str, operation: Operation, period: Period, zone: tzinfo
) -> list[Bucket]:
    """The same as a store's `buckets`, of these rows."""
    found = [(row.time_ms, row.key_ns, float(row.values[field])) for row in rows if field in row.values]
    if not found:
        return []
    edges = edges_ms(period, zone, min(found)[0], max(found)[0] + 1)
    groups: defaultdict[int, list[tuple[int, float]]] = defaultdict(list)
    for time_ms, key_ns, value in found:
        groups[edges[bisect_right(edges, time_ms) - 1]].append((key_ns, value))
    return [Bucket(local(edge, zone), _OPERATIONS[operation](groups[edge])) for edge in sorted(groups)]


def _values(keyed: _Keyed) -> list[float]:
    return [value for _, value in keyed]


_OPERATIONS: Mapping[Operation, Callable[[_Keyed], float]] = {
    "sum": lambda keyed: fsum(_values(keyed)),
    "mean": lambda keyed: fmean(_values(keyed)),
    "min": lambda keyed: min(_values(keyed)),
    "max": lambda keyed: max(_values(keyed)),
    # Of two devices' values at one nanosecond the greater, as InfluxDB has it.
    "last": lambda keyed: max(keyed)[1],
    "count": lambda keyed: float(len(keyed)),
}
