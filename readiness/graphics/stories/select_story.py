"""The story of one select call that has to sleep, in eight steps: what the kernel does, who sleeps, who wakes whom.

Told from `fs/select.c` and `net/ipv4/tcp.c` of Linux 6; each picture is one scene, and a scene differs from the one
before in what has happened. Nothing is measured here.
"""

from dataclasses import dataclass, field, replace
from functools import partial

from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Rectangle

from readiness.base.messages import _
from readiness.graphics.charts import INK, Picture
from readiness.graphics.stories import Step

WIDTH, HEIGHT = 7.2, 3.5  # inches
BORDER = 1.12  # where user space ends
FIRST, COUNT = 3, 6  # the bitmaps show descriptors 3 to 8
SOCKETS = {"A": 4, "B": 5, "C": 7}
CELLS, SIDE = 1.7, 0.28  # where the bitmaps begin, and a cell's width
YOURS, COPY, RESULT = 0.45, 1.62, 2.3  # the top of each bitmap
QUEUE = 2.3  # the top of the entries on the wait queues


@dataclass(frozen=True)
class Scene:
    """What a picture shows, with sockets by name: `strong` names the parts that stand out."""

    user: str = "ABC"  # the bits that are set in the program's bitmap
    copy: str | None = None  # the same for the kernel's copy, and for what it will answer; None: not there
    result: str | None = None
    hook: str = ""  # what _qproc holds
    process: str = ""  # what the process does
    asked: str = ""  # the sockets that are asked
    answers: dict[str, str] = field(default_factory=dict)
    hung: str = ""  # the sockets on whose wait queue an entry hangs
    byte: str = ""  # the socket that has data
    arrow: str = ""  # "in" or "out": what is copied
    woken: bool = False
    strong: frozenset[str] = frozenset()


def _column(name: str) -> float:
    """The middle of a socket's column."""
    return 4.55 + "ABC".index(name) * 1.05


def _box(ax, x: float, y: float, wide: float, high: float, text: str, strong: bool = False) -> None:
    look = {"facecolor": (INK, 0.16 if strong else 0), "edgecolor": INK, "linewidth": 2.2 if strong else 0.8}
    ax.add_patch(Rectangle((x, y), wide, high, **look))
    weight = "bold" if strong else "normal"
    ax.text(x + wide / 2, y + high / 2, text, ha="center", va="center", fontsize=9, fontweight=weight)


def _arrow(ax, start: tuple[float, float], end: tuple[float, float], strong: bool = True) -> None:
    look = {"arrowstyle": "-|>", "mutation_scale": 13, "color": INK, "linewidth": 2 if strong else 0.8}
    ax.add_patch(FancyArrowPatch(start, end, shrinkA=0, shrinkB=0, **look))


def _bitmaps(ax, scene: Scene) -> None:
    ax.text(CELLS - 0.1, 0.33, _("descriptor"), ha="right", va="center", fontsize=8)
    for place in range(COUNT):
        ax.text(CELLS + (place + 0.5) * SIDE, 0.33, str(FIRST + place), ha="center", va="center", fontsize=8)
    rows = (("user", YOURS, _("yours")), ("copy", COPY, _("asked")), ("result", RESULT, _("ready")))
    for part, y, name in rows:
        if (sockets := getattr(scene, part)) is None:
            continue
        ax.text(CELLS - 0.1, y + SIDE / 2, name, ha="right", va="center", fontsize=9)
        numbers = {SOCKETS[socket] for socket in sockets}
        for place in range(COUNT):
            bit = FIRST + place in numbers
            _box(ax, CELLS + place * SIDE, y, SIDE, SIDE, "01"[bit], strong=bit and part in scene.strong)
    side = CELLS + COUNT * SIDE + 0.1
    if scene.arrow == "in":
        _arrow(ax, (side, YOURS + SIDE / 2), (side, COPY + SIDE / 2))
    if scene.arrow == "out":
        _arrow(ax, (side, RESULT + SIDE / 2), (side, YOURS + SIDE / 2))


