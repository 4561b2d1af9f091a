"""The story of one wait in the kernel, for select, poll and epoll side by side.

Sources: `fs/select.c`, `fs/eventpoll.c`, `include/linux/poll.h`, `net/socket.c` and `net/ipv4/tcp.c` of Linux 6. A
figure is a table with a column for each call, and a row for each step until now. Calls that run the same functions
share a cell.
"""

from dataclasses import dataclass
from functools import partial

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from readiness.base.messages import _
from readiness.graphics.canvas import box, canvas, font_weight
from readiness.graphics.charts import FOREGROUND, StaticFigure
from readiness.graphics.stories import Step

COLUMNS = ("select", "poll", "epoll")
COLUMN_EDGES = (1.05, 2.65, 4.25, 6.8)  # inches: where the three columns begin and end
HEADER_HEIGHT, ROW_HEIGHT = 0.5, 0.46
EPOLL_CTL_ROWS = 4  # the first rows, which belong to epoll_ctl; the others belong to epoll_wait or to the softirq
SIZE = (7.2, HEADER_HEIGHT + 8 * ROW_HEIGHT + 0.05)


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
                Cell(2, 2, (), _("everything stays on its queue")),
            ),
        ),
    ]  # fmt: skip


def kernel_functions() -> list[str]:
    """Return the names of all kernel functions in the table, row by row and without repetitions."""
    return list(dict.fromkeys(name for row in rows() for cell in row.cells for name in cell.functions))


def _cell(ax: Axes, cell: Cell, top: float, highlighted: bool) -> None:
    left = COLUMN_EDGES[cell.first_column] + 0.03
    width = COLUMN_EDGES[cell.last_column + 1] - COLUMN_EDGES[cell.first_column] - 0.06
    box(ax, (left, top + 0.03), width, ROW_HEIGHT - 0.06, highlighted=highlighted, linewidth=0.7)
    lines = [(" → ".join(cell.functions), 8.5, font_weight(highlighted)), (cell.note, 8, "normal")]
    lines = [line for line in lines if line[0]]
    for index, (text, size, weight) in enumerate(lines):
        middle = top + ROW_HEIGHT * (0.5 if len(lines) == 1 else (0.32, 0.7)[index])
        ax.text(left + width / 2, middle, text, ha="center", va="center", fontsize=size, fontweight=weight)


def _frame(ax: Axes) -> None:
    """Draw what every figure shows: the names of the calls and of the rows, and which rows belong to epoll_ctl."""
    for column, name in enumerate(COLUMNS):
        middle = (COLUMN_EDGES[column] + COLUMN_EDGES[column + 1]) / 2
        ax.text(middle, 0.14, name, ha="center", va="center", fontsize=10, fontweight="bold")
    for first, last, text in ((0, 1, _("all of it in each call")), (2, 2, _("in two calls"))):
        ax.text((COLUMN_EDGES[first] + COLUMN_EDGES[last + 1]) / 2, 0.37, text, ha="center", va="center", fontsize=8)
    for index, row in enumerate(rows()):
        middle = HEADER_HEIGHT + (index + 0.5) * ROW_HEIGHT
        text = f"{index + 1}  {row.name}" + (f"\n{row.run_by}" if row.run_by else "")
        ax.text(COLUMN_EDGES[0] - 0.07, middle, text, ha="right", va="center", fontsize=8.5)
    for first, last, text in (
        (0, EPOLL_CTL_ROWS, _("epoll_ctl, once")),
        (EPOLL_CTL_ROWS, 8, _("epoll_wait, each time")),
    ):
        low, high = HEADER_HEIGHT + first * ROW_HEIGHT + 0.06, HEADER_HEIGHT + last * ROW_HEIGHT - 0.06
        ax.plot([COLUMN_EDGES[-1] + 0.08] * 2, [low, high], color=FOREGROUND, linewidth=1.2)
        ax.text(COLUMN_EDGES[-1] + 0.22, (low + high) / 2, text, ha="center", va="center", fontsize=8, rotation=270)


def draw(row_count: int) -> StaticFigure:
    """Draw the table with its first `row_count` rows, and highlight the last of these rows."""

    def paint(figure: Figure) -> None:
        ax = canvas(figure)
        _frame(ax)
        for index, row in enumerate(rows()[:row_count]):
            for cell in row.cells:
                _cell(ax, cell, HEADER_HEIGHT + index * ROW_HEIGHT, highlighted=index == row_count - 1)

    row = rows()[row_count - 1]
    cells = "; ".join(map(str, row.cells))
    return StaticFigure(paint, _("Row {n}, {name}: {cells}.").format(n=row_count, name=row.name, cells=cells), SIZE)


def wait_path_story() -> list[Step]:
    """Return the eight steps of the story of one wait in the kernel. Each step adds one row to the table."""
    steps = [
        (
            _("Copy in"),
            _(
                "select and poll copy their whole list into the kernel in every call. The system call epoll_ctl "
                "copies one entry when you register a descriptor. Each of the two left columns is one call. The "
                "right column is two calls."
            ),
        ),
        (
            _("Plug in"),
            _(
                "The next step asks the sockets, in the same way for all three calls. But each call wants something "
                "else to happen with a socket's wait queue. So each call passes the address of its own function, in "
                "a pointer named _qproc. We call this function its plug-in. select and poll use the same plug-in."
            ),
        ),
        (
            _("Ask"),
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
            _(
                "The plug-in puts an entry with a function on the socket's wait queue. __pollwait queues pollwake "
                "and the thread to wake, and holds the socket open until the call returns. ep_ptable_queue_proc "
                "queues ep_poll_callback and the registration to which the entry belongs. This entry stays. Then "
                "epoll_ctl returns: no thread waits yet."
            ),
        ),
        (
            _("Sleep"),
            _(
                "No socket is ready. A thread in select or poll sleeps with an entry on every queue. A thread in "
                "epoll_wait has found the ready list empty, and adds itself to one queue, that of the epoll. Each of "
                "these two functions calls a timer function, schedule_hrtimeout_range, which wchan leaves out. There "
                "the thread sleeps, until something wakes it or its time is up."
            ),
        ),
        (
            _("Call back"),
            _(
                "Data arrives. The kernel's network code runs in a softirq: work of the kernel outside the thread that "
                "waits. It calls the functions on the socket's queue. Each function first compares the announced "
                "events with those that its call asked for. If none is in both, it does nothing: free space for "
                "writing wakes no reader. pollwake then wakes the thread. "
                "ep_poll_callback puts the socket on the ready list, and wakes a thread that sleeps on the queue of "
                "the epoll. If no thread sleeps there, the socket stays on the list."
            ),
        ),
        (
            _("Ask again"),
            _(
                "The thread runs again. select and poll know only that something happened, so they ask every "
                "socket. If none is ready, they sleep again. epoll_wait asks the sockets on the ready list, and "
                "copies out the events. A level-triggered socket goes back onto the list (chapter 06)."
            ),
        ),
        (
            _("Leave"),
            _(
                "poll_freewait takes every entry off its queue, and releases the sockets. The answer is copied out, "
                "and the kernel keeps nothing of this call. The entries of epoll stay on their queues for the next "
                "wait."
            ),
        ),
    ]
    return [Step(title, text, partial(draw, number)) for number, (title, text) in enumerate(steps, 1)]
