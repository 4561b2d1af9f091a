"""What the browser tests ask of a page for people who see, press and zoom differently.

A control or a picture that is cut, a mark that contrast themes swallow, a control that no key reaches.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from tools.browser import presses
from tools.browser.session import Lesson

SIZES = {"zoomed to 200 %": (640, 400), "800 pixels": (800, 900), "a phone": (390, 844)}
"""The widths and heights of a page in CSS pixels. A laptop's 1280 x 800 has the first one at 200 %."""

TWO_FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"
PAGE = ".jp-NotebookPanel:not(.lm-mod-hidden)"

# What is wider than its box, or stands beyond an edge, where no scroll bar leads to it. Parts of an SVG have no box.
CUT = f"""() => {{
    const page = document.querySelector('{PAGE}'), found = []
    const parts = '.jp-OutputArea-output *, .jp-RenderedMarkdown *, .jp-PlaceholderText'
    for (const part of page.querySelectorAll(parts)) {{
        const box = part.getBoundingClientRect(), overflow = getComputedStyle(part).overflowX
        if (!box.width || !box.height || part.closest('svg *')) continue
        if (['hidden', 'clip'].includes(overflow) && part.scrollWidth > part.clientWidth + 1) found.push(part)
        for (let above = part.parentElement; page.contains(above); above = above.parentElement) {{
            const overflow = getComputedStyle(above).overflowX
            if (['auto', 'scroll'].includes(overflow)) break
            if (overflow === 'visible' || box.right <= above.getBoundingClientRect().right + 2) continue
            found.push(part)
            break
        }}
    }}
    return found.map(part => part.outerHTML.slice(0, 120))
}}"""

# Lines, bars, marks and texts of charts that have less than 3:1 (WCAG 2.2, 1.4.11) against the page, and sliders
# without a track. What is faint by intention (a grid, single measurements) has an opacity of less than a half.
FAINT = f"""() => {{
    const probe = document.createElement('div')
    probe.style.background = 'Canvas'
    document.body.append(probe)
    const luminance = color => {{
        const parts = color.match(/[\\d.]+/g).slice(0, 3).map(part => part / 255)
        const [r, g, b] = parts.map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b
    }}
    const canvas = luminance(getComputedStyle(probe).backgroundColor)
    probe.remove()
    const stands_out = color => {{
        if (!color.startsWith('rgb') || /^rgba.* 0\\)$/.test(color)) return false
        const other = luminance(color)
        return (Math.max(canvas, other) + 0.05) / (Math.min(canvas, other) + 0.05) >= 3
    }}
    const page = document.querySelector('{PAGE}'), shapes = 'svg[role=img] :is(path, rect, circle, line, polygon)'
    const faint = [...page.querySelectorAll('.jp-OutputArea-output ' + shapes)].filter(shape => {{
        const style = getComputedStyle(shape), painted = [style.fill, style.stroke].filter(paint => paint !== 'none')
        const opacity = style.opacity * Math.max(style.fillOpacity, style.strokeOpacity)
        return !shape.closest('defs, clipPath') && painted.length && opacity >= 0.5 && !painted.some(stands_out)
    }})
    // The edge of a letter has the colour of the page, or none.
    const texts = [...page.querySelectorAll('.jp-OutputArea-output svg text')].filter(text => {{
        const style = getComputedStyle(text)
        return !stands_out(style.fill) || (style.stroke !== 'none' && stands_out(style.stroke))
    }})
    const tracks = [...page.querySelectorAll('.noUi-target')].filter(track => track.checkVisibility())
    return [...faint, ...texts, ...tracks.filter(track => getComputedStyle(track).borderTopWidth === '0px')]
        .map(part => part.outerHTML.slice(0, 160))
}}"""

# Each control that a mouse can press, marked with its number.
CONTROLS = """outputs => {
    const found = [...outputs.querySelectorAll('button, input, select, textarea, [tabindex="0"]')]
        .filter(control => !control.disabled && control.checkVisibility({ visibilityProperty: true }))
    found.forEach((control, number) => { control.dataset.control = number })
    return found.map(control => control.innerText || control.ariaLabel || control.className || control.type)
}"""
FOCUSED = """() => {
    const focused = document.activeElement, style = getComputedStyle(focused), number = focused.dataset.control
    const framed = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2
    return { number: number === undefined ? null : Number(number), framed,
             cell: jupyterapp.shell.currentWidget.content.activeCell.model.id }
}"""


@contextmanager
def page_of(lesson: Lesson, width: int, height: int) -> Iterator[None]:
    """Context manager: give the page another size."""
    before = lesson.page.viewport_size
    lesson.page.set_viewport_size({"width": width, "height": height})
    lesson.page.evaluate(TWO_FRAMES)
    try:
        yield
    finally:
        lesson.page.set_viewport_size(before)
        lesson.page.evaluate(TWO_FRAMES)


@contextmanager
def forced_colors(lesson: Lesson, scheme: str) -> Iterator[None]:
    """Context manager: show the page in a contrast theme of Windows. `scheme` is "light" or "dark"."""
    lesson.page.emulate_media(forced_colors="active", color_scheme=scheme)
    try:
        yield
    finally:
        lesson.page.emulate_media(forced_colors="null", color_scheme="null")


def cut(lesson: Lesson) -> list[str]:
    """Return what is cut on the page, as HTML. Charts follow a new size with their next picture, so look again."""
    for _attempt in range(20):
        if not (found := lesson.page.evaluate(CUT)):
            break
        lesson.page.wait_for_timeout(100)
    return found


def faint(lesson: Lesson) -> list[str]:
    """Return the parts of charts and sliders that can't be seen in the page's colours, as HTML."""
    return lesson.page.evaluate(FAINT)


def walk(lesson: Lesson, cell_id: str) -> tuple[list[str], list[dict], list[dict]]:
    """Go through the outputs of a cell by Tab, from their first control on, and back by Shift-Tab.

    Returns:
        The controls by their names. Where the focus was after each Tab, the first control included; the last place is
        the one after the last control. Where it was on the way back.
    """
    outputs, page = presses.outputs_of(lesson, cell_id), lesson.page
    names = outputs.evaluate(CONTROLS)
    outputs.locator("[data-control='0']").focus()
    page.keyboard.press("Shift+Tab")  # in and out: the frame is that of the keyboard
    page.keyboard.press("Tab")
    if page.evaluate(FOCUSED)["number"] is None:  # Chromium stops at what scrolls, too
        page.keyboard.press("Tab")
    forward, back = [page.evaluate(FOCUSED)], []
    for _name in names:
        page.keyboard.press("Tab")
        forward.append(page.evaluate(FOCUSED))
    for _name in names:
        page.keyboard.press("Shift+Tab")
        back.append(page.evaluate(FOCUSED))
    return names, forward, back
