"""Which store a URL names."""

from pathlib import Path

import pytest

from contract.errors import Misconfigured
from storage.series.embedded import EmbeddedStore
from storage.series.influx import InfluxStore
from storage.series.opening import SeriesOptions, open_series_store


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///series.db", Path("series.db")),
        ("sqlite:////var/lib/paceline/series.db", Path("/var/lib/paceline/series.db")),
        (Path("series.db"), Path("series.db")),
    ],
)
async def test_a_path_names_the_embedded_store(url: str | Path, path: Path) -> None:
    store = open_series_store(url)
    assert isinstance(store, EmbeddedStore)
    assert store._file.path == path
    await store.close()


@pytest.mark.parametrize("url", ["http://127.0.0.1:8086", "https://influx.example/behind/a/proxy/"])
async def test_an_http_url_names_influxdb(url: str) -> None:
    store = open_series_store(url, SeriesOptions(database="x"))
    assert isinstance(store, InfluxStore)
    assert store._http.url == url.rstrip("/")
    await store.close()


@pytest.mark.parametrize(
    "url",
    ["postgresql://localhost/x", "http://", "sqlite://x", "influx.example.org", "http://me:secret@localhost:8086"],
)
def test_other_urls_are_told_without_repeating_them(url: str) -> None:
    with pytest.raises(Misconfigured) as told:
        open_series_store(url)
    assert "secret" not in str(told.value)


def test_options_do_not_show_their_secrets() -> None:
    shown = repr(SeriesOptions(username="me", password="hidden", token="hidden"))
    assert "me" in shown
    assert "hidden" not in shown
