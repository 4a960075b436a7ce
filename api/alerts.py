"""Alerts: what a client was alerted to, and which rules they want."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from api.access import Concerned
from api.pages import Paged
from api.schemas import problems
from api.wiring import Wired, Wiring
from contract.alerts import ALERT_RULES, AlertRule


class AlertShown(BaseModel):
    """Something to look at."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    rule: AlertRule
    cause: str = Field(description="What it is about, such as the column of an anomaly, or a device.")
    day: date = Field(description="The local day that it is about.")
    text: str
    raised_at: datetime
    published_at: datetime | None = Field(description="When devices of the client were told; null: not yet, or never.")


class AlertRules(BaseModel):
    """Rules of alerts, and whether they are on for somebody."""

    model_config = ConfigDict(extra="forbid")

    rules: Annotated[dict[AlertRule, bool], Field(examples=[{"low_battery": False}])]


def routes(prefix: str) -> APIRouter:
    """GET /clients/{client_id}/alerts, and a person's own rules."""
    router = APIRouter(prefix=prefix, tags=["alerts"])

    @router.get(
        "/clients/{client_id}/alerts", summary="What a client was alerted to", responses=problems(401, 403, 422, 503)
    )
    async def list_alerts(wiring: Wired, client_id: Concerned, response: Response, part: Paged) -> list[AlertShown]:
        """Newest first: one for each rule, cause and day. Clients ask for their own, as `me`."""
        page = await wiring.alerts.of_client(client_id, limit=part.limit, offset=part.offset)
        response.headers["X-Total-Count"] = str(page.total)
        return [AlertShown.model_validate(alert) for alert in page.alerts]

    @router.get("/users/{user_id}/alert-rules", summary="Which alerts one wants", responses=problems(401, 403, 503))
    async def read_rules(wiring: Wired, user_id: Concerned) -> AlertRules:
        """Those that are on here as well; the installation may have switched some off for all."""
        return await _rules(wiring, user_id)

    @router.patch(
        "/users/{user_id}/alert-rules",
        summary="Switch alerts on or off",
        responses=problems(400, 401, 403, 408, 413, 422, 503),
    )
    async def change_rules(wiring: Wired, user_id: Concerned, wanted: AlertRules) -> AlertRules:
        """Rules that are left out stay as they are. What is off raises nothing, neither for oneself nor for coaches."""
        await wiring.alerts.switch(user_id, wanted.rules)
        return await _rules(wiring, user_id)

    return router


async def _rules(wiring: Wiring, user_id: str) -> AlertRules:
    off = await wiring.alerts.switched_off(user_id)
    return AlertRules(rules={rule: rule not in off for rule in ALERT_RULES})
