"""How the API works, from the settings."""

from api.breakers import BreakerOptions
from api.delivery import CodeSender, ConsoleSender, OutboxSender
from api.options import RATES, AccountOptions, ApiOptions, BrokerAddress, DeviceOptions
from broker.authority.names import API
from paceline.logins import broker_login
from paceline.settings import Settings


def api_options(settings: Settings) -> ApiOptions:
    """How the API works."""
    login = broker_login(settings, API)
    endpoint = login.endpoint
    address = BrokerAddress(endpoint.host, endpoint.port, login.username, login.password, endpoint.tls)
    devices = DeviceOptions(
        authority=settings.authority_folder,
        certificate_days=settings.device_certificate_days,
        broker_url=settings.devices_broker_url or str(endpoint),
    )
    breaker = BreakerOptions(settings.breaker_failures, settings.breaker_window_s, settings.breaker_pause_s)
    return ApiOptions(
        address, _account_options(settings), devices, receipt_timeout_s=settings.receipt_timeout_s, breaker=breaker
    )


def _account_options(settings: Settings) -> AccountOptions:
    """How people log in."""
    token = settings.metrics_token
    return AccountOptions(
        keys=settings.keys_folder,
        access_token_s=settings.access_token_s,
        login_days=settings.login_days,
        registration=settings.registration == "open",
        metrics_token=token.get_secret_value() if token else None,
        cors_origins=tuple(origin.strip() for origin in settings.cors_origins.split(",") if origin.strip()),
        rates={
            **RATES,
            "login": settings.rate_login,
            "codes": settings.rate_codes,
            "uploads": settings.rate_uploads,
            "feedback": settings.rate_feedback,
            "analytics": settings.rate_analytics,
        },
        sender=_sender(settings),
    )


def _sender(settings: Settings) -> CodeSender:
    if settings.code_delivery == "console":
        return ConsoleSender()
    return OutboxSender(settings.data / "outbox.jsonl")
