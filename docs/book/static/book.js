// An output that scrolls can be reached with the keyboard.
addEventListener("DOMContentLoaded", () => {
  for (const output of document.querySelectorAll("div.cell_output:has(img)")) {
    output.tabIndex = 0;
  }
});
