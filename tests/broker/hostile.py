"""What a device of one user could try at the broker to read or write what is another's."""

from itertools import product

from contract import topics
from contract.catalogue import CATALOGUE

MALLORY, VICTIM = "mallory", "victim"
GROUP = "ingestors"
"""The name that operators give the ingestors' group, as the documents have it."""

VICTIMS_OWN = [
    *(topics.telemetry(VICTIM, kind) for kind in CATALOGUE),
    *(topics.status(VICTIM, device) for device in ("watch", "phone", "5d0f3a4e-7a43-4b1c-9d39-0d4bb3f2a001")),
    *(each(VICTIM) for each in (topics.receipts, topics.feedback, topics.alerts, topics.sync, topics.confirmations)),
]
"""Topics of somebody else's tree."""

NOBODYS = [
    topics.EVENTS_STORED,
    topics.REVOCATIONS,
    topics.revocation_part(0),
    topics.REVOCATIONS_ENFORCED,
    "v1/services/paceline-ingestor-alone-0",
    "$CONTROL/dynamic-security/v1",
    "$CONTROL/dynamic-security/v1/response",
    "$SYS/broker/version",
    # Its own inbox is for others to write.
    *(each(MALLORY) for each in (topics.receipts, topics.feedback, topics.alerts, topics.sync)),
    # Services have no trees of their own; neither have empty names, other spellings and other levels.
    topics.telemetry("svc-ingestor", "meals"),
    topics.telemetry("", "meals"),
    topics.telemetry(MALLORY.upper(), "meals"),
    topics.telemetry(f"{MALLORY} ", "meals"),
    topics.telemetry(f"{MALLORY}/../{VICTIM}", "meals"),
    f"/v1/users/{MALLORY}/telemetry/meals",
    f"v1/users/{MALLORY}/telemetry",
    f"v1/users/{MALLORY}/telemetry/meals/{VICTIM}",
    f"v1//users/{VICTIM}/telemetry/meals",
    f"v2/users/{VICTIM}/telemetry/meals",
    f"{VICTIM}/telemetry/meals",
    "%u",
    "v1/users/%u/telemetry/meals",
]
"""Topics that no device may write to."""

FOREIGN_TOPICS = VICTIMS_OWN + NOBODYS

_WIDE = ["#", "+/#", "v1/#", "v1/+", "v1/users/#", "v1/users/+/#", "+/+/+/+/+", "v1/users/+/telemetry/+"]
_FOREIGN = [
    f"v1/users/{VICTIM}/#",
    f"v1/users/{VICTIM}/+/+",
    f"+/+/{VICTIM}/#",
    topics.inbox(VICTIM),
    topics.STATUS_FILTER,
    f"{topics.REVOCATIONS}/#",
    "v1/events/#",
    "v1/services/#",
    "$SYS/#",
    "$SYS/broker/clients/#",
    "$CONTROL/#",
    "$CONTROL/dynamic-security/v1/response",
    "v1/users/+/inbox/receipts",
    "v1/users/+/inbox/#",
]
FILTERS = [
    each
    for filters in (_WIDE, _FOREIGN, VICTIMS_OWN)
    for plain in filters
    for each in (plain, f"$share/{GROUP}/{plain}", f"$share/mine/{plain}")
    # MQTT 5, 4.8.2: what begins with $ is no part of a wider filter; sharing it is no new way to it.
    if not (each.startswith("$share") and plain.startswith("$"))
]

_NAMES = [VICTIM, "watch", "phone", "svc-ingestor", "svc-api", "svc-insights", "svc-warden", "svc-simulator", "ann"]
_FORMS = [
    *("{}", "device-{}", "simulator-{}", "paceline-{}", "{}-0", "{}-1", "{}-voice", "auto-{}", "mqtt-{}", "{}/watch"),
    *("{}:{}", "paceline-{}-alone-0", "paceline-ingestor-{}-0", "paceline-{}-ingestors-0"),
]
GUESSED_IDS = sorted(
    {form.format(name, name) for form, name in product(_FORMS, _NAMES)}
    | {
        "paceline-ingestor-alone-0",
        "paceline-ingestor-alone-0-voice",
        "paceline-ingestor-ingestors-0",
        "paceline-warden",
    }
    | {"device-" + "0" * 32, "device-" + "f" * 32, "paceline-insights-alone-0", "paceline-api"}
)
"""What one could guess that a device or service of others calls itself."""

WAYS_TO_PUBLISH = 5
"""As a message, retained, clearing what is retained, over an alias twice."""

RESPONSE_TOPICS = [(topic, data) for topic in VICTIMS_OWN + NOBODYS[:6] for data in (None, b"1", VICTIM.encode())]


def attempts() -> int:
    """How many there are."""
    publishes = len(FOREIGN_TOPICS) * WAYS_TO_PUBLISH
    wills = len(FOREIGN_TOPICS) * 2
    subscriptions = len(FILTERS) * 3
    return publishes + wills + subscriptions + len(GUESSED_IDS) * 2 + len(RESPONSE_TOPICS)
