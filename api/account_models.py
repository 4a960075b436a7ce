"""What is said about accounts over HTTP: the bodies of requests and answers."""

from datetime import UTC, date, datetime
from typing import Annotated, Literal, Self
from zoneinfo import available_timezones

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from api.passwords import MAX_LENGTH, MIN_LENGTH
from contract.topics import USER_ID_PATTERN
from storage.records.consents import Scope
from storage.records.people import Person, Role, Sex

_ZONES = frozenset(available_timezones())
_OLDEST = date(1900, 1, 1)


def _email(text: str) -> str:
    try:
        # In lower case: nobody's mail system tells Ann from ann, and an impostor would.
        return validate_email(text, check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        raise ValueError("must be an e-mail address") from None


def _mobile(text: str) -> str:
    try:
        number = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        raise ValueError(_NO_NUMBER) from None
    if not phonenumbers.is_valid_number(number):
        raise ValueError(_NO_NUMBER)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


_NO_NUMBER = "must be a telephone number with its country code, such as +49 1512 3456789"


def normal_login(text: str) -> str:
    """A user name as it is kept, if it can be one: e-mail address or mobile number; else a name that nobody has."""
    try:
        return _email(text) if "@" in text else _mobile(text)
    except ValueError:
        return ""


def _zone(text: str) -> str:
    if text not in _ZONES:
        raise ValueError("must be a time zone of the IANA database, such as Europe/Berlin")
    return text


def _plain(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError("must be printable, and not blank")
    return text.strip()


def _past(day: date) -> date:
    if not _OLDEST <= day <= datetime.now(UTC).date():
        raise ValueError("must be a day of the past, of 1900 or later")
    return day


def _known_text(text: str) -> str:
    # What no database or hash takes: half a surrogate pair never gets here, NUL would.
    if "\0" in text:
        raise ValueError("must not have a NUL character")
    return text


Email = Annotated[str, Field(max_length=254, json_schema_extra={"format": "email"}), AfterValidator(_email)]
Mobile = Annotated[str, Field(max_length=32, examples=["+4915123456789"]), AfterValidator(_mobile)]
Zone = Annotated[str, Field(max_length=64, examples=["Europe/Berlin"]), AfterValidator(_zone)]
Name = Annotated[str, Field(min_length=1, max_length=120), AfterValidator(_plain)]
Code = Annotated[str, Field(pattern="^[0-9]{6}$")]
GivenPassword = Annotated[str, Field(max_length=MAX_LENGTH), AfterValidator(_known_text)]
Password = Annotated[str, Field(min_length=MIN_LENGTH, max_length=MAX_LENGTH), AfterValidator(_known_text)]
BirthDate = Annotated[date, AfterValidator(_past)]
Height = Annotated[float, Field(ge=50, le=280, description="cm", allow_inf_nan=False)]
HeartRate = Annotated[float, Field(ge=80, le=250, description="Beats a minute.", allow_inf_nan=False)]
UserId = Annotated[str, Field(pattern=USER_ID_PATTERN)]
OwnRole = Literal["athlete", "nutritionist", "coach"]
"""What one may register as. Administrators are made on the command line."""


class Profile(BaseModel):
    """What somebody may tell of themselves."""

    name: Name | None = Field(None, description="As coaches and clients are shown it.")
    time_zone: Zone = "UTC"
    sex: Sex | None = None
    birth_date: BirthDate | None = None
    height_cm: Height | None = None
    max_heart_rate_bpm: HeartRate | None = None


class Registration(Profile):
    """A new account."""

    email: Email
    password: Password
    role: OwnRole = "athlete"


class CodeRequest(BaseModel):
    """Where a one-time code is to be sent."""

    mobile: Mobile


class CodeSent(BaseModel):
    """A code is on its way."""

    expires_in: int = Field(description="Seconds for which it holds.")


class CodeProof(Profile):
    """A code that has come; and, if there is no account with this number yet, who it is for."""

    mobile: Mobile
    code: Code
    role: OwnRole = "athlete"


class Proof(BaseModel):
    """That who asks is who logged in, and not who found their session."""

    current_password: GivenPassword | None = Field(None, description="Of who asks.")
    code: Code | None = Field(
        None, description="Of who asks and has no password: a one-time code that was sent just now."
    )


class Changes(Proof):
    """What is to be different of somebody; what is left out stays. Another `email` takes the proof."""

    name: Name | None = None
    email: Email | None = None
    time_zone: Zone | None = None
    sex: Sex | None = None
    birth_date: BirthDate | None = None
    height_cm: Height | None = None
    max_heart_rate_bpm: HeartRate | None = None

    @field_validator("name", "email", "time_zone")
    @classmethod
    def _stays(cls, value: str | None) -> str:
        if value is None:
            raise ValueError("can be changed, but not removed")
        return value


class NewPassword(Proof):
    """Another password, or the first one; either takes the proof."""

    new_password: Password


class PersonShown(BaseModel):
    """Somebody with an account."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    role: Role
    name: str
    email: str | None = Field(None, description="For themselves and administrators only.")
    mobile: str | None = Field(None, description="For themselves and administrators only.")
    time_zone: str
    sex: Sex | None
    birth_date: date | None
    height_cm: float | None
    max_heart_rate_bpm: float | None
    created_at: datetime

    @classmethod
    def of(cls, person: Person) -> Self:
        """All that is known of them."""
        return cls.model_validate(person)

    def for_others(self) -> Self:
        """What their coaches and nutritionists need not know is left out."""
        return self.model_copy(update={"email": None, "mobile": None})


class TokensGiven(BaseModel):
    """What somebody logs in with from now on (RFC 6749, section 5.1)."""

    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105  # the kind of token, not one
    expires_in: int = Field(description="Seconds for which the access token is valid.")
    refresh_token: str = Field(description="For the next two tokens; works once.")
    user_id: str


class RefreshToken(BaseModel):
    """A refresh token."""

    refresh_token: Annotated[str, Field(min_length=1, max_length=128)]


class NewConsent(BaseModel):
    """Whom somebody lets see how much of their data."""

    professional_id: UserId
    scope: Scope = Field(
        description="`nutrition`: meals, weight and daily summaries; `training`: all of it, for coaches only."
    )


class ConsentShown(BaseModel):
    """A consent; in force while `withdrawn_at` is null."""

    professional_id: str
    professional_name: str | None = Field(None, description="Null when their account is no more.")
    scope: Scope
    given_at: datetime
    withdrawn_at: datetime | None


class AuditShown(BaseModel):
    """Something that was done to one's data or rights."""

    model_config = ConfigDict(from_attributes=True)

    at: datetime
    action: str
    detail: str
    actor: str | None = Field(description="Who did it; null for the installation, and for accounts that are no more.")
    actor_role: str | None


class DeletionBegun(BaseModel):
    """An erasure that can't be stopped any more."""

    deletion_id: str = Field(description="Random; all that the audit keeps is that it was done.")
