"""`paceline token`: an access token of the local run, or in one line why there is none."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from typer.testing import CliRunner

from paceline.accounts import LOGINS
from paceline.cli import app
from paceline.places import NOTE


class Refusing(BaseHTTPRequestHandler):
    """An API that knows nobody any more."""

    def do_POST(self) -> None:
        self.send_error(401)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name in the standard library
        """Says nothing."""


@contextmanager
def refusing() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def token(data: Path, url: str) -> str:
    (data / LOGINS).mkdir(exist_ok=True)
    (data / LOGINS / "me@example.org").write_text("secret-password")
    (data / NOTE).write_text(json.dumps({"api_url": url}))
    result = CliRunner().invoke(app, ["token", "--data", str(data)])
    assert (result.exit_code, result.exception.__class__) == (1, SystemExit)
    assert "secret-password" not in result.output
    return result.output


def test_who_is_gone_gets_no_token_and_one_line_that_says_so(tmp_path: Path) -> None:
    with refusing() as url:
        assert "me@example.org could not log in" in token(tmp_path, url)


def test_a_run_that_has_ended_does_not_answer(tmp_path: Path) -> None:
    with refusing() as url:
        pass
    assert "the local run does not answer" in token(tmp_path, url)
