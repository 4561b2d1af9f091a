"""The story of one wait in the kernel, for select, poll and epoll side by side.

Sources: `fs/select.c`, `fs/eventpoll.c`, `include/linux/poll.h`, `net/socket.c` and `net/ipv4/tcp.c` of Linux 6. A
figure has a numbered row for each step until now, and two columns: select and poll, which run nearly the same
functions, and epoll. A frame is one system call. Functions that all three run stand in a box across both columns. The
callbacks run outside the call, and outside the frames.
"""

from dataclasses import dataclass, replace
from functools import partial

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from readiness.base.messages import _
from readiness.graphics.canvas import box, canvas
from readiness.graphics.charts import StaticFigure
from readiness.graphics.stories import Step
from readiness.graphics.styles import CASE, CHANGED, FOREGROUND, PLAIN, Look

COLUMNS = ("select", "poll", "epoll")
EPOLL = 2  # the index of epoll in `COLUMNS`
WIDTH, LEFT = 7.2, 1.3  # inches: of the figure, and where its two columns begin
COLUMNS_AT = ((LEFT, 2.88), (LEFT + 2.98, WIDTH - LEFT - 3.03))  # inches: x and width of both
HEADER_HEIGHT, ROW_HEIGHT = 0.3, 0.44
SHARED_ROW = 2  # the row of the functions that all three calls run
EPOLL_CTL_ROWS = 4  # the first rows, which belong to epoll_ctl; the others belong to epoll_wait or to the softirq
SOFTIRQ_ROW, SOFTIRQ_MARGIN = 5, 0.12  # the row outside the frames, and the inches above and below it
SIZE = (WIDTH, 2 * HEADER_HEIGHT + 8 * ROW_HEIGHT + 2 * SOFTIRQ_MARGIN + 0.05)


@dataclass(frozen=True)
class Cell:
    """One cell of the table in a figure: the kernel functions that run in one step, and a note about them.

    The cell is as wide as the columns of the calls that run these functions.

    Attributes:
        first_column: the index in `COLUMNS` of the first of these calls.
        last_column: the index in `COLUMNS` of the last of these calls.
        functions: the names of the functions, in the order in which they run.
        note: a short explanation.
    """

    first_column: int
    last_column: int
    functions: tuple[str, ...]
    note: str

    def __str__(self) -> str:
        calls = ", ".join(COLUMNS[self.first_column : self.last_column + 1])
        return f"{calls}: {', '.join(self.functions)} ({self.note})"


@dataclass(frozen=True)
class Row:
    """One row of the table in a figure: the name of a step, and its cells from left to right.

    `run_by` says where the functions of this step run; "" stands for the thread that waits.
    """

    name: str
    cells: tuple[Cell, ...]
    run_by: str = ""


def rows() -> list[Row]:
    """Return the eight rows of the table: what select, poll and epoll do in the kernel to wait for TCP sockets.

    At first, none of the sockets is ready.
    """
    return [
        Row(
            _("copy in"),
            (
                Cell(0, 0, ("core_sys_select",), _("three bitmaps, copied")),
                Cell(1, 1, ("do_sys_poll",), _("the array, copied")),
                Cell(2, 2, ("do_epoll_ctl",), _("one entry, copied")),
            ),
        ),
        Row(
            _("plug in"),
            (
                Cell(0, 1, ("poll_initwait",), _("_qproc = __pollwait")),
                Cell(2, 2, ("ep_insert",), _("_qproc = ep_ptable_queue_proc")),
            ),
        ),
        Row(
            _("ask"),
            (
                Cell(
                    0, 2, ("sock_poll", "tcp_poll", "sock_poll_wait", "poll_wait"),
                    _("the same for all three: returns a mask, and calls _qproc"),
                ),
            ),
        ),
        Row(
            _("queue"),
            (
                Cell(0, 1, ("__pollwait",), _("queues pollwake, for this call")),
                Cell(2, 2, ("ep_ptable_queue_proc",), _("queues ep_poll_callback, to stay")),
            ),
        ),
        Row(
            _("sleep"),
            (
                Cell(0, 1, ("poll_schedule_timeout",), _("on the queues of all the sockets")),
                Cell(2, 2, ("ep_poll",), _("on the queue of the epoll")),
            ),
        ),
        Row(
            _("call back"),
            (
                Cell(0, 1, ("pollwake",), _("wakes the thread")),
                Cell(2, 2, ("ep_poll_callback",), _("adds to the ready list, wakes a waiter")),
            ),
            _("(in a softirq)"),
        ),
        Row(
            _("ask again"),
            (
                Cell(0, 0, ("do_select",), _("every bit")),
                Cell(1, 1, ("do_poll",), _("every entry")),
                Cell(2, 2, ("ep_send_events",), _("those on the ready list; copies out")),
            ),
        ),
        Row(
            _("leave"),
            (
                Cell(0, 1, ("poll_freewait",), _("everything off its queue; copy out")),
                Cell(2, 2, (), _("nothing to do: the entries stay")),
            ),
        ),
    ]  # fmt: skip


