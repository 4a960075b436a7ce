"""The page `/docs`: Swagger UI over the OpenAPI document, with everything it loads from this server itself.

So it works where there is no internet, nobody else hears who looks at it, and no script of others runs on this origin,
where people type their passwords.
"""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import fastapi_offline
from fastapi import APIRouter, Response
from fastapi.responses import FileResponse, HTMLResponse

PAGE = "/docs"

_SWAGGER_UI = Path(fastapi_offline.__file__).parent / "static"
_ASSETS: Mapping[str, str] = MappingProxyType(
    {
        f"{PAGE}/swagger-ui.css": "text/css",
        f"{PAGE}/swagger-ui-bundle.js": "text/javascript",
    }
)
_START = f"{PAGE}/start.js"


# Relative, so that a proxy may put it all below a path of its own.
_HTML = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Paceline</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""
_SCRIPT = """\
SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  showExtensions: true,
  showCommonExtensions: true,
  validatorUrl: null,
});
"""
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# They are the same for everybody, and change with a new version only.
_KEPT = {"Cache-Control": "public, max-age=3600"}


def routes() -> APIRouter:
    """GET /docs, and what the page loads."""
    router = APIRouter(include_in_schema=False)

    @router.get(PAGE)
    async def read_page() -> Response:
        return HTMLResponse(_HTML, headers={"Content-Security-Policy": _POLICY})

    @router.get(_START)
    async def read_script() -> Response:
        return Response(_SCRIPT, media_type="text/javascript", headers=_KEPT)

    for path, media_type in _ASSETS.items():
        _add_asset(router, path, media_type)
    return router


def _add_asset(router: APIRouter, path: str, media_type: str) -> None:
    @router.get(path)
    async def read_asset() -> Response:
        return FileResponse(_SWAGGER_UI / path.rpartition("/")[2], media_type=media_type, headers=_KEPT)
