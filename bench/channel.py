"""A channel double for measuring: signed tokens, a connector that only says yes, a login host."""

import datetime as dt
import ssl
import time
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import jwt
from aiohttp import web
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
    origin: str = "http://127.0.0.1:1"  # where nobody listens, until it is served
    sent: int = 0
    logins: int = 0

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/openid", self._metadata),
            web.get("/keys", self._keys),
            web.route("*", "/connector/{rest:.*}", self._connector),
        ]

    def login_routes(self) -> list[web.RouteDef]:
        return [web.route("*", "/{rest:.*}", self._login)]

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
                "aadObjectId": "11111111-1111-4111-8111-111111111111",
            },
            "recipient": {"id": f"28:{self.app_id}", "name": "Guestlist"},
            "conversation": {"id": "a:bench", "conversationType": "personal", "tenantId": self.tenant_id},
            "channelData": {"tenant": {"id": self.tenant_id}},
            "text": text,
            "textFormat": "plain",
            "locale": "en-US",
            "entities": [{"type": "clientInfo", "locale": "en-US", "timezone": "Europe/Berlin"}],
        }

    async def _metadata(self, _: web.Request) -> web.Response:
        answer = {
            "issuer": ISSUER,
            "jwks_uri": f"{self.origin}/keys",
            "id_token_signing_alg_values_supported": ["RS256"],
        }
        return web.json_response(answer)

    async def _keys(self, _: web.Request) -> web.Response:
        key = jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return web.json_response(
            {"keys": [{**key, "kid": KEY_ID, "x5t": KEY_ID, "use": "sig", "endorsements": ["msteams"]}]}
        )

    async def _connector(self, request: web.Request) -> web.Response:
        await request.read()
        self.sent += 1
        return web.json_response({"id": f"m{self.sent}"})

    async def _login(self, request: web.Request) -> web.Response:
        self.logins += 1
        host = f"https://{request.host}/adfs"
        if request.method == "GET":
            return web.json_response(
                {
                    "issuer": host,
                    "authorization_endpoint": f"{host}/authorize",
                    "token_endpoint": f"{host}/oauth2/token",
                }
            )
        return web.json_response({"token_type": "Bearer", "expires_in": 3600, "access_token": "bench"})


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """Return a server context for 127.0.0.1 and the file by which a client trusts it."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
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