def kernel_functions() -> list[str]:
    """Return the names of all kernel functions in the table, row by row and without repetitions."""
    return list(dict.fromkeys(name for row in rows() for cell in row.cells for name in cell.functions))


def _texts(row: Row, epoll: bool) -> tuple[str, str]:
    """Return the functions of one row and their notes, for epoll or for select and poll, as the figure has them."""
    cells = [cell for cell in row.cells if (cell.last_column == EPOLL) == epoll]
    functions = (" → ".join(cell.functions) for cell in cells if cell.functions)
    return " / ".join(functions), " / ".join(cell.note for cell in cells)


def _row(ax: Axes, row: Row, top: float, look: Look) -> None:
    """Write the functions of one row. Functions that all three calls share stand in a box across both columns."""
    shared = len(row.cells) == 1
    if shared:
        box(ax, (LEFT + 0.06, top + 0.02), WIDTH - LEFT - 0.17, ROW_HEIGHT - 0.04, replace(CASE, opacity=look.opacity))
    elif look.opacity:
        for x, width in COLUMNS_AT:
            box(ax, (x + 0.06, top + 0.02), width - 0.12, ROW_HEIGHT - 0.04, replace(look, linewidth=0))
    for (x, width), epoll in zip(COLUMNS_AT, (False, True), strict=True):
        texts = _texts(row, epoll or shared)
        lines = [(text, size) for text, size in zip(texts, (9.5, 9), strict=True) if text]
        middle = (LEFT + WIDTH) / 2 if shared else x + width / 2
        for index, (text, size) in enumerate(lines):
            y = top + ROW_HEIGHT * (0.5 if len(lines) == 1 else (0.32, 0.7)[index])
            weight = look.weight if index == 0 else "normal"
            ax.text(middle, y, text, ha="center", va="center", fontsize=size, fontweight=weight)
        if shared:
            break


def _top(index: int) -> float:
    """Return the y of the upper edge of a row. The head of the box epoll_wait stands above its first row."""
    gaps = HEADER_HEIGHT * (index >= EPOLL_CTL_ROWS) + SOFTIRQ_MARGIN * ((index >= SOFTIRQ_ROW) + (index > SOFTIRQ_ROW))
    return HEADER_HEIGHT + index * ROW_HEIGHT + gaps


def _frame_sides(first: int, last: int, row_count: int) -> list[tuple[float, float]]:
    """Return the ends of each piece of a frame's side. It is open at the softirq, and at the box in the shared row."""
    gaps = [(_top(SHARED_ROW), _top(SHARED_ROW + 1))] if first <= SHARED_ROW < row_count else []
    if first <= SOFTIRQ_ROW <= last:
        gaps.append((_top(SOFTIRQ_ROW) - SOFTIRQ_MARGIN, _top(SOFTIRQ_ROW + 1)))
    ends = [_top(first), *(y for gap in gaps for y in gap), _top(last) + ROW_HEIGHT]
    return list(zip(ends[::2], ends[1::2], strict=True))


def _frame(ax: Axes, row_count: int) -> None:
    """Draw what every figure shows: the numbers and names of the steps, and a frame for each system call."""
    for (x, width), first, last, text in (
        (COLUMNS_AT[0], 0, 7, _("select, poll: in each call")),
        (COLUMNS_AT[1], 0, EPOLL_CTL_ROWS - 1, _("epoll_ctl: once for each socket")),
        (COLUMNS_AT[1], EPOLL_CTL_ROWS, 7, _("epoll_wait: in each call")),
    ):
        top, bottom = _top(first), _top(last) + ROW_HEIGHT
        edges = [((x, x + width), (y, y)) for y in (top, bottom)]
        edges += [((side, side), ys) for side in (x, x + width) for ys in _frame_sides(first, last, row_count)]
        for xs, ys in edges:
            ax.plot(xs, ys, color=FOREGROUND, linewidth=PLAIN.linewidth)
        ax.text(x, top - 0.13, text, ha="left", va="center", fontsize=10, fontweight="bold")
    for index, row in enumerate(rows()):
        y = _top(index) + ROW_HEIGHT / 2
        ax.text(0.2, y, str(index + 1), ha="center", va="center", fontsize=12, fontweight="bold")
        text = row.name + (f"\n{row.run_by}" if row.run_by else "")
        ax.text(0.4, y, text, ha="left", va="center", fontsize=9)


