"""What no honest client sends never leads to a 500. Here is what schemas can't say."""

import httpx
import pytest

from tests.api.house import House

ID = "00000000-0000-0000-0000-000000000000"
WITH_BODIES = [
    ("POST", "/users/register"),
    ("POST", "/api/v1/auth/otp"),
    ("POST", "/api/v1/auth/otp/verify"),
    ("POST", "/api/v1/auth/refresh"),
    ("PATCH", "/api/v1/users/me"),
    ("PUT", "/api/v1/users/me/password"),
    ("POST", "/api/v1/users/me/consents"),
    ("POST", "/api/v1/devices"),
    ("POST", f"/api/v1/devices/{ID}/certificate"),
    ("POST", "/meals"),
]
BODIES = [
    b"[" * 60_000,
    b'{"email":' + b"[" * 50_000,
    b'{"email":"a@b.example","password":"\\ud800aaaaaaaaaa"}',
    b'{"email":"a@' + b"b" * 250 + b'.example","password":"aaaaaaaaaaaa"}',
    '{"mobile":"+4915123456789","code":"\N{ARABIC-INDIC DIGIT ONE}23456"}'.encode(),
    b'{"mobile":"+' + b"1" * 30 + b'"}',
    b'{"refresh_token":"\\u0000\\ud800"}',
    b'{"name":"\\ud800","signing_request":"\\ud800"}',
    b'{"professional_id":"\\ud800","scope":"nutrition"}',
    b'{"current_password":"\\ud800","new_password":"aaaaaaaaaaaaa"}',
    b'{"height_cm": NaN, "max_heart_rate_bpm": 1e400}',
    b'{"birth_date": -1e30, "name": 1e999}',
    b"\xff\xfe{\x00",
]
TYPES = ["application/json", "application/json; charset=utf-16", "multipart/form-data; boundary=x"]
FORMS = [
    b"username=%00&password=%00",
    b"username=%ff&password=%ff",
    b"username=a@b.c&password=" + b"x" * 60_000,
    b"&" * 60_000,
    b'--x\r\nContent-Disposition: form-data; name="username"; filename="a"\r\n\r\n1\r\n--x--\r\n',
    b"".join(b'--x\r\nContent-Disposition: form-data; name="%d"\r\n\r\n1\r\n' % n for n in range(1_200)) + b"--x--\r\n",
]
PATHS = [
    "/api/v1/users/%00/meals",
    "/api/v1/users/%ff%fe/meals",
    "/api/v1/users/..%2f..%2f/meals",
    "/api/v1/users/me/%00",
    "/api/v1/users/me/meals?offset=99999999999999999999",
    "/api/v1/users/me/audit?offset=2147483647&limit=500",
    "/api/v1/users/me/meals?start=0001-01-01T00:00:00Z",
    "/api/v1/users/me/meals?start=9999-12-31T23:59:59-23:59",
    "/api/v1/users/me/meals?source_device=%00",
    "/api/v1/users/me/meals?source_device='%20OR%201=1--",
    "/api/v1/devices/%00",
    "//api/v1/users/me",
]
TOKENS = [
    b"Bearer",
    b"Bearer \xff",
    b"Bearer " + b"a" * 60_000,
    b"Bearer ..",
    b"Basic YTpi",
    b"Bearer eyJhbGciOjF9.e30.AA",  # {"alg": 1}
    b"Bearer eyJhbGciOiJFUzI1NiIsImtpZCI6WzFdfQ.e30.AA",  # {"alg": "ES256", "kid": [1]}
    b"Bearer eyJhbGciOiJFUzI1NiIsImNyaXQiOjV9.e30.AA",  # {"alg": "ES256", "crit": 5}
    b"Bearer eyJhbGciOiJFUzI1NiIsImNyaXQiOm51bGx9.e30.AA",  # {"alg": "ES256", "crit": null}
    b"Bearer eyJhbGciOiJFUzI1NiIsImNyaXQiOlt7fV19.e30.AA",  # {"alg": "ES256", "crit": [{}]}
    b"Bearer W10.W10.AA",  # [] and []
]


def require_no_failure(response: httpx.Response) -> None:
    # 503: here is no broker, without which nothing is stored.
    assert response.status_code < 500 or response.status_code == 503, response.request.url


@pytest.mark.parametrize(("method", "path"), WITH_BODIES)
async def test_no_body_breaks_anything(library: House, method: str, path: str) -> None:
    headers = await library.bearer()
    for body in BODIES:
        for kind in TYPES:
            said = {**headers, "Content-Type": kind}
            require_no_failure(await library.http.request(method, path, content=body, headers=said))


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
async def test_no_form_logs_in_or_breaks_anything(library: House, kind: str) -> None:
    for form in FORMS:
        answer = await library.http.post("/users/login", content=form, headers={"Content-Type": kind})
        assert answer.status_code in {400, 401, 422}


@pytest.mark.parametrize("path", PATHS)
async def test_no_path_breaks_anything(library: House, path: str) -> None:
    for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE"):
        require_no_failure(await library.http.request(method, path))


@pytest.mark.parametrize("token", TOKENS, ids=range(len(TOKENS)))
async def test_what_is_no_token_is_nobody(library: House, token: bytes) -> None:
    answer = await library.http.get("/api/v1/users/me", headers={b"Authorization": token}, auth=None)
    assert answer.status_code == 401
