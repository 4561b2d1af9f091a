"""The passwords of a server's users: kept as scrypt hashes (RFC 7914), and compared in constant time.

The login itself is in `login`.
"""

import hashlib
import os
from collections.abc import Mapping
from hmac import compare_digest

COST = 1 << 12  # scrypt's n: 4 MiB and some 10 ms, in which the loop waits. Hashes in a file need 2**17


class Passwords:
    """The users of one server.

    Args:
        users: the passwords, by name.
        cost: scrypt's n, a power of two.
    """

    def __init__(self, users: Mapping[str, str], cost: int = COST) -> None:
        self._cost = cost
        self._unknown_user = self._hash("")
        self._users = {name: self._hash(password) for name, password in users.items()}
        self._key = os.urandom(32)  # only this process knows it
        self._verified: set[bytes] = set()

    def check(self, name: str, password: str) -> bool:
        """Return whether `password` is the password of the user `name`.

        The answer for an unknown user takes as long as the answer for a wrong password. A correct password is kept as a
        keyed hash in memory: so the next login with it is fast, and a guess is always slow.
        """
        text = f"{name}\0{password}".encode("utf-8", "surrogateescape")
        token = hashlib.blake2b(text, key=self._key).digest()
        if token in self._verified:
            return True
        salt, expected = self._users.get(name, self._unknown_user)
        matches = compare_digest(self._scrypt(password, salt), expected)
        if matches and name in self._users:
            self._verified.add(token)
            return True
        return False

    def _hash(self, password: str) -> tuple[bytes, bytes]:
        salt = os.urandom(16)
        return salt, self._scrypt(password, salt)

    def _scrypt(self, password: str, salt: bytes) -> bytes:
        text = password.encode("utf-8", "surrogateescape")
        return hashlib.scrypt(text, salt=salt, n=self._cost, r=8, p=1, maxmem=256 * self._cost * 8 + (1 << 20))
