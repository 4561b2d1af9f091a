"""Mutants that pass all checks because they are as right as the solution: {lab: {id: why, in a line}}.

`python -m tools.mutants NUMBER` prints the ids. What is wrong, or against the lab's text, needs a check instead.
"""

EQUIVALENT: dict[str, dict[str, str]] = {
    # Lab 03: wait on any descriptor
    "03": {
        "to-bits:constant 2:words = max(1, -(-(max_fd + 1) // 64))": "a bitmap may be longer than it needs to be",
        "to-bits:left alone:words = max(1, -(-(max_fd + 1) // 64))": "a bitmap may be longer than it needs to be",
        "to-bits:constant 2:words = max(1, -(-(max_fd + 1) // 64)) #2": "a bitmap may be longer than it needs to be",
        "to-bits:constant 63:words = max(1, -(-(max_fd + 1) // 64))": "a bitmap may be longer than it needs to be",
        "select-any:list:fd_lists = (read, write, except_)": "a list has the same items",
        "select-any:set:max_fd = max([fd for fds in fd_lists for fd in fds], default=-1)": "the highest of the same",
        "select-any:without sign:max_fd = max([fd for fds in fd_lists for fd in fds], default=-1)": "bits "
        "of three empty lists are all 0",
        "select-any:constant 0:max_fd = max([fd for fds in fd_lists for fd in fds], default=-1)": "bits "
        "of three empty lists are all 0",
        "select-any:list:return *(to_fds(bits) for bits in sets), left": "a list of four is unpacked like a tuple",
    },
    # Lab 04: a chat room on poll
    "04": {
        "take-lines:without bytes:lines.append(bytes(inbox[:end]))": "a slice of a bytearray is a bytearray of its own",
        "deliver:new object:member.outbox += line": "a new outbox has the same bytes",
        "leave:swapped with the next:room.poll.unregister(member.sock)": "the two books do not depend on each other",
        "on-event:twice:flush(member)": "the second one sends more, or turn ignores its BlockingIOError",
    },
    # Lab 05: an echo server on epoll
    "05": {
        "events-for:swapped with the next:if not connection.eof_received and len(connection.write_buffer) < HIGH": "two independent bits, in either order",
        "events-for:only =:events |= select.EPOLLIN": "events is 0 there, so |= and = are the same",
        "watch:swapped with the next:sock.setblocking(False)": "setblocking does not depend on the table",
        "let-go:swapped with the next:server.epoll.unregister(connection.sock)": "both need an open socket, and the close is last",
        "talk:swapped with the next:if mask & select.EPOLLOUT:": "read before send: the text leaves the order open",
        "talk:twice:del connection.write_buffer[: connection.sock.send(connection.write_bu": "a second send takes what has room, or finds none",
        "dispatch:elif to if:if fd == server.listener.fileno():": "a listener's number is no key of connections",
        "dispatch:twice:server.accept()": "accepts one more, or finds none: accept is non-blocking",
    },
    # Lab 06: drain without starving
    "06": {
        "read-some:next in try:try:": "`not chunk` raises nothing",
        "read-some:list:return data, EMPTY": "a list of two is unpacked like a tuple",
        "read-some:list:return data, END": "a list of two is unpacked like a tuple",
        "read-some:list:return data, END #2": "a list of two is unpacked like a tuple",
        "read-some:list:return data, MORE": "a list of two is unpacked like a tuple",
        "read-some:swapped with the next:if not chunk:": "the chunk that is added is empty",
        "one-turn:swapped with the next:unfinished |= {fd for fd, mask in epoll.poll(0 if unfinished else None": "an empty dict is made before the wait or after it",
        "one-turn:swapped with the next:if reason != MORE:": "two independent removals, in either order",
        "one-turn:next indented:if reason != MORE:": "END is not MORE",
        "one-turn:discard:unfinished.remove(fd)": "the descriptor is in the set",
        'on-event:list:data, reason = b"", EMPTY': "a list of two is unpacked like a tuple",
        'on-event:set:data, reason = b"", EMPTY': "the hash of b'' is 0, so it comes first in this set",
        "on-event:list:return data, reason, unsent": "a list of three is unpacked like a tuple",
    },
    # Lab 07: find the crossover
    "07": {
        "cheaper:swapped with the next:poll = median(time[0] for time in times)": "neither line needs the other",
        "cheaper:list:poll = median(time[0] for time in times)": "a list has the same items",
        "cheaper:list:epoll = median(time[1] for time in times)": "a list has the same items",
        'cheaper:Lt to LtE:return "poll" if poll < epoll else "epoll"': "of two equal times either is the answer",
        "crossover:None:return None": "return without a value returns None",
        "crossover:low mixed up:return 100 * high / N": "low is no more than the tolerance away",
        'measure-here:tuple:poll, epoll = sweep([asked, replace(asked, method="epoll")])': "the same cases",
        "measure-here:list:return poll.microseconds, epoll.microseconds": "a list has the same items",
    },
    # Lab 08: a selector of your own
    "08": {
        "to-mask:swapped with the next:if events & EVENT_READ:": "the order of two bits does not matter",
        "to-mask:only =:mask |= IN": "the mask was 0",
        "to-events:swapped with the next:if mask & (IN | HUP | ERR):": "the order of two bits does not matter",
        "to-events:only =:events |= EVENT_READ": "the events were 0",
        "own-selector:except OSError: is Exception:try:": "the task says that the kernel raises OSError",
        "own-selector:next in try:try:": "return key raises nothing",
        "own-selector:twice:self.kernel.unregister(key.fd)": "the second one is refused, and that is suppressed",
        "modify:swapped with the next:if events != key.events:": "what is refused is removed after it",
        "modify:except OSError: is Exception:try:": "the task says that the kernel raises OSError",
        "wait:next in try:try:": "translating the masks raises no InterruptedError",
        "wait:constant 2:reported = kernel_wait(selector.kernel, milliseconds, max(len(selector": "one more may come",
        "wait:generator:entries = [(selector.keys.get(fd), to_events(mask)) for fd, mask in re": "it is iterated once",
        "wait:list:entries = [(selector.keys.get(fd), to_events(mask)) for fd, mask in re": "the same items",
    },
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
    "12-1": {
        "take:rsplit:*complete, control.partial_line = (control.partial_line + data).split(": "without a maximum, both "
        "return the same list",
        "take:while:if complete and control.discarding:": "discarding is False after the first iteration",
        "take:swapped with the next:control.discarding = False": "neither statement uses what the other one changes",
        "take:while:if len(control.partial_line) > MAX_COMMAND_LINE:": "then partial_line is empty",
        'take:swapped with the next:control.partial_line = b""': "neither statement uses what the other one changes",
        "obey:except swapped:try:": "no exception is both a CommandError and an OSError",
        "obey:twice:self.authorize(verb, argument)": "authorize changes nothing",
    },
    # Lab 12-2: passive data connections
    "12-2": {
        "listen:swapped with the next:self.data.listener.setblocking(False)": "the loop runs after both",
        "listen:swapped with the next:self.server.set_events(self.data.listener, READ, self.accept_data)": "the loop "
        "runs after both",
        "listen:swapped with the next:self.data.wait_for_connection(self.server.data_connect_timeout)": "the timer "
        "does not change the port",
        "start:swapped with the next:self.server.timers.cancel(self.data.connect_timer)": "neither statement uses what "
        "the other one changes",
        "start:swapped with the next:self.control.last_activity = monotonic()": "neither statement uses what the other "
        "one changes",
    },
    # Lab 12-3: login and jail
    "12-3": {
        "do-pass:last dedented:if matches:": "while a password is checked, process_pending dispatches nothing",
        "do-pass:swapped with the next:self.login.checking = False": "neither uses what the other one changes",
        "do-pass:swapped with the next:self.login.user = self.login.name": "the reply does not use the user",
        "do-pass:twice:self.process_pending()": "the second call goes on, as the timer of the first one would",
        'resolve:rsplit:for part in name.split("/"):': "without a maximum, both return the same list",
        'resolve:list:elif part not in ("", "."):': "a list has the same items",
        'resolve:set:elif part not in ("", "."):': "a set has the same items",
        'resolve:items 1 and 2 swapped:elif part not in ("", "."):': "their order does not matter",
    },
    # Lab 12-4: uploads that resume
    "12-4": {
        "source:while:if size < 0:": "after the first iteration size is not negative",
        "source:list:source, size = name, max(file_size(directory, name), 0)": "a list is unpacked like a tuple",
        "source:list:possible = kept in (0, size)": "a list has the same items",
        "source:set:possible = kept in (0, size)": "a set has the same items",
        "source:items 1 and 2 swapped:possible = kept in (0, size)": "their order does not matter",
        "source:list:return source, kept": "the caller unpacks a list like a tuple",
        "write:swapped with the next:if offset > size:": "at most one of the two conditions is true",
        "write:swapped with the next:if offset < size:": "ftruncate does not move the position",
        "write:twice:os.ftruncate(file, offset)": "the second call finds the file cut already",
        "write:twice:os.lseek(file, offset, os.SEEK_SET)": "the second call finds the position set already",
    },
    # Lab 12-5: under load
    "12-5": {
        "free:list:control.state not in (State.OPEN, State.ENDING)": "a list has the same items",
        "free:set:control.state not in (State.OPEN, State.ENDING)": "a set has the same items",
        "free:items 1 and 2 swapped:control.state not in (State.OPEN, State.ENDING)": "their order does not matter",
        "work:continue:break": "nothing is dispatched in the rest of the loop",
        "work:twice:control.flush()": "a second flush sends what is left, and sets the same events",
        "work:while:elif control.state is State.ENDING and not (": "after close the state is CLOSED",
        "abandon:last dedented:if self.data.transfer:": "process_pending does no harm if no transfer waits",
        "accept:except OSError: is Exception:try:": "accept raises no other exception",
        "accept:twice:self.pause_accepting()": "the second timer finds the listener registered",
    },
}
