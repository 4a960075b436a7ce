"""The configuration: what each line is for, on a real Mosquitto."""

import asyncio
import os
import re
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from broker import mosquitto
from broker.authority.folder import BROKER, make_identities
from broker.mosquitto import BrokerPlace, config_of, find_plugin, prepare
from broker.options import Endpoint, SessionOptions
from contract.envelope import MAX_BATCH_BYTES
from contract.errors import Misconfigured
from paceline.mosquitto import running_mosquitto
from paceline.processes import Child, find_program, free_port, is_listening
from tests.broker.talking import connected, options, running
from tests.servers.mosquitto import MosquittoServer

SHIPPED = Path(mosquitto.__file__).with_name("mosquitto.conf")


SECOND_PART = {
    *("listener", "cafile", "certfile", "keyfile", "crlfile", "require_certificate", "use_identity_as_username"),
    *("acl_file", "plugin", "plugin_opt_config_file", "persistence_location"),
}


def lines(configuration: str) -> dict[str, str]:
    """Each option and its value; an option that stands twice would be a mistake."""
    found = [line.partition(" ") for line in configuration.splitlines() if line and not line.startswith("#")]
    assert len({name for name, _, _ in found}) == len(found)
    return {name: value for name, _, value in found}


def place(folder: Path, password_port: int | None = None) -> BrokerPlace:
    """A broker's place in this folder, with an identity."""
    make_identities(folder / "authority", (), ["127.0.0.1"], datetime.now(UTC))
    state = folder / "state"
    state.mkdir(exist_ok=True)
    return BrokerPlace(state, folder / "authority" / BROKER, free_port(), password_port, "127.0.0.1")


def test_a_broker_of_ours_differs_from_the_container_s_only_in_where_it_is(tmp_path: Path) -> None:
    shipped, ours = lines(SHIPPED.read_text()), lines(config_of(place(tmp_path)))
    differing = {name for name in shipped.keys() | ours.keys() if shipped.get(name) != ours.get(name)}
    assert differing - {"user"} <= SECOND_PART
    assert shipped.keys() == ours.keys() - {"user"}
    assert {name for name, value in ours.items() if value == "true"} >= {
        "require_certificate",
        "use_identity_as_username",
    }


def test_nobody_is_anonymous_anywhere(tmp_path: Path) -> None:
    configurations = [SHIPPED.read_text(), config_of(place(tmp_path)), config_of(place(tmp_path, free_port()))]
    for configuration in configurations:
        said = [line for line in configuration.splitlines() if line.startswith("allow_anonymous")]
        assert said == ["allow_anonymous false"]


def test_passwords_are_for_this_machine_only(tmp_path: Path) -> None:
    port = free_port()
    assert f"\nlistener {port} 127.0.0.1\n" in config_of(place(tmp_path, port))
    assert "password_file" not in config_of(place(tmp_path))


def test_every_line_of_the_configuration_has_its_why() -> None:
    for block in re.split(r"\n\s*\n", SHIPPED.read_text()):
        if not all(line.startswith("#") for line in block.strip().splitlines()):
            assert block.startswith("#"), block


def test_the_container_s_configuration_is_one_that_mosquitto_takes(tmp_path: Path) -> None:
    there = place(tmp_path)
    prepare(there)
    text = SHIPPED.read_text().replace("listener 8883", f"listener {there.tls_port} 127.0.0.1")
    for shipped, ours in (
        ("/mosquitto/data", there.state),
        ("/mosquitto/identity", there.identity),
        ("/usr/lib/mosquitto_dynamic_security.so", find_plugin()),
    ):
        assert shipped in text
        text = text.replace(shipped, str(ours))
    there.configuration.write_text(text + ("user root\n" if os.geteuid() == 0 else ""))
    child = Child([find_program("mosquitto", "mosquitto"), "-c", str(there.configuration)], log=tmp_path / "log")
    child.start()
    try:
        child.wait_ready(lambda: "running" in child.last_words(100))
        assert is_listening(there.tls_port)
    finally:
        child.stop()
    assert "Error: " not in child.last_words(100)


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
    there = place(folder, free_port())
    there.passwords.touch()
    with running_mosquitto(there) as broker:
        # It listens before it minds signals: ended sooner, it would save nothing.
        broker.wait_ready(lambda: "running" in broker.last_words(100))
    assert (there.state / "mosquitto.db").exists()


def test_a_folder_name_cannot_add_lines_to_the_configuration(tmp_path: Path) -> None:
    hostile = tmp_path / "x\nallow_anonymous true"
    with pytest.raises(Misconfigured):
        config_of(BrokerPlace(hostile, tmp_path, 1884))
    with pytest.raises(Misconfigured):
        config_of(BrokerPlace(tmp_path, hostile, 1884))


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
