"""The passwords of the FTP server's users. Only scrypt hashes of the passwords are kept (RFC 7914).

The commands USER and PASS are in `login`.
"""

import hashlib
import os
from collections.abc import Mapping
from hmac import compare_digest

COST = 1 << 11  # scrypt's n: a hash takes 2 MiB and about 4 ms of a thread. Hashes in a file need 2**17


class Passwords:
    """The users of one server, with the hashes of their passwords.

    Args:
        users: the password of each user name.
        cost: the parameter n of scrypt, a power of two. The time and the memory for one hash are proportional to
            `cost`.
    """

    def __init__(self, users: Mapping[str, str], cost: int = COST) -> None:
        self._cost = cost
        self._unknown_user = self._hash("")
        self._users = {name: self._hash(password) for name, password in users.items()}
        self._key = os.urandom(32)  # only this process knows it
        self._verified: set[bytes] = set()

    def is_verified(self, name: str, password: str) -> bool:
        """Return True if an earlier `check` of the user `name` with `password` returned True. This needs no scrypt."""
        return self._token(name, password) in self._verified

    def check(self, name: str, password: str) -> bool:
        """Return True if `password` is the password of the user `name`.

        The answer for an unknown user takes as long as the answer for a wrong password, and hashes are compared in
        constant time: a client learns nothing from the time. After a correct login, a keyed hash of name and password
        is kept in memory. So the next login of this user is fast, but each wrong password is slow.
        """
        if self.is_verified(name, password):
            return True
        salt, expected = self._users.get(name, self._unknown_user)
        matches = compare_digest(self._scrypt(password, salt), expected)
        if matches and name in self._users:
            self._verified.add(self._token(name, password))
            return True
        return False

    def _token(self, name: str, password: str) -> bytes:
        text = f"{name}\0{password}".encode("utf-8", "surrogateescape")
        return hashlib.blake2b(text, key=self._key).digest()

    def _hash(self, password: str) -> tuple[bytes, bytes]:
        salt = os.urandom(16)
        return salt, self._scrypt(password, salt)

    def _scrypt(self, password: str, salt: bytes) -> bytes:
        text = password.encode("utf-8", "surrogateescape")
        return hashlib.scrypt(text, salt=salt, n=self._cost, r=8, p=1, maxmem=256 * self._cost * 8 + (1 << 20))
