"""Take the README's pictures: the panel of episode 00b in a real JupyterLab, moving and still.

    python -m tools.browser.readme_picture

The moving picture shows ten seconds: a server with 2,000 idle clients waits with epoll, then with poll, then with epoll
again. The still one shows poll.
"""

import io
import os
import re
import time
from collections.abc import Iterator

import numpy as np
from PIL import Image
from playwright.sync_api import FloatRect, Locator, Page

from readiness.widgets.panel import SETTLE_ENV
from tools.browser import presses, session

PICTURES = session.COURSE / "notebooks" / "pictures"
EPISODE, CELL = "notebooks/00b-fifteen-minutes.ipynb", "stage"
WIDTH = 1180  # pixels of the page: the panel then has the width of a README on GitHub
SCALE = 1.6  # pixels of the pictures for each pixel of the page
BEFORE = ["That talk = 5", "Send", "Idle clients = 2000"]
SCRIPT = {"": "epoll returned", "poll": "poll scanned 2,009", "epoll": "epoll returned"}
"""The buttons that are pressed, and the sentence that each one brings."""
SECONDS = 2.3  # after that sentence
FRAMES_PER_SECOND = 3
MAX_BYTES = 1_000_000


def main() -> None:
    """Run the episode in a browser, use its panel, and save both pictures."""
    os.environ[SETTLE_ENV] = "1"  # each backend has then waited for few and for many clients
    with (
        session.scratch_course() as course,
        session.jupyterlab(course) as address,
        session.chromium() as chromium,
        session.Lesson(session.open_page(chromium, address, WIDTH, scale=SCALE), EPISODE) as lesson,
    ):
        lesson.run_all(180)
        presses.make(lesson, CELL, BEFORE)
        lesson.button("Send").nth(1).click()
        lesson.wait_for_status(re.compile(r"epoll: 2,009 descriptors registered"))
        lesson.page.mouse.move(0, 0)
        frames = list(_record(lesson.page, lesson))
    PICTURES.mkdir(exist_ok=True)
    _save(frames)
    print(*(f"{file.relative_to(session.COURSE)}: {file.stat().st_size // 1000} KB" for file in PICTURES.iterdir()))


def _clip(lesson: session.Lesson) -> FloatRect:
    """Return the part of the page that the pictures show: from the sentence to the controls."""
    panel = presses.outputs_of(lesson, CELL).locator(".jp-OutputArea-output").first
    panel.evaluate("output => output.scrollIntoView()")
    whole, chart, hold = (_box(part) for part in (panel, panel.locator(".widget-gridbox"), lesson.button("Hold")))
    left, top = whole["x"] - 8, whole["y"] + 4
    right = max(chart["x"] + chart["width"], hold["x"] + hold["width"])
    return {"x": left, "y": top, "width": right + 8 - left, "height": hold["y"] + hold["height"] + 6 - top}


def _box(part: Locator) -> FloatRect:
    if box := part.bounding_box():
        return box
    raise RuntimeError("a part of the panel can't be seen")


def _screenshot(page: Page, clip: FloatRect) -> Image.Image:
    return Image.open(io.BytesIO(page.screenshot(clip=clip, animations="disabled"))).convert("RGB")


def _record(page: Page, lesson: session.Lesson) -> Iterator[tuple[float, Image.Image, str]]:
    """Play the script. Yield pictures, each with its moment in seconds and the button that was pressed last."""
    clip, begun = _clip(lesson), time.monotonic()
    for button, sentence in SCRIPT.items():
        if button:
            lesson.button(button).click()
            page.mouse.move(0, 0)
        large = lesson.outputs.locator("div[style*=bold]").filter(has_text=sentence)
        seen = None  # the moment
        while seen is None or time.monotonic() < seen + SECONDS:
            taken = time.monotonic()
            yield taken - begun, _screenshot(page, clip), button
            if seen is None and large.count():
                seen = time.monotonic()
            page.wait_for_timeout(max(0.0, 1000 / FRAMES_PER_SECOND - (time.monotonic() - taken) * 1000))


def _with_palette(picture: Image.Image, palette: Image.Image) -> Image.Image:
    return picture.quantize(palette=palette, dither=Image.Dither.NONE)


def _palette(picture: Image.Image) -> Image.Image:
    """Return a picture with the most frequent colours of `picture` as its palette. White stays white."""
    colors, counts = np.unique(np.asarray(picture).reshape(-1, 3), axis=0, return_counts=True)
    chosen: list[tuple[int, ...]] = []
    for color in (tuple(map(int, colors[number])) for number in np.argsort(-counts)):
        # Pillow looks for the nearest colour in steps of 4, so it could take a neighbour of white for white.
        if all(max(abs(a - b) for a, b in zip(color, other, strict=True)) > 7 for other in chosen):
            chosen.append(color)
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for color in chosen[:256] for part in color])
    return palette


def _save(frames: list[tuple[float, Image.Image, str]]) -> None:
    """Save the moving picture, in which equal frames are joined, and the still one: the last frame with poll."""
    still = [picture for _moment, picture, button in frames if button == "poll"][-1]
    palette = _palette(still)
    _with_palette(still, palette).save(PICTURES / "stage.png", optimize=True)
    different = [frame for number, frame in enumerate(frames) if number == 0 or frames[number - 1][1] != frame[1]]
    ends = [moment for moment, _picture, _button in different[1:]] + [frames[-1][0]]
    durations = [round(1000 * (end - frame[0])) for frame, end in zip(different, ends, strict=True)]
    durations[-1] = max(durations[-1], 500)
    first, *others = [_with_palette(picture, palette) for _moment, picture, _button in different]
    moving = PICTURES / "stage.gif"
    first.save(moving, save_all=True, append_images=others, duration=durations, loop=0, optimize=True)
    if (size := moving.stat().st_size) > MAX_BYTES:
        raise SystemExit(f"{moving.name} has {size:,} bytes, more than {MAX_BYTES:,}")


if __name__ == "__main__":
    main()
