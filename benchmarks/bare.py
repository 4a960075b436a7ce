"""The database's own limit: how fast it takes lines from somebody who does nothing else but send them."""

import threading
import time
from collections.abc import Sequence
from http.client import HTTPConnection
from urllib.parse import urlsplit

from contract.errors import StoreUnavailable


def bare_rate(url: str, database: str, bodies: Sequence[bytes], items: int, *, in_flight: int) -> float:
    """Lines a second, between the first confirmed request and the last.

    Args:
        url: of the InfluxDB.
        database: exists.
        bodies: requests, encoded beforehand.
        items: lines of all of them together.
        in_flight: requests at a time, each in a thread with a connection of its own.
    """
    waiting = iter(list(bodies))
    confirmed_s: list[float] = []
    failures: list[str] = []

    def send() -> None:
        connection = HTTPConnection(urlsplit(url).netloc, timeout=60)
        for body in waiting:  # a list's iterator is safe to share between threads
            connection.request("POST", f"/write?db={database}&precision=ns", body)
            response = connection.getresponse()
            answer = response.read()
            confirmed_s.append(time.perf_counter())
            if response.status != 204:
                failures.append(f"HTTP {response.status}: {len(answer)} bytes")
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(in_flight)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures or len(confirmed_s) != len(bodies):
        raise StoreUnavailable(f"the bare write failed: {failures[:1]}")
    return rate(items, len(bodies), confirmed_s)


def rate(items: int, writes: int, confirmed_s: Sequence[float]) -> float:
    """Items a second between the first and the last of some writes of equal size."""
    return items * (writes - 1) / writes / (max(confirmed_s) - min(confirmed_s))
