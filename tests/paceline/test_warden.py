"""The warden of a Mosquitto that was started elsewhere; with all the rest it is in tests/deploy."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from contract.errors import BrokerUnavailable, Misconfigured
from paceline.settings import Settings
from paceline.warden import hang_up, watch_over


def test_it_is_told_by_the_signal_at_which_mosquitto_reads_its_lists() -> None:
    with subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"]) as broker:
        hang_up(broker.pid)
        assert broker.wait(20) == -signal.SIGHUP
    with pytest.raises(BrokerUnavailable, match="not running"):
        hang_up(broker.pid)


@pytest.mark.parametrize("content", [None, b"no certificate"])
async def test_an_authority_that_can_not_be_read_is_told(tmp_path: Path, content: bytes | None) -> None:
    authority = tmp_path / "ca.pem"
    if content is not None:
        authority.write_bytes(content)
    settings = Settings.model_construct(broker_url="mqtts://127.0.0.1:1", broker_ca=authority, data=tmp_path)
    with pytest.raises(Misconfigured, match=r"certificate .* can't be read"):
        await watch_over(settings, tmp_path, 1)


async def test_without_a_certificate_there_is_no_warden(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="mqtts"):
        await watch_over(Settings.model_construct(broker_url="mqtt://127.0.0.1:1"), tmp_path, 1)
