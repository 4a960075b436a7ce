"""TLS with a real Mosquitto and an authority made for the test."""

import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from broker.session import Endpoint, Session
from contract.errors import BrokerUnavailable, Misconfigured
from paceline.processes import free_port, is_listening
from tests.broker.talking import connected, options
from tests.servers.mosquitto import MosquittoServer, new_server

LISTENER = """
listener {port} 127.0.0.1
cafile {folder}/ca.pem
certfile {folder}/server.pem
keyfile {folder}/server.key
require_certificate {required}
use_identity_as_username {required}
"""
NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


def openssl(*arguments: str | Path) -> None:
    """Run the program, and tell what it says if it fails."""
    ended = subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr


def new_authority(folder: Path, name: str = "ca") -> None:
    """`ca.pem` and `ca.key`: an authority for a day."""
    key, certificate = folder / f"{name}.key", folder / f"{name}.pem"
    openssl("req", "-x509", *NEW_KEY, "-keyout", key, "-out", certificate, "-days", "1", "-subj", f"/CN={name}")


def new_certificate(folder: Path, name: str, authority: str = "ca") -> None:
    """`{name}.pem` and `{name}.key`, signed by the authority, good for 127.0.0.1."""
    request, extensions = folder / f"{name}.csr", folder / f"{name}.ext"
    openssl("req", *NEW_KEY, "-keyout", folder / f"{name}.key", "-out", request, "-subj", f"/CN={name}")
    extensions.write_text("subjectAltName=IP:127.0.0.1\n")
    signer = ("-CA", folder / f"{authority}.pem", "-CAkey", folder / f"{authority}.key", "-CAcreateserial")
    signed = ("-days", "1", "-extfile", extensions, "-out", folder / f"{name}.pem")
    openssl("x509", "-req", "-in", request, *signer, *signed)


@dataclass(frozen=True, slots=True)
class SecureServer:
    """A Mosquitto with TLS.

    Attributes:
        folder: has `ca.pem`, and certificates and keys by name.
        port: asks for no certificate.
        strict_port: asks for one that the authority has signed.
        plain: the server itself, without TLS.
    """

    folder: Path
    port: int
    strict_port: int
    plain: MosquittoServer

    def context(self, authority: str = "ca", certificate: str | None = None) -> ssl.SSLContext:
        """Trusts the authority, and shows the certificate."""
        context = ssl.create_default_context(cafile=self.folder / f"{authority}.pem")
        if certificate:
            context.load_cert_chain(self.folder / f"{certificate}.pem", self.folder / f"{certificate}.key")
        return context

    def endpoint(self, port: int, authority: str = "ca", certificate: str | None = None) -> Endpoint:
        """One of its listeners."""
        return Endpoint("127.0.0.1", port, self.context(authority, certificate))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecureServer]:
    folder = tmp_path_factory.mktemp("tls")
    for authority in ("ca", "stranger"):
        new_authority(folder, authority)
    for name in ("server", "device"):
        new_certificate(folder, name)
    new_certificate(folder, "impostor", authority="stranger")
    port, strict_port = free_port(), free_port()
    listeners = [(port, "false"), (strict_port, "true")]
    more = "".join(LISTENER.format(port=port, folder=folder, required=required) for port, required in listeners)
    plain = new_server(folder, more=more)
    plain.start()
    plain.child.wait_ready(lambda: is_listening(port) and is_listening(strict_port))
    yield SecureServer(folder, port, strict_port, plain)
    plain.stop()


async def test_a_session_speaks_tls(server: SecureServer) -> None:
    async with connected(options(server.endpoint(server.port), "a")) as listener:
        assert await listener.session.publish("a", bytes(100_000)) == 0
        heard = await listener.next()
        assert heard.payload == bytes(100_000)
        listener.session.acknowledge([heard])
        await listener.settle()
    assert await listener.lost() is None


async def test_a_dropped_tls_connection_is_a_loss(server: SecureServer) -> None:
    async with connected(options(server.endpoint(server.port))) as listener:
        listener.session.abort()
        assert isinstance(await listener.lost(), BrokerUnavailable)


async def test_a_certificate_of_ours_opens_the_strict_listener(server: SecureServer) -> None:
    endpoint = server.endpoint(server.strict_port, certificate="device")
    async with connected(options(endpoint, "b")) as listener:
        assert await listener.session.publish("b", b"") == 0


async def test_a_broker_of_an_unknown_authority_is_for_a_person_to_put_right(server: SecureServer) -> None:
    with pytest.raises(Misconfigured, match="certificate"):
        await Session(options(server.endpoint(server.port, authority="stranger"))).connect()


@pytest.mark.parametrize("certificate", [None, "impostor"])
async def test_a_refused_certificate_of_ours_is_for_a_person_to_put_right(
    server: SecureServer, certificate: str | None
) -> None:
    session = Session(options(server.endpoint(server.strict_port, certificate=certificate)))
    with pytest.raises(Misconfigured, match="certificate"):
        await session.run()


async def test_a_broker_that_speaks_no_tls_is_unavailable(server: SecureServer) -> None:
    with pytest.raises(BrokerUnavailable):
        await Session(options(server.endpoint(server.plain.port), connect_timeout_s=5)).connect()
