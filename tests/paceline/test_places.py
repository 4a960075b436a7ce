"""The local run's folder and ports."""

import json
import socket
from pathlib import Path

import pytest

from contract.errors import Misconfigured
from paceline.places import NOTE, Addresses, bound, choose_port, occupied
from paceline.processes import free_port, is_listening


def test_a_folder_has_one_run_at_a_time(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with occupied(folder), pytest.raises(Misconfigured, match="another `paceline run` uses"), occupied(folder):
        pytest.fail("two runs share a folder")
    with occupied(folder):
        assert folder.is_dir()


def test_the_folder_is_for_its_owner_only(tmp_path: Path) -> None:
    with occupied(tmp_path / "data") as folder:
        assert folder.stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(Misconfigured, match="can't be used"), occupied(tmp_path / "file" / "data"):
        pytest.fail("a file served as a folder")


def test_the_note_says_where_the_run_is_and_goes_with_it(tmp_path: Path) -> None:
    with occupied(tmp_path) as folder:
        Addresses.at(1883, 8883, 8000).note(folder)
        note = json.loads((folder / NOTE).read_text())
        assert note["mqtt_url"] == "mqtt://127.0.0.1:1883"
        assert note["api_url"] == "http://127.0.0.1:8000"
    assert not (tmp_path / NOTE).exists()


def test_the_usual_port_is_taken_when_it_is_free() -> None:
    port = free_port()
    assert choose_port(port, None) == port


def test_another_port_is_taken_when_the_usual_one_is_in_use() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        usual = taken.getsockname()[1]
        assert choose_port(usual, None) != usual


def test_insisting_on_a_port_in_use_is_a_clear_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(Misconfigured, match="is in use"):
        choose_port(free_port(), taken.getsockname()[1])


def test_two_services_may_not_insist_on_one_port() -> None:
    port = free_port()
    with pytest.raises(Misconfigured, match="choose two different ones"):
        choose_port(1883, port, port)


def test_the_usual_port_is_left_to_the_service_that_insists_on_it() -> None:
    port = free_port()
    assert choose_port(port, None, port) != port


def test_a_port_taken_after_it_was_chosen_is_a_clear_error() -> None:
    port = choose_port(free_port(), None)
    with (
        socket.create_server(("127.0.0.1", port)),
        pytest.raises(Misconfigured, match=f"port {port} is in use"),
        bound("127.0.0.1", port),
    ):
        pytest.fail("two programs have one port")


def test_an_address_of_another_machine_is_a_clear_error() -> None:
    with pytest.raises(Misconfigured, match="can't be listened on"), bound("192.0.2.1", free_port()):
        pytest.fail("bound to an address that this machine doesn't have")


def test_a_bound_port_refuses_clients_until_it_listens() -> None:
    with bound("127.0.0.1", 0) as place:
        port = place.getsockname()[1]
        assert not is_listening(port)
        place.listen()
        assert is_listening(port)
