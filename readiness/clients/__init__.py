"""Clients for the course's servers, and the conformance tests of the echo servers.

Some clients are driven by hand. Others run in large numbers (a swarm), or misbehave on purpose (fault scenarios). All
of them report what the server did, and the package `widgets` displays their reports.
"""
