"""What is revoked, said in parts: whatever their order, and whatever else is on its way, the whole comes out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract import revocations
from contract.envelope import MAX_BATCH_BYTES
from contract.revocations import PartsSoFar, Revocations, read_revocations


@given(text=st.text("ab\n", max_size=30), users=st.lists(st.text("uv", max_size=3), max_size=9), data=st.data())
def test_parts_come_together_in_any_order_and_between_others(text: str, users: list[str], data: st.DataObject) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(revocations, "PART_CHARACTERS", 7)
        patch.setattr(revocations, "PART_USERS", 2)
        said = {"one": Revocations(text, users), "two": Revocations(text[::-1], users[1:])}
        parts = data.draw(st.permutations([part for name, each in said.items() for part in each.divided(name)]))
    so_far = PartsSoFar()
    found = {part.message: whole for part in parts if (whole := so_far.add(read_revocations(part.encode())))}
    assert found == said


def test_what_never_becomes_whole_is_forgotten() -> None:
    so_far = PartsSoFar()
    for number in range(100):
        assert so_far.add(Revocations("", [], f"message {number}", 0, 2)) is None
    assert so_far.add(Revocations("", [], "message 0", 1, 2)) is None
    assert so_far.add(Revocations("", [], "message 99", 1, 2)) is not None


def test_the_longest_part_fits_into_a_message() -> None:
    pem = "\n".join(["A" * 64] * 20_000)
    users = ["u" * 64] * 5_000
    parts = Revocations(pem, users).divided("m" * 32)
    assert len(parts) == 3
    assert max(len(part.encode()) for part in parts) < MAX_BATCH_BYTES
