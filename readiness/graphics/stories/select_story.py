"""The story of one select call that has to sleep, in eight steps.

Sources: `fs/select.c` and `net/ipv4/tcp.c` of Linux 6. The figure of each step shows one scene. A scene differs from
the previous scene by what has just happened.
"""

from dataclasses import dataclass, field, replace
from functools import partial

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from readiness.base.messages import _
from readiness.graphics.canvas import arrow, box, canvas
from readiness.graphics.charts import StaticFigure
from readiness.graphics.stories import Step
from readiness.graphics.styles import CHANGED, FOREGROUND, PLAIN, READY, Look

WIDTH, HEIGHT = 7.2, 3.5  # inches
KERNEL_TOP = 1.12  # where user space ends
FIRST_FD, FD_COUNT = 3, 6  # the bitmaps show descriptors 3 to 8
SOCKETS = {"A": 4, "B": 5, "C": 7}
BITMAP_LEFT, CELL_SIZE = 1.7, 0.28  # where the bitmaps begin, and a cell's width
USER_TOP, COPY_TOP, RESULT_TOP = 0.45, 1.62, 2.3  # the top of each bitmap
QUEUE_TOP = 2.3  # the top of the entries on the wait queues


@dataclass(frozen=True)
class Scene:
    """The content of one figure. In most fields, a text such as "AB" stands for the sockets A and B.

    Attributes:
        user: the sockets whose bits are set in the program's bitmap.
        copy: the sockets whose bits are set in the kernel's copy of that bitmap; None if there is no copy.
        result: the sockets whose bits are set in the kernel's answer; None if there is no answer.
        qproc: the value of the pointer _qproc, such as "__pollwait"; "" if the pointer is not shown.
        process: a text about the state of the process.
        polled: the sockets whose poll functions are called.
        answers: a mapping from a socket to the answer of its poll function, as text.
        queued: the sockets with an entry on their wait queues.
        with_data: the socket that has data; "" for none.
        arrow: "in" if a bitmap is copied into the kernel, "out" if it is copied back, "" if neither.
        woken: True if an entry of a wait queue wakes the process.
        highlighted: the names of the parts with a tint and a thick frame, such as "copy" or "qproc".
    """

    user: str = "ABC"
    copy: str | None = None
    result: str | None = None
    qproc: str = ""
    process: str = ""
    polled: str = ""
    answers: dict[str, str] = field(default_factory=dict)
    queued: str = ""
    with_data: str = ""
    arrow: str = ""
    woken: bool = False
    highlighted: frozenset[str] = frozenset()


def _column(name: str) -> float:
    """Return the x of the middle of a socket's column, in inches."""
    return 4.55 + "ABC".index(name) * 1.05


def _box(ax: Axes, x: float, y: float, width: float, height: float, text: str, look: Look = PLAIN) -> None:
    box(ax, (x, y), width, height, look)
    middle = (x + width / 2, y + height / 2)
    ax.text(*middle, text, ha="center", va="center", fontsize=9, fontweight=look.weight)


def _look(changed: bool) -> Look:
    return CHANGED if changed else PLAIN


def _bitmaps(ax: Axes, scene: Scene) -> None:
    ax.text(BITMAP_LEFT - 0.1, 0.33, _("descriptor"), ha="right", va="center", fontsize=9)
    for index in range(FD_COUNT):
        ax.text(
            BITMAP_LEFT + (index + 0.5) * CELL_SIZE, 0.33, str(FIRST_FD + index), ha="center", va="center", fontsize=9
        )
    rows = (("user", USER_TOP, _("yours")), ("copy", COPY_TOP, _("asked")), ("result", RESULT_TOP, _("ready")))
    for part, y, name in rows:
        if (sockets := getattr(scene, part)) is None:
            continue
        ax.text(BITMAP_LEFT - 0.1, y + CELL_SIZE / 2, name, ha="right", va="center", fontsize=9)
        numbers = {SOCKETS[socket] for socket in sockets}
        for index in range(FD_COUNT):
            bit = FIRST_FD + index in numbers
            x = BITMAP_LEFT + index * CELL_SIZE
            _box(ax, x, y, CELL_SIZE, CELL_SIZE, "01"[bit], _look(bit and part in scene.highlighted))
    side = BITMAP_LEFT + FD_COUNT * CELL_SIZE + 0.1
    if scene.arrow == "in":
        arrow(ax, (side, USER_TOP + CELL_SIZE / 2), (side, COPY_TOP + CELL_SIZE / 2))
    if scene.arrow == "out":
        arrow(ax, (side, RESULT_TOP + CELL_SIZE / 2), (side, USER_TOP + CELL_SIZE / 2))


