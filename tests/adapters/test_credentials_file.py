"""Credentials come from a private file or one line, and are never shown."""

import base64
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.adapters.credentials_file import (
    MAX_BYTES,
    TargetAuth,
    load_auth_file,
    load_token_file,
    parse_auth_line,
)
from holdfast.core.observe.credentials import Credentials
from holdfast.errors import ConfigError

BASIC = "Basic " + base64.b64encode(b"admin:hunter2").decode()
CHALLENGED = TargetAuth(credentials=Credentials(user="admin", password="hunter2"))


def private(tmp_path, content, mode=0o600):
    path = tmp_path / "auth"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    path.chmod(mode)
    return path


@pytest.mark.parametrize(
    ("line", "auth"),
    [
        ("admin:hunter2", CHALLENGED),
        ("  admin:hunter2\n", CHALLENGED),
        ("digest admin:hunter2", CHALLENGED),
        ("Basic admin:hunter2", TargetAuth(authorization=BASIC)),
        ("Bearer abc.def-ghi==", TargetAuth(authorization="Bearer abc.def-ghi==")),
        ("bearer abc", TargetAuth(authorization="Bearer abc")),
        ("admin:", TargetAuth(credentials=Credentials(user="admin", password=""))),
        ("admin:a:b c", TargetAuth(credentials=Credentials(user="admin", password="a:b c"))),
    ],
)
def test_one_line_forms(line, auth, tmp_path):
    assert parse_auth_line(line, "HOLDFAST_TARGET_AUTH") == auth
    assert load_auth_file(private(tmp_path, line)) == auth


@pytest.mark.parametrize(
    ("content", "auth"),
    [
        ('kind = "basic"\nuser = "admin"\npassword = "hunter2"\n', TargetAuth(authorization=BASIC)),
        ('kind = "digest"\nuser = "admin"\npassword = "hunter2"\n', CHALLENGED),
        ('user = "admin"\npassword = "hunter2"\n', CHALLENGED),
        ('kind = "bearer"\ntoken = "abc"\n', TargetAuth(authorization="Bearer abc")),
    ],
)
def test_toml_forms(content, auth, tmp_path):
    assert load_auth_file(private(tmp_path, content)) == auth


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("hunter2", "auth: must be user:password, basic user:password, digest user:password or "
         "Bearer TOKEN"),
        (":hunter2", "auth: must be user:password, basic user:password, digest user:password or "
         "Bearer TOKEN"),
        ("", "auth: must be user:password, basic user:password, digest user:password or "
         "Bearer TOKEN"),
        ("Bearer hunter2 hunter2", "auth: token: must be letters, digits and any of -._~+/="),
        ("a\x1bb:hunter2", "auth: must be user:password, basic user:password, digest "
         "user:password or Bearer TOKEN"),
        ('kind = "bearer"\nuser = "hunter2"\n', "auth: kind: bearer needs a token and nothing "
         "else"),
        ('kind = "basic"\ntoken = "hunter2"\n', "auth: user: basic needs a user and a password, no "
         "token"),
        ('user = "a:b"\npassword = "hunter2"\n', "auth: user: must be printable and without a "
         "colon"),
        ('kind = "diggest"\nuser = "u"\n', "auth: kind: must be one of any, basic, digest, bearer, "
         "got 'diggest'; did you mean 'digest'?"),
        ('user = "u"\npasword = "hunter2"\n', "auth: pasword: is unknown; did you mean "
         "'password'?"),
        ('user = "u"\npassword = 2\n', "auth: password: must be text"),
        (b"\xff:hunter2", "auth: is not UTF-8 (byte 0)"),
        ("x" * (MAX_BYTES + 1), f"auth: is larger than the limit of {MAX_BYTES} bytes"),
    ],
)  # fmt: skip
def test_wrong_content_is_refused_without_the_secret(content, message, tmp_path):
    with pytest.raises(ConfigError) as caught:
        load_auth_file(private(tmp_path, content))
    assert str(caught.value) == message
    assert "hunter2" not in str(caught.value)


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620, 0o777])
def test_a_file_open_to_others_is_refused(tmp_path, mode):
    with pytest.raises(ConfigError) as caught:
        load_auth_file(private(tmp_path, "admin:hunter2", mode))
    assert str(caught.value) == (f"auth: others may read it (mode {mode:04o}); run: chmod 600 auth")


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
@pytest.mark.parametrize("mode", [0o600, 0o400, 0o700])
def test_a_private_file_is_taken(tmp_path, mode):
    assert load_auth_file(private(tmp_path, "admin:hunter2", mode)) == CHALLENGED


@pytest.mark.skipif(os.name != "posix", reason="named pipes are POSIX")
def test_a_pipe_a_folder_and_nothing_are_refused_at_once(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    with pytest.raises(ConfigError, match="pipe: is no regular file"):
        load_auth_file(pipe)
    with pytest.raises(ConfigError, match="cannot be read: is a directory"):
        load_auth_file(tmp_path)
    with pytest.raises(ConfigError, match="cannot be read: no such file or directory"):
        load_auth_file(tmp_path / "none")


def test_no_repr_shows_a_secret():
    for line in ("admin:hunter2", "basic admin:hunter2", "Bearer hunter2"):
        assert "hunter2" not in repr(parse_auth_line(line, "x"))
        assert BASIC[6:] not in repr(parse_auth_line(line, "x"))


@given(st.text(max_size=80))
def test_any_line_gives_credentials_or_a_config_error(text):
    try:
        auth = parse_auth_line(text, "x")
    except ConfigError as exc:
        assert "\n" not in str(exc)
    else:
        assert auth.authorization.isascii()
        assert "\n" not in auth.authorization


@pytest.mark.parametrize("text", ["", "short", "x" * 15, "with a space in it", "é" * 20])
def test_a_token_file_without_a_good_token_is_refused(text, tmp_path):
    path = tmp_path / "token"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(ConfigError, match="at least 16 letters"):
        load_token_file(path)
    path.write_text("x" * 16 + "\n")
    assert load_token_file(path) == "x" * 16
