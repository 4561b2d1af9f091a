// What JupyterLab's page lacks for the course. The launcher adds this extension; the lessons also work without it.
//
// JupyterLab loads it as a "prebuilt extension". It needs no package of JupyterLab's, so it is written by hand and not
// built. It is a container of webpack's module federation: an object with `init` and `get`.
"use strict";
(() => {
  // A link to a section of a notebook that is not open: JupyterLab scrolls before the page is shown, so in vain, and
  // scrolls to the top when it is shown. So scroll until the page has kept its place for some frames.
  async function land(panel, fragment) {
    const pane = panel.node.querySelector(".jp-WindowedPanel-outer");
    const place = () => `${pane.scrollTop} of ${pane.scrollHeight}`;
    const events = new AbortController();
    for (const kind of ["wheel", "keydown", "pointerdown"]) {
      pane.addEventListener(kind, () => events.abort(), { signal: events.signal }); // the reader scrolls
    }
    for (let frame = 0, still = 0; frame < 200 && still < 20 && !events.signal.aborted; frame++) {
      const before = place();
      await new Promise(requestAnimationFrame);
      still = place() === before ? still + 1 : 0;
      if (frame === 0 || still === 0) panel.setFragment(fragment);
    }
    events.abort();
  }

  function landOnSections(app) {
    app.commands.commandExecuted.connect(async (_commands, { id, args, result }) => {
      if (id !== "rendermime:handle-local-link" || !args.id) return;
      await result;
      const panel = [...app.shell.widgets("main")].find(widget => widget.context?.path === args.path);
      await panel?.revealed;
      if (panel?.content?.widgets) await land(panel, args.id);
    });
  }

  // A screen reader is told which button of a group is pressed: ipywidgets gives it a colour only.
  function setPressed(group) {
    for (const button of group.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", button.classList.contains("mod-active"));
      button.querySelector("i")?.setAttribute("aria-hidden", "true"); // its sign would be read out before its name
    }
  }

  // A screen reader is told which button of a story has no step to go to.
  function setAtEnd(bar) {
    for (const button of bar.querySelectorAll("button")) {
      button.setAttribute("aria-disabled", button.classList.contains("readiness-at-end"));
    }
  }

  const groups = new WeakSet();

  function watchGroup(group, describe) {
    if (!group || groups.has(group)) return;
    groups.add(group);
    describe(group);
    new MutationObserver(() => describe(group)).observe(group, {
      attributeFilter: ["class"], childList: true, subtree: true,
    });
  }

  // The charts of a panel change rarely for readers whose system asks for little motion: the panel has a button for it.
  const littleMotion = matchMedia("(prefers-reduced-motion: reduce)");

  function prepareButton(button) {
    watchGroup(button.closest(".widget-toggle-buttons, .readiness-choices"), setPressed);
    watchGroup(button.closest(".readiness-steps"), setAtEnd);
    if (littleMotion.matches && button.matches(".readiness-calm")) button.click();
  }

  // What brings a panel to life. A new kernel has no name of the cells above.
  function howToRun(panel, output) {
    const first = panel.content.widgets.find(cell => cell.model.type === "code");
    return first.node.contains(output) ? "Run its cell again."
      : "Select this cell, choose Run, Run All Above Selected Cell, then run the cell.";
  }

  // A picture of a saved page gets its alternative text, which JupyterLab leaves out. What is left of a panel says so.
  function describeSaved(panel) {
    for (const cell of panel?.content?.widgets ?? []) {
      (cell.outputArea?.widgets ?? []).forEach((output, n) => {
        const { "image/png": picture, readiness } = cell.outputArea.model.get(n)?.metadata ?? {};
        const image = picture?.alt && output.node.querySelector("img:not([alt])");
        if (image) {
          image.alt = picture.alt;
          image.classList.add("readiness-picture");
        }
        const shown = readiness?.widget && output.node.querySelector(".jp-OutputArea-output > *");
        if (!shown || output.node.querySelector(".readiness-saved")) return;
        const note = document.createElement("p");
        const form = picture ? "picture of a panel, as it was when its cell ran." : "text of a panel.";
        note.textContent = `This is the saved ${form} ${howToRun(panel, shown)}`;
        note.className = "readiness-saved";
        shown.before(note);
      });
    }
  }

  // An answer comes after the output of its cell. A panel that keeps answers has the text of now, hidden. This returns
  // each output whose saved text is an older one.
  function newTexts(panel) {
    return (panel.content?.widgets ?? []).flatMap(({ outputArea, model: { sharedModel } }) =>
      (outputArea?.widgets ?? []).flatMap((output, n) => {
        const text = output.node.querySelector(".readiness-saved-text")?.textContent.trim();
        const saved = text && sharedModel.getOutputs()[n], before = saved?.data?.["text/plain"];
        return before && [before].flat().join("").trim() !== text ? [{ sharedModel, n, saved, text }] : [];
      }));
  }

  function saveAnswers(panel) {
    for (const { sharedModel, n, saved, text } of newTexts(panel)) {
      const data = { ...saved.data, "text/plain": text };
      sharedModel.updateOutputs(n, n + 1, [{ ...saved, data }], "silent-change"); // what is shown stays
    }
  }

  // JupyterLab saves a page by itself if it has changed. An answer changes what is to be saved.
  function saveLater(app, texts) {
    for (const panel of app.shell.widgets("main")) {
      if (texts.some(text => panel.node.contains(text)) && newTexts(panel).length) panel.context.model.dirty = true;
    }
  }

  const RUNS = new Set(["notebook:run-cell", "notebook:run-cell-and-select-next", "notebook:run-cell-and-insert-below"]);
  const RUNS_MANY = /^notebook:(run-all-|restart-(and-)?run-)/;
  const MARGIN = 8; // pixels between what is shown and the edge of the window
  const LATE = 1500; // milliseconds in which a widget or a picture appears after its cell has ended
  const LATE_RESULT = 8000; // milliseconds in which a panel shows what a press has started

  const paneOf = panel => panel.node.querySelector(".jp-WindowedPanel-outer");
  const outputOf = cell => cell.node.querySelector(".jp-Cell-outputArea"); // there is none in a collapsed cell
  // There is none once there is an answer, or once the reader has run all cells.
  const curtainIn = node => node.querySelector(".jp-Cell:not(.readiness-passed) .readiness-curtain");
  const curtainOf = cell => curtainIn(cell.node);

  // The whole of a part of the page is seen if it fits into the window, else its top. A curtain counts with its line only.
  function show(pane, part) {
    const box = part.getBoundingClientRect();
    const view = pane.getBoundingClientRect(), curtain = curtainIn(part)?.getBoundingClientRect();
    if (!box.height) return;
    const above = box.top - view.top - MARGIN;
    const below = (curtain ? Math.min(curtain.top + 40, curtain.bottom) : box.bottom) - view.bottom + MARGIN;
    const distance = above < 0 ? above : Math.min(above, Math.max(below, 0));
    if (Math.abs(distance) > 1) pane.scrollTop += distance;
  }

  let watch = new AbortController();

  // After a run, the output grows, a curtain above it is lifted, and JupyterLab scrolls to the next cell. The output
  // stays in sight until the run has ended, or until the reader scrolls, clicks or uses a key.
  async function keepInSight(panel, part, run, late = LATE) {
    watch.abort();
    if (!part) return;
    const current = watch = new AbortController(), { signal } = current, pane = paneOf(panel);
    const sizes = new ResizeObserver(() => show(pane, part));
    sizes.observe(part);
    sizes.observe(pane.querySelector(".jp-WindowedPanel-viewport"));
    signal.addEventListener("abort", () => sizes.disconnect());
    pane.addEventListener("scroll", () => show(pane, part), { signal });
    for (const kind of ["wheel", "pointerdown", "keydown"]) {
      document.addEventListener(kind, event => {
        if (!["Shift", "Control", "Alt", "Meta", "Enter"].includes(event.key)) current.abort();
      }, { signal, capture: true });
    }
    await Promise.allSettled([run]);
    setTimeout(() => current.abort(), late);
  }

  // The last question above the active cell that has no answer: its curtain hides the cell.
  function questionAbove(notebook) {
    return notebook.widgets.slice(0, notebook.activeCellIndex).findLast(curtainOf);
  }

  function goToQuestion(panel, question) {
    question.node.querySelector(".readiness-choices :is(button, input)").focus({ preventScroll: true });
    keepInSight(panel, outputOf(question));
  }

  const waiting = new WeakMap(); // for each curtain, the hidden cell that the reader has tried to run

  // A hidden cell is not run at once: the page shows its question again. The next press runs it.
  function asksFirst(panel) {
    const notebook = panel.content, cell = notebook.activeCell;
    const question = curtainOf(cell) ? cell : questionAbove(notebook);
    const curtain = question && curtainOf(question), hidden = waiting.get(curtain);
    if (question === cell && (!hidden || cell.node.querySelector(".readiness-choices input")?.value)) return false;
    if (hidden) {
      if (question === cell) notebook.activeCellIndex = notebook.widgets.indexOf(hidden);
      curtain.previousElementSibling.textContent = "No prediction yet: you can still make one.";
      curtain.remove(); // an answer takes the note away
    } else if (question) {
      waiting.set(curtain, cell);
      const note = document.createElement("p"), isNumber = question.node.querySelector(".readiness-choices input");
      note.textContent = `${isNumber ? "Give a number" : "Choose"} first. Shift-Enter again goes on without a prediction.`;
      note.setAttribute("role", "status");
      note.className = "readiness-note";
      curtain.before(note);
      goToQuestion(panel, question);
      return true;
    }
    return false;
  }

  // Who runs many cells at once goes on without a prediction. The selected cell stays in sight.
  function runMany(panel, execute) {
    panel.content.widgets.forEach(cell => cell.node.classList.add("readiness-passed"));
    const run = execute();
    keepInSight(panel, panel.content.activeCell.node, run);
    return run;
  }

  function watchRuns(app) {
    const execute = app.commands.execute.bind(app.commands);
    app.commands.execute = (id, args) => { // by keys, menu or tool bar
      const panel = app.shell.currentWidget;
      const many = RUNS_MANY.test(id);
      if (!many && !RUNS.has(id) || !panel?.content?.activeCell) return execute(id, args);
      if (many) return runMany(panel, () => execute(id, args));
      if (asksFirst(panel)) return Promise.resolve();
      const cell = panel.content.activeCell;
      cell.node.classList.remove("readiness-passed");
      const run = execute(id, args);
      if (cell.model.type === "code") keepInSight(panel, outputOf(cell), run);
      return run;
    };
  }

  const offered = new WeakSet(); // curtains whose questions Tab has led to

  // After a question has run, the active cell is hidden: Tab leads back to the choices, once.
  function goToChoices(event, panel) {
    const notebook = panel?.content;
    if (!event.target.matches?.(".jp-Notebook, .jp-Cell") || !notebook?.widgets) return false;
    const question = questionAbove(notebook);
    if (!question || offered.has(curtainOf(question))) return false;
    offered.add(curtainOf(question));
    goToQuestion(panel, question);
    return true;
  }

  const LIVE = ".jp-OutputArea-output:not(.readiness-ended):has(.jupyter-widgets)";
  let used; // the panel that the reader has pressed or focused last, if nothing else in a cell was

  // What a press brings about is seen, if the panel says where it stands.
  function watchPresses(app) {
    for (const kind of ["pointerdown", "focusin"]) {
      document.addEventListener(kind, ({ target }) => {
        const panel = target.closest?.(LIVE);
        if (panel || target.closest?.(".jp-Cell > *")) used = panel;
      }, { capture: true });
    }
    document.addEventListener("click", ({ target }) => {
      const result = target.closest?.(`${LIVE} button`)?.closest(LIVE).querySelector(".readiness-result");
      const panel = app.shell.currentWidget, kernel = panel?.sessionContext?.session?.kernel;
      if (result && kernel) keepInSight(panel, result, kernel.requestKernelInfo(), LATE_RESULT); // it answers in turn
    });
  }

  function selectCell(notebook, index) {
    notebook.activeCellIndex = index; // the command for it would pass over a collapsed cell
    notebook.mode = "command";
    notebook.activate();
  }

  // Shift-Enter goes on from a panel that was used, and its cell does not run again: that would wipe the panel.
  // It goes on from a text box, too. JupyterLab leaves the keys of a box to the box.
  function goOn(app) {
    document.addEventListener("keydown", event => {
      if (event.key !== "Enter" || !event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) return;
      const notebook = app.shell.currentWidget?.content, cell = notebook?.activeCell;
      const inBox = event.target instanceof HTMLInputElement && event.target.closest(".jp-OutputArea-output");
      const leaves = used?.matches(LIVE) && cell?.node.contains(used) && notebook.node.contains(event.target)
        && !curtainOf(cell) && cell !== notebook.widgets.at(-1);
      if (!inBox && !leaves) return;
      event.preventDefault();
      event.stopPropagation();
      if (inBox) event.target.blur(); // the panel takes what was typed
      if (!leaves) return app.commands.execute("notebook:run-cell-and-select-next");
      used = undefined; // who comes back runs the cell
      selectCell(notebook, notebook.activeCellIndex + 1);
      show(paneOf(app.shell.currentWidget), notebook.activeCell.node);
    }, { capture: true });
  }

  // From the last control of a panel, Tab leads to the next cell. JupyterLab would go on to the next link, which may be
  // at the end of the page. Shift-Tab leads back from the cell.
  function goOnFromPanels(app) {
    document.addEventListener("keydown", event => {
      if (event.key !== "Tab" || event.shiftKey || event.ctrlKey || event.altKey) return;
      if (goToChoices(event, app.shell.currentWidget)) return event.preventDefault();
      const outputs = event.target.closest?.(".jp-Cell-outputArea:has(.jupyter-widgets)");
      const controls = [...(outputs?.querySelectorAll("button, input, a[href], summary, [tabindex='0']") ?? [])];
      const last = controls.filter(control => !control.disabled && control.checkVisibility()).at(-1);
      const notebook = app.shell.currentWidget?.content;
      const next = (notebook?.widgets?.findIndex(cell => cell.node.contains(outputs)) ?? -1) + 1;
      if (!outputs || event.target !== last || next === 0 || next === notebook.widgets.length) return;
      event.preventDefault();
      selectCell(notebook, next);
    }, { capture: true }); // a text box of ipywidgets lets no key out
  }

  // A panel ends with its kernel. Its buttons stay on the page, so the page says what to do.
  function endPanels(panel) {
    for (const output of panel.node.querySelectorAll(".jp-OutputArea-output:has(.jupyter-widgets)")) {
      if (output.classList.contains("readiness-ended")) continue;
      const note = document.createElement("p");
      note.textContent = "This panel has ended with its kernel. " + howToRun(panel, output);
      note.setAttribute("role", "status");
      output.querySelectorAll(".readiness-curtain, .readiness-note").forEach(node => node.remove());
      for (const part of output.children) part.inert = true;
      output.classList.add("readiness-ended");
      output.prepend(note);
    }
  }

  // Nothing is hidden that has run: a page that is opened again with its kernel asks as little as before.
  function liftCurtains(panel) {
    const cells = panel.content.widgets;
    const last = cells.findLastIndex(cell => cell.model.type === "code" && cell.model.executionCount);
    for (const cell of cells.slice(0, Math.max(last, 0))) cell.node.classList.add("readiness-passed");
  }

  const numbered = new WeakSet();

  // A collapsed cell shows its number, too: JupyterLab hides it with the source. The style sheet puts it into the prompt.
  function showNumbers(panel) {
    for (const cell of panel.content.widgets) {
      if (cell.model.type !== "code" || numbered.has(cell)) continue;
      numbered.add(cell);
      const show = () => cell.node.style.setProperty("--readiness-prompt", cell.prompt ? `"[${cell.prompt}]:"` : '""');
      cell.model.stateChanged.connect(show);
      show();
    }
  }

  const known = new WeakSet();

  function watchPanels(app) {
    const watch = () => {
      for (const panel of app.shell.widgets("main")) {
        if (!panel.sessionContext || !panel.content?.widgets || known.has(panel)) continue;
        known.add(panel);
        panel.revealed.then(() => {
          showNumbers(panel);
          liftCurtains(panel);
          panel.content.model.cells.changed.connect(() => showNumbers(panel));
        });
        panel.context.saveState.connect((_context, state) => {
          if (state === "started") saveAnswers(panel);
        });
        panel.sessionContext.statusChanged.connect((_context, status) => {
          if (["restarting", "autorestarting", "dead"].includes(status)) endPanels(panel);
        });
        panel.sessionContext.kernelChanged.connect((_context, { oldValue }) => {
          if (oldValue) endPanels(panel); // shut down, or another one was chosen
        });
      }
    };
    app.shell.currentChanged?.connect(watch);
    watch();
  }

  function watchPage(app) {
    new MutationObserver(records => {
      const texts = records.map(({ target }) => target).filter(node => node.closest?.(".readiness-saved-text"));
      if (texts.length) saveLater(app, texts);
      for (const node of records.flatMap(record => [...record.addedNodes])) {
        if (!(node instanceof HTMLElement)) continue; // the parts of a chart
        const found = selector => [...(node.matches(selector) ? [node] : []), ...node.querySelectorAll(selector)];
        found(".jupyter-button").forEach(button => {
          // ipywidgets gives a widget our classes only after it has put the widget into the page.
          requestAnimationFrame(() => prepareButton(button));
        });
        if (found(".jp-RenderedImage, .jp-RenderedText pre").length || node.matches(".jp-RenderedImage > img")) {
          for (const panel of app.shell.widgets("main")) describeSaved(panel);
        }
      }
    }).observe(document.body, { childList: true, subtree: true });
  }

  function addStyles() {
    const sheet = document.createElement("link");
    Object.assign(sheet, { rel: "stylesheet", href: new URL("page.css", source) });
    document.head.append(sheet);
  }

  const source = document.currentScript.src;
  const plugin = {
    id: "whos-ready:page",
    autoStart: true,
    activate: app => {
      addStyles();
      landOnSections(app);
      watchPage(app);
      watchPanels(app);
      watchRuns(app);
      watchPresses(app);
      goOn(app);
      goOnFromPanels(app);
    },
  };
  window._JUPYTERLAB = window._JUPYTERLAB ?? {};
  window._JUPYTERLAB["whos-ready"] = { init: () => {}, get: async () => () => ({ __esModule: true, default: plugin }) };
})();
