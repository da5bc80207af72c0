"""Texts that are handed out and come back: nobody but this installation can read one, or make one up."""

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken


class Seal:
    """Seals under a key of its own, made of the database's, which every replica has."""

    def __init__(self, key: bytes) -> None:
        own = hmac.new(key, b"sealed texts", hashlib.sha256).digest()
        self._fernet = Fernet(base64.urlsafe_b64encode(own))

    def close(self, words: str) -> str:
        return self._fernet.encrypt(words.encode()).decode()

    def open(self, sealed: str) -> str | None:
        """Return the words, None for what was not sealed here."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            return None