def _user_and_kernel(ax: Axes, scene: Scene) -> None:
    ax.plot([0.05, WIDTH - 0.05], [KERNEL_TOP, KERNEL_TOP], color=FOREGROUND, linewidth=1, linestyle=(0, (5, 3)))
    ax.text(0.1, 0.15, _("user space"), ha="left", va="center", fontsize=9, style="italic")
    ax.text(0.1, KERNEL_TOP + 0.15, _("kernel"), ha="left", va="center", fontsize=9, style="italic")
    _box(ax, 0.1, COPY_TOP - 0.05, 0.95, 0.5, scene.process, _look("process" in scene.highlighted))


def _sockets(ax: Axes, scene: Scene) -> None:
    for name, number in SOCKETS.items():
        middle = _column(name)
        text = _("1 byte") if name in scene.with_data else _("no data")
        look = READY if name in scene.with_data else PLAIN
        _box(ax, middle - 0.47, COPY_TOP - 0.05, 0.94, 0.5, f"{name} ({number})\n{text}", look)
        if name in scene.polled:
            reply = scene.answers.get(name)
            question = _("ready? {reply}").format(reply=reply) if reply else _("ready?")
            ax.text(middle, COPY_TOP - 0.2, question, ha="center", va="center", fontsize=9, fontweight="bold")
        ax.plot([middle, middle], [COPY_TOP + 0.45, QUEUE_TOP], color=FOREGROUND, linewidth=0.8)
        highlighted = name in scene.queued and (
            "queued" in scene.highlighted or (scene.woken and name in scene.with_data)
        )
        if name in scene.queued:
            _box(ax, middle - 0.42, QUEUE_TOP, 0.84, 0.28, "pollwake", _look(highlighted))
        else:
            ax.text(middle, QUEUE_TOP + 0.12, _("(empty)"), ha="center", va="center", fontsize=9)
    ax.text(_column("A") - 0.52, QUEUE_TOP + 0.14, _("wait\nqueue"), ha="right", va="center", fontsize=9)


def _wake_lines(ax: Axes, scene: Scene) -> None:
    """Draw a line from each entry of a wait queue to the process that this entry wakes."""
    low = 3.0
    for name in scene.queued:
        highlighted = scene.woken and name in scene.with_data
        middle = _column(name)
        ax.plot([middle, middle], [QUEUE_TOP + 0.28, low], color=FOREGROUND, linewidth=2 if highlighted else 0.8)
    last = scene.with_data if scene.woken else scene.queued[-1]
    ax.plot([_column(scene.queued[-1]), 0.57], [low, low], color=FOREGROUND, linewidth=0.8)
    if scene.woken:
        ax.plot([_column(last), 0.57], [low, low], color=FOREGROUND, linewidth=2)
    arrow(ax, (0.57, low), (0.57, COPY_TOP + 0.47), 2 if scene.woken else 0.8)
    text = _("wake it") if scene.woken else _("the process to wake")
    ax.text(
        0.67,
        low - 0.12,
        text,
        ha="left",
        va="center",
        fontsize=9,
        fontweight=_look(scene.woken).weight,
    )


def describe(scene: Scene) -> str:
    """Return sentences that describe `scene`, for readers who can't see the figure."""

    def names(sockets: str) -> str:
        return ", ".join(sockets) or _("none")

    sentences = [
        _("In the kernel: {process}.").format(process=scene.process.replace("\n", " ")),
        _("Bits set in your bitmap: {names}.").format(names=names(scene.user)),
    ]
    if scene.copy is not None:
        sentences.append(_("Bits set in the kernel's copy: {names}.").format(names=names(scene.copy)))
    if scene.result is not None:
        sentences.append(_("Bits set in the answer: {names}.").format(names=names(scene.result)))
    sentences.append(_("An entry on the wait queue of: {names}.").format(names=names(scene.queued)))
    if scene.qproc:
        sentences.append(f"_qproc = {scene.qproc}.")
    sentences.append(_("Data at: {names}.").format(names=names(scene.with_data)))
    return " ".join(sentences)


def draw(scene: Scene, title: str) -> StaticFigure:
    """Draw a scene: user space at the top, the kernel below it, the sockets and their wait queues on the right.

    `title` is the claim of the figure.
    """

    def paint(figure: Figure) -> None:
        ax = canvas(figure)
        _user_and_kernel(ax, scene)
        _bitmaps(ax, scene)
        _sockets(ax, scene)
        if scene.queued:
            _wake_lines(ax, scene)
        if scene.qproc:
            ax.text(0.1, HEIGHT - 0.17, "_qproc = ", ha="left", va="center", fontsize=9)
            _box(ax, 0.75, HEIGHT - 0.31, 1.05, 0.28, scene.qproc, _look("qproc" in scene.highlighted))

    return StaticFigure(paint, describe(scene), (WIDTH, HEIGHT), title)


