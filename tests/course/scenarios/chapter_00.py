"""How a reader works the echo panel: the sentence follows the switch, the panel fits the screen, and Hold holds."""

import re

SCREEN = {"width": 1280, "height": 800}  # a small laptop, with the file browser open
NARROW = {"width": 800, "height": 1000}


def episode_00a(lesson):
    lesson.button("poll").click()
    wait_for_sentence(lesson, r"poll scanned 15 descriptors to find \d ready")
    type_number(lesson, "Idle clients", 2000)
    wait_for_sentence(lesson, r"poll scanned 2,005 descriptors to find \d ready")
    lesson.button("epoll").click()
    wait_for_sentence(lesson, r"epoll returned \d of 2,005 descriptors")
    wait_for_text(lesson, r"poll scanned 2,005 descriptors.*With 2,005 descriptors, a wait with poll costs \d+ times")
    assert lesson.button("Connect").count() == lesson.button("select").count() == 0
    wait_for_text(lesson, r"Episodes run to the end: \d+ of \d+")


def episode_00b(lesson):
    an_impossible_number_is_bounded_with_a_reason(lesson)
    the_sentence_follows_the_switch(lesson)
    the_panel_fits_a_small_screen(lesson)
    held_charts_do_not_change(lesson)


def an_impossible_number_is_bounded_with_a_reason(lesson):
    used = "([box, number]) => box.value === number"  # also if the number of the kernel was 50 before
    for typed, number in ((99999, "50"), (99999, "50"), ("5e9", "50"), (12.7, "13")):
        type_number(lesson, "That talk", typed)
        lesson.outputs.get_by_role("alert").filter(has_text=str(typed)).wait_for()
        lesson.page.wait_for_function(used, arg=[box(lesson, "That talk").element_handle(), number])
    type_number(lesson, "That talk", 3)
    lesson.outputs.get_by_text("That talk takes").wait_for(state="detached")


def the_sentence_follows_the_switch(lesson):
    type_number(lesson, "Idle clients", 900)
    lesson.button("poll").evaluate(RECORD_PLACES)
    for backend in ("poll", "select"):
        lesson.button(backend).click()
        wait_for_sentence(lesson, rf"{backend} scanned 90\d descriptors to find \d ready")
        lesson.wait_for_status(re.compile(rf"{backend}: 90\d descriptors registered"))
    lesson.button("epoll").click()
    wait_for_sentence(lesson, r"epoll returned \d of 90\d descriptors")
    for label in (
        "Bars on a linear scale: epoll returned .* poll scanned 90",
        "Cost of a wait: select from .* epoll from",
    ):
        lesson.outputs.get_by_role("img", name=re.compile(label)).wait_for()  # each part comes in a message of its own
    places = lesson.button("poll").evaluate(TAKE_PLACES)
    assert len(places) == 1, f"a button that moves between the two halves of a click is not pressed: {places}"
    live = lesson.outputs.locator("[role=status], [role=alert], [aria-live]").all_inner_texts()
    assert not any("scanned" in text for text in live), "the sentence is no live region"


def the_panel_fits_a_small_screen(lesson):
    before = lesson.page.viewport_size
    toggle = "jupyterapp.commands.execute('application:toggle-left-area').then(() => null)"
    lesson.page.evaluate(toggle)
    try:
        lesson.page.set_viewport_size(SCREEN)
        top, bottom = edges(lesson)
        assert bottom - top <= visible_height(lesson), "the charts, the controls and the clients are seen at once"
        assert bottom - top < 620
        rows = {
            round(control.bounding_box()["y"] / 12) for control in (lesson.button("poll"), box(lesson, "That talk"))
        }
        assert len(rows) == 1, "one row of controls"
        lesson.page.set_viewport_size(NARROW)
        for _attempt in range(50):  # the page lays itself out again, and the charts follow with their next picture
            if not (wide := lesson.page.evaluate(OVERFLOW)):
                break
            lesson.page.wait_for_timeout(100)
        assert not wide, f"at 800 pixels something is cut off: {wide}"
    finally:
        lesson.page.set_viewport_size(before)
        lesson.page.evaluate(toggle)


def held_charts_do_not_change(lesson):
    lesson.button("Hold").click()
    lesson.button("Go on").wait_for()
    before = charts(lesson)
    lesson.page.wait_for_timeout(2500)
    assert charts(lesson) == before
    lesson.button("Go on").click()
    lesson.page.wait_for_function(f"before => {CHARTS} !== before", arg=before)


CHARTS = (
    "[...document.querySelectorAll('.jp-NotebookPanel:not(.lm-mod-hidden) svg[role=img]')].map(e => e.outerHTML).join()"
)
PANEL = ".jp-OutputArea-child:has(svg[role=img])"
# How many pixels below the top of the panel a button is, frame by frame, until TAKE_PLACES asks.
RECORD_PLACES = f"""button => {{
    const panel = button.closest('{PANEL}'), top = element => element.getBoundingClientRect().top
    button.places = new Set()
    const look = () => {{
        if (!button.places) return
        button.places.add(Math.round(top(button) - top(panel)))
        requestAnimationFrame(look)
    }}
    look()
}}"""
TAKE_PLACES = "button => { const places = [...button.places]; button.places = null; return places }"
OVERFLOW = f"""() => {{
    const found = []
    for (const part of document.querySelectorAll('{PANEL} button, {PANEL} input, {PANEL} svg')) {{
        const {{right, width}} = part.getBoundingClientRect()
        const edge = part.closest('{PANEL}').getBoundingClientRect().right
        if (width > 0 && right > edge + 2) found.push(`${{part.tagName}} to ${{right}}, its panel to ${{edge}}`)
    }}
    return found
}}"""


def charts(lesson):
    return lesson.page.evaluate(CHARTS)


def edges(lesson):
    """The y of the panel's upper and lower edge."""
    found = lesson.notebook.locator(PANEL).first.bounding_box()
    return found["y"], found["y"] + found["height"]


def visible_height(lesson):
    return lesson.notebook.locator(".jp-WindowedPanel-outer").bounding_box()["height"]


def box(lesson, label):
    return lesson.box(label)


def type_number(lesson, label, number):
    box(lesson, label).fill(str(number))
    box(lesson, label).press("Enter")


def wait_for_text(lesson, pattern):
    lesson.page.wait_for_function(
        "pattern => [...document.querySelectorAll('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-OutputArea-output')]"
        ".some(output => RegExp(pattern, 's').test(output.innerText))",
        arg=pattern,
    )


def wait_for_sentence(lesson, pattern):
    """Wait until the bold sentence on top matches."""
    lesson.page.wait_for_function(
        "pattern => [...document.querySelectorAll('.jp-NotebookPanel:not(.lm-mod-hidden) .widget-html div')]"
        ".some(part => part.style.fontWeight === 'bold' && RegExp('^' + pattern).test(part.textContent))",
        arg=pattern,
    )
