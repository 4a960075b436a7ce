"""What only InfluxDB 2.x has: buckets with their retention, mappings to databases (DBRP), tokens for one bucket.

By `influxdb-client`, whose side for management is synchronous: call these in a thread.
"""

# It marks itself as typed, but annotates too little for strictness.
# mypy: disable-error-code="attr-defined, no-untyped-call"

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from influxdb_client import (
    Authorization,
    Bucket,
    BucketRetentionRules,
    DBRPCreate,
    DBRPsService,
    InfluxDBClient,
    Permission,
    PermissionResource,
)
from influxdb_client.rest import ApiException
from urllib3.exceptions import HTTPError

from contract.errors import Misconfigured, StoreUnavailable
from storage.series.influx_setup import POLICY
from storage.series.options import SeriesOptions, Token

_REFUSED = frozenset({401, 403})


def prepare_bucket(url: str, options: SeriesOptions) -> None:
    """Make the bucket, its retention and its mapping; harmless when they are there.

    Raises:
        StoreUnavailable: no answer; try again.
        Misconfigured: the token or the organisation is wrong, or the token may not do this.
    """
    with _client(url, options) as client:
        found = _find_bucket(client, options)
        bucket = found or _make_bucket(client, options)
        # Whose token is for the bucket alone may not look at all of this: another's has prepared it.
        with _refusals_accepted(if_there=found is not None):
            _keep_as_long_as_asked(client, bucket, options)
            _map_to_database(client, bucket, options)


def ensure_token(url: str, options: SeriesOptions, token: Token, current: str | None) -> str:
    """A token for the bucket and nothing else: the current one if it is still good, else a new one in its place.

    Args:
        url: of the server.
        options: with a token that may make tokens.
        token: what it is for.
        current: what it was until now; None: there was none.

    Raises:
        StoreUnavailable: no answer; try again.
        Misconfigured: there is no such bucket yet, or the given token may not do this.
    """
    if current and _sees_bucket(url, replace(options, token=current)):
        return current
    with _client(url, options) as client:
        bucket = _find_bucket(client, options)
        if bucket is None:
            raise Misconfigured(f"InfluxDB has no bucket {options.database!r}: run the setup first")
        tokens = client.authorizations_api()
        for old in tokens.find_authorizations(org_id=bucket.org_id):
            if old.description == token.description:
                tokens.delete_authorization(old)
        resource = PermissionResource(type="buckets", id=bucket.id, org_id=bucket.org_id)
        permissions = [Permission(action=action, resource=resource) for action in token.actions]
        wanted = Authorization(org_id=bucket.org_id, permissions=permissions)
        wanted.description = token.description
        return str(tokens.create_authorization(authorization=wanted).token)


def _sees_bucket(url: str, options: SeriesOptions) -> bool:
    try:
        with _client(url, options) as client:
            return _find_bucket(client, options) is not None
    except Misconfigured:
        return False


def _find_bucket(client: InfluxDBClient, options: SeriesOptions) -> Bucket | None:
    found = client.buckets_api().find_buckets(name=options.database, org=options.org).buckets
    return found[0] if found else None


def _make_bucket(client: InfluxDBClient, options: SeriesOptions) -> Bucket:
    return client.buckets_api().create_bucket(
        bucket_name=options.database, retention_rules=_retention(options), org=options.org
    )


def _keep_as_long_as_asked(client: InfluxDBClient, bucket: Bucket, options: SeriesOptions) -> None:
    wanted = _retention(options)
    if [rule.every_seconds for rule in bucket.retention_rules] != [rule.every_seconds for rule in wanted]:
        bucket.retention_rules = wanted
        client.buckets_api().update_bucket(bucket)


def _map_to_database(client: InfluxDBClient, bucket: Bucket, options: SeriesOptions) -> None:
    mappings = DBRPsService(client.api_client)
    found = mappings.get_dbr_ps(org_id=bucket.org_id, db=options.database).content or []
    if any(mapping.bucket_id == bucket.id for mapping in found):
        return
    # A mapping names a retention policy, as 1.x would have it; the bucket has only one anyway.
    wanted = DBRPCreate(
        org_id=bucket.org_id, bucket_id=bucket.id, database=options.database, retention_policy=POLICY, default=True
    )
    mappings.post_dbrp(wanted)


@contextmanager
def _refusals_accepted(*, if_there: bool) -> Iterator[None]:
    try:
        yield
    except ApiException as error:
        if not (if_there and error.status in _REFUSED):
            raise


def _retention(options: SeriesOptions) -> list[BucketRetentionRules]:
    shard_seconds = options.shard_hours and options.shard_hours * 3_600
    return [
        BucketRetentionRules(
            type="expire", every_seconds=options.kept_hours * 3_600, shard_group_duration_seconds=shard_seconds
        )
    ]


@contextmanager
def _client(url: str, options: SeriesOptions) -> Iterator[InfluxDBClient]:
    """A client whose errors are those of `contract.errors`."""
    if not (options.token and options.org):
        raise Misconfigured("InfluxDB 2.x asks for a token and an organisation")
    try:
        with InfluxDBClient(url, options.token, org=options.org, timeout=int(options.timeout_s * 1_000)) as client:
            yield client
    except ApiException as error:
        if error.status in {*_REFUSED, 404}:
            raise Misconfigured(f"InfluxDB refuses the token or the organisation (HTTP {error.status})") from None
        raise StoreUnavailable(f"InfluxDB answers HTTP {error.status}") from None
    except (HTTPError, OSError) as error:
        raise StoreUnavailable(f"no answer from InfluxDB ({type(error).__name__})") from None