def scenes() -> list[Scene]:
    """Return eight scenes: a select call on three TCP sockets sleeps until a byte arrives at socket B."""
    running, not_ready = _("process:\nruns"), dict.fromkeys("ABC", _("no"))
    copied = Scene(copy="ABC", result="", process=running, arrow="in", highlighted=frozenset({"copy"}))
    prepared = replace(copied, arrow="", qproc="__pollwait", highlighted=frozenset({"qproc"}))
    polled = replace(prepared, polled="A", queued="A", highlighted=frozenset({"queued"}))
    answered = replace(
        polled, polled="ABC", answers=not_ready, queued="ABC", qproc="NULL", highlighted=frozenset({"qproc"})
    )
    sleeping = replace(answered, polled="", process=_("process:\nasleep"), highlighted=frozenset({"process"}))
    woken = replace(sleeping, with_data="B", woken=True, process=_("process:\nis woken"))
    again = replace(woken, woken=False, polled="ABC", answers=not_ready | {"B": _("yes")}, result="B", process=running)
    again = replace(again, highlighted=frozenset({"result"}))
    returned = replace(
        again,
        user="B",
        polled="",
        answers={},
        queued="",
        qproc="",
        arrow="out",
        highlighted=frozenset({"user", "result"}),
    )
    return [copied, prepared, polled, answered, sleeping, woken, again, returned]


def select_story() -> list[Step]:
    """Return the eight steps of the story of one select call that sleeps. The figure of each step shows one scene."""
    steps = [
        (
            _("Copy in"),
            _("select copies your bitmap into the kernel"),
            _(
                "core_sys_select copies your bitmaps into the kernel. (One of the three is drawn.) For each of them it "
                "makes an empty bitmap for the answer. Your own process does all this: in a system call it runs the "
                "kernel's code."
            ),
        ),
        (
            _("Prepare the queueing"),
            _("_qproc points to the function that queues"),
            _(
                "poll_initwait sets a pointer, _qproc, to the function __pollwait. In the first scan this function "
                "adds an entry to the wait queue of each socket. No queue has an entry yet."
            ),
        ),
        (
            _("Ask, and queue"),
            _("The scan adds an entry to A's queue"),
            _(
                "The scan goes from bit to bit, and skips words of 64 zeros. For each bit that is set it calls the "
                "file's own function: sock_poll, which calls tcp_poll for a TCP socket. tcp_poll first calls poll_wait "
                "with the wait queue, and __pollwait adds an entry there. The entry holds the function pollwake, and "
                "the process to wake."
            ),
        ),
        (
            _("Answer"),
            _("No socket is ready; each queue has an entry"),
            _(
                "tcp_poll then returns a mask of the events for which the socket is ready: none. B and C give the same "
                "answer. When one socket is ready, or the first pass is over, the kernel stops adding entries (_qproc "
                "becomes NULL)."
            ),
        ),
        (
            _("Sleep"),
            _("The process sleeps once, with three entries"),
            _(
                "No socket is ready, so poll_schedule_timeout puts the process to sleep. It is one sleep, with an "
                "entry on three queues. The process takes no processor time until one of the entries is called, a "
                "time limit passes, or a signal comes."
            ),
        ),
        (
            _("Wake"),
            _("The entry on B's queue wakes the process"),
            _(
                "A byte for B arrives. The code that brings it, in the sender's system call or in the network part of "
                "the kernel, goes through the wait queue of B and calls the function of each entry. pollwake compares "
                "the event with what was asked, and wakes the process."
            ),
        ),
        (
            _("Scan again"),
            _("The process asks every socket again"),
            _(
                "The process does not know which socket it was. So it goes through the whole bitmap a second time, and "
                "asks every socket again. It sets the bit of each socket that is ready."
            ),
        ),
        (
            _("Remove the entries, copy out"),
            _("The entries go; the answer overwrites your bitmap"),
            _(
                "poll_freewait removes every entry from its queue. The answers are copied over the bitmaps that you "
                "passed. If there is a time limit, the time that is left is written, too. select returns the number "
                "of bits that are set."
            ),
        ),
    ]
    return [
        Step(head, text, partial(draw, scene, claim))
        for (head, claim, text), scene in zip(steps, scenes(), strict=True)
    ]
