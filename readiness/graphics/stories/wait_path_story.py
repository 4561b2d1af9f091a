"""The story of one wait in the kernel, for select, poll and epoll side by side: who calls whom, and who runs it.

Told from `fs/select.c`, `fs/eventpoll.c`, `include/linux/poll.h`, `net/socket.c` and `net/ipv4/tcp.c` of Linux 6.
A picture shows the steps so far, a row for each; where two calls share a function, they share a cell.
"""

from dataclasses import dataclass
from functools import partial

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from readiness.base.messages import _
from readiness.graphics.charts import INK, Picture
from readiness.graphics.stories import Step

CALLS = ("select", "poll", "epoll")
EDGES = (1.05, 2.65, 4.25, 6.8)  # inches: where the three columns begin and end
HEAD, HIGH = 0.5, 0.46
TURN = 4  # rows that epoll_ctl does, once; the others are epoll_wait's, or nobody's
SIZE = (7.2, HEAD + 8 * HIGH + 0.05)


@dataclass(frozen=True)
class Cell:
    """What the calls in columns `first` to `last` do in one step: the functions that run, and what for."""

    first: int
    last: int
    functions: tuple[str, ...]
    note: str

    def __str__(self) -> str:
        who = ", ".join(CALLS[self.first : self.last + 1])
        return f"{who}: {', '.join(self.functions)} ({self.note})"


@dataclass(frozen=True)
class Row:
    """One step of the path: its name, who runs it where that is not your thread, and its cells from left to right."""

    name: str
    cells: tuple[Cell, ...]
    who: str = ""