def draw(row_count: int, title: str) -> StaticFigure:
    """Draw the first `row_count` rows, and mark the last of these rows as new."""

    def paint(figure: Figure) -> None:
        ax = canvas(figure)
        _frame(ax, row_count)
        for index, row in enumerate(rows()[:row_count]):
            _row(ax, row, _top(index), CHANGED if index == row_count - 1 else PLAIN)

    row = rows()[row_count - 1]
    cells = "; ".join(map(str, row.cells))
    alt = _("Row {n}, {name}: {cells}.").format(n=row_count, name=row.name, cells=cells)
    return StaticFigure(paint, alt, SIZE, title)


def wait_path_story() -> list[Step]:
    """Return the eight steps of the story of one wait in the kernel. Each step adds one row to the table."""
    steps = [
        (
            _("Copy in"),
            _("select and poll copy everything, epoll one entry"),
            _(
                "select and poll copy their whole list into the kernel in every call. The system call epoll_ctl "
                "copies one entry when you register a descriptor. Each frame is one system call: epoll has two."
            ),
        ),
        (
            _("Plug in"),
            _("Each method brings its own queueing function"),
            _(
                "The next step asks the sockets, in the same way for all three calls. But each call wants something "
                "else to happen with a socket's wait queue. So each call passes the address of its own function, in "
                "a pointer named _qproc. We call this function its plug-in. select and poll use the same plug-in."
            ),
        ),
        (
            _("Ask"),
            _("All three ask a socket by the same functions"),
            _(
                "Each kind of file has a poll function. For a socket it is sock_poll, which for TCP calls tcp_poll. "
                "tcp_poll does not know which call asks. Through sock_poll_wait it passes the socket's wait queue to "
                "poll_wait, and poll_wait calls the function in _qproc. Then tcp_poll returns a mask: one bit for "
                "each event for which the socket is ready. do_select and do_poll ask every socket. epoll_ctl asks the "
                "one socket that it adds."
            ),
        ),
        (
            _("Queue"),
            _("epoll's queue entries stay, those of poll go"),
            _(
                "The plug-in puts an entry with a function on the socket's wait queue. __pollwait queues pollwake "
                "and the thread to wake, and holds the socket open until the call returns. ep_ptable_queue_proc "
                "queues ep_poll_callback and the registration to which the entry belongs. This entry stays. Then "
                "epoll_ctl returns: no thread waits yet."
            ),
        ),
        (
            _("Sleep"),
            _("poll sleeps on every queue, epoll on one"),
            _(
                "No socket is ready. A thread in select or poll sleeps with an entry on every queue. A thread in "
                "epoll_wait has found the ready list empty, and adds itself to one queue, that of the epoll. Each of "
                "these two functions calls a timer function, schedule_hrtimeout_range, which wchan leaves out. There "
                "the thread sleeps, until something wakes it or its time is up."
            ),
        ),
        (
            _("Call back"),
            _("epoll's callback notes which socket has data"),
            _(
                "Data arrives. This row stands outside the frames: the kernel's network code runs in a softirq, "
                "outside the thread that waits. It calls the functions on the socket's queue. pollwake wakes the "
                "thread. ep_poll_callback puts the socket on the ready list, and wakes a thread that sleeps on the "
                "queue of the epoll. Both act only if the call asked for the event that is announced."
            ),
        ),
        (
            _("Ask again"),
            _("poll asks every socket, epoll the ready list"),
            _(
                "The thread runs again. select and poll know only that something happened, so they ask every "
                "socket. If none is ready, they sleep again. epoll_wait asks the sockets on the ready list, and "
                "copies out the events. A level-triggered socket goes back onto the list (chapter 06)."
            ),
        ),
        (
            _("Leave"),
            _("poll repeats seven rows in each call, epoll_wait two"),
            _(
                "poll_freewait takes every entry off its queue, and releases the sockets. The answer is copied out, "
                "and the kernel keeps nothing of this call. The entries of epoll stay on their queues for the next "
                "wait."
            ),
        ),
    ]
    return [Step(head, text, partial(draw, number, claim)) for number, (head, claim, text) in enumerate(steps, 1)]
