"""The channel's signing keys, its OpenID metadata and the tokens on what it sends to the bot."""

import base64
import json
from functools import cache
from time import time
from typing import Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

ISSUER = "https://api.botframework.com"
LIFETIME = 3600
REUSED_FOR = 300


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def _first_key() -> rsa.RSAPrivateKey:
    """Return the key that every sandbox of a process begins with: to make one takes a tenth of a second."""
    return _new_key()


class Signer:
    """Signs as the Bot Framework's channel does; `roll` brings a new key, as happens without notice."""

    def __init__(self) -> None:
        self._keys: list[tuple[str, rsa.RSAPrivateKey]] = []
        self._tokens: dict[tuple[str, str], tuple[float, str]] = {}
        self._sign_with(_first_key())

    def roll(self, *, keep_old: bool) -> str:
        """Sign with a new key from now on, and publish the old ones beside it or no more."""
        if not keep_old:
            self._keys.clear()
        return self._sign_with(_new_key())

    def _sign_with(self, key: rsa.RSAPrivateKey) -> str:
        kid = base64.urlsafe_b64encode(uuid4().bytes).rstrip(b"=").decode()
        self._keys.insert(0, (kid, key))
        self._tokens.clear()
        return kid

    def metadata(self, origin: str) -> dict[str, Any]:
        return {
            "issuer": ISSUER,
            "authorization_endpoint": "https://invalid.botframework.com",
            "jwks_uri": f"{origin}/channel/v1/.well-known/keys",
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        }

    def keys(self) -> dict[str, Any]:
        return {
            "keys": [
                {
                    **json.loads(RSAAlgorithm.to_jwk(key.public_key())),
                    "use": "sig",
                    "kid": kid,
                    "x5t": kid,
                    "endorsements": ["msteams"],
                }
                for kid, key in self._keys
            ]
        }

    def token(self, app_id: str, service_url: str) -> str:
        """Return a signed token, the same one for five minutes: the channel reuses its tokens too."""
        now = time()
        made_at, token = self._tokens.get((app_id, service_url), (0.0, ""))
        if now - made_at > REUSED_FOR:
            kid, key = self._keys[0]
            claims = {
                "serviceurl": service_url,
                "iss": ISSUER,
                "aud": app_id,
                "nbf": int(now) - 10,
                "exp": int(now) + LIFETIME,
            }
            token = jwt.encode(claims, key, algorithm="RS256", headers={"kid": kid, "x5t": kid})
            self._tokens[app_id, service_url] = (now, token)
        return token
