"""Who may go on using a client id."""

import pytest

from broker.session import Delivery
from contract.errors import Misconfigured
from ingestor.claim import Claim

LATER = b"9" * 20 + b"-somebody"
EARLIER = b"0" * 20 + b"-somebody"


def heard(claim: Claim, payload: bytes) -> None:
    claim.hear(Delivery(claim.topic, payload, 0, retain=True, packet_id=None, connection=1, duplicate=False))


@pytest.fixture
def claim() -> Claim:
    return Claim("ingestor")


def test_a_later_start_makes_it_give_way(claim: Claim) -> None:
    heard(claim, claim._own)
    with pytest.raises(Misconfigured, match="another process uses the client id 'ingestor'"):
        heard(claim, LATER)


def test_an_earlier_start_is_of_no_matter(claim: Claim) -> None:
    heard(claim, EARLIER)
    heard(claim, claim._own)
    heard(claim, EARLIER)


def test_what_the_broker_kept_of_a_process_whose_clock_was_ahead_does_not_keep_it_from_starting(claim: Claim) -> None:
    heard(claim, LATER)
    heard(claim, claim._own)
