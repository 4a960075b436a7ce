"""`paceline simulate` with people who have accounts and certificates, against a local run."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.errors import Misconfigured
from device_simulator.address import Address
from device_simulator.enrolled import Enrolled, people, person
from device_simulator.enrolling import enroll
from paceline.processes import free_port
from tests.paceline.test_local import LocalRun

SEED = 6


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalRun]:
    folder = tmp_path_factory.mktemp("house")
    run = LocalRun(folder / "data", folder / "run.log", "--no-demo", env={"PACELINE_RATE_LOGIN": "1000/second"})
    run.start()
    yield run
    run.child.stop()


def api_url(house: LocalRun) -> str:
    return str(house.addresses["api_url"])


def simulate(house: LocalRun, *arguments: str) -> subprocess.CompletedProcess[str]:
    folder = house.note.parents[1]
    command = [sys.executable, "-m", "paceline", "simulate", *arguments]
    env = {**house.child.env, "PACELINE_DATA": str(house.note.parent), "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=120)


def test_people_get_accounts_and_certificates_and_publish_as_themselves(house: LocalRun) -> None:
    options = [
        "--certificates",
        "certificates",
        "--devices",
        "3",
        "--interval",
        "0.2",
        "--duration",
        "1",
        "--seed",
        "6",
    ]
    done = simulate(house, "--api", api_url(house), *options)
    assert done.returncode == 0, done.stderr
    folder = house.note.parents[1] / "certificates"
    user_ids = {each.user_id for each in people(folder)}
    assert len(user_ids) == 3
    log = (house.note.parent / "broker" / "mosquitto.log").read_text()
    assert all(f"u'{user_id}'" in log for user_id in user_ids), "each with their own certificate"
    assert all(path.stat().st_mode & 0o077 == 0 for path in [folder, *folder.iterdir()])
    verified = simulate(house, "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert "published                0" not in verified.stdout
    again = simulate(house, "--api", "http://127.0.0.1:1", *options)
    assert again.returncode == 0, "everybody is there, so nothing is asked"


def test_a_service_identity_may_publish_as_anybody(house: LocalRun, tmp_path: Path) -> None:
    made = subprocess.run(
        [sys.executable, "-m", "paceline", "setup", "--simulator"],
        env={**house.child.env, "PACELINE_DATA": str(house.note.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    identity = next(house.note.parent.rglob("svc-simulator/certificate.pem")).parent
    url = str(house.addresses["mqtts_url"])
    options = ["--broker", url, "--devices", "3", "--interval", "0.2", "--duration", "1", "--seed", "7"]
    done = simulate(house, "--certificates", str(identity), *options)
    assert done.returncode == 0, done.stderr
    verified = simulate(house, "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr


async def test_who_was_stopped_in_the_middle_goes_on(house: LocalRun, tmp_path: Path) -> None:
    await enroll(api_url(house), tmp_path, SEED, [0])
    kept = person(tmp_path, 0)
    assert kept is not None
    before, kept.user_id = kept.user_id, None
    kept.write(tmp_path)
    assert list(people(tmp_path)) == []
    done: list[int] = []
    await enroll(api_url(house), tmp_path, SEED, range(2), done.append)
    assert sorted(done) == [0, 1]
    again = person(tmp_path, 0)
    assert again is not None
    assert (again.user_id, again.email) == (before, kept.email)
    assert kept.password not in repr(kept)


async def test_devices_go_by_the_id_that_they_are_known_by(house: LocalRun, tmp_path: Path) -> None:
    await enroll(api_url(house), tmp_path, SEED, [4])
    address = Address.parse(str(house.addresses["mqtts_url"]), certificates=tmp_path)
    (known,) = people(tmp_path)
    assert address.user_ids == {4: known.user_id}


async def test_an_api_that_is_not_there_or_will_not_is_told_plainly(house: LocalRun, tmp_path: Path) -> None:
    with pytest.RaisesGroup(pytest.RaisesExc(Misconfigured, match="can't be asked")):
        await enroll(f"http://127.0.0.1:{free_port()}", tmp_path, SEED, [0])
    Enrolled(index=0, email="not an address", password="x").write(tmp_path)
    with pytest.RaisesGroup(pytest.RaisesExc(Misconfigured, match="refuses users/register with 422")):
        await enroll(api_url(house), tmp_path, SEED, [0])


async def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "person-0.json").write_text("{")
    with pytest.raises(Misconfigured, match=r"person-0\.json"):
        await asyncio.to_thread(list, people(tmp_path))


def test_the_api_needs_a_folder(house: LocalRun) -> None:
    done = simulate(house, "--api", api_url(house))
    assert done.returncode == 2
    assert "--certificates" in done.stderr
