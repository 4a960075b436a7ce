"""The OpenAPI document: the routes as FastAPI tells them, the schemas as the contract does."""

import json
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from msgspec import Struct

from api.bodies import JSON
from api.finding_models import AnomaliesShown, CorrelationsShown, RecommendationsShown, TrendsShown
from api.health import Health
from api.heart_rates import HeartRateShown
from api.measurements import LatestShown, MeasurementShown
from api.measurements_summary import MeasurementsShown
from api.nights import NightShown
from api.period import PeriodShown
from api.problems import Problem
from api.review import DaySummary
from api.roster import ClientShown
from api.rules import Who, rule_of
from api.schemas import BATCHES, STORED, components
from api.sleep_analysis import SleepShown
from api.time_in_zones import ZonesShown
from api.uploads import UPLOADED
from contract.receipts import Receipt

ANSWERS: tuple[type[Struct], ...] = (
    *(ClientShown, DaySummary, PeriodShown, MeasurementShown, LatestShown, MeasurementsShown),
    *(HeartRateShown, ZonesShown, NightShown, SleepShown),
    *(TrendsShown, AnomaliesShown, CorrelationsShown, RecommendationsShown),
)
"""What review and analytics answer with."""


class DescribedApi(FastAPI):
    """An application whose OpenAPI document has the contract's schemas in it."""

    def openapi(self) -> dict[str, Any]:
        """The document; made once."""
        if self.openapi_schema is None:
            document = super().openapi()
            schemas = document.setdefault("components", {}).setdefault("schemas", {})
            batches = (BATCHES[name] for name in UPLOADED)
            schemas |= components([*batches, *STORED.values(), Receipt, Problem, Health, *ANSWERS])
            _tell_rules(document)
        return super().openapi()


def routes() -> APIRouter:
    """GET /openapi.json."""
    router = APIRouter(include_in_schema=False)

    @router.get("/openapi.json")
    async def read_document(request: Request) -> Response:
        return Response(render(request.app.openapi()), media_type=JSON)

    return router


def _tell_rules(document: dict[str, Any]) -> None:
    """Say of each operation who may ask, and that it takes an access token if it does."""
    flow = {"tokenUrl": "/api/v1/users/login", "refreshUrl": "/api/v1/auth/refresh", "scopes": {}}
    login = {"type": "oauth2", "flows": {"password": flow}}
    document["components"]["securitySchemes"] = {"login": login}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            rule = rule_of(method.upper(), path)
            if rule and rule.who is not Who.ANYBODY:
                scope = f" ({rule.scope})" if rule.scope else ""
                operation["security"] = [{"login": []}]
                operation["description"] = f"{operation.get('description', '')}\n\nFor {rule.who.value}{scope}.".strip()


def openapi_document(app: FastAPI) -> dict[str, Any]:
    """What `/openapi.json` answers."""
    return app.openapi()


def render(document: dict[str, Any]) -> str:
    """As it is committed: the same text on every machine."""
    return json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
