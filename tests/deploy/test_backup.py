"""deploy/backup and deploy/restore: what was copied from one stack is in another, empty one, to the last row.

There is no Docker here. In its place stands a program that runs `docker compose exec SERVICE ...` on this machine, and
`influx`, of 2.x, is `influxd` of Debian's 1.x, which makes and reads copies likewise. All else is real.
"""

import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from contract.catalogue import CATALOGUE
from tests.deploy.natively import Natively, postgres_program
from tests.deploy.visiting import visitor
from tests.repository.files import ROOT

DOCKER = """\
#!{python}
import os, sys
words = sys.argv[1:]
if words[:2] == ["compose", "up"]:
    sys.exit(0)  # they run already
assert words[:3] == ["compose", "exec", "-T"], words
service, shell, option, script = words[3:]
for inside, here in {paths!r}.items():
    script = script.replace(inside, here)
os.environ["PATH"] = {path!r} + os.pathsep + os.environ["PATH"]
os.environ["PGPORT"] = {port!r}
os.execvp(shell, [shell, option, script])
"""
INFLUX = """\
#!/bin/sh
# influx backup FOLDER; influx restore FOLDER --full
exec influxd "$1" -portable -host {rpc} "$2"
"""


@pytest.fixture
def empty() -> Iterator[Natively]:
    """A place with empty databases, for a stack that is not there yet."""
    folder = Path(tempfile.mkdtemp(prefix="paceline-empty-"))
    folder.chmod(0o755)
    stack = Natively(folder)
    yield stack
    stack.close()
    shutil.rmtree(folder)


def with_docker(stack: Natively, programs: Path) -> dict[str, str]:
    """An environment in which `docker compose` reaches this stack's services."""
    configuration = (stack.folder / "influxdb" / "influxdb.conf").read_text()
    [rpc] = re.findall(r'^bind-address = "(127\.0\.0\.1:\d+)"', configuration)
    paths = {
        "/run/secrets/postgres": str(stack.stack.folder / "secrets/postgres"),
        "/run/secrets/influxdb": str(stack.stack.folder / "secrets/influxdb"),
        "/backup": str(stack.stack.folder / "backup"),
    }
    programs.mkdir()
    postgres = str(Path(postgres_program("pg_dump")).parent)
    docker = DOCKER.format(python=sys.executable, paths=paths, path=postgres, port=str(stack.ports["postgres"]))
    for name, text in (("docker", docker), ("influx", INFLUX.format(rpc=rpc))):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    return {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}


def run(script: str, stack: Natively, copy: Path, programs: Path) -> subprocess.CompletedProcess[str]:
    """As an operator runs it, where docker-compose.yml is."""
    command, env = [str(ROOT / "deploy" / script), str(copy)], with_docker(stack, programs)
    return subprocess.run(command, check=False, capture_output=True, text=True, cwd=stack.folder, env=env)


def tables(stack: Natively) -> dict[str, list[str]]:
    """All rows of all tables, each as text."""
    password = stack.stack.secret("postgres", "password").read_text()
    url = f"postgresql://paceline:{password}@127.0.0.1:{stack.ports['postgres']}/paceline"

    async def fetch() -> dict[str, list[str]]:
        connection = await asyncpg.connect(url)
        try:
            names = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            # Names of our own.
            rows = {name: await connection.fetch(f'SELECT t::text FROM "{name}" AS t') for (name,) in names}  # noqa: S608
        finally:
            await connection.close()
        return {name: sorted(str(row[0]) for row in found) for name, found in rows.items()}

    return asyncio.run(fetch())


def series(stack: Natively) -> dict[str, list[list[Any]]]:
    """All points of all kinds; summaries of days are worked out anew all the time."""
    found: dict[str, list[list[Any]]] = {}
    for kind in CATALOGUE:
        question = f'SELECT * FROM "{kind}" GROUP BY "user_id", "source_device"'  # noqa: S608  # names of our own
        form = {"db": "paceline", "epoch": "ns", "q": question}
        url = f"http://127.0.0.1:{stack.ports['influxdb']}/query"
        [answer] = httpx.post(url, data=form, trust_env=False).raise_for_status().json()["results"]
        found |= {f"{kind} {each['tags']}": each["values"] for each in answer.get("series", [])}
    return found


def secrets(stack: Natively) -> dict[str, bytes]:
    """All secret files, with who may read them."""
    folder = stack.stack.folder / "secrets"
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != ".lock"]
    return {f"{path.relative_to(folder)} {path.stat().st_mode:o}": path.read_bytes() for path in files}


def test_a_copy_holds_all_that_cannot_be_made_anew(native: Natively, empty: Natively, tmp_path: Path) -> None:
    ann = visitor(native, tmp_path)
    ann.http.close()
    assert ann.publish("meals", {"meal_id": "1", "calories": 450.0})["status"] == "stored"
    assert ann.publish("heart_rate", *({"bpm": 60.0 + at, "time": float(at)} for at in range(20)))["stored"] == 20
    longer = "PACELINE_RETENTION_DAYS=3650\n"
    (native.stack.folder / "paceline.env").write_text(longer)
    copy = tmp_path / "copy"
    done = run("backup", native, copy, tmp_path / "programs")
    assert done.returncode == 0, done.stderr
    assert copy.stat().st_mode & 0o077 == 0
    assert run("backup", native, copy, tmp_path / "again").returncode == 1, "an older copy is never written over"

    # The empty databases have the password of the copy's owner, as they would get it from the copy at their start.
    shutil.copy(native.stack.secret("postgres", "password"), empty.stack.secret("postgres", "password"))
    empty.start_influx()
    empty.start_postgres()
    shutil.rmtree(empty.stack.folder)
    empty.stack.environment.unlink()
    done = run("restore", empty, copy, tmp_path / "others")
    assert done.returncode == 0, done.stderr
    assert secrets(empty) == secrets(native)
    assert (empty.stack.data("mosquitto") / "revoked.pem").exists()
    assert (empty.stack.folder / "paceline.env").read_text() == longer
    there, here = tables(native), tables(empty)
    assert here.keys() == there.keys()
    assert any(ann.user_id in row for row in here["people"])
    assert {name: rows for name, rows in here.items() if name != "standings"} == {
        name: rows for name, rows in there.items() if name != "standings"
    }
    copied = series(empty)
    assert copied == series(native)
    assert {name.split()[0] for name in copied if ann.user_id in name} == {"meals", "heart_rate"}
    # And from there on it is a stack like any other.
    empty.set_up()
    assert run("restore", empty, copy, tmp_path / "twice").returncode == 1, "what is there is never written over"
