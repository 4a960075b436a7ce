"""What can't be read is one error, whatever is wrong with it."""

from collections.abc import Callable

import msgspec
import pytest

from contract.receipts import read_receipt
from contract.revocations import read_enforced, read_revocations

READERS: list[Callable[[bytes], object]] = [read_receipt, read_revocations, read_enforced]


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b'{"batch_id": "\xff"}',
        b'{"message": "\xff"}',
        b'{"\xff": 1}',
        b'{"unknown": ' + b"[" * 50_000,
    ],
)
def test_what_is_no_message_is_told_by_one_error(read: Callable[[bytes], object], payload: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        read(payload)
