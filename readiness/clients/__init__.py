"""Clients of the servers: by hand, in swarms, misbehaving on purpose, and the conformance tests.

They put a server under load and report what it did. `widgets` displays it.
"""
