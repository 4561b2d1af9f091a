"""Clients of the servers: driven by hand, in swarms, misbehaving on purpose; and the conformance tests.

They put a server under load and report what it did. The package `widgets` displays the reports.
"""
