"""Mutants that pass all checks because they are as right as the solution: {lab: {id: why, in a line}}.

`python -m tools.mutants NUMBER` prints the ids. What is wrong, or against the lab's text, needs a check instead.
"""

EQUIVALENT: dict[str, dict[str, str]] = {
    # Lab 03: wait on any descriptor
    "03": {},
    # Lab 04: a chat room on poll
    "04": {},
    # Lab 05: an echo server on epoll
    "05": {},
    # Lab 06: drain without starving
    "06": {},
    # Lab 07: find the crossover
    "07": {},
    # Lab 08: a selector of your own
    "08": {},
    # Lab 09: framing and back pressure
    "09": {
        'line-decoder:rsplit:*lines, self.partial = (self.partial + data).split(b"\\n")': "cuts at the same places",
        "line-decoder:tuple:if any(len(line) > self.max_length for line in [*lines, self.partial])": "the same lines",
        "line-decoder:set:if any(len(line) > self.max_length for line in [*lines, self.partial])": "any of the same",
        "line-decoder:set:if any(len(line) > self.max_length for line in [*lines, self.partial]) #2": "the same lines",
        "read:swapped with the next:connection.eof_received = not data": "the decoder does not look at eof_received",
        "read:new object:connection.write_buffer += answer(line)": "a new write buffer has the same bytes",
    },
    # Lab 12-1: an FTP control channel
    "12-1": {},
    # Lab 12-2: passive data connections
    "12-2": {},
    # Lab 12-3: login and jail
    "12-3": {},
    # Lab 12-4: uploads that resume
    "12-4": {},
    # Lab 12-5: under load
    "12-5": {},
}
