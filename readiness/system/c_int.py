"""Refuse a number that a C int can't hold. ctypes and fcntl would cut off its higher bits without an error.

In C, descriptors, counts and timeouts in milliseconds are ints of 32 bits.
"""

from readiness.base.messages import UserError, _

MAX_INT = (1 << 31) - 1


def require_int(call: str, *arguments: object, most: int = MAX_INT, least: int = -MAX_INT - 1) -> None:
    """Raise an error if one of the Python ints in `arguments` is greater than `most`, or less than `least`.

    Args:
        call: the name of the C function, for the error.
        arguments: the arguments of the C function. Of those that are not ints, only a str or bytes is refused: ctypes
            would pass its address.
        most: the largest number that is allowed.
        least: the smallest number that is allowed, by default the smallest C int.

    Raises:
        UserError: A number is out of range, or is a text.
    """
    for argument in arguments:
        if isinstance(argument, str | bytes):
            raise UserError(_("{call} takes whole numbers, and {text!r} is a text.").format(call=call, text=argument))
        if isinstance(argument, int) and not least <= argument <= most:
            text = _("{call} can't take the number {n:,}: choose one up to {most:,}.")
            if argument < least:
                text = _("{call} can't take the number {n:,}: choose one from {least:,} to {most:,}.")
            raise UserError(text.format(call=call, n=argument, least=least, most=most))
