"""Numbers as learners type them, the same in each text box of the course."""

import re


def parse_number(text: str) -> float | None:
    """Return the number at the start of `text`, as in "1,000 µs", "12,5" or "10 %"; None if there is none, or two.

    A comma with three digits after it groups thousands. Any other comma is a decimal point. "1e3" is one number, and
    "1/2" and "12-15" are two.
    """
    text = re.sub(r"(\d),(?!\d{3}(?!\d))", r"\1.", text)
    match = re.fullmatch(r"\s*([-−+]?(?:\d[\d,_' ]*(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?)\D*", text)
    return float(re.sub(r"[,_' ]", "", match[1]).replace("−", "-")) if match else None
