"""Let a peer vanish without a word, as if its cable were cut. No packet of the kernel's protocol tells the other side.

A socket filter of the classic BPF drops each packet that arrives for the peer's socket, before TCP sees the packet
(socket(7), SO_ATTACH_FILTER; `tcp_filter` in net/ipv4/tcp_ipv4.c). So the peer's kernel acknowledges nothing.
"""

import ctypes
import socket
import sys

from readiness.base.messages import UserError, _

SO_ATTACH_FILTER = 26  # include/uapi/asm-generic/socket.h
RETURN_CONSTANT = 0x06  # BPF_RET | BPF_K: the constant is the number of bytes of the packet to keep


class _Instruction(ctypes.Structure):
    """``struct sock_filter`` of linux/filter.h."""

    _fields_ = (("code", ctypes.c_ushort), ("jt", ctypes.c_ubyte), ("jf", ctypes.c_ubyte), ("k", ctypes.c_uint))


class _Program(ctypes.Structure):
    """``struct sock_fprog`` of linux/filter.h."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.POINTER(_Instruction)))


def connect_a_peer() -> tuple[socket.socket, socket.socket]:
    """Connect two TCP sockets over 127.0.0.1, and return both: our side, and its peer."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        peer = socket.create_connection(listener.getsockname())
        return listener.accept()[0], peer


def cut_the_cable(peer: socket.socket) -> None:
    """Drop each packet that arrives for the socket `peer` from now on.

    Raises:
        UserError: This system has no such filter, or does not allow it.
    """
    if sys.platform != "linux":
        raise UserError(_("Only Linux has the socket filter that cuts a connection here."))
    keep_nothing = _Instruction(RETURN_CONSTANT, 0, 0, 0)
    try:
        peer.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, bytes(_Program(1, ctypes.pointer(keep_nothing))))
    except OSError as error:
        text = _("This system does not allow a socket filter ({error}).")
        raise UserError(text.format(error=error.strerror)) from None
