"""One-time codes."""

import asyncio
import re

from sqlalchemy import select

from storage.records.codes import CodeLimits, Codes
from storage.records.database import Database
from storage.records.tables import ONE_TIME_CODES

NUMBER = "+4915123456789"
KEY = b"k" * 32


async def sent(codes: Codes, mobile: str = NUMBER) -> str:
    code = await codes.make(mobile)
    assert isinstance(code, str)
    assert re.fullmatch("[0-9]{6}", code)
    return code


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


async def test_a_code_works_once(database: Database) -> None:
    codes = Codes(database, KEY)
    code = await sent(codes)
    assert await codes.redeem(NUMBER, code)
    assert not await codes.redeem(NUMBER, code)


async def test_a_code_is_of_one_number(database: Database) -> None:
    codes = Codes(database, KEY)
    code = await sent(codes)
    assert not await codes.redeem("+4915123456780", code)
    assert await codes.redeem(NUMBER, code)


async def test_after_so_many_tries_the_right_one_is_too_late(database: Database) -> None:
    codes = Codes(database, KEY, CodeLimits(tries=3))
    code = await sent(codes)
    for _ in range(3):
        assert not await codes.redeem(NUMBER, other_than(code))
    assert not await codes.redeem(NUMBER, code)
    assert await codes.redeem(NUMBER, await sent(codes))


async def test_tries_at_once_count_as_well(database: Database) -> None:
    codes = Codes(database, KEY, CodeLimits(tries=3))
    code = await sent(codes)
    await asyncio.gather(*(codes.redeem(NUMBER, other_than(code)) for _ in range(3)))
    assert not await codes.redeem(NUMBER, code)


async def test_a_code_is_good_for_a_while_only(database: Database) -> None:
    codes = Codes(database, KEY, CodeLimits(holds_s=0))
    assert not await codes.redeem(NUMBER, await sent(codes))


async def test_a_new_code_takes_the_place_of_the_one_before(database: Database) -> None:
    codes = Codes(database, KEY)
    first, second = await sent(codes), await sent(codes)
    assert first == second or not await codes.redeem(NUMBER, first)
    assert await codes.redeem(NUMBER, second)


async def test_a_number_is_sent_only_so_many(database: Database) -> None:
    codes = Codes(database, KEY, CodeLimits(sends=2, window_s=100))
    await sent(codes)
    last = await sent(codes)
    assert await codes.make(NUMBER) in range(1, 101)
    await sent(codes, "+4915123456780")
    assert await codes.redeem(NUMBER, last)
    assert await codes.make(NUMBER) in range(1, 101)  # using one up makes no room


async def test_after_the_window_there_is_room_again(database: Database) -> None:
    codes = Codes(database, KEY, CodeLimits(sends=1, window_s=0))
    await sent(codes)
    await sent(codes)


async def test_what_expired_is_forgotten_and_what_holds_is_not(database: Database) -> None:
    await sent(Codes(database, KEY, CodeLimits(holds_s=0, window_s=0)))
    holding = Codes(database, KEY, CodeLimits(window_s=0))
    code = await sent(holding, "+4915123456780")
    await holding.forget_expired()
    async with database.read() as connection:
        assert len((await connection.execute(select(ONE_TIME_CODES))).all()) == 1
    assert await holding.redeem("+4915123456780", code)


async def test_who_has_the_database_but_not_the_key_can_check_no_guess(database: Database) -> None:
    code = await sent(Codes(database, KEY))
    assert not await Codes(database, b"another").redeem(NUMBER, code)
    async with database.read() as connection:
        assert code not in str((await connection.execute(select(ONE_TIME_CODES.c.code_hash))).all())
