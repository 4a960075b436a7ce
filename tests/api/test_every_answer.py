"""Every answer is one that the OpenAPI document describes, and none is a 500: whatever is sent, right or wrong."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from prometheus_client import CollectorRegistry
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.app import _application
from api.options import DeviceOptions
from api.rules import RULES, Who
from broker.authority.names import API, INGESTOR
from contract.catalogue import CATALOGUE
from contract.daily import stamped_days, summary_of
from contract.examples import BATCHES
from contract.reading import read_batch
from contract.stamping import Horizon
from ingestor.options import IngestorOptions
from ingestor.service import Ingestor
from storage.records.people import new_person
from tests.api.house import FOR_EVER_DAYS, House, Stores, api_at
from tests.api.test_served import served
from tests.servers.guarded import GuardedServer

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
LITTLE = settings(
    max_examples=8,
    deadline=None,
    database=None,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)
PYDANTICS = re.compile(b"Input should|Field required|Value error|String should|List should|can't be used\"}")
"""What a reason must not say: how the library that found what is wrong would put it, or nothing at all."""
EVER = Horizon(0, 9_000_000_000_000)
FOR_PROFESSIONALS = {Who.PROFESSIONAL, Who.CARER}

Operation = APIOperation[Any, Any, Any, Any]


def operations() -> Iterator[Operation]:
    """All that the document describes."""
    document = schemathesis.openapi.from_dict(json.loads(json.dumps(_application().openapi())))
    for found in document.get_all_operations():
        assert isinstance(found, Ok)
        yield found.ok()


@pytest.fixture
async def house(guarded: GuardedServer, stores: Stores) -> AsyncIterator[House]:
    """All that an installation has: a broker with its warden, an ingestor, an authority."""
    session = guarded.by_password(INGESTOR)
    options = IngestorOptions(retention_days=FOR_EVER_DAYS)
    ingestor = Ingestor(options, session, stores.series, stores.records, CollectorRegistry())
    devices = DeviceOptions(authority=guarded.authority_folder)
    stopping = asyncio.Event()
    async with guarded.warden(), asyncio.TaskGroup() as tasks:
        tasks.create_task(ingestor.run(stopping))
        await ingestor.session.wait_connected()
        async with api_at(guarded.port, stores, login=guarded.login(API), devices=devices) as opened:
            await opened.uplink.wait_connected()
            await opened.wiring.doorkeeper.wait_connected()
            yield opened
        stopping.set()


async def furnish(house: House, user_id: str) -> dict[str, str]:
    """Somebody with a device, with items of every kind, and in a coach's care: what paths can name of theirs."""
    wiring, now = house.wiring, datetime.now(UTC)
    await wiring.people.ensure([new_person(user_id, "athlete", user_id), new_person("carl", "coach", "Carl")])
    await wiring.consents.give(user_id, "carl", "training")
    batches = [
        read_batch(kind, user_id, json.dumps({**BATCHES[kind.name], "user_id": user_id}).encode(), EVER).stamped
        for kind in CATALOGUE.values()
    ]
    days = stamped_days(user_id, [summary_of(now.date(), "UTC", {"steps": 5_000})])
    await house.stores.series.write([*batches, days])
    headers = await house.bearer(user_id)
    device = await house.http.post("/api/v1/devices", json={"name": "Watch"}, headers=headers)
    ids = {"device_id": device.json()["id"], "professional_id": "carl", "kind": "mood"}
    return ids | {"user_id": user_id, "client_id": user_id}


def try_out(operation: Operation, base_url: str, headers: dict[str, str], ids: dict[str, str]) -> None:
    """Ask rightly and wrongly, for what there is and for what there may not be."""
    named = {parameter.name: ids[parameter.name] for parameter in operation.path_parameters if parameter.name in ids}
    ways = [(GenerationMode.POSITIVE, named), (GenerationMode.NEGATIVE, named), (GenerationMode.POSITIVE, {})]
    with requests.Session() as http:
        http.trust_env = False
        for mode, path_parameters in ways:
            if mode is GenerationMode.NEGATIVE and not (operation.query or operation.body):
                continue

            @LITTLE
            @given(case=operation.as_strategy(generation_mode=mode, path_parameters=path_parameters or None))
            def ask(case: Any) -> None:
                answer = case.call(base_url=base_url, session=http, headers=headers, timeout=30)
                case.validate_response(answer, checks=CHECKS)
                assert not PYDANTICS.search(answer.content)

            ask()


@pytest.mark.parametrize("operation", list(operations()), ids=lambda operation: operation.label)
async def test_every_answer_is_as_described(house: House, operation: Operation) -> None:
    rule = RULES[operation.method.upper(), operation.path]
    ids = await furnish(house, "ann")
    headers = await (house.bearer("carl", "coach") if rule.who in FOR_PROFESSIONALS else house.bearer("ann"))
    async with served(house) as port:
        await asyncio.to_thread(try_out, operation, f"http://127.0.0.1:{port}", headers, ids)
