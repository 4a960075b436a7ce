"""What the endpoints work with, and how they get at it."""

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import Annotated

from fastapi import Depends, Request
from prometheus_client import CollectorRegistry

from api.bodies import BodyRoom
from api.breakers import Breakers, breakers
from api.courier import Courier
from api.doorkeeper import Doorkeeper
from api.erasure import Erasure
from api.examiner import Examiner
from api.guarded import GuardedSender, GuardedSeries
from api.issuing import Issuer
from api.keyring import Keyring
from api.limiting import Limiter
from api.options import ApiOptions
from api.passwords import Passwords
from api.retained import forget_retained
from api.tokens import Tokens
from api.uplink import Uplink
from storage.records.alerts import Alerts
from storage.records.audit import Audit
from storage.records.codes import Codes
from storage.records.consents import Consents
from storage.records.database import Database
from storage.records.deletions import Deletions
from storage.records.devices import Devices
from storage.records.feedback import Feedbacks
from storage.records.people import People
from storage.records.roster import Roster
from storage.records.sessions import Sessions
from storage.series.protocol import SeriesStore


@dataclass(frozen=True, slots=True)
class Wiring:
    """The parts that the endpoints of one application share.

    Attributes:
        bodies: takes in the bodies of uploads.
        uploads: a place for each upload that may wait for its receipt.
        erasure: removes people, in the background.
        issuer: signs devices' certificates.
        feedback: what coaches and nutritionists write to clients.
        alerts: what people were alerted to.
        courier: takes it to clients' devices.
        circuits: keep everybody from waiting for what is away.
        sender: takes one-time codes to phones.
        examiner: works out what somebody's days say.
        doorkeeper: has revocations brought into force at the broker, and follows how devices are.
    """

    options: ApiOptions
    uplink: Uplink
    series: GuardedSeries
    records: Database
    registry: CollectorRegistry
    bodies: BodyRoom
    uploads: asyncio.Semaphore
    people: People
    consents: Consents
    roster: Roster
    sessions: Sessions
    codes: Codes
    audit: Audit
    tokens: Tokens
    passwords: Passwords
    limiter: Limiter
    examiner: Examiner
    erasure: Erasure
    devices: Devices
    issuer: Issuer
    doorkeeper: Doorkeeper
    feedback: Feedbacks
    alerts: Alerts
    courier: Courier
    circuits: Breakers
    sender: GuardedSender


def wire(options: ApiOptions, series: SeriesStore, records: Database, registry: CollectorRegistry) -> Wiring:
    """Put the parts together."""
    accounts = options.accounts
    circuits = breakers(
        options.breaker,
        registry,
        store_timeout_s=options.store_timeout_s,
        publish_timeout_s=options.publish_timeout_s,
    )
    uplink = Uplink(options, circuits.broker)
    guarded = GuardedSeries(series, circuits.series, options.store_timeout_s)
    keyring = Keyring(accounts.keys)
    devices, issuer = Devices(records), Issuer(options.devices.authority, options.devices.certificate_days)
    reconnect = options.reconnect_first_s, options.reconnect_most_s
    doorkeeper = Doorkeeper(options.broker, issuer, devices, reconnect)
    feedback, limiter = Feedbacks(records), Limiter(accounts.rates)
    return Wiring(
        options,
        uplink,
        guarded,
        records,
        registry,
        bodies=BodyRoom(options.bodies_bytes, options.body_timeout_s),
        uploads=asyncio.Semaphore(options.uploads_in_flight),
        people=People(records),
        consents=Consents(records),
        roster=Roster(records),
        sessions=Sessions(records, accounts.login_days),
        codes=Codes(records, keyring.codes_key(), accounts.codes),
        audit=Audit(records),
        tokens=Tokens(keyring, accounts.access_token_s),
        passwords=Passwords(accounts.hasher),
        limiter=limiter,
        examiner=Examiner(limiter),
        erasure=Erasure(
            Deletions(records),
            [doorkeeper.forget, partial(forget_retained, options), guarded.delete_user],
            accounts.linger_s,
        ),
        devices=devices,
        issuer=issuer,
        doorkeeper=doorkeeper,
        feedback=feedback,
        alerts=Alerts(records),
        circuits=circuits,
        sender=GuardedSender(accounts.sender, circuits.codes),
        courier=Courier(options.broker, uplink, feedback, reconnect),
    )


async def wiring_of(request: Request) -> Wiring:
    """Of the application that serves this request."""
    wiring: Wiring = request.app.state.wiring
    return wiring


Wired = Annotated[Wiring, Depends(wiring_of)]
