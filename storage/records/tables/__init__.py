"""The tables of the records. One that is added here needs a migration; a test compares the two."""

from storage.records.tables.base import METADATA, Moment
from storage.records.tables.coaching import (
    ALERT_SWITCHES,
    ALERTS,
    ANNOTATIONS_VIEW,
    FEEDBACK,
    FEEDBACK_ANSWERS,
    STANDING_COLUMNS,
    STANDINGS,
)
from storage.records.tables.devices import CERTIFICATES, DEVICES, REVOCATIONS
from storage.records.tables.people import AUDIT, CONSENTS, DELETIONS, ONE_TIME_CODES, PEOPLE, REFRESH_TOKENS, SESSIONS
from storage.records.tables.telemetry import DEAD_LETTERS, SOURCE_DEVICES

__all__ = [
    "ALERTS",
    "ALERT_SWITCHES",
    "ANNOTATIONS_VIEW",
    "AUDIT",
    "CERTIFICATES",
    "CONSENTS",
    "DEAD_LETTERS",
    "DELETIONS",
    "DEVICES",
    "FEEDBACK",
    "FEEDBACK_ANSWERS",
    "METADATA",
    "ONE_TIME_CODES",
    "PEOPLE",
    "REFRESH_TOKENS",
    "REVOCATIONS",
    "SESSIONS",
    "SOURCE_DEVICES",
    "STANDINGS",
    "STANDING_COLUMNS",
    "Moment",
]
