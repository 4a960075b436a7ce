"""One stack for the tests of this folder: all services of docker-compose.yml at once, without Docker."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.natively import Natively, started


@pytest.fixture(scope="package")
def native() -> Iterator[Natively]:
    """Who changes something does so for people and devices of their own."""
    # Not in pytest's own folder, which only its owner may enter: PostgreSQL does not run as root.
    folder = Path(tempfile.mkdtemp(prefix="paceline-stack-"))
    folder.chmod(0o755)
    try:
        with started(folder) as stack:
            yield stack
    finally:
        shutil.rmtree(folder)
