"""Who may write as which source device."""

from ingestor.admission import MEMORY_S, Admission
from storage.records.source_devices import MAX_SOURCE_DEVICES
from tests.ingestor.parcels import parcel

FULL = frozenset(f"device {n}" for n in range(MAX_SOURCE_DEVICES))


def test_a_device_is_asked_about_once() -> None:
    admission, each = Admission(), parcel("a")
    assert admission.strangers([each]) == [("ann", "phone")]
    admission.learn({"ann": frozenset({"phone"})})
    assert admission.strangers([each]) == []
    admission.turn_away([each])
    assert each.stored == 1


def test_a_device_beyond_the_bound_is_turned_away_without_asking_again() -> None:
    admission, each = Admission(), parcel("a")
    admission.learn({"ann": FULL})
    assert admission.strangers([each]) == []
    admission.turn_away([each])
    assert each.stored == 0
    assert each.complaint
    assert each.complaint.field == "source_device"


def test_what_was_learnt_is_forgotten_in_time() -> None:
    now = [0.0]
    admission, each = Admission(lambda: now[0]), parcel("a")
    admission.learn({"ann": FULL})
    now[0] = MEMORY_S + 1.0
    assert admission.strangers([each]) == [("ann", "phone")]
