/* The tools of the letter's editor: formats by button, and dialogs for links, buttons, pictures and variables. */
(function () {
  "use strict";
  const L = window.ZjLetter;

  /** Open the form dialog with the rows of `kind`; resolves to what was filled in, or null. */
  L.ask = (kind, given) => {
    const dialog = document.getElementById("le-ask");
    const form = dialog.querySelector("form");
    form.reset();
    for (const row of form.querySelectorAll("[data-for]")) {
      row.hidden = !row.dataset.for.split(" ").includes(kind);
      for (const control of row.querySelectorAll("input")) control.disabled = row.hidden;
    }
    for (const [name, value] of Object.entries(given)) if (form.elements[name]) form.elements[name].value = value || "";
    dialog.returnValue = "";
    dialog.showModal();
    const first = form.querySelector("[data-for]:not([hidden]) input");
    if (first) first.select();
    return new Promise((done) => {
      dialog.addEventListener("close", () => done(dialog.returnValue === "yes" ? Object.fromEntries(new FormData(form)) : null), { once: true });
    });
  };

  /** Let a variable be chosen; resolves to its source, or null. */
  L.chooseVariable = (pieces) => {
    const dialog = document.getElementById("le-variables");
    const search = dialog.querySelector("input");
    dialog.querySelector("[data-piece-only]").hidden = !pieces;
    search.value = "";
    search.dispatchEvent(new Event("input"));
    dialog.returnValue = "";
    dialog.showModal();
    search.focus();
    return new Promise((done) => dialog.addEventListener("close", () => done(dialog.returnValue || null), { once: true }));
  };

  L.fillVariables = (groups) => {
    const dialog = document.getElementById("le-variables");
    const list = dialog.querySelector("[data-variables]");
    for (const { label, entries } of groups) {
      const heading = document.createElement("h3");
      heading.textContent = label;
      const group = document.createElement("section");
      group.append(heading, ...entries.map(entryButton));
      list.append(group);
    }
    dialog.addEventListener("click", (event) => {
      const chosen = event.target.closest("[data-source]");
      if (chosen) dialog.close(chosen.dataset.source);
    });
    dialog.querySelector("input").addEventListener("input", ({ target }) => {
      const words = target.value.trim().toLowerCase();
      for (const one of dialog.querySelectorAll("[data-source]")) one.hidden = !one.textContent.toLowerCase().includes(words);
      for (const group of list.children) group.hidden = !group.querySelector("[data-source]:not([hidden])");
    });
    dialog.querySelector("input").addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      const first = dialog.querySelector("section:not([hidden]) [data-source]:not([hidden])");
      if (first) dialog.close(first.dataset.source);
    });
  };
  function entryButton({ source, label, example }) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "le-variable";
    button.dataset.source = source;
    const name = document.createElement("span");
    name.textContent = label;
    const shown = document.createElement("small");
    shown.textContent = example;
    button.append(name, shown);
    return button;
  }

  const place = (quill) => quill.getSelection(true) || { index: quill.getLength() - 1, length: 0 };

  /** Put a piece of the language in at the cursor, in place of what is chosen. */
  L.insert = (field, source) => {
    const { index, length } = place(field.quill);
    if (length) field.quill.deleteText(index, length, "user");
    field.quill.insertEmbed(index, L.isPiece(source) ? "piece" : "chip", source, "user");
    field.quill.setSelection(index + 1, 0, "silent");
  };

  /** Chips and pieces are changed by a click, or Enter while one is chosen. */
  L.editable = (field) => {
    const { quill } = field;
    quill.root.addEventListener("click", async ({ target }) => {
      const node = target.closest(".le-chip, .le-piece, .le-picture");
      if (!node || !quill.isEnabled()) return;
      const index = quill.getIndex(Quill.find(node));
      const changed = await changedEmbed(node);
      if (!changed) return;
      const format = node.matches(".le-piece") ? {} : quill.getFormat(index, 1);
      quill.deleteText(index, 1, "user");
      quill.insertEmbed(index, changed.name, changed.value, "user");
      const link = changed.link === undefined ? format.link : changed.link || false;
      if (changed.name !== "piece") quill.formatText(index, 1, { ...pick(format), link }, "user");
    });
  };
  const pick = ({ bold, italic, underline, color }) => ({ bold, italic, underline, color });

  async function changedEmbed(node) {
    if (node.matches(".le-picture")) {
      const { src, alt, width } = node.dataset;
      const link = node.closest("a");
      const told = await L.ask("picture", { alt, width, address: link ? link.getAttribute("href") : "" });
      return told && { name: "picture", value: { src, alt: told.alt, width: told.width }, link: told.address };
    }
    const { source } = node.dataset;
    if (node.matches(".le-piece")) {
      const button = L.buttonOf(source);
      const told = button && (await L.ask("button", button));
      return told && { name: "piece", value: L.button(told.address, told.label) };
    }
    const variable = L.variableOf(source);
    if (!variable || variable.other) return null;
    const told = await L.ask("chip", { fallback: variable.fallback });
    return told && { name: "chip", value: L.withFallback(source, told.fallback) };
  }

  /** Pictures by button, paste and drag: kept by the server, then put in with their description. */
  L.pictures = (field, picker, busy) => {
    field.onFiles = async (range, files) => {
      for (const file of files) {
        busy(L.say("uploading"));
        const body = new FormData();
        body.append("picture", file);
        const answer = await L.post(L.urls.pictures, body).catch(() => null);
        const made = answer && answer.status < 500 ? await answer.json().catch(() => ({})) : {};
        busy("");
        if (!made.src) {
          L.toast(made.detail || L.say("upload_failed"), "error");
          continue;
        }
        const told = (await L.ask("picture", { width: Math.min(made.width, 512), alt: "" })) || { alt: "", width: Math.min(made.width, 512), address: "" };
        const index = Math.min(range.index, field.quill.getLength() - 1);
        field.quill.insertEmbed(index, "picture", { src: made.src, alt: told.alt, width: told.width }, "user");
        if (told.address) field.quill.formatText(index, 1, "link", told.address, "user");
        field.quill.setSelection(index + 1, 0, "silent");
      }
    };
    picker.addEventListener("change", () => {
      const files = [...picker.files];
      picker.value = "";
      field.onFiles(place(field.quill), files);
    });
  };

  const TOOLS = {
    undo: ({ quill }) => quill.history.undo(),
    redo: ({ quill }) => quill.history.redo(),
    variable: async (field) => {
      const range = place(field.quill);
      const source = await L.chooseVariable(true);
      field.quill.setSelection(range, "silent");
      if (source) L.insert(field, source);
    },
    line: (field) => L.insert(field, "<hr>"),
    button: async (field) => {
      const range = place(field.quill);
      const told = await L.ask("button", { label: field.quill.getText(range.index, range.length).trim() });
      field.quill.setSelection(range, "silent");
      if (told) L.insert(field, L.button(told.address, told.label));
    },
    link: async ({ quill }) => {
      const range = place(quill);
      const told = await L.ask("link", { address: quill.getFormat(range).link || "", said: quill.getText(range.index, range.length) });
      quill.setSelection(range, "silent");
      if (!told) return;
      const address = told.address.trim();
      const whole = !address || /^(https?:|mailto:|tel:|\{\{)/i.test(address) ? address : "https://" + address;
      if (range.length) quill.format("link", whole || false, "user");
      else if (whole) quill.insertText(range.index, told.said.trim() || whole, { link: whole }, "user");
    },
    picture: (_field, bar) => bar.querySelector("input[type=file]").click(),
  };

  /** The buttons of a bar act on the field; those for formats show what is on where the cursor is. */
  L.bar = (bar, field) => {
    const { quill } = field;
    bar.addEventListener("mousedown", (event) => event.target.closest("button") && event.preventDefault());
    bar.addEventListener("click", ({ target }) => {
      const button = target.closest("button");
      if (!button) return;
      const { tool, format, value } = button.dataset;
      if (tool) return TOOLS[tool](field, bar);
      if (!format) return;
      quill.focus();
      const on = quill.getFormat()[format];
      const wanted = value === undefined ? !on : String(on) === value || value === "" ? false : format === "header" ? Number(value) : value;
      quill.format(format, wanted, "user");
      const menu = button.closest("details");
      if (menu) menu.open = false;
    });
    quill.on("editor-change", () => {
      const range = quill.getSelection();
      if (!range) return;
      const formats = quill.getFormat(range);
      for (const button of bar.querySelectorAll("button[data-format]")) {
        const { format, value } = button.dataset;
        const on = value === undefined ? Boolean(formats[format]) : String(formats[format] ?? "") === value;
        button.classList.toggle("active", on);
        button.setAttribute("aria-pressed", String(on));
      }
    });
  };
})();
