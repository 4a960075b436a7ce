"""Access tokens: JSON Web Tokens (RFC 7519, RFC 9068), short-lived and signed with ES256, and nothing else."""

import time
from dataclasses import dataclass
from uuid import uuid4

from joserfc import jwt
from joserfc.errors import JoseError

from api.keyring import Keyring

ISSUER = "paceline"
_ALGORITHM = "ES256"
_TYPE = "at+jwt"
_CLAIMS = jwt.JWTClaimsRegistry(
    leeway=0,
    iss={"essential": True, "value": ISSUER},
    aud={"essential": True, "value": ISSUER},
    exp={"essential": True},
    iat={"essential": True},
    sub={"essential": True},
    sid={"essential": True},
)


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says.

    Attributes:
        person_id: who it is.
        session_id: of the login that it came from.
    """

    person_id: str
    session_id: str


class Tokens:
    """Issues and reads access tokens.

    Args:
        keyring: of the keys.
        lifetime_s: how long a token is valid, in seconds.
    """

    def __init__(self, keyring: Keyring, lifetime_s: int) -> None:
        self._keyring = keyring
        self.lifetime_s = lifetime_s

    def issue(self, claims: Claims) -> str:
        """A token that says this."""
        kid, key = self._keyring.newest()
        now = int(time.time())
        said = {
            "iss": ISSUER,
            "aud": ISSUER,
            "sub": claims.person_id,
            "sid": claims.session_id,
            "iat": now,
            "exp": now + self.lifetime_s,
            "jti": uuid4().hex,
        }
        return jwt.encode({"alg": _ALGORITHM, "kid": kid, "typ": _TYPE}, said, key, algorithms=[_ALGORITHM])

    def read(self, token: str) -> Claims | None:
        """What a token says; None if it is not one of ours, or has expired."""
        try:
            found = jwt.decode(token, self._keyring.all(), algorithms=[_ALGORITHM])
            _CLAIMS.validate(found.claims)
        except (JoseError, ValueError, TypeError):  # TypeError: of a `crit` that is no list of names
            return None
        person_id, session_id = found.claims["sub"], found.claims["sid"]
        if found.header.get("typ") != _TYPE or not isinstance(person_id, str) or not isinstance(session_id, str):
            return None
        return Claims(person_id, session_id)
