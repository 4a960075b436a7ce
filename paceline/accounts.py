"""Accounts that a local run makes so that there is somebody to try it as."""

import shlex
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from argon2 import PasswordHasher

from broker.passwords import password_of
from device_simulator.people.person import Person as SimulatedPerson
from paceline.demo_people import EXAMPLE, OPERATOR, PROFESSIONALS, person_of
from storage.records.consents import WIDEST, Consents
from storage.records.database import Database
from storage.records.people import People, Person

LOGINS = "logins"
"""In the data folder: a file for each account that a local run has made, named by its e-mail address."""


@dataclass(frozen=True, slots=True)
class MadeAccounts:
    """Accounts with passwords of a local run.

    Attributes:
        folder: has a file with the password for each e-mail address.
        new: those that were made just now, with their passwords, which are shown this once.
    """

    folder: Path
    new: Mapping[str, str]


def lines(made: MadeAccounts, program: str, account: str, urls: Iterable[str]) -> list[str]:
    """How to look at something as one of the accounts, for people."""
    token = f'"Authorization: Bearer $({program} token {account} --data {shlex.quote(str(made.folder.parent))})"'
    shown = [f"Accounts were made, with passwords that stand in {made.folder} and nowhere else:"] if made.new else []
    shown += [f"  {email}  {password}" for email, password in made.new.items()]
    return [*shown, f"Look at it as {account}:", *(f"  curl -H {token} {url}" for url in urls)]


async def furnish(
    records: Database, data: Path, simulated: Iterable[SimulatedPerson], absent: Container[str] = ()
) -> MadeAccounts:
    """Make what is not there yet: the operator, somebody to try it as, simulated people, and who cares for them.

    Args:
        records: migrated.
        data: the local run's folder.
        simulated: who lives here, if anybody does.
        absent: ids of those who are not to be made.
    """
    living = [person_of(person) for person in simulated]
    professionals = _present(PROFESSIONALS if living else (), absent)
    clients = _present([EXAMPLE, *living], absent)
    people = People(records)
    await people.ensure(clients)
    new = await _make_logins(people, data / LOGINS, _present([OPERATOR, EXAMPLE, *professionals], absent))
    await _give_consents(records, clients, professionals)
    return MadeAccounts(data / LOGINS, new)


def forget(data: Path, person_id: str) -> None:
    """Remove the file with the password of an account, if a local run has made it."""
    for person in (OPERATOR, EXAMPLE, *PROFESSIONALS):
        if person.id == person_id and person.email is not None:
            (data / LOGINS / person.email).unlink(missing_ok=True)


def _present(people: Iterable[Person], absent: Container[str]) -> list[Person]:
    return [person for person in people if person.id not in absent]


async def _make_logins(people: People, folder: Path, accounts: Sequence[Person]) -> dict[str, str]:
    await people.ensure(accounts)
    made = {}
    for person in accounts:
        found = await people.with_hash(person.id)
        if found is None or found[1] is not None or person.email is None:
            continue
        # The file comes first: killed in between, the next start sets the password that it finds there.
        password = password_of(folder, person.email)
        await people.set_password_hash(person.id, PasswordHasher().hash(password))
        made[person.email] = password
    return made


async def _give_consents(records: Database, clients: Sequence[Person], professionals: Sequence[Person]) -> None:
    """Once: a consent that somebody has withdrawn stays withdrawn."""
    consents = Consents(records)
    for professional in professionals:
        known = {consent.client_id for consent in await consents.of_professional(professional.id, withdrawn=True)}
        for client in clients:
            if client.id not in known:
                await consents.give(client.id, professional.id, WIDEST[professional.role])
