"""What people can see and take away of all that is kept of them: the audit, and everything in one file."""

from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse

from api.access import Asking, Concerned
from api.account_models import AuditShown
from api.archive import stream
from api.belongings import files_of
from api.pages import Paged
from api.schemas import problems
from api.wiring import Wired

ZIP = "application/zip"


def routes(prefix: str) -> APIRouter:
    """GET /users/{user_id}/audit and /export."""
    router = APIRouter(prefix=f"{prefix}/users/{{user_id}}", tags=["accounts"])

    @router.get("/audit", summary="Who did what to one's data and rights", responses=problems(401, 403, 422, 503))
    async def read_audit(wiring: Wired, user_id: Concerned, part: Paged, response: Response) -> list[AuditShown]:
        """Newest first: each access by somebody else, each change of rights, each export."""
        page = await wiring.audit.of(user_id, limit=part.limit, offset=part.offset)
        response.headers["X-Total-Count"] = str(page.total)
        return [AuditShown.model_validate(entry) for entry in page.entries]

    @router.get(
        "/export",
        summary="Everything that is kept of a person",
        response_class=StreamingResponse,
        responses={200: {"description": "A ZIP file.", "content": {ZIP: {}}}, **problems(401, 403, 429, 503)},
    )
    async def export(wiring: Wired, caller: Asking, user_id: Concerned) -> StreamingResponse:
        """JSON lines for each kind, daily summaries as CSV, and a readme; GDPR, articles 15 and 20."""
        await wiring.audit.note(user_id, "export", actor=caller.id, actor_role=caller.person.role)
        name = f'attachment; filename="paceline-{user_id}.zip"'
        return StreamingResponse(
            stream(files_of(wiring, user_id)), media_type=ZIP, headers={"Content-Disposition": name}
        )

    return router