def _lanes(ax, scene: Scene) -> None:
    ax.plot([0.05, WIDTH - 0.05], [BORDER, BORDER], color=INK, linewidth=1, linestyle=(0, (5, 3)))
    for text, y in ((_("user space"), 0.15), (_("kernel"), BORDER + 0.15)):
        ax.text(0.1, y, text, ha="left", va="center", fontsize=9, style="italic")
    _box(ax, 0.1, COPY - 0.05, 0.95, 0.5, scene.process, "process" in scene.strong)


def _sockets(ax, scene: Scene) -> None:
    for name, number in SOCKETS.items():
        middle = _column(name)
        text = _("1 byte") if name in scene.byte else _("no data")
        _box(ax, middle - 0.47, COPY - 0.05, 0.94, 0.5, f"{name} ({number})\n{text}", name in scene.byte)
        if name in scene.asked:
            reply = scene.answers.get(name)
            says = _("ready? {reply}").format(reply=reply) if reply else _("ready?")
            ax.text(middle, COPY - 0.2, says, ha="center", va="center", fontsize=9, fontweight="bold")
        ax.plot([middle, middle], [COPY + 0.45, QUEUE], color=INK, linewidth=0.8)
        strong = name in scene.hung and ("hung" in scene.strong or (scene.woken and name in scene.byte))
        if name in scene.hung:
            _box(ax, middle - 0.42, QUEUE, 0.84, 0.28, "pollwake", strong)
        else:
            ax.text(middle, QUEUE + 0.12, _("(empty)"), ha="center", va="center", fontsize=8)
    ax.text(_column("A") - 0.52, QUEUE + 0.14, _("wait\nqueue"), ha="right", va="center", fontsize=8)


def _leads(ax, scene: Scene) -> None:
    """From each entry a line to the one process that it would wake."""
    low = 3.0
    for name in scene.hung:
        strong = scene.woken and name in scene.byte
        middle = _column(name)
        ax.plot([middle, middle], [QUEUE + 0.28, low], color=INK, linewidth=2 if strong else 0.8)
    last = scene.byte if scene.woken else scene.hung[-1]
    ax.plot([_column(scene.hung[-1]), 0.57], [low, low], color=INK, linewidth=0.8)
    if scene.woken:
        ax.plot([_column(last), 0.57], [low, low], color=INK, linewidth=2)
    _arrow(ax, (0.57, low), (0.57, COPY + 0.47), strong=scene.woken)
    text = _("wake it") if scene.woken else _("whom to wake")
    ax.text(0.67, low - 0.12, text, ha="left", va="center", fontsize=9, fontweight="bold" if scene.woken else "normal")


def alt(scene: Scene) -> str:
    """The scene in words."""

    def names(sockets: str) -> str:
        return ", ".join(sockets) or _("none")

    said = [
        _("In the kernel: {process}.").format(process=scene.process.replace("\n", " ")),
        _("Bits set in your bitmap: {names}.").format(names=names(scene.user)),
    ]
    if scene.copy is not None:
        said.append(_("Bits set in the kernel's copy: {names}.").format(names=names(scene.copy)))
    if scene.result is not None:
        said.append(_("Bits set in the answer: {names}.").format(names=names(scene.result)))
    said.append(_("An entry on the wait queue of: {names}.").format(names=names(scene.hung)))
    if scene.hook:
        said.append(f"_qproc = {scene.hook}.")
    said.append(_("Data at: {names}.").format(names=names(scene.byte)))
    return " ".join(said)


def draw(scene: Scene) -> Picture:
    """The scene as a picture: user space above, the kernel below, the sockets and their wait queues at the right."""

    def paint(figure: Figure) -> None:
        figure.set_layout_engine("none")  # each part has its place in inches
        ax = figure.add_axes((0, 0, 1, 1))
        ax.set_axis_off()
        ax.set_xlim(0, WIDTH)
        ax.set_ylim(HEIGHT, 0)
        _lanes(ax, scene)
        _bitmaps(ax, scene)
        _sockets(ax, scene)
        if scene.hung:
            _leads(ax, scene)
        if scene.hook:
            ax.text(0.1, HEIGHT - 0.17, "_qproc = ", ha="left", va="center", fontsize=9)
            _box(ax, 0.75, HEIGHT - 0.31, 1.05, 0.28, scene.hook, "hook" in scene.strong)

    return Picture(paint, alt(scene), (WIDTH, HEIGHT))


