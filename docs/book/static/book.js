// Where a long name or call may break: before a dot, and after a parenthesis, an underscore or a slash.
const DOT = /<span class="o">\.<\/span>/g;
const PARENTHESIS = /<span class="p">[^<]*\(<\/span>/g;
const IN_A_NAME = /\w[(_/](?=\w)|\w(?=\.\w)/g;
const SHORT = 15; // characters of a name that is kept whole

// A line of code or of text wraps, and what is continued stands two characters further in, as no line of Python does.
// Printed columns keep their form instead.
function wrapLines(pre) {
  const breakable = pre.innerHTML.trimEnd().replace(DOT, "<wbr>$&").replace(PARENTHESIS, "$&<wbr>");
  const lines = breakable.split("\n"); // Pygments ends each of its elements at the end of a line
  pre.innerHTML = lines
    .map((line) => {
      const [, tags, spaces, text] = line.match(/^((?:<[^>]*>)*)( *)(.*)$/);
      const style = `--indent: ${spaces.length}ch`;
      return `<span class="line" style="${style}">${spaces}<span class="text">${tags}${text}</span>\n</span>`;
    })
    .join("");
}

const CLOSED_CELL = /<details class="admonition hide[^]*?<\/details>/g;
const SCROLLERS = "div.cell_output, div.pst-scrollable-table-container";

// What scrolls sideways says so, and can be reached with the keyboard.
const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const wide = target.scrollWidth > target.clientWidth;
    target.classList.toggle("sideways", wide);
    if (wide) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});

addEventListener("DOMContentLoaded", () => {
  for (const pre of document.querySelectorAll("div.highlight pre")) {
    const columns = pre.closest("div.cell:not(.tag_panel) div.cell_output") && /\S {2,}\S.*\n.*\S {2,}\S/.test(pre.textContent);
    if (columns) pre.classList.add("columns");
    else wrapLines(pre);
  }
  for (const name of document.querySelectorAll("code.literal .pre")) {
    if (name.textContent.length > SHORT) name.innerHTML = name.innerHTML.replace(IN_A_NAME, "$&<wbr>");
  }
  for (const output of document.querySelectorAll(SCROLLERS)) sizes.observe(output);
  // A search hit quotes the text of a page, and neither its buttons nor its closed cells.
  if (typeof Search === "object") {
    const { htmlToText } = Search;
    Search.htmlToText = (html, section) => htmlToText(html.replace(CLOSED_CELL, ""), section || ".bd-article");
  }
  // The first button for a menu is in a header that is hidden, and the theme listens to this one only.
  for (const kind of [".primary-toggle", ".secondary-toggle"]) {
    const [first, ...others] = document.querySelectorAll(kind);
    for (const other of others) other.addEventListener("click", () => first.click());
  }
});
