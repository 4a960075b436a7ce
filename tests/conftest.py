"""What holds for all tests: the servers they may ask for, and an environment without the tester's own settings."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.servers.mosquitto", "tests.servers.guarded", "tests.servers.influx", "tests.servers.postgres"]

# How fast an example runs says more about the machine than about the rule.
settings.register_profile("paceline", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("paceline")


@pytest.fixture(scope="session", autouse=True)
def clean_environment() -> Iterator[None]:
    """Keep the tester's own settings out, but for the InfluxDB that the suite is to be run against."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.upper().startswith("PACELINE_") and not name.upper().startswith("PACELINE_INFLUX_"):
                patch.delenv(name)
        yield
