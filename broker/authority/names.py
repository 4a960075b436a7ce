"""Who can have a certificate: the services under names of their own, devices under their user's id."""

from contract.topics import is_user_id

SERVICE_PREFIX = "svc-"

INGESTOR = "svc-ingestor"
INSIGHTS = "svc-insights"
API = "svc-api"
WARDEN = "svc-warden"
SIMULATOR = "svc-simulator"

SERVICES = (INGESTOR, INSIGHTS, API, WARDEN)
"""What every installation needs. The simulator may publish as any user, so only trials have one."""


def is_device_name(name: str) -> bool:
    """Whether a device's certificate may have this common name: a user id that is no service's name."""
    # Whatever its case: a broker that folds names must not take a user for a service.
    return is_user_id(name) and not name.lower().startswith(SERVICE_PREFIX)
