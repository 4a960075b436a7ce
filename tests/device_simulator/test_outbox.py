import random

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from broker.session import Backoff
from device_simulator.outbox import Outbox
from device_simulator.people.uploads import DueBatch
from tests.device_simulator.people.lives import month

BATCHES = [batch for day in month(1, 0, 10) for batch in day.batches]
MOST = 5


def outbox(most: int = MOST) -> Outbox:
    return Outbox(most, Backoff(10, 60), random.Random(1))  # noqa: S311  # hides nothing


def test_a_batch_is_due_at_once_then_after_waits_that_double_until_the_longest() -> None:
    box, batch, now = outbox(), BATCHES[0], 100.0
    box.add(batch)
    assert box.due(now) == [batch]
    for longest in (10, 20, 40, 60, 60):
        box.say(batch, now)
        assert box.due(now + longest / 2 - 0.1) == []
        assert box.due(now + longest) == [batch]
        now += longest


def test_a_new_connection_makes_everything_due() -> None:
    box = outbox()
    for batch in BATCHES[:3]:
        box.add(batch)
        box.say(batch, 0.0)
    assert box.due(0.1) == []
    box.start_over()
    assert box.due(0.1) == BATCHES[:3]


@given(st.text() | st.none())
def test_a_receipt_of_something_else_settles_nothing(batch_id: str | None) -> None:
    box = outbox()
    box.add(BATCHES[0])
    assert box.settle(batch_id) is None
    assert len(box) == 1


class AnyOrder(RuleBasedStateMachine):
    """Whatever comes in whatever order: what was added and not settled is on its way, in the order of adding."""

    def __init__(self) -> None:
        super().__init__()
        self.box = outbox()
        self.expected: list[DueBatch] = []
        self.unsaid = iter(BATCHES)
        self.now = 0.0

    @precondition(lambda self: not self.box.is_full)
    @rule()
    def add(self) -> None:
        batch = next(self.unsaid)
        self.box.add(batch)
        self.expected.append(batch)

    @rule(wait=st.floats(0, 100))
    def say_what_is_due(self, wait: float) -> None:
        self.now += wait
        for batch in self.box.due(self.now):
            self.box.say(batch, self.now)
        assert self.box.due(self.now) == []

    @precondition(lambda self: self.expected)
    @rule(data=st.data())
    def settle(self, data: st.DataObject) -> None:
        batch = data.draw(st.sampled_from(self.expected))
        assert self.box.settle(batch.batch_id) is batch
        assert self.box.settle(batch.batch_id) is None
        self.expected.remove(batch)

    @rule()
    def start_over(self) -> None:
        self.box.start_over()
        assert self.box.due(self.now) == self.expected

    @invariant()
    def it_knows_what_is_on_its_way(self) -> None:
        assert len(self.box) == len(self.expected) <= MOST
        assert self.box.is_full == (len(self.expected) == MOST)
        assert self.box.oldest is (self.expected[0] if self.expected else None)


TestAnyOrder = AnyOrder.TestCase
