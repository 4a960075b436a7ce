from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.device_simulator.broker_here import Answerer, Broker


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    running = Broker(tmp_path)
    running.start()
    yield running
    running.kill()


@pytest.fixture
def answerer(broker: Broker) -> Iterator[Answerer]:
    """Stores everything, unless a test says otherwise."""
    somebody = Answerer(broker)
    somebody.start()
    yield somebody
    somebody.stop()
