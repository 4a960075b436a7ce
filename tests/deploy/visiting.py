"""People and devices that come to a stack from outside: over HTTP, and over MQTT with a certificate."""

import json
import os
import re
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from tests.deploy.natively import Natively

PATIENCE_S = 30.0


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody with an account, who was made as an operator makes people, and a device of theirs.

    Attributes:
        stack: where.
        user_id: their id.
        http: asks the API in their name.
        device: what the API said of the device, with its certificate and key.
        files: folder for these.
    """

    stack: Natively
    user_id: str
    http: httpx.Client
    device: dict[str, Any]
    files: Path

    def publish(self, kind: str, *items: dict[str, Any]) -> dict[str, Any]:
        """Publish a batch of this moment from the device, and wait for the receipt."""
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        batch = {"user_id": self.user_id, "timestamp": now, "source_device": "watch", "batch_id": uuid4().hex}
        receipts: list[dict[str, Any]] = []
        client = self._client()
        client.on_connect = lambda asker, *_: asker.subscribe(f"v1/users/{self.user_id}/inbox/receipts", qos=1)
        topic, payload = f"v1/users/{self.user_id}/telemetry/{kind}", json.dumps(batch | {"items": items})
        client.on_subscribe = lambda asker, *_: asker.publish(topic, payload, qos=1)
        client.on_message = lambda _client, _data, message: receipts.append(json.loads(message.payload))
        client.connect("127.0.0.1", self.stack.ports["mqtts"])
        deadline = time.monotonic() + PATIENCE_S
        while not receipts:
            assert time.monotonic() < deadline, "no receipt"
            client.loop(timeout=0.1)
        _leave(client)
        return receipts[0]

    def is_refused(self) -> bool:
        """Whether the broker ends a connection with the certificate before it says CONNACK."""
        client, accepted = self._client(), []
        client.on_connect = lambda *_: accepted.append(True)
        try:
            client.connect("127.0.0.1", self.stack.ports["mqtts"])
            # With TLS 1.3 the refusal may come as the end of the connection.
            while client.loop(timeout=0.1) == paho.MQTT_ERR_SUCCESS and not accepted:
                pass
        except (ssl.SSLError, ConnectionError):
            return True
        finally:
            _leave(client)
        return not accepted

    def _client(self) -> paho.Client:
        client = paho.Client(CallbackAPIVersion.VERSION2, client_id=self.device["client_id"])
        for field in ("certificate", "private_key", "authority"):
            (self.files / field).write_text(self.device[field])
        context = ssl.create_default_context(cafile=self.files / "authority")
        context.load_cert_chain(self.files / "certificate", self.files / "private_key")
        client.tls_set_context(context)
        return client


def _leave(client: paho.Client) -> None:
    """Say farewell, and close the socket: without a loop of its own the client would not."""
    client.disconnect()
    if opened := client.socket():
        opened.close()


def api(stack: Natively, token: str | None = None) -> httpx.Client:
    """Asks the API."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    url = f"http://127.0.0.1:{stack.ports['api']}/api/v1"
    # Without the shell's proxies: it is on this machine.
    return httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=PATIENCE_S)


def visitor(stack: Natively, files: Path) -> Visitor:
    """Somebody new, with a device; the stack registers nobody by itself."""
    email = f"{uuid4().hex}@example.org"
    command = [sys.executable, "-m", "paceline", "people", "add", email, "--name", "Ann O'Hara"]
    env = {**os.environ, **stack.records_of("api")}
    added = subprocess.run(command, check=True, capture_output=True, text=True, cwd=stack.folder, env=env)
    [password] = re.findall(r"^password, shown this once: (\S+)$", added.stdout, flags=re.MULTILINE)
    with api(stack) as nobody:
        login = nobody.post("/users/login", data={"username": email, "password": password}).raise_for_status()
    http = api(stack, login.json()["access_token"])
    device = http.post("/devices", json={"name": "watch"}).raise_for_status().json()
    return Visitor(stack, device["user_id"], http, device, files)


def until(found: Callable[[], object]) -> None:
    """Wait for what no event tells of: Prometheus asks everybody each second."""
    deadline = time.monotonic() + PATIENCE_S
    while not found():
        assert time.monotonic() < deadline
        time.sleep(0.1)
