"""Who may do what over HTTP: one row for each method and path. A route that has no row here answers nobody.

Read `TABLE` as a table: method, path, who may ask, how much of somebody's data that shows, and which rate limit holds.
`{user_id}` and `{client_id}` in a path name the person concerned; `me` stands for the person who asks.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Literal

from contract.catalogue import CATALOGUE
from storage.records.consents import Scope

PREFIX = "/api/v1"
PAGE_DEFAULT = 50
PAGE_MOST = 500
"""Of every list."""

Limit = Literal["login", "codes", "uploads", "feedback", "devices", "exports", "analytics"]


class Who(Enum):
    """Who may ask."""

    ANYBODY = "anybody"
    MONITORING = "monitoring, by its own token or from this machine"
    DEVICE = "the device itself, by a request signed with its key"
    ACCOUNT = "anybody with an account, for what is their own"
    PROFESSIONAL = "a coach or nutritionist, for what is their own"
    SELF = "the person concerned"
    SELF_OR_ADMINISTRATOR = "the person concerned, or an administrator"
    SELF_OR_CARER = "the person concerned, or a professional with their consent to the scope"
    ACQUAINTED = "the person concerned, an administrator, or a professional with their consent"
    CARER = "a professional with the consent of the person concerned to the scope"


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds for one method of one path.

    Attributes:
        who: may ask.
        scope: how much of the person's data it shows; only a consent that wide is enough.
        limit: the rate limit that holds, if any.
    """

    who: Who
    scope: Scope | None = None
    limit: Limit | None = None


NUTRITION_KINDS = frozenset({"meals", "body"})
"""What the scope `nutrition` shows besides daily summaries. Every other kind, a new one too, takes `training`."""


def scope_of_kind(name: str) -> Scope:
    """The consent that a kind of measurement takes."""
    return "nutrition" if name in NUTRITION_KINDS else "training"


