from collections.abc import Iterator

import pytest

from tests.device_simulator.answerer import Answerer
from tests.servers.mosquitto import MosquittoServer


@pytest.fixture
def answerer(own_mosquitto: MosquittoServer) -> Iterator[Answerer]:
    """Stores everything, unless a test says otherwise."""
    somebody = Answerer(own_mosquitto)
    somebody.start()
    yield somebody
    somebody.stop()
