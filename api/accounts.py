"""Accounts: making one, looking at it, changing it, and having it erased."""

from uuid import uuid4

from fastapi import APIRouter

from api.access import Asking, Caller, Concerned
from api.account_models import Changes, DeletionBegun, NewPassword, PersonShown, Profile, Proof, Registration
from api.problems import ProblemError
from api.proofs import require_proof
from api.schemas import problems
from api.wiring import Wired, Wiring
from storage.records.audit import Deed
from storage.records.people import Person, Role, Taken, new_person


def registration(prefix: str) -> APIRouter:
    """POST /users/register."""
    router = APIRouter(prefix=prefix, tags=["accounts"])

    @router.post(
        "/users/register",
        status_code=201,
        summary="Make an account",
        responses=problems(400, 403, 408, 409, 413, 422, 429, 503),
    )
    async def register(wiring: Wired, wanted: Registration) -> PersonShown:
        """An account with e-mail address and password. Administrators are made on the command line only."""
        if not wiring.options.accounts.registration:
            raise ProblemError(403, "accounts are made by the administrator here")
        person = person_of(wanted, wanted.role, email=wanted.email)
        await add_account(wiring, person, await wiring.passwords.hash(wanted.password))
        return PersonShown.of(person)

    return router


def routes(prefix: str) -> APIRouter:
    """GET, PATCH and DELETE /users/{user_id}, and its password."""
    router = APIRouter(prefix=f"{prefix}/users/{{user_id}}", tags=["accounts"])
    refusals = problems(401, 403, 404, 422, 503)
    with_body = problems(400, 401, 403, 404, 408, 409, 413, 422, 429, 503)

    @router.get("", summary="Somebody with an account", responses=refusals)
    async def read_person(wiring: Wired, caller: Asking, user_id: Concerned) -> PersonShown:
        shown = PersonShown.of(await existing(wiring, user_id))
        return shown if _sees_addresses(caller, user_id) else shown.for_others()

    @router.patch("", summary="Change an account", responses=with_body)
    async def change_person(wiring: Wired, caller: Asking, user_id: Concerned, wanted: Changes) -> PersonShown:
        """What is left out stays. A mobile number is not changed here: it must be proven by a code.

        Another e-mail address is another name to log in with: whoever asks for it proves again who they are.
        """
        person, deed = await existing(wiring, user_id), None
        if wanted.email not in {None, person.email}:
            await require_proof(wiring, caller.id, wanted)
            deed = caller.deed(user_id, "email.changed")
        changes = wanted.model_dump(exclude_unset=True, exclude=set(Proof.model_fields))
        try:
            person = await wiring.people.update(user_id, changes, deed) or await existing(wiring, user_id)
        except Taken as error:
            raise _taken(error) from None
        return PersonShown.of(person)

    @router.put(
        "/password",
        status_code=204,
        summary="Change the password",
        responses=problems(400, 401, 403, 408, 413, 422, 429, 503),
    )
    async def change_password(wiring: Wired, caller: Asking, user_id: Concerned, wanted: NewPassword) -> None:
        """All other logins end."""
        await require_proof(wiring, user_id, wanted)
        hashed, deed = await wiring.passwords.hash(wanted.new_password), caller.deed(user_id, "password.changed")
        await wiring.people.change_password(user_id, hashed, deed, keeping=caller.session_id)

    @router.delete("", status_code=202, summary="Erase a person and all of their data", responses=refusals)
    async def erase_person(wiring: Wired, caller: Asking, user_id: Concerned) -> DeletionBegun:
        """The person is logged out at once; all else follows within minutes, and can't be stopped.

        GDPR, article 17. Telemetry, records, certificates and retained messages are removed; the audit keeps that it
        was done, without whom it was about.
        """
        await existing(wiring, user_id)
        deletion = await wiring.erasure.begin(user_id, caller.person.role)
        return DeletionBegun(deletion_id=deletion.id)

    return router


def person_of(wanted: Profile, role: Role, *, email: str | None = None, mobile: str | None = None) -> Person:
    """A new person with what they told of themselves."""
    person_id = str(uuid4())
    told = wanted.model_dump(include=set(Profile.model_fields) - {"name"})
    # Not the mailbox: professionals are shown the name, and addresses are kept from them.
    name = wanted.name or f"{role} {person_id[:8]}"
    return new_person(person_id, role, name, email=email, mobile=mobile, **told)


async def add_account(wiring: Wiring, person: Person, password_hash: str | None = None) -> None:
    """Make the account.

    Raises:
        ProblemError: 409, somebody has the address or number already.
    """
    deed = Deed(person.id, "account.made", person.role, actor=person.id, actor_role=person.role)
    try:
        await wiring.people.add(person, password_hash, deed)
    except Taken as error:
        raise _taken(error) from None


async def existing(wiring: Wiring, user_id: str) -> Person:
    """The person.

    Raises:
        ProblemError: 404, there is none any more.
    """
    person = await wiring.people.get(user_id)
    if person is None:
        raise ProblemError(404, "there is no such account")
    return person


def _sees_addresses(caller: Caller, user_id: str) -> bool:
    return caller.id == user_id or caller.person.role == "administrator"


def _taken(error: Taken) -> ProblemError:
    return ProblemError(409, f"an account has this {error.field} already", field=error.field)