W = Who
TABLE: tuple[tuple[str, str, Rule], ...] = (
    # operation
    ("GET", "/metrics", Rule(W.MONITORING)),
    ("GET", "/openapi.json", Rule(W.ANYBODY)),
    ("GET", "/docs", Rule(W.ANYBODY)),
    *(("GET", f"/docs/{part}", Rule(W.ANYBODY)) for part in ("start.js", "swagger-ui.css", "swagger-ui-bundle.js")),
    ("GET", "/health", Rule(W.ANYBODY)),
    ("GET", f"{PREFIX}/health", Rule(W.ANYBODY)),
    # accounts
    *(
        row
        for prefix in (PREFIX, "")
        for row in (
            ("POST", f"{prefix}/users/register", Rule(W.ANYBODY, limit="login")),
            ("POST", f"{prefix}/users/login", Rule(W.ANYBODY, limit="login")),
            ("POST", f"{prefix}/meals", Rule(W.ACCOUNT, limit="uploads")),
            ("POST", f"{prefix}/exercises", Rule(W.ACCOUNT, limit="uploads")),
        )
    ),
    ("POST", f"{PREFIX}/auth/otp", Rule(W.ANYBODY, limit="codes")),
    ("POST", f"{PREFIX}/auth/otp/verify", Rule(W.ANYBODY, limit="login")),
    ("POST", f"{PREFIX}/auth/refresh", Rule(W.ANYBODY, limit="login")),
    ("POST", f"{PREFIX}/auth/logout", Rule(W.ACCOUNT)),
    ("GET", f"{PREFIX}/users/{{user_id}}", Rule(W.ACQUAINTED)),
    ("PATCH", f"{PREFIX}/users/{{user_id}}", Rule(W.SELF_OR_ADMINISTRATOR, limit="login")),
    ("DELETE", f"{PREFIX}/users/{{user_id}}", Rule(W.SELF_OR_ADMINISTRATOR)),
    ("PUT", f"{PREFIX}/users/{{user_id}}/password", Rule(W.SELF, limit="login")),
    ("GET", f"{PREFIX}/users/{{user_id}}/audit", Rule(W.SELF)),
    ("GET", f"{PREFIX}/users/{{user_id}}/export", Rule(W.SELF, limit="exports")),
    ("GET", f"{PREFIX}/users/{{user_id}}/consents", Rule(W.SELF)),
    ("POST", f"{PREFIX}/users/{{user_id}}/consents", Rule(W.SELF)),
    ("DELETE", f"{PREFIX}/users/{{user_id}}/consents/{{professional_id}}", Rule(W.SELF)),
    # devices
    ("POST", f"{PREFIX}/devices", Rule(W.ACCOUNT, limit="devices")),
    ("GET", f"{PREFIX}/devices", Rule(W.ACCOUNT)),
    ("DELETE", f"{PREFIX}/devices/{{device_id}}", Rule(W.ACCOUNT, limit="devices")),
    ("POST", f"{PREFIX}/devices/{{device_id}}/sync", Rule(W.ACCOUNT, limit="devices")),
    ("POST", f"{PREFIX}/devices/{{device_id}}/certificate", Rule(W.DEVICE, limit="login")),
    # feedback and alerts
    ("POST", f"{PREFIX}/clients/{{client_id}}/feedback", Rule(W.CARER, "nutrition", limit="feedback")),
    ("GET", f"{PREFIX}/clients/{{client_id}}/feedback", Rule(W.CARER, "nutrition")),
    ("GET", f"{PREFIX}/clients/{{client_id}}/alerts", Rule(W.SELF_OR_CARER, "nutrition")),
    ("GET", f"{PREFIX}/users/{{user_id}}/alert-rules", Rule(W.SELF)),
    ("PATCH", f"{PREFIX}/users/{{user_id}}/alert-rules", Rule(W.SELF)),
    ("GET", f"{PREFIX}/users/{{user_id}}/feedback", Rule(W.SELF)),
    ("PUT", f"{PREFIX}/users/{{user_id}}/feedback/{{feedback_id}}/read", Rule(W.SELF)),
    ("POST", f"{PREFIX}/users/{{user_id}}/feedback/{{feedback_id}}/answers", Rule(W.SELF, limit="feedback")),
    # review
    ("GET", f"{PREFIX}/clients", Rule(W.PROFESSIONAL)),
    ("POST", f"{PREFIX}/clients", Rule(W.PROFESSIONAL)),
    ("DELETE", f"{PREFIX}/clients/{{client_id}}", Rule(W.CARER, "nutrition")),
    ("GET", f"{PREFIX}/clients/{{client_id}}/days", Rule(W.SELF_OR_CARER, "nutrition")),
    *(
        ("GET", f"{PREFIX}/clients/{{client_id}}/{what}", Rule(W.SELF_OR_CARER, "nutrition", limit="analytics"))
        for what in ("trends", "anomalies", "summary")
    ),
    # one's own measurements, and what they say
    *(
        row
        for what in ("metrics", "heart-rate", "sleep")
        for row in (
            ("POST", f"{PREFIX}/{what}", Rule(W.ACCOUNT, limit="uploads")),
            ("GET", f"{PREFIX}/{what}", Rule(W.ACCOUNT)),
        )
    ),
    ("GET", f"{PREFIX}/metrics/latest", Rule(W.ACCOUNT)),
    *(
        ("GET", f"{PREFIX}/{what}", Rule(W.ACCOUNT, limit="analytics"))
        for what in (
            *("metrics/summary", "heart-rate/zones", "sleep/analysis"),
            *("analytics/trends", "analytics/correlations", "analytics/recommendations", "analytics/anomalies"),
        )
    ),
    # telemetry
    *(("GET", f"{PREFIX}/users/{{user_id}}/{kind}", Rule(W.SELF_OR_CARER, scope_of_kind(kind))) for kind in CATALOGUE),
    ("GET", f"{PREFIX}/users/{{user_id}}/{{kind}}", Rule(W.ACCOUNT)),
)

RULES = {(method, path): rule for method, path, rule in TABLE}


def rule_of(method: str, path: str) -> Rule | None:
    """The rule for a method of a route, by the path that the route was declared with."""
    return RULES.get((method, path))


def rows() -> Iterator[tuple[str, str, str, str, str]]:
    """The table for people: method, path, who, scope, limit."""
    for method, path, rule in TABLE:
        yield method, path, rule.who.value, rule.scope or "", rule.limit or ""