def scenes() -> list[Scene]:
    """A select on three TCP sockets with no time limit: none is ready, so it sleeps; then a byte comes for B."""
    runs, no = _("process:\nruns"), dict.fromkeys("ABC", _("no"))
    copied = Scene(copy="ABC", result="", process=runs, arrow="in", strong=frozenset({"copy"}))
    hooked = replace(copied, arrow="", hook="__pollwait", strong=frozenset({"hook"}))
    asked = replace(hooked, asked="A", hung="A", strong=frozenset({"hung"}))
    answered = replace(asked, asked="ABC", answers=no, hung="ABC", hook="NULL", strong=frozenset({"hook"}))
    asleep = replace(answered, asked="", process=_("process:\nasleep"), strong=frozenset({"process"}))
    woken = replace(asleep, byte="B", woken=True, process=_("process:\nis woken"))
    again = replace(woken, woken=False, asked="ABC", answers=no | {"B": _("yes")}, result="B", process=runs)
    again = replace(again, strong=frozenset({"result"}))
    home = replace(
        again, user="B", asked="", answers={}, hung="", hook="", arrow="out", strong=frozenset({"user", "result"})
    )
    return [copied, hooked, asked, answered, asleep, woken, again, home]


def eight_steps() -> list[Step]:
    """The story of `scenes`, in words that a learner can hold."""
    told = [
        (
            _("Copy in"),
            _(
                "core_sys_select copies your bitmaps into the kernel (one of the three is drawn) and makes an empty "
                "one for each answer. It is your own process that does all this: in a system call it runs the "
                "kernel's code."
            ),
        ),
        (
            _("Provide a hook"),
            _(
                "Each socket is about to be asked, and the first time it must also queue us. For that, poll_initwait "
                "sets a pointer, _qproc, to the function __pollwait. Nothing hangs on any wait queue yet."
            ),
        ),
        (
            _("Ask, and queue"),
            _(
                "The scan goes from bit to bit, and skips words of 64 zeros. For each bit that is set it asks the "
                "file (its own function, sock_poll; for TCP that calls tcp_poll). tcp_poll first offers the socket's "
                "wait queue to the hook (poll_wait), and __pollwait hangs an entry there: the function pollwake, and "
                "whom to wake."
            ),
        ),
        (
            _("Answer"),
            _(
                "tcp_poll then returns a mask of what the socket is ready for: nothing. The same for B, and for C. At "
                "the first socket that is ready, and at the latest after the first pass, _qproc becomes NULL: no more "
                "queueing."
            ),
        ),
        (
            _("Sleep"),
            _(
                "Nothing is ready, so poll_schedule_timeout puts the process to sleep: one sleep, with an entry on "
                "three queues. It takes no processor time until somebody calls one of the entries (or a "
                "time limit, if there is one, passes; or a signal comes)."
            ),
        ),
        (
            _("Wake"),
            _(
                "A byte for B has come. Whoever brought it, the sender or the network's part of the kernel, goes "
                "through B's wait queue and calls the functions that hang there: pollwake wakes the process."
            ),
        ),
        (
            _("Scan again"),
            _(
                "The process does not know which socket it was. It goes through the whole bitmap a second time, asks "
                "every socket again, and sets the bit of each one that is ready."
            ),
        ),
        (
            _("Unhook, copy out"),
            _(
                "poll_freewait takes every entry off its queue. The answers are copied over the bitmaps that you "
                "passed, what is left of a time limit is written, and select returns the number of bits that are set."
            ),
        ),
    ]
    return [Step(title, words, partial(draw, scene)) for (title, words), scene in zip(told, scenes(), strict=True)]
