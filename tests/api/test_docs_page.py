"""The page to read the OpenAPI document with: all of it comes from here."""

import re
from html.parser import HTMLParser

import httpx
import pytest

from api.docs_page import PAGE
from api.headers import PRIVATE
from tests.api.house import House


class Loaded(HTMLParser):
    """What a page has a browser load, and whether it has script or style of its own."""

    def __init__(self, page: httpx.Response) -> None:
        super().__init__()
        self.urls: list[httpx.URL] = []
        self.inline = 0
        self._base = page.url
        self.feed(page.text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = dict(attributes)
        self.inline += "style" in found or tag == "style" or (tag == "script" and "src" not in found)
        self.inline += any(name.startswith("on") for name in found)
        for name in ("src", "href"):
            if (url := found.get(name)) and not url.startswith("data:"):
                self.urls.append(self._base.join(url))


@pytest.fixture
async def page(library: House) -> httpx.Response:
    found = await library.http.get(PAGE, auth=None)
    assert (found.status_code, found.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    return found


async def test_all_that_the_page_loads_is_there_without_a_login(library: House, page: httpx.Response) -> None:
    loaded = {url.path: await library.http.get(url, auth=None) for url in Loaded(page).urls}
    assert {path: each.headers["Content-Type"].partition(";")[0] for path, each in loaded.items()} == {
        "/docs/start.js": "text/javascript",
        "/docs/swagger-ui-bundle.js": "text/javascript",
        "/docs/swagger-ui.css": "text/css",
    }
    assert {each.status_code for each in loaded.values()} == {200}
    assert {each.headers["X-Content-Type-Options"] for each in loaded.values()} == {"nosniff"}
    # What Swagger UI is started with, and the program that is.
    [document] = re.findall(r'url: "([^"]+)"', loaded["/docs/start.js"].text)
    assert (await library.http.get(page.url.join(document), auth=None)).json()["openapi"].startswith("3.1")
    assert "SwaggerUIBundle" in loaded["/docs/swagger-ui-bundle.js"].text


async def test_the_page_names_no_other_host(library: House, page: httpx.Response) -> None:
    assert {url.host for url in Loaded(page).urls} == {page.url.host}
    own = page.text + (await library.http.get(f"{PAGE}/start.js")).text
    assert "//" not in own
    style = (await library.http.get(f"{PAGE}/swagger-ui.css")).text
    assert all(url.startswith("data:") for url in re.findall(r"url\(\s*[\"']?([^\"')]{1,9})", style))
    assert "@import" not in style


async def test_a_browser_is_let_load_and_ask_this_server_only(page: httpx.Response) -> None:
    directives = dict(each.split(maxsplit=1) for each in page.headers["Content-Security-Policy"].split("; "))
    assert directives.pop("default-src") == "'none'"
    assert {directives.pop(name) for name in ("script-src", "style-src", "connect-src")} == {"'self'"}
    assert directives.pop("img-src") == "'self' data:"
    assert set(directives.values()) == {"'none'"}
    assert Loaded(page).inline == 0, "the policy would keep it from running"


@pytest.mark.parametrize("path", ["/redoc", "/docs/", "/docs/redoc.standalone.js", "/docs/..%2Fcore.py"])
async def test_nothing_else_of_the_package_is_served(library: House, path: str) -> None:
    response = await library.http.get(path, auth=None)
    assert response.status_code in {401, 404}
    assert response.headers["Content-Security-Policy"] == PRIVATE["Content-Security-Policy"]
