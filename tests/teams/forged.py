"""What a stranger sends: tokens that are not the channel's, and service URLs that lead elsewhere."""

import base64
import time
from collections.abc import Callable

import jwt
import jwt.algorithms
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.teams.channel import APP, ISSUER, TENANT, Channel, private_key

EMULATOR = "https://sts.windows.net/d6d49420-f39b-4df7-a1dc-d59a935871db/"
ENTRA = f"https://login.microsoftonline.com/{TENANT}/v2.0"
ENTRA_V1 = f"https://sts.windows.net/{TENANT}/"


def _with_header(head: str) -> str:
    """Return a token whose header is whatever is said, with a well-formed rest."""
    parts = (head, '{"aud": "x"}', "signature")
    return ".".join(base64.urlsafe_b64encode(part.encode()).rstrip(b"=").decode() for part in parts)


def _public_pem(kid: str) -> bytes:
    return private_key(kid).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _signed_with_the_public_key(channel: Channel) -> str:
    head = _with_header('{"alg": "HS256", "kid": "first", "typ": "JWT"}').split(".")[0]
    body = channel.token().split(".")[1]
    mac = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    signature = mac.sign(f"{head}.{body}".encode(), _public_pem("first"))
    return f"{head}.{body}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def _unsigned(channel: Channel) -> str:
    head = _with_header('{"alg": "none", "kid": "first"}').split(".")[0]
    return f"{head}.{channel.token().split('.')[1]}."


def _tampered(channel: Channel) -> str:
    head, _, signature = channel.token().split(".")
    return f"{head}.{channel.token(aud='another').split('.')[1]}.{signature}"


HEADERS: dict[str, Callable[[Channel], str]] = {
    "no token": lambda _: "",
    "no scheme": lambda channel: channel.token(),
    "another scheme": lambda channel: f"Basic {channel.token()}",
    "an empty bearer": lambda _: "Bearer ",
}
TOKENS: dict[str, Callable[[Channel], str]] = {
    "garbage": lambda _: "garbage",
    "three parts of garbage": lambda _: "a.b.c",
    "a header that is no JSON": lambda _: _with_header("{"),
    "a header nested deeply": lambda _: _with_header("[" * 3000),
    "a header that is a list": lambda _: _with_header("[]"),
    "a key id that is a number": lambda _: _with_header('{"alg": "RS256", "kid": 7}'),
    "alg none": _unsigned,
    "HS256 with the public key": _signed_with_the_public_key,
    "HS256 with another secret": lambda channel: channel.token(key="secret" * 8, algorithm="HS256"),
    "RS512": lambda channel: channel.token(algorithm="RS512"),
    "another key under a known id": lambda channel: channel.token(key=private_key("mallory")),
    "an unknown key id": lambda channel: channel.token(kid="mallory"),
    "changed after signing": _tampered,
    "another audience": lambda channel: channel.token(aud="another"),
    "no audience": lambda channel: channel.token(aud=None),
    "another issuer": lambda channel: channel.token(iss="https://evil.example"),
    "the emulator's issuer": lambda channel: channel.token(iss=EMULATOR),
    "no issuer": lambda channel: channel.token(iss=None),
    "expired": lambda channel: channel.token(exp=int(time.time()) - 3600),
    "no expiry": lambda channel: channel.token(exp=None),
    "an expiry that is a text": lambda channel: channel.token(exp="tomorrow"),
    "an expiry beyond all numbers": lambda channel: channel.token(exp=float("inf")),
    "not valid yet": lambda channel: channel.token(nbf=int(time.time()) + 3600),
    "no beginning": lambda channel: channel.token(nbf=None),
    "a beginning that is a list": lambda channel: channel.token(nbf=[]),
    "a key endorsed for another channel": lambda channel: channel.token(kid="webchat"),
    "a key endorsed for nothing": lambda channel: channel.token(kid="plain"),
    "another service URL": lambda channel: channel.token(serviceurl=f"{channel.origin}/other/"),
    "no service URL": lambda channel: channel.token(serviceurl=None),
    "issued by Entra": lambda channel: channel.token(iss=ENTRA, ver="2.0", tid=TENANT),
    "issued by Entra, the older way": lambda channel: channel.token(iss=ENTRA_V1, ver="1.0", tid=TENANT),
    "issued by Entra with a key of its own": lambda channel: channel.token(
        kid="entra", iss=ENTRA, tid=TENANT
    ),
    "an audience that only looks like ours": lambda channel: channel.token(aud=f"api://{APP}"),
    "an audience that is a list of others": lambda channel: channel.token(aud=["another", "https://x"]),
    "an issuer with a slash more": lambda channel: channel.token(iss=f"{ISSUER}/"),
}
BAD = HEADERS | {name: lambda channel, make=make: f"Bearer {make(channel)}" for name, make in TOKENS.items()}
"""What to send as the `Authorization`, by what is wrong with it."""

ELSEWHERE = [
    "http://169.254.169.254/latest/",
    "http://[fe80::1]/",
    "https://evil.example/",
    "http://127.0.0.1:1/",
    "http://localhost:{port}/",
    "http://127.1:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f.0.0.1:{port}/",
    "http://0.0.0.0:{port}/",
    "http://[::1]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://user@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}@127.0.0.1:1/",
    "http://127.0.0.1:{port}\\@evil.example/",
    "http://127.0.0.1:{port}#@evil.example/",
    "http://127.0.0.1:{port}?x=y",
    "http://127.0.0.1.:{port}/",
    "https://127.0.0.1:{port}/",
    "http://smba.trafficmanager.net/emea/",
    "https://smb\u0430.trafficmanager.net/emea/",
    "https://xn--smb-8cd.trafficmanager.net/emea/",
    "https://smba\u3002trafficmanager.net/emea/",
    "http://\u0661\u0662\u0667.0.0.1:{port}/",
    "ftp://127.0.0.1:{port}/",
    "file:///etc/passwd",
    "//127.0.0.1:{port}/",
    "nonsense",
]
"""Service URLs beside the one that is listed, `http://127.0.0.1:{port}`: a channel never sends them."""


def publish(channel: Channel) -> None:
    """Publish the keys of other channels, with which some of the tokens are signed."""
    channel.published |= {"webchat": ["webchat"], "plain": []}
