import hashlib
import re
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.core.observe.credentials import Authorizer, Credentials
from holdfast.errors import ConfigError

MUFASA = Credentials(user="Mufasa", password="Circle of Life")
RFC7616 = (
    'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={}, '
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", '
    'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
)


class Fixed(Random):
    """Gives the bytes of one known client nonce."""

    def randbytes(self, n):
        return bytes(range(n))


def authorizer(credentials=MUFASA, fixed=""):
    return Authorizer(fixed, credentials, Fixed())


def fields(header: str) -> dict[str, str]:
    assert header.startswith("Digest ")
    return {m[1]: m[2] or m[3] for m in re.finditer(r'(\w+)=(?:"([^"]*)"|([^,]+))', header)}


@pytest.mark.parametrize(
    ("algorithm", "name"), [("MD5", "md5"), ("SHA-256", "sha256"), ("sha-256", "sha256")]
)
def test_a_digest_is_answered_as_rfc_7616_says(algorithm, name):
    """Recomputed step by step with the example's realm and nonce."""

    def h(text):
        return hashlib.new(name, text.encode()).hexdigest()

    auth = authorizer()
    assert auth.challenged([RFC7616.format(algorithm)])
    got = fields(auth.header("/dir/index.html"))
    secret = h("Mufasa:http-auth@example.org:Circle of Life")
    nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
    request = h("GET:/dir/index.html")
    assert got["response"] == h(f"{secret}:{nonce}:00000001:0001020304050607:auth:{request}")
    assert (got["nc"], got["qop"], got["cnonce"]) == ("00000001", "auth", "0001020304050607")
    assert (got["username"], got["uri"], got["algorithm"]) == (
        "Mufasa",
        "/dir/index.html",
        algorithm,
    )
    assert got["opaque"] == "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"


def test_the_example_of_rfc_2617_gives_its_own_response():
    """MD5 with the client nonce of the RFC: the value printed there."""

    class Rfc(Random):
        def randbytes(self, n):
            return bytes.fromhex("0a4f113b")

    auth = Authorizer("", Credentials(user="Mufasa", password="Circle Of Life"), Rfc())
    auth.challenged(
        ['Digest realm="testrealm@host.com", qop="auth,auth-int", '
         'nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"']
    )  # fmt: skip
    got = fields(auth.header("/dir/index.html"))
    assert got["response"] == "6629fae49393a05397450978507c4ef1"
    assert "algorithm" not in got


def test_without_qop_the_old_form_is_used():
    auth = authorizer()
    assert auth.challenged(['Digest realm="r", nonce="n"'])
    got = fields(auth.header("/p"))
    assert not {"qop", "nc", "cnonce"} & set(got)
    secret = hashlib.md5(b"Mufasa:r:Circle of Life").hexdigest()
    request = hashlib.md5(b"GET:/p").hexdigest()
    assert got["response"] == hashlib.md5(f"{secret}:n:{request}".encode()).hexdigest()


def test_a_nonce_serves_later_requests_with_a_rising_count():
    auth = authorizer()
    assert auth.header("/p") == ""
    auth.challenged([RFC7616.format("MD5")])
    counts = [fields(auth.header("/p"))["nc"] for _ in range(3)]
    assert counts == ["00000001", "00000002", "00000003"]
    auth.challenged([RFC7616.format("MD5")])
    assert fields(auth.header("/p"))["nc"] == "00000001"


def test_the_strongest_answerable_challenge_wins():
    auth = authorizer()
    assert auth.challenged(
        ['Basic realm="x", Digest realm="a", nonce="1", algorithm=MD5',
         'Digest realm="b", nonce="2", algorithm=SHA-256',
         'Digest realm="c", nonce="3", algorithm=SHA-512-256']
    )  # fmt: skip
    assert fields(auth.header("/"))["realm"] == "b"


def test_basic_is_answered_where_no_digest_is_offered():
    auth = authorizer()
    assert auth.challenged(['Basic realm="x"'])
    assert auth.header("/") == "Basic TXVmYXNhOkNpcmNsZSBvZiBMaWZl"


@pytest.mark.parametrize(
    "challenge",
    [
        'Digest realm="r"',
        'Digest realm="r", nonce="n", algorithm=SHA-512-256',
        'Digest realm="r", nonce="n", qop="auth-int"',
        'Bearer realm="r"',
        "Digest" + " " * 3_000 + 'nonce="n"',
        'Digest nonce="n\r\nX: y"',
        "",
    ],
    ids=["no-nonce", "algorithm", "qop", "scheme", "too-long", "control", "empty"],
)
def test_a_challenge_that_cannot_be_answered_is_not(challenge):
    auth = authorizer()
    assert not auth.challenged([challenge])
    assert auth.header("/") == ""


def test_a_fixed_header_is_sent_and_never_replaced():
    auth = authorizer(fixed="Bearer abc")
    assert not auth.challenged([RFC7616.format("MD5")])
    assert auth.header("/") == "Bearer abc"


def test_without_credentials_nothing_is_answered():
    auth = authorizer(credentials=None)
    assert not auth.challenged([RFC7616.format("MD5")])
    assert auth.header("/") == ""


def test_no_repr_shows_a_secret():
    auth = authorizer(fixed="Bearer abc")
    for shown in (repr(MUFASA), str(MUFASA), repr(auth)):
        assert "redacted" in shown
        assert not re.search("Mufasa|Circle|abc", shown)


def test_quotes_in_a_name_are_escaped():
    auth = authorizer(Credentials(user='a"b\\c', password="p"))
    auth.challenged(['Digest realm="r", nonce="n"'])
    assert 'username="a\\"b\\\\c"' in auth.header("/")


def test_a_name_beyond_ascii_is_encoded_as_rfc_7616_says():
    auth = authorizer(Credentials(user="J\xe4s\xf8n", password="p"))
    auth.challenged(['Digest realm="r", nonce="n"'])
    assert "username*=UTF-8''J%C3%A4s%C3%B8n, realm" in auth.header("/")


@pytest.mark.parametrize("value", ["Bearer \xe9", "Bearer a\r\nX: y"])
def test_a_fixed_header_that_cannot_be_sent_is_refused(value):
    with pytest.raises(ConfigError, match="authorization: must be printable ASCII"):
        authorizer(fixed=value)


@pytest.mark.parametrize("user", ["a:b", "a\nb"])
def test_a_name_that_no_header_can_carry_is_refused(user):
    with pytest.raises(ConfigError, match=r"credentials\.user"):
        Credentials(user=user, password="p")


@given(st.lists(st.text(max_size=60) | st.sampled_from([RFC7616.format("MD5"), "Basic"])))
def test_no_challenge_raises_and_headers_stay_in_one_line(values):
    auth = authorizer()
    auth.challenged(values)
    header = auth.header("/p")
    assert header.isprintable()
    assert header.isascii()
