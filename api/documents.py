"""The OpenAPI document: the routes as FastAPI tells them, the schemas as the contract does."""

import json
from typing import Any

from fastapi import FastAPI

from api.health import Health
from api.problems import Problem
from api.schemas import BATCHES, STORED, components
from api.uploads import UPLOADED
from contract.receipts import Receipt


class DescribedApi(FastAPI):
    """An application whose OpenAPI document has the contract's schemas in it."""

    def openapi(self) -> dict[str, Any]:
        """The document; made once."""
        if self.openapi_schema is None:
            document = super().openapi()
            schemas = document.setdefault("components", {}).setdefault("schemas", {})
            batches = (BATCHES[name] for name in UPLOADED)
            schemas |= components([*batches, *STORED.values(), Receipt, Problem, Health])
        return super().openapi()


def openapi_document(app: FastAPI) -> dict[str, Any]:
    """What `/openapi.json` answers."""
    return app.openapi()


def render(document: dict[str, Any]) -> str:
    """As it is committed: the same text on every machine."""
    return json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
