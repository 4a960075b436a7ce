"""All settings, from the environment (`PACELINE_*`). Each is listed in docs/settings.md; a test compares."""

from pathlib import Path
from typing import Annotated

from limits import parse
from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from contract.alerts import ALERT_RULES, AlertRule
from contract.catalogue import CATALOGUE
from contract.stamping import RetentionDays

DEAD_LETTERS = "dead_letters"
"""Stands beside the kinds of measurement where it is said how long what is kept."""

Port = Annotated[int, Field(ge=1, le=65_535)]


class Settings(BaseSettings):
    """What an operator may set."""

    model_config = SettingsConfigDict(
        env_prefix="PACELINE_", env_file=".env", env_file_encoding="utf-8", extra="ignore"
    )

    secrets: Path | None = Field(
        None,
        description="Folder with settings in files of their names, such as `PACELINE_INFLUX_TOKEN`, so that no secret "
        "stands in the environment. A variable of the same name has precedence.",
    )
    data: Path = Field(Path("data"), description="Folder for what the local run keeps: databases, broker state, logs.")
    broker_url: str = Field(
        "mqtt://127.0.0.1:1883", description="Where the MQTT broker is: `mqtt://` or `mqtts://`, host and port."
    )
    broker_username: str | None = Field(None, description="User name at the broker.")
    broker_password: SecretStr | None = Field(None, description="Password at the broker.")
    broker_ca: Path | None = Field(
        None,
        description="Certificate of the authority that the broker's own comes from. Unset, with `mqtts://`: that of "
        "`PACELINE_AUTHORITY`, if it is there, else the system's authorities.",
    )
    broker_certificate: Path | None = Field(
        None,
        description="Our certificate at the broker. Unset, with `mqtts://`: that of the service in "
        "`PACELINE_AUTHORITY`, if it is there.",
    )
    broker_key: Path | None = Field(None, description="The key of that certificate.")
    broker_names: str = Field(
        "localhost",
        description="Names and addresses under which devices and services find the broker, for its certificate, "
        "separated by commas.",
    )
    authority: Path | None = Field(
        None,
        description="Folder of the installation's certificate authority, made by `paceline setup`. The API needs it to "
        "issue certificates. Unset: `authority` in the data folder.",
    )
    devices_broker_url: str | None = Field(
        None, description="The broker's URL as devices are told it. Unset: `PACELINE_BROKER_URL`."
    )
    device_certificate_days: int = Field(
        90, ge=1, le=398, description="How long a device's certificate is good, in days; renewed in its last third."
    )
    influx_url: str | None = Field(
        None,
        pattern="^https?://",
        description="InfluxDB 1.x, 2.x or 3, as `http://127.0.0.1:8086`. Unset: the embedded store in the data folder.",
    )
    influx_database: str = Field("paceline", description="Database (1.x, 3) or bucket (2.x).")
    influx_username: str | None = Field(None, description="User name (1.x).")
    influx_password: SecretStr | None = Field(None, description="Password (1.x).")
    influx_token: SecretStr | None = Field(None, description="Token (2.x, 3).")
    influx_org: str = Field("paceline", description="Organisation (2.x).")
    records_url: str | None = Field(
        None, description="PostgreSQL as `postgresql://user:password@host/database`. Unset: SQLite in the data folder."
    )
    retention_days: int = Field(
        1_095, ge=1, le=36_500, description="How long telemetry is kept, in days; older items are rejected."
    )
    retention_days_by_kind: dict[str, Annotated[int, Field(ge=1, le=36_500)]] = Field(
        {},
        description="Shorter times for some kinds, and for dead letters, in days, as JSON: "
        '`{"track": 365, "dead_letters": 90}`. Older items are rejected, and deleted every few hours; what days made '
        "of them stays. InfluxDB 3 can't delete by kind.",
    )
    mqtt_port: Port = Field(1883, description="Port of the local run's broker; another one is taken when it is in use.")
    mqtts_port: Port = Field(
        8883, description="Port of the broker's listener for certificates; the local run takes another one when in use."
    )
    api_host: str = Field("127.0.0.1", description="Address on which the API listens.")
    api_port: Port = Field(8000, description="Port of the API; the local run takes another one when it is in use.")
    keys: Path | None = Field(
        None,
        description="Folder of the keys that access tokens are signed with, shared by all API processes. Unset: `keys` "
        "in the data folder.",
    )
    access_token_s: int = Field(900, ge=30, le=86_400, description="How long an access token is valid, in seconds.")
    login_days: int = Field(
        30, ge=1, le=366, description="How long a login lasts at most, however often it is refreshed, in days."
    )
    registration: str = Field(
        "open",
        pattern="^(open|closed)$",
        description="`open`: people may make accounts themselves; `closed`: `paceline people add` makes them.",
    )
    code_delivery: str = Field(
        "outbox",
        pattern="^(outbox|console)$",
        description="Where one-time codes for phones go: `outbox.jsonl` in the data folder, or the `console`.",
    )
    cors_origins: str = Field(
        "",
        description="Origins whose pages may ask the API from a browser, as `https://app.example.org`, separated by "
        "commas. Empty: none.",
    )
    metrics_token: SecretStr | None = Field(
        None, description="Bearer token for the API's `/metrics`. Unset: they are shown to this machine only."
    )
    rate_login: str = Field(
        "60/minute", description="Logins, registrations and the like from one address; beyond it, 429."
    )
    rate_codes: str = Field("20/hour", description="One-time codes asked for from one address; beyond it, 429.")
    rate_uploads: str = Field("1200/minute", description="Uploads over HTTP by one person; beyond it, 429.")
    rate_feedback: str = Field(
        "120/hour", description="Messages to clients, or answers to them, by one person; beyond it, 429."
    )
    rate_analytics: str = Field(
        "120/minute", description="Trends, summaries and the like that one person asks for; beyond it, 429."
    )
    receipt_timeout_s: float = Field(
        10, gt=0, le=300, description="How long an upload over HTTP waits for its receipt, in seconds."
    )
    breaker_failures: int = Field(
        3,
        ge=1,
        le=1_000,
        description="Failures in a row of the series store, of publishing or of sending codes, after which the API "
        "answers 503 at once instead of waiting.",
    )
    breaker_window_s: float = Field(
        60, gt=0, le=86_400, description="Failures further apart than this don't add up, in seconds."
    )
    breaker_pause_s: float = Field(
        5, gt=0, le=3_600, description="How long the API answers so before it tries once, in seconds."
    )
    alerts: str = Field(
        ",".join(ALERT_RULES),
        description="Rules that alert people and their coaches, separated by commas. Empty: none.",
    )
    alerts_quiet: str = Field(
        "22-7",
        pattern=r"^([01]?\d|2[0-3])-([01]?\d|2[0-3])$",
        description="Hours of a person's own clock between which devices are told of no alert; `0-0`: always told.",
    )
    alerts_battery_pct: float = Field(15, ge=0, le=100, description="A battery at or below this is low.")
    alerts_silent_h: float = Field(
        72, ge=1, le=8_784, description="A registered device that has said nothing for so many hours is silent."
    )
    ingest_metrics_port: Port | None = Field(
        None, description="Port at which `paceline ingest` serves Prometheus metrics. Unset: none."
    )
    ingest_metrics_host: str = Field("127.0.0.1", description="Address on which it serves them.")
    insights_metrics_port: Port | None = Field(
        None, description="Port at which `paceline insights` serves Prometheus metrics. Unset: none."
    )
    insights_metrics_host: str = Field("127.0.0.1", description="Address on which it serves them.")
    broker_metrics_port: Port | None = Field(
        None, description="Port at which `paceline warden` serves Prometheus metrics of the broker. Unset: none."
    )
    broker_metrics_host: str = Field("127.0.0.1", description="Address on which it serves them.")
    log_format: str = Field(
        "console", pattern="^(console|json)$", description="`console` for people, `json` for log collectors."
    )
    log_level: str = Field(
        "info", pattern="^(debug|info|warning|error)$", description="Least severe messages that are logged."
    )

    @property
    def authority_folder(self) -> Path:
        """Where the installation's certificate authority is."""
        return self.authority or self.data / "authority"

    @property
    def host_names(self) -> list[str]:
        """Under which the broker is found; its warden finds it on its own machine."""
        return [*dict.fromkeys([name.strip() for name in self.broker_names.split(",")] + ["localhost", "127.0.0.1"])]

    @field_validator("rate_login", "rate_codes", "rate_uploads", "rate_feedback", "rate_analytics")
    @classmethod
    def _rate(cls, text: str) -> str:
        parse(text)  # says what is wrong with it
        return text

    @field_validator("retention_days_by_kind")
    @classmethod
    def _known_and_shorter(cls, days_by_kind: dict[str, int], info: ValidationInfo) -> dict[str, int]:
        most = info.data.get("retention_days", 0)
        for name, days in days_by_kind.items():
            if name not in (known := [*CATALOGUE, DEAD_LETTERS]):
                raise ValueError(f"knows no {name}: expected some of {', '.join(known)}")
            if days > most > 0:
                raise ValueError(f"{name}: must be {most} or less, which is PACELINE_RETENTION_DAYS")
        return days_by_kind

    @property
    def retention(self) -> RetentionDays:
        """How long telemetry is kept."""
        by_kind = {name: days for name, days in self.retention_days_by_kind.items() if name != DEAD_LETTERS}
        return RetentionDays(self.retention_days, by_kind)

    @property
    def dead_letter_days(self) -> int:
        """How long dead letters are kept, in days."""
        return self.retention_days_by_kind.get(DEAD_LETTERS, self.retention_days)

    @field_validator("alerts")
    @classmethod
    def _known_rules(cls, text: str) -> str:
        unknown = {rule.strip() for rule in text.split(",") if rule.strip()} - set(ALERT_RULES)
        if unknown:
            raise ValueError(f"must be some of {', '.join(ALERT_RULES)}")
        return text

    @property
    def alert_rules(self) -> frozenset[AlertRule]:
        """Rules that are on."""
        on = {rule.strip() for rule in self.alerts.split(",")}
        return frozenset(rule for rule in ALERT_RULES if rule in on)

    @property
    def alerts_quiet_hours(self) -> tuple[int, int]:
        """From when until when devices are told of no alert, hours of the clock."""
        start, _, end = self.alerts_quiet.partition("-")
        return int(start), int(end)

    @property
    def keys_folder(self) -> Path:
        """Where the keys are that access tokens are signed with."""
        return self.keys or self.data / "keys"

    @property
    def series_url(self) -> str:
        """Where telemetry is kept."""
        return self.influx_url or f"sqlite:///{self.data / 'series.db'}"

    @property
    def records_database_url(self) -> str:
        """Where people and their records are kept."""
        return self.records_url or f"sqlite:///{self.data / 'records.db'}"
