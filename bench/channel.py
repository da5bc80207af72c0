"""A channel double for measuring: signed tokens, and over TLS a connector that says yes and a login host."""

import datetime as dt
import socket
import ssl
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jwt
import orjson
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

ISSUER = "https://api.botframework.com"
KEY_ID = "bench"


@dataclass(slots=True)
class Channel:
    """Counts what a bot sends and what it asks of the login host."""

    app_id: str
    tenant_id: str
    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    origin: str = "https://localhost:1"  # where nobody listens, until it is served
    takes: float = 0.0
    """Seconds after which the connector and the login host answer."""
    calls: Counter[str] = field(default_factory=Counter)
    """How often each of connector, login, keys and anything else was called."""

    def answer(self, first: bytes, body: bytes) -> tuple[bytes, float]:
        """Answer a call of a bot, by its first line."""
        del body
        method, _, path = first.decode().partition(" ")
        if path.startswith("/connector/"):
            self.calls["connector"] += 1
            return b'{"id":"m%d"}' % self.calls["connector"], self.takes
        if path.startswith(("/openid", "/keys")):
            self.calls["keys"] += 1
            return orjson.dumps(self._metadata() if path.startswith("/openid") else self._keys()), 0.0
        self.calls["login" if "oauth2" in path or "/adfs" in path else "other"] += 1
        return orjson.dumps(self._login(method)), self.takes

    def token(self) -> str:
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": self.app_id,
            "serviceurl": f"{self.origin}/connector/",
            "nbf": now - 60,
            "exp": now + 3600,
        }
        return jwt.encode(claims, self.key, "RS256", {"kid": KEY_ID})

    def activity(self, number: int, text: str) -> dict[str, Any]:
        """Return a message in a personal chat, as Teams sends it."""
        return {
            "type": "message",
            "id": f"{time.time_ns()}{number}",
            "timestamp": dt.datetime.now(dt.UTC).isoformat(),
            "channelId": "msteams",
            "serviceUrl": f"{self.origin}/connector/",
            "from": {
                "id": "29:1bench",
                "name": "Bench",
                # Of many people: one alone is not let go on for long at such a pace.
                "aadObjectId": f"11111111-1111-4111-8111-{number % 100:012}",
            },
            "recipient": {"id": f"28:{self.app_id}", "name": "Guestlist"},
            "conversation": {"id": "a:bench", "conversationType": "personal", "tenantId": self.tenant_id},
            "channelData": {"tenant": {"id": self.tenant_id}},
            "text": text,
            "textFormat": "plain",
            "locale": "en-US",
            "entities": [{"type": "clientInfo", "locale": "en-US", "timezone": "Europe/Berlin"}],
        }

    def _metadata(self) -> dict[str, Any]:
        return {
            "issuer": ISSUER,
            "jwks_uri": f"{self.origin}/keys",
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def _keys(self) -> dict[str, Any]:
        key = jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {"keys": [{**key, "kid": KEY_ID, "x5t": KEY_ID, "use": "sig", "endorsements": ["msteams"]}]}

    def _login(self, method: str) -> dict[str, Any]:
        """Return a token, or where tokens are had."""
        if method != "GET":
            return {"token_type": "Bearer", "expires_in": 3600, "access_token": "bench"}
        host = f"{self.origin}/adfs"
        endpoints = {"authorization_endpoint": f"{host}/authorize", "token_endpoint": f"{host}/oauth2/token"}
        return {"issuer": host, **endpoints}


def own_name() -> tuple[str, str]:
    """Return this computer's name and its address; settings refuse `localhost` where sign-in is real."""
    name = socket.gethostname().lower()
    try:
        return name, socket.gethostbyname(name)
    except OSError as error:
        raise SystemExit(f"Nobody knows this computer: add `127.0.0.1 {name}` to /etc/hosts.") from error


def certificate(folder: Path, host: str) -> tuple[ssl.SSLContext, Path]:
    """Return a server context for a host and the file by which a client trusts it."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, both = folder / "login.pem", folder / "login-key.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    both.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(both)
    return context, public
