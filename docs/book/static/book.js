// What scrolls sideways can be reached with the keyboard: pictures, and printed columns.
addEventListener("DOMContentLoaded", () => {
  for (const output of document.querySelectorAll("div.cell_output:has(img)")) {
    output.tabIndex = 0;
  }
  for (const printed of document.querySelectorAll("div.cell_output pre")) {
    if (!/\S {2,}\S.*\n.*\S {2,}\S/.test(printed.textContent)) continue;
    printed.classList.add("columns");
    printed.tabIndex = 0;
  }
  // The first button for a menu is in a header that is hidden, and the theme listens to this one only.
  for (const kind of [".primary-toggle", ".secondary-toggle"]) {
    const [first, ...others] = document.querySelectorAll(kind);
    for (const other of others) other.addEventListener("click", () => first.click());
  }
});