def rows() -> list[Row]:
    """The path of a wait on TCP sockets of which none is ready at first."""
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
                Cell(2, 2, ("ep_poll_callback",), _("notes which, wakes who waits")),
            ),
            _("(the sender)"),
        ),
        Row(
            _("ask again"),
            (
                Cell(0, 0, ("do_select",), _("every bit")),
                Cell(1, 1, ("do_poll",), _("every entry")),
                Cell(2, 2, ("ep_send_events",), _("the noted ones, and copies out")),
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


def path_names() -> list[str]:
    """The kernel functions that the story names, in its order, each once."""
    return list(dict.fromkeys(name for row in rows() for cell in row.cells for name in cell.functions))


def _cell(ax, cell: Cell, top: float, strong: bool) -> None:
    left, wide = EDGES[cell.first] + 0.03, EDGES[cell.last + 1] - EDGES[cell.first] - 0.06
    look = {"facecolor": (INK, 0.16 if strong else 0), "linewidth": 2.2 if strong else 0.7}
    ax.add_patch(Rectangle((left, top + 0.03), wide, HIGH - 0.06, edgecolor=INK, **look))
    weight = "bold" if strong else "normal"
    lines = [(" → ".join(cell.functions), 8.5, weight), (cell.note, 8, "normal")]
    lines = [line for line in lines if line[0]]
    for place, (text, size, heavy) in enumerate(lines):
        middle = top + HIGH * (0.5 if len(lines) == 1 else (0.32, 0.7)[place])
        ax.text(left + wide / 2, middle, text, ha="center", va="center", fontsize=size, fontweight=heavy)


def _frame(ax) -> None:
    """What stands in every picture: the calls, the names of the rows, and which of them epoll does but once."""
    for place, name in enumerate(CALLS):
        middle = (EDGES[place] + EDGES[place + 1]) / 2
        ax.text(middle, 0.14, name, ha="center", va="center", fontsize=10, fontweight="bold")
    for first, last, text in ((0, 1, _("all of it in each call")), (2, 2, _("in two calls"))):
        ax.text((EDGES[first] + EDGES[last + 1]) / 2, 0.37, text, ha="center", va="center", fontsize=8)
    for line, row in enumerate(rows()):
        middle = HEAD + (line + 0.5) * HIGH
        text = f"{line + 1}  {row.name}" + (f"\n{row.who}" if row.who else "")
        ax.text(EDGES[0] - 0.07, middle, text, ha="right", va="center", fontsize=8.5)
    for first, last, text in ((0, TURN, _("epoll_ctl, once")), (TURN, 8, _("epoll_wait, each time"))):
        low, high = HEAD + first * HIGH + 0.06, HEAD + last * HIGH - 0.06
        ax.plot([EDGES[-1] + 0.08] * 2, [low, high], color=INK, linewidth=1.2)
        ax.text(EDGES[-1] + 0.22, (low + high) / 2, text, ha="center", va="center", fontsize=8, rotation=270)


def draw(told: int) -> Picture:
    """The rows up to number `told`, from 1 on; that one stands out."""

    def paint(figure: Figure) -> None:
        figure.set_layout_engine("none")  # each part has its place in inches
        ax = figure.add_axes((0, 0, 1, 1))
        ax.set_axis_off()
        ax.set_xlim(0, SIZE[0])
        ax.set_ylim(SIZE[1], 0)
        _frame(ax)
        for line, row in enumerate(rows()[:told]):
            for cell in row.cells:
                _cell(ax, cell, HEAD + line * HIGH, strong=line == told - 1)

    row = rows()[told - 1]
    cells = "; ".join(map(str, row.cells))
    return Picture(paint, _("Row {n}, {name}: {cells}.").format(n=told, name=row.name, cells=cells), SIZE)


def kernel_path() -> list[Step]:
    """The story, in words that a learner can hold; step n fills row n."""
    told = [
        (
            _("Copy in"),
            _(
                "select and poll copy the whole question, in every call. epoll_ctl copies one entry, when you "
                "register a descriptor. The left half of this table is one call; the right column is two."
            ),
        ),
        (
            _("Plug in"),
            _(
                "All three will ask the sockets in the same way, and each has its own idea of what should happen "
                "with the socket's wait queue. So they fill in a pointer, _qproc, with a function of theirs: the "
                "plug-in (lesson 03 calls it a hook). select and poll share one."
            ),
        ),
        (
            _("Ask"),
            _(
                "Each kind of file has a poll function. A socket's is sock_poll, which for TCP calls tcp_poll. It "
                "does not know who asks: it offers the socket's wait queue (poll_wait, which calls whatever _qproc "
                "holds), and returns a mask of what the socket is ready for. do_select and do_poll ask every "
                "socket, epoll_ctl the one that it adds."
            ),
        ),
        (
            _("Queue"),
            _(
                "The plug-in puts an entry on the socket's queue, with a function in it. __pollwait queues pollwake "
                "and whom to wake, and holds the socket open, until the call returns. ep_ptable_queue_proc queues "
                "ep_poll_callback and which registration this is, to stay. Then epoll_ctl returns: nobody waits yet."
            ),
        ),
        (
            _("Sleep"),
            _(
                "Nothing is ready. A thread in select or poll sleeps with an entry on every queue. One in "
                "epoll_wait has found the ready list empty, and adds itself to a single queue, that of the epoll. "
                "Both sleep in schedule_hrtimeout_range, until they are woken or their time is up."
            ),
        ),
        (
            _("Call back"),
            _(
                "Data comes. Whoever brings it runs the functions on the socket's queue. pollwake wakes the thread, "
                "and nothing else. ep_poll_callback first puts the socket on the ready list, and then wakes who "
                "sleeps on the epoll's queue; if nobody does, the note stays."
            ),
        ),
        (
            _("Ask again"),
            _(
                "The thread runs again. select and poll know only that something happened: they ask every socket. "
                "epoll_wait asks those on the ready list, copies out what they answer, and puts a level-triggered "
                "one back on the list (lesson 06)."
            ),
        ),
        (
            _("Leave"),
            _(
                "poll_freewait takes every entry off its queue and lets go of the sockets, the answer is copied out, "
                "and the kernel has forgotten the question. epoll leaves its entries where they are, for the next wait."
            ),
        ),
    ]
    return [Step(title, words, partial(draw, line)) for line, (title, words) in enumerate(told, 1)]
