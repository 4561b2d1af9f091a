"""Two TLS sockets without a certificate."""

import ssl

import pytest

from readiness.base.messages import UserError
from readiness.system import tls_pair


def test_what_one_side_sends_the_other_receives():
    try:
        server, client = tls_pair.connect()
    except UserError as error:
        pytest.skip(str(error))
    with server, client:
        client.send(b"ten bytes.and more")
        assert server.recv(10) == b"ten bytes."
        assert server.pending() == len(b"and more")
        server.send(b"reply")
        assert client.recv(100) == b"reply"


def test_a_library_without_such_a_cipher_gives_a_sentence(monkeypatch):
    monkeypatch.setattr(tls_pair, "CIPHERS", "no such cipher")
    with pytest.raises(UserError, match="no cipher"):
        tls_pair.connect()


def test_a_handshake_that_fails_gives_a_sentence_and_leaves_no_thread(monkeypatch):
    def refuse(*_args, **_options):
        raise ssl.SSLError("refused")

    monkeypatch.setattr(ssl.SSLContext, "wrap_socket", refuse)
    with pytest.raises(UserError, match="no cipher"):
        tls_pair.connect()
