"""The configuration: what each line is for, on a real Mosquitto."""

import asyncio
import re
import time
from pathlib import Path

import pytest

from broker import mosquitto
from broker.mosquitto import local_config
from broker.options import Endpoint, SessionOptions
from contract.envelope import MAX_BATCH_BYTES
from contract.errors import Misconfigured
from paceline.processes import Child, find_program, free_port, is_listening
from tests.broker.talking import connected, options, running
from tests.servers.mosquitto import MosquittoServer, new_server

SHIPPED = Path(mosquitto.__file__).with_name("mosquitto.conf")


def lines(configuration: str) -> dict[str, str]:
    """Each option and its value; an option that stands twice would be a mistake."""
    found = [line.partition(" ") for line in configuration.splitlines() if line and not line.startswith("#")]
    assert len({name for name, _, _ in found}) == len(found)
    return {name: value for name, _, value in found}


def test_the_local_run_differs_from_the_container_s_only_in_where_it_is(tmp_path: Path) -> None:
    shipped, local = lines(SHIPPED.read_text()), lines(local_config(tmp_path, 1884))
    differing = {name for name in shipped.keys() | local.keys() if shipped.get(name) != local.get(name)}
    assert differing - {"user"} == {"listener", "persistence_location"}
    assert local["listener"] == "1884 127.0.0.1"
    assert local["persistence_location"] == str(tmp_path)


def test_every_line_of_the_configuration_has_its_why() -> None:
    for block in re.split(r"\n\s*\n", SHIPPED.read_text()):
        if not all(line.startswith("#") for line in block.strip().splitlines()):
            assert block.startswith("#"), block


def test_the_container_s_configuration_is_one_that_mosquitto_takes(tmp_path: Path) -> None:
    port, configuration = free_port(), tmp_path / "mosquitto.conf"
    text = SHIPPED.read_text().replace("listener 1883", f"listener {port} 127.0.0.1")
    configuration.write_text(text.replace("/mosquitto/data", str(tmp_path)))
    child = Child([find_program("mosquitto", "mosquitto"), "-c", str(configuration)], log=tmp_path / "log")
    child.start()
    try:
        child.wait_ready(lambda: is_listening(port))
    finally:
        child.stop()
    assert "running" in child.last_words()
    assert "Error: Unknown" not in child.last_words(100)


def test_limits_fit_each_other() -> None:
    limits = {name: int(value) for name, value in lines(SHIPPED.read_text()).items() if value.isdecimal()}
    most = limits["max_packet_size"]
    assert most > MAX_BATCH_BYTES + 1_000
    # A broker drops what is larger than its subscriber takes; a topic may grow by 64 KiB, if an alias stood for it.
    ours = SessionOptions(client_id="a", endpoint=Endpoint("h", 1), session_expiry_s=0).max_packet_size
    assert ours is not None
    assert most + 65_536 < ours
    assert limits["max_queued_messages"] >= 10 * 10_000
    assert limits["max_inflight_bytes"] > 10 * most
    assert limits["max_queued_bytes"] > limits["max_inflight_bytes"]


@pytest.mark.parametrize("name", ["with space", "Übung ⌚", "#"])
async def test_the_data_folder_may_have_any_printable_name(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    server = new_server(folder)
    server.start()
    server.stop()
    assert (folder / "mosquitto.db").exists()


def test_a_folder_name_cannot_add_lines_to_the_configuration(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured):
        local_config(tmp_path / "x\nallow_anonymous true", 1884)


async def test_publishers_are_told_how_much_the_broker_takes(mosquitto: MosquittoServer) -> None:
    async with connected(options(mosquitto.endpoint, keep_alive_s=0)) as listener:
        answers = [listener.session.publish("nobody", b"") for _ in range(1_001)]
        assert (listener.session.in_flight, listener.session.queued) == (1_000, 1)
        assert set(await asyncio.gather(*answers)) == {16}


async def test_a_backlog_of_ten_thousand_batches_outlives_a_kill(own_mosquitto: MosquittoServer) -> None:
    kept = options(own_mosquitto.endpoint, "a", session_expiry_s=600, receive_max=1_000)
    count = 10_000
    async with connected(kept), connected(options(own_mosquitto.endpoint)) as publisher:
        async with connected(kept):
            pass
        answers = [publisher.session.publish("a", b"%d" % at) for at in range(count)]
        assert set(await asyncio.gather(*answers)) == {0}
        answered = time.time()
    saved = own_mosquitto.child.log.with_name("mosquitto.db")
    own_mosquitto.child.wait_ready(lambda: saved.exists() and saved.stat().st_mtime > answered)
    own_mosquitto.kill()
    own_mosquitto.start()
    async with running(kept) as listener:
        for at in range(count):
            delivery = await listener.next()
            assert delivery.payload == b"%d" % at
            listener.session.acknowledge([delivery])
