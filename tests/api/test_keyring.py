"""The keys of access tokens, and rotating them."""

from datetime import timedelta
from pathlib import Path

import pytest

from api.keyring import Keyring, key_files, rotate
from api.tokens import Claims, Tokens
from contract.errors import Misconfigured

ANN = Claims("ann", "session")
HOUR = timedelta(hours=1)


def test_a_key_is_made_once_and_is_for_its_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    kid, _ = Keyring(folder).newest()
    assert Keyring(folder).newest()[0] == kid
    [path] = key_files(folder)
    assert path.stat().st_mode & 0o077 == folder.stat().st_mode & 0o077 == 0


def test_after_a_rotation_old_tokens_hold_and_new_ones_have_the_new_key(tmp_path: Path) -> None:
    tokens = Tokens(Keyring(tmp_path), 900)
    old = tokens.issue(ANN)
    kid = rotate(tmp_path, HOUR)
    assert tokens.read(old) == ANN
    assert Keyring(tmp_path).newest()[0] == kid
    assert tokens.read(tokens.issue(ANN)) == ANN
    assert len(key_files(tmp_path)) == 2


def test_another_process_takes_tokens_of_a_key_that_came_after_its_start(tmp_path: Path) -> None:
    other = Tokens(Keyring(tmp_path), 900)
    other.issue(ANN)
    rotate(tmp_path, HOUR)
    assert other.read(Tokens(Keyring(tmp_path), 900).issue(ANN)) == ANN


def test_a_key_goes_when_all_that_it_signed_has_expired(tmp_path: Path) -> None:
    Keyring(tmp_path).newest()
    rotate(tmp_path, HOUR)
    assert len(key_files(tmp_path)) == 2
    last = rotate(tmp_path, -HOUR)  # as if an hour had passed
    assert [path.stem for path in key_files(tmp_path)] == [last]


def test_rotated_at_once_no_older_token_holds(tmp_path: Path) -> None:
    tokens = Tokens(Keyring(tmp_path), 900)
    old = tokens.issue(ANN)
    rotate(tmp_path, HOUR, at_once=True)
    assert tokens.read(old) is None
    assert tokens.read(tokens.issue(ANN)) == ANN
    assert len(key_files(tmp_path)) == 1


def test_a_key_that_can_not_be_read_is_told_of_without_its_content(tmp_path: Path) -> None:
    (tmp_path / "20260101T000000.000000Z-x.pem").write_text("secret")
    with pytest.raises(Misconfigured) as error:
        Keyring(tmp_path).newest()
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("where", ["file", "file/keys"])
def test_a_folder_that_can_not_be_used_is_told(tmp_path: Path, where: str) -> None:
    (tmp_path / "file").touch()
    for use in (Keyring(tmp_path / where).newest, Keyring(tmp_path / where).codes_key):
        with pytest.raises(Misconfigured, match="the folder of keys"):
            use()
    with pytest.raises(Misconfigured, match="the folder of keys"):
        rotate(tmp_path / where, HOUR)


def test_the_secret_of_codes_is_made_once(tmp_path: Path) -> None:
    assert Keyring(tmp_path).codes_key() == Keyring(tmp_path).codes_key() != Keyring().codes_key()
    assert (tmp_path / "codes.key").stat().st_mode & 0o077 == 0
