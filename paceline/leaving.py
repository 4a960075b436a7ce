"""Who leaves a local run: an erased person's passwords end with them, as certificates do (`api.doorkeeper`).

The rules of this file:

1. First what proves who they are is removed, then the broker reads its password file again, then their connections end.
   So nobody is back before all is done.
2. All of it may be repeated; an erasure that was cut short begins with it again (`api.erasure`).
3. While somebody's erasure is under way, a start makes nothing anew for them: it would be erased with what comes late.
   A start after that makes the people of the trial again, with other passwords and nothing of what was.
"""

from broker.warden import Warden
from contract.errors import BrokerUnavailable
from paceline import accounts
from paceline.house import LocalHouse
from storage.records.database import Database
from storage.records.deletions import Deletions


async def shut_out(house: LocalHouse, warden: Warden, user_id: str) -> None:
    """Take somebody's passwords away and end their connections; harmless when there are none.

    Raises:
        BrokerUnavailable: not confirmed; to be done again.
    """
    try:
        accounts.forget(house.settings.data, user_id)
        house.forget(user_id)
    except OSError as error:
        # A full disk, say: the run goes on, and the erasure with it when there is room.
        raise BrokerUnavailable(f"a password can't be taken away: {error.strerror}") from None
    await warden.shut_out(user_id)


async def leavers(records: Database) -> frozenset[str]:
    """Whose erasure is under way."""
    return frozenset(deletion.person_id for deletion in await Deletions(records).under_way())
