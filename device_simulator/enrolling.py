"""Making accounts and certificates for simulated people through the API, as an app does for its user.

The rules of this file:

1. What is there is not made again: a folder that has everybody costs no request.
2. E-mail address and password are written down before the account is made, the user id when the certificate is there.
   So it can be stopped at any moment, and goes on from there.
3. The key is made here and never leaves: the API sees a signing request (PKCS #10).
4. When the API asks for patience (429, 503), it is given.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex, token_urlsafe
from typing import Any

import aiohttp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from broker.files import make_private_folder, write_private
from contract.errors import Misconfigured
from device_simulator.enrolled import Enrolled, person
from device_simulator.people.person import Person

_AT_ONCE = 4
"""A password costs the API some 50 ms of work, on purpose."""
_LONGEST_PATIENCE_S = 60
_TIMEOUT = aiohttp.ClientTimeout(total=30)

Answer = Mapping[str, Any]


async def enroll(
    api_url: str, folder: Path, seed: int, indexes: Iterable[int], on_done: Callable[[int], None] = lambda _: None
) -> None:
    """Give an account and a certificate to all of these people that have none in the folder yet.

    Args:
        api_url: the API's, without `/api/v1`.
        folder: see `device_simulator.enrolled`; made if need be.
        seed: of the people.
        indexes: of the people.
        on_done: called with the index of each who has just got theirs.

    Raises:
        Misconfigured: the API is not there or refuses; the message says why.
    """
    missing = [index for index in indexes if not _is_done(person(folder, index))]
    if not missing:
        return
    try:
        make_private_folder(folder)
    except OSError as error:
        raise Misconfigured(f"the folder {folder} can't be used: {error.strerror}") from None
    waiting = iter(missing)
    async with aiohttp.ClientSession(f"{api_url.rstrip('/')}/", timeout=_TIMEOUT) as session:
        api = _Api(session, api_url)
        async with asyncio.TaskGroup() as group:
            for _ in range(_AT_ONCE):
                group.create_task(_work(waiting, api, folder, seed, on_done))


def _is_done(found: Enrolled | None) -> bool:
    return found is not None and found.user_id is not None


async def _work(waiting: Iterable[int], api: "_Api", folder: Path, seed: int, on_done: Callable[[int], None]) -> None:
    for index in waiting:
        await _enroll_one(api, folder, Person.from_seed(seed, index))
        on_done(index)


async def _enroll_one(api: "_Api", folder: Path, someone: Person) -> None:
    account = person(folder, someone.index)
    if account is None:
        email = f"simulated-{someone.index}-{token_hex(8)}@example.org"
        account = Enrolled(index=someone.index, email=email, password=token_urlsafe(24))
        account.write(folder)
    await api.post("users/register", _profile(someone, account), passed_over=409)
    login = await api.post("users/login", {"username": account.email, "password": account.password}, form=True)
    key = ec.generate_private_key(ec.SECP256R1())
    wanted = {"name": someone.devices.watch, "signing_request": _request(key)}
    device = await api.post("devices", wanted, token=login["access_token"])
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    user_id = str(device["user_id"])
    write_private(folder / "ca.pem", str(device["authority"]).encode())
    write_private(folder / f"{user_id}.key", private)
    write_private(folder / f"{user_id}.pem", str(device["certificate"]).encode())
    account.user_id, account.broker = user_id, str(device["broker"])
    account.write(folder)


def _profile(someone: Person, account: Enrolled) -> Answer:
    body = someone.body
    return {
        "email": account.email,
        "password": account.password,
        "name": f"Simulated person {someone.index}",
        "time_zone": someone.home.zone,
        "sex": body.sex,
        "birth_date": f"{datetime.now(UTC).year - body.age}-01-01",
        "height_cm": round(body.height_cm, 1),
        "max_heart_rate_bpm": round(body.max_bpm),
    }


def _request(key: ec.EllipticCurvePrivateKey) -> str:
    # Whatever name it has: the API writes the user's id into the certificate.
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, hashes.SHA256())
    return request.public_bytes(Encoding.PEM).decode()


class _Api:
    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session, self._url = session, url

    async def post(
        self, path: str, body: Answer, *, form: bool = False, token: str | None = None, passed_over: int | None = None
    ) -> Answer:
        """Post a body, patiently; a refusal of the status that is to be passed over is no refusal."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        data, json = (body, None) if form else (None, body)
        while True:
            try:
                async with self._session.post(f"api/v1/{path}", headers=headers, data=data, json=json) as response:
                    answer = await response.json(content_type=None)
            except (aiohttp.ClientError, TimeoutError, ValueError) as error:
                raise Misconfigured(f"the API {self._url} can't be asked: {error or 'no answer'}") from None
            if response.status in {429, 503} and (wait := response.headers.get("Retry-After", "")).isdigit():
                await asyncio.sleep(min(int(wait), _LONGEST_PATIENCE_S))
            elif response.ok or response.status == passed_over:
                return dict(answer)
            else:
                reason = answer.get("detail") or answer.get("title") or response.reason
                raise Misconfigured(f"the API {self._url} refuses {path} with {response.status}: {reason}")
