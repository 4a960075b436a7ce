"""Simulated people with accounts of an installation: a folder that keeps who they are there, and their certificates.

    FOLDER/
        ca.pem                      whom they believe
        person-INDEX.json           e-mail address, password, user id, and where the broker is
        USER_ID.pem  USER_ID.key    with which a person's device comes to the broker

A file of a person that has no user id yet was left by a crash: enrolling goes on from there.
"""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from broker.files import write_private
from contract.errors import Misconfigured


class Enrolled(msgspec.Struct, kw_only=True):
    """A person's account.

    Attributes:
        index: of the simulated person.
        email, password: to log in with.
        user_id: as the installation knows them; None: not enrolled to the end.
        broker: URL of the broker, as the installation says.
    """

    index: int
    email: str
    password: str
    user_id: str | None = None
    broker: str | None = None

    def __repr__(self) -> str:
        return f"<Enrolled {self.index}>"

    def write(self, folder: Path) -> None:
        """Into a folder that exists."""
        write_private(_path(folder, self.index), msgspec.json.encode(self))


def person(folder: Path, index: int) -> Enrolled | None:
    """One of a folder, enrolled to the end or not; None if they are not in it.

    Raises:
        Misconfigured: the file is damaged.
    """
    return _read(_path(folder, index))


def people(folder: Path) -> Iterator[Enrolled]:
    """All of a folder that are enrolled to the end; raises as `person` does."""
    for path in folder.glob("person-*.json"):
        found = _read(path)
        if found is not None and found.user_id is not None:
            yield found


def _path(folder: Path, index: int) -> Path:
    return folder / f"person-{index}.json"


def _read(path: Path) -> Enrolled | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Enrolled)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError):
        raise Misconfigured(f"{path} can't be read: delete it, and that person is enrolled anew") from None
