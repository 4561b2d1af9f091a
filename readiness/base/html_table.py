"""Make HTML tables that look the same in all outputs of JupyterLab, in a light and in a dark theme.

The module formats texts. It contains nothing about their meaning.
"""

from collections.abc import Collection, Iterable, Sequence
from html import escape

TABLE = "border-collapse: collapse; line-height: 1.6; margin: 0 0 8px"
CAPTION = "padding: 1px 10px; text-align: left; font-weight: bold"  # on a narrow page it takes two lines
CELL = "padding: 1px 10px; vertical-align: top; text-align: {align}"  # JupyterLab aligns to the right by default
BOLD = "; font-weight: bold"
HIGHLIGHT = "; font-weight: bold; background: rgba(127, 127, 127, 0.25)"  # on a light and on a dark page


def html_table(
    caption: str,
    headers: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    align: str | Sequence[str] = "left",
    row_headers: bool = True,
    highlighted: str | None = None,
    bold_rows: Collection[int] = (),
) -> str:
    """Return a table as HTML. Special characters in the texts, such as ``<``, are escaped.

    Args:
        caption: the title of the table; "" for no title.
        headers: the header of each column; an empty sequence for a table without a header row.
        rows: the cells of each row. `str` converts each cell to text.
        align: "left", "center" or "right" for all columns, or a sequence with one of these for each column.
        row_headers: True if the first cell of each row is the header of that row.
        highlighted: cells with exactly this text are highlighted; None for no highlighted cells.
        bold_rows: the rows with bold text, counted from 0.
    """

    def line(cells: Sequence[object], header_cells: int, scope: str, bold: bool = False) -> str:
        alignments = [align] * len(cells) if isinstance(align, str) else align
        parts = []
        for n, (text, alignment) in enumerate(zip(map(str, cells), alignments, strict=True)):
            begin, end = (f'th scope="{scope}"', "th") if n < header_cells else ("td", "td")
            style = CELL.format(align=alignment) + (HIGHLIGHT if text == highlighted else BOLD if bold else "")
            parts.append(f'<{begin} style="{style}">{escape(text)}</{end}>')
        return f"<tr>{''.join(parts)}</tr>"

    title = f'<caption style="{CAPTION}">{escape(caption)}</caption>' if caption else ""
    head = f"<thead>{line(headers, len(headers), 'col')}</thead>" if headers else ""
    body = "".join(line(row, int(row_headers), "row", n in bold_rows) for n, row in enumerate(rows))
    return f'<table style="{TABLE}">{title}{head}<tbody>{body}</tbody></table>'
