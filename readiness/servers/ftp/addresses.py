"""Parse the addresses of data connections: the arguments of the commands PORT and EPRT.

This module opens no socket.
"""

import re
import socket

from readiness.servers.ftp.protocol import CommandError


def strip_zone(address: str) -> str:
    """Return an IPv6 address without its zone (such as `%eth0`). Return any other address unchanged."""
    return address.partition("%")[0]


def unmapped(address: str) -> str:
    """Return the IPv4 address in an IPv4-mapped IPv6 address, such as `::ffff:192.0.2.1` (RFC 4291 section 2.5.5.2).

    Return any other address unchanged. A listener for IPv6 and IPv4 has such an address for each IPv4 client.
    """
    return address.removeprefix("::ffff:") if "." in address else address


def address_family(host: str) -> socket.AddressFamily:
    """Return AF_INET6 if `host` is an IPv6 address, otherwise AF_INET."""
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def parse_port_argument(argument: str) -> tuple[str, int]:
    """Return the host and the port from the argument of PORT: `h1,h2,h3,h4,p1,p2` (RFC 959 section 4.1.2).

    Raises:
        CommandError: With code 501 if the argument has another form.
    """
    numbers = [int(n) for n in re.findall(r"\d+", argument)]
    if not re.fullmatch(r"\d{1,3}(,\d{1,3}){5}", argument, re.ASCII) or max(numbers) > 255:
        raise CommandError(501, "PORT takes six numbers from 0 to 255.")
    return ".".join(map(str, numbers[:4])), numbers[4] * 256 + numbers[5]


def parse_eprt_argument(argument: str) -> tuple[str, int]:
    """Return the host and the port from the argument of EPRT (RFC 2428 section 2).

    The argument is `|1|host|port|` for IPv4, and `|2|host|port|` for IPv6.

    Raises:
        CommandError: With code 501 if the argument has another form, with code 522 if the first number is not 1 or 2.
    """
    match = re.fullmatch(r"([!-~])(\d+)\1([0-9A-Fa-f:.]+)\1(\d{1,5})\1", argument, re.ASCII)
    if not match:
        raise CommandError(501, "EPRT takes |1|address|port|, or |2|address|port| for IPv6.")
    if match[2] not in ("1", "2"):
        raise CommandError(522, "Network protocol not supported, use (1,2)")
    family = socket.AF_INET6 if match[2] == "2" else socket.AF_INET
    try:
        packed = socket.inet_pton(family, match[3])
    except OSError as error:
        raise CommandError(501, "That is no address.") from error
    return unmapped(socket.inet_ntop(family, packed)), int(match[4])


def listen_on(host: str) -> socket.socket:
    """Return a socket that listens on a free port of the IPv4 or IPv6 address `host`.

    `socket.create_server` would set SO_REUSEADDR. Then Linux takes the port from the lower half of its range. After
    some ten thousand transfers that half is full of closed connections (TIME_WAIT), and the search for a free port
    takes most of a millisecond (`inet_csk_find_open_port` in net/ipv4/inet_connection_sock.c).
    """
    listener = socket.socket(address_family(host))
    try:
        listener.bind((host, 0))
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener
