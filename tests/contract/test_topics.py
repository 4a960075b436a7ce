import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import topic_matches_sub

from contract import topics
from contract.errors import BatchRejected

user_ids = st.from_regex(topics.USER_ID_PATTERN, fullmatch=True).filter(lambda text: not text.endswith("\n"))
levels = st.text(st.characters(codec="utf-8", exclude_characters="/+#\0"), min_size=1, max_size=20)


@given(user_ids, levels)
def test_a_telemetry_topic_is_read_as_it_was_built(user_id: str, kind: str) -> None:
    topic = topics.telemetry(user_id, kind)
    assert topics.read_telemetry(topic) == (user_id, kind)
    assert topic_matches_sub(topics.TELEMETRY_FILTER, topic)


def test_the_topics_are_those_that_devices_were_told() -> None:
    assert topics.telemetry("ann", "meals") == "v1/users/ann/telemetry/meals"
    assert topics.receipts("ann") == "v1/users/ann/inbox/receipts"
    assert topics.feedback("ann") == "v1/users/ann/inbox/feedback"
    assert topics.alerts("ann") == "v1/users/ann/inbox/alerts"
    assert topics.confirmations("ann") == "v1/users/ann/outbox/feedback"
    assert topics.status("ann", "watch") == "v1/users/ann/status/watch"
    assert topics.EVENTS_STORED == "v1/events/stored"
    assert topics.shared("ingestors", topics.TELEMETRY_FILTER) == "$share/ingestors/v1/users/+/telemetry/+"


@given(user_ids, user_ids)
def test_an_inbox_has_what_its_user_is_told_and_nothing_else(user_id: str, other: str) -> None:
    own = topics.inbox(user_id)
    for told in (topics.receipts, topics.feedback, topics.alerts):
        assert topic_matches_sub(own, told(user_id))
        assert topic_matches_sub(own, told(other)) == (user_id == other)
    for elsewhere in (
        topics.telemetry(user_id, "meals"),
        topics.status(user_id, "watch"),
        topics.confirmations(user_id),
        topics.EVENTS_STORED,
    ):
        assert not topic_matches_sub(own, elsewhere)


@given(user_ids)
def test_the_ingestor_hears_no_receipts_events_or_status(user_id: str) -> None:
    for other in (topics.receipts(user_id), topics.status(user_id, "watch"), topics.EVENTS_STORED):
        assert not topic_matches_sub(topics.TELEMETRY_FILTER, other)


BAD_USER_IDS = [
    "", " ", "ann lee", "ann.lee", "+", "#", "ann+", "$share", "ann\n", "\nann", "ann\0", "ann\t", "änn",
    "\N{CYRILLIC SMALL LETTER A}nn", "\N{FULLWIDTH DIGIT ONE}", "\N{ARABIC-INDIC DIGIT ONE}", "\ud83d",
    "a" * 65, "ann@example.org", "ann%", "..", "ann,lee", "ann=lee", "ann\\", '"ann"',
]  # fmt: skip


@pytest.mark.parametrize("user_id", [*BAD_USER_IDS, "ann/lee", "/"])
def test_what_is_no_user_id_is_known_as_such(user_id: str) -> None:
    assert not topics.is_user_id(user_id)


@pytest.mark.parametrize("user_id", BAD_USER_IDS)
def test_a_topic_of_nobody_is_refused_without_repeating_it(user_id: str) -> None:
    with pytest.raises(BatchRejected) as caught:
        topics.read_telemetry(topics.telemetry(user_id, "meals"))
    assert (caught.value.field, caught.value.reason) == (
        "user_id",
        "the topic's user id must be 1 to 64 letters, digits, '-' or '_', and not 'me'",
    )


@pytest.mark.parametrize("user_id", ["a", "a" * 64, "3e4567e1-b8bc-4d6a-8c08-4039a2b40000", "svc-ingestor", "_", "0"])
def test_what_a_user_id_may_be(user_id: str) -> None:
    assert topics.is_user_id(user_id)
    assert re.fullmatch(topics.USER_ID_PATTERN, user_id)


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "/",
        "v1",
        "v1/users/ann/telemetry",
        "v1/users/ann/telemetry/meals/extra",
        "v1/users/ann/lee/telemetry/meals",
        "/v1/users/ann/telemetry/meals",
        "v1/users/ann/telemetry/meals/",
        "v2/users/ann/telemetry/meals",
        "V1/users/ann/telemetry/meals",
        "v1/users/ann/inbox/receipts",
        "v1/events/stored",
        "$share/ingestors/v1/users/ann/telemetry/meals",
    ],
)
def test_other_topics_are_refused(topic: str) -> None:
    with pytest.raises(BatchRejected, match="not a telemetry topic"):
        topics.read_telemetry(topic)


@given(st.text() | st.builds("v1/users/{}/telemetry/{}".format, st.text(), st.text()))
def test_whatever_the_topic_only_users_come_out(topic: str) -> None:
    try:
        user_id, kind = topics.read_telemetry(topic)
    except BatchRejected:
        return
    assert topics.is_user_id(user_id)
    assert topics.telemetry(user_id, kind) == topic


def test_topics_that_name_no_kind_of_ours_do_not_fill_the_memory() -> None:
    before = topics._read_telemetry.cache_info().currsize
    long = topics.telemetry("ann", "k" * 60_000)
    assert topics.read_telemetry(long) == ("ann", "k" * 60_000)
    assert topics._read_telemetry.cache_info().currsize == before
