"""The services of docker-compose.yml without Docker: each with its very command, environment and files.

What containers give is put in place by replacing text: a path that a volume would be mounted at becomes the volume's
source, a service's name and port become 127.0.0.1 and a free port. Two things differ. InfluxDB is Debian's 1.x, which
knows no tokens; and where tests are root, so are the services (PostgreSQL, which refuses that, is `postgres`).
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from broker.mosquitto import find_plugin
from paceline.answers import answers
from paceline.processes import Child, find_program, free_port, is_listening
from paceline.stack import RECORDS, Stack
from tests.deploy.composition import Service, services
from tests.repository.files import ROOT
from tests.servers.influx import new_server

PORTS = {
    "mosquitto:8883": "mqtts",
    "influxdb:8086": "influxdb",
    "postgres:5432": "postgres",
    "ingestor:9101": "ingestor",
    "insights:9102": "insights",
    "warden:9104": "warden",
    "api:8000": "api",
    "machine:9100": "machine",
    "localhost:9090": "prometheus",
}
"""Where services find each other, and a name for the port that stands for it here."""


class Natively:
    """One stack.

    Args:
        folder: for all of it; services that are not root can enter it.

    Attributes:
        stack: its folder as `paceline setup --stack` makes it.
        ports: by name.
        children: what runs, by service.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stack = Stack(folder / "stack")
        self.services = services()
        self.ports = {name: free_port() for name in PORTS.values()}
        self.children: dict[str, Child] = {}
        self._ending = ExitStack()
        self._run_once(
            "furnish", [sys.executable, "-m", "paceline", "setup", "--stack", "stack", "--host", "localhost"]
        )

    def close(self) -> None:
        """End all of it, the last one first."""
        self._ending.close()

    def run(self, name: str, command: list[str], **env: str) -> Child:
        """Start a service with this command, and what the stack says of its environment."""
        service = self.services[name]
        told = {each: self.translated(service, value) for each, value in service.environment.items()}
        # In a folder without a file .env of somebody's.
        child = Child(command, log=self.folder / f"{name}.log", env={**told, **env}, cwd=self.folder)
        child.start()
        self.children[name] = child
        self._ending.callback(child.stop)
        return child

    def run_ours(self, name: str, port: str | None = None, **env: str) -> Child:
        """Start a service of ours with its own command, and wait until it answers."""
        service = self.services[name]
        command = [sys.executable, "-m", "paceline", *(self.translated(service, part) for part in service.command)]
        bound = {each: "127.0.0.1" for each, value in service.environment.items() if value == "0.0.0.0"}  # noqa: S104
        chosen = {each: str(self.ports[port]) for each in service.environment if port and each.endswith("_PORT")}
        child = self.run(name, command, **bound, **chosen, **self.records_of(name), **env)
        if port:
            child.wait_ready(lambda: is_listening(self.ports[port]))
        return child

    def run_once(self, name: str, *command: str) -> None:
        """Run a command of ours to its end, as an operator does beside the stack's folder."""
        self._run_once(name, [sys.executable, "-m", "paceline", *command])

    def records_of(self, name: str) -> Mapping[str, str]:
        """A service's own URL of the records, leading to where they are here."""
        file = self.stack.secret(name, RECORDS)
        if not file.exists():
            return {}
        return {RECORDS: file.read_text().replace("@postgres/", f"@127.0.0.1:{self.ports['postgres']}/")}

    def secret_of_boards(self) -> str:
        """The password with which Grafana asks the records."""
        return self.stack.secret("grafana", "records-password").read_text()

    def translated(self, service: Service, said: str) -> str:
        """What a service is told, with this machine's paths and ports."""
        places = {mount.target: self.place(mount.source) for mount in service.mounts}
        # Of a folder of which only files are mounted, the folder itself.
        places |= {
            str(Path(at).parent): place.parent for at, place in places.items() if place.suffix in {".key", ".pem"}
        }
        known = {at: str(place) for at, place in places.items()}
        known |= {address: f"127.0.0.1:{self.ports[port]}" for address, port in PORTS.items()}
        # At once, the longest first: what was put in is not to be replaced again.
        pattern = "|".join(re.escape(each) for each in sorted(known, key=len, reverse=True))
        return re.sub(pattern, lambda found: known[found[0]], said)

    def place(self, source: str) -> Path:
        """A volume's source on this machine."""
        if source.startswith("/"):
            return Path(source)
        path = source.removeprefix("./")
        return (self.folder if path.startswith("stack") else ROOT) / path

    # ---- Those that are not ours ------------------------------------------------------------------------------------

    def start_influx(self) -> None:
        """Debian's InfluxDB; it knows nothing of tokens."""
        home = self.folder / "influxdb"
        home.mkdir()
        server = new_server(home)
        server.start()
        assert server.child
        self.children["influxdb"] = server.child
        self._ending.callback(server.child.stop)
        self.ports["influxdb"] = int(server.url.rpartition(":")[2])

    def start_postgres(self) -> None:
        """PostgreSQL as its image would be started: made with the stack's password and arguments, then its command."""
        service, home = self.services["postgres"], self.folder / "postgres"
        home.mkdir()
        for source in (self.stack.secret("postgres", "password"), *self.place("deploy/postgres").iterdir()):
            shutil.copy(source, home)
            shutil.chown(home / source.name, *_OWNER)
        shutil.chown(home, *_OWNER)
        made = ["initdb", "-D", str(home / "data"), "-U", service.environment["POSTGRES_USER"], "--no-sync"]
        made += ["--pwfile", str(home / "password"), *service.environment["POSTGRES_INITDB_ARGS"].split()]
        self._run_once("initdb", [*_AS_OWNER, postgres_program(made[0]), *made[1:]])
        asked = [part.replace("/etc/paceline", str(home)) for part in service.command[1:]]
        here = {"listen_addresses": "127.0.0.1", "port": str(self.ports["postgres"]), "unix_socket_directories": ""}
        asked += [part for name, value in here.items() for part in ("-c", f"{name}={value}")]
        child = self.run("postgres", [*_AS_OWNER, postgres_program("postgres"), "-D", str(home / "data"), *asked])
        asked = self.as_owner("pg_isready")
        child.wait_ready(lambda: subprocess.run(asked, check=False, capture_output=True).returncode == 0)
        self._run_once("createdb", [*self.as_owner("createdb"), service.environment["POSTGRES_DB"]])

    def as_owner(self, program: str) -> list[str]:
        """A program of PostgreSQL as the owner of its databases."""
        password = self.stack.secret("postgres", "password").read_text()
        where = ["-h", "127.0.0.1", "-p", str(self.ports["postgres"]), "-U", "paceline"]
        return ["env", f"PGPASSWORD={password}", postgres_program(program), *where]

    def set_up(self) -> None:
        """The one-shot service between the databases and the rest."""
        service = self.services["setup"]
        command = [self.translated(service, part) for part in service.command]
        told = {each: self.translated(service, value) for each, value in service.environment.items()}
        self._run_once("setup", [sys.executable, "-m", "paceline", *command], **told, **dict(self.records_of("setup")))

    def start_mosquitto(self) -> None:
        """Mosquitto with the container's own configuration."""
        service = self.services["mosquitto"]
        [(_, _, configuration)] = [service.command]
        shipped = next(mount.source for mount in service.mounts if mount.target == configuration)
        said = self.translated(service, self.place(shipped).read_text())
        said = said.replace("listener 8883", f"listener {self.ports['mqtts']} 127.0.0.1")
        said = said.replace("/usr/lib/mosquitto_dynamic_security.so", str(find_plugin()))
        copy = self.folder / "mosquitto.conf"
        copy.write_text(said + ("user root\n" if os.geteuid() == 0 else ""))
        child = self.run("mosquitto", [find_program("mosquitto", "mosquitto"), "-c", str(copy)])
        child.wait_ready(lambda: is_listening(self.ports["mqtts"]))

    def start_prometheus(self) -> None:
        """Prometheus with its configuration and rules, asking everybody each second."""
        service = self.services["prometheus"]
        copies = self.folder / "prometheus"
        copies.mkdir()
        for each in self.place("deploy/prometheus").iterdir():
            (copies / each.name).write_text(self.translated(service, each.read_text()).replace("15s", "1s"))
        (copies / "prometheus.yml").write_text(
            (copies / "prometheus.yml").read_text().replace("scrape_timeout: 10s", "scrape_timeout: 1s")
        )
        command = [self.translated(service, part) for part in service.command]
        command[0] = f"--config.file={copies / 'prometheus.yml'}"
        here = f"--web.listen-address=127.0.0.1:{self.ports['prometheus']}"
        child = self.run("prometheus", [find_program("prometheus", "prometheus"), *command, here])
        ready = f"http://127.0.0.1:{self.ports['prometheus']}/-/ready"
        child.wait_ready(lambda: answers(ready))

    def start_machine(self) -> None:
        """The exporter of the machine's own figures."""
        service = self.services["machine"]
        command = [part.replace("/machine", "/") for part in service.command]
        # Debian's name, if it is not under its own.
        name = "node_exporter" if shutil.which("node_exporter") else "prometheus-node-exporter"
        program = find_program(name, "prometheus-node-exporter")
        here = f"--web.listen-address=127.0.0.1:{self.ports['machine']}"
        child = self.run("machine", [program, *command, here])
        child.wait_ready(lambda: is_listening(self.ports["machine"]))

    def _run_once(self, name: str, command: list[str], **env: str) -> None:
        child = Child(command, log=self.folder / f"{name}.log", env=env, cwd=self.folder)
        child.start()
        assert child.process
        assert child.process.wait(60) == 0, child.last_words()


_OWNER = ("postgres", "postgres") if os.geteuid() == 0 else (os.geteuid(), os.getegid())
_AS_OWNER = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"] if os.geteuid() == 0 else []


def postgres_program(program: str) -> str:
    """A program of the newest PostgreSQL; Debian keeps them out of PATH."""
    versions = Path("/usr/lib/postgresql").glob(f"*/bin/{program}")
    newest = max(versions, key=lambda path: float(path.parent.parent.name), default=None)
    return str(newest) if newest else find_program(program, "postgresql")


@contextmanager
def started(folder: Path) -> Iterator[Natively]:
    """All services, in the order in which they need each other."""
    stack = Natively(folder)
    try:
        stack.start_influx()
        stack.start_postgres()
        stack.set_up()
        stack.start_mosquitto()
        broker = str(stack.children["mosquitto"].pid)
        stack.services["warden"].said["command"][-1] = broker
        for name in ("warden", "ingestor", "insights", "api"):
            stack.run_ours(name, name)
        stack.start_machine()
        stack.start_prometheus()
        yield stack
    finally:
        stack.close()
