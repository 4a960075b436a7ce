"""Opening a store by its URL."""

from pathlib import Path
from urllib.parse import urlsplit

from contract.errors import Misconfigured
from storage.series.embedded import EmbeddedStore
from storage.series.influx import InfluxStore
from storage.series.options import SeriesOptions
from storage.series.protocol import SeriesStore

__all__ = ["SeriesOptions", "open_series_store"]

_SQLITE = "sqlite:///"


def open_series_store(url: str | Path, options: SeriesOptions | None = None) -> SeriesStore:
    """The store that a URL names; nothing is connected or made before the first call.

    Args:
        url: `http://` or `https://` for InfluxDB of any version, `sqlite:///relative` or `sqlite:////absolute`, or
            a `Path`, for the embedded store.
        options: the defaults, if left out.

    Raises:
        Misconfigured: a URL that names neither.
    """
    options = options or SeriesOptions()
    if isinstance(url, Path):
        return EmbeddedStore(url, options)
    if url.startswith(_SQLITE):
        return EmbeddedStore(Path(url.removeprefix(_SQLITE)), options)
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        # Not the URL itself, which may hold a password.
        raise Misconfigured("a series store's URL begins with http://, https:// or sqlite:///")
    if parts.username or parts.password:
        raise Misconfigured("the series store's URL must hold no user name or password: set them on their own")
    return InfluxStore(url, options)
