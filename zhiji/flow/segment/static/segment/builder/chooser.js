/* Choosing among many by looking or by typing: a pop-up list with search; beside it values as chips. */
(() => {
  "use strict";
  const B = window.ZhijiBuilder, { make } = B;
  let pop = null, open = null;

  const frame = () => {
    if (pop) return pop;
    const input = make("input", { class: "zb-search", type: "text", role: "combobox", "aria-expanded": "true", "aria-controls": "zb-options", "aria-autocomplete": "list", autocomplete: "off" });
    const list = make("div", { class: "zb-options", id: "zb-options", role: "listbox" });
    pop = make("div", { class: "zb-pop", popover: "auto" }, input, list);
    document.body.append(pop);
    input.addEventListener("input", () => { open.typed = input.value; refresh(); });
    input.addEventListener("keydown", keyed);
    pop.addEventListener("beforetoggle", (event) => {
      if (event.newState !== "closed" || !open) return;
      const { anchor, closed } = open;
      open = null;
      anchor.setAttribute("aria-expanded", "false");
      if (closed) queueMicrotask(closed);
    });
    return pop;
  };
  const keyed = (event) => {
    const rows = [...pop.querySelectorAll("[role=option]")];
    const at = rows.findIndex((row) => row.classList.contains("chosen"));
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const next = rows[(at + (event.key === "ArrowDown" ? 1 : rows.length - 1) + (at < 0 && event.key === "ArrowUp" ? 1 : 0)) % rows.length];
      mark(next);
    } else if (event.key === "Enter") {
      event.preventDefault();
      (rows[at] || rows[0])?.click();
    }
  };
  const mark = (row) => {
    pop.querySelectorAll(".chosen").forEach((one) => one.classList.remove("chosen"));
    if (!row) return;
    row.classList.add("chosen");
    row.scrollIntoView({ block: "nearest" });
    pop.querySelector("input").setAttribute("aria-activedescendant", row.id);
  };
  const fits = (entry, typed) => {
    const text = `${entry.label} ${entry.value} ${entry.sub || ""} ${entry.group || ""} ${entry.also || ""}`.toLowerCase();
    return typed.toLowerCase().split(/\s+/).every((part) => text.includes(part));
  };
  const refresh = async () => {
    const asked = open, typed = asked.typed.trim();
    const found = asked.load ? await asked.load(typed) : asked.entries;
    if (asked !== open || typed !== asked.typed.trim()) return;
    const list = pop.querySelector(".zb-options");
    let shown = (asked.load && asked.searched ? found : found.filter((entry) => fits(entry, typed))).slice(0, 200);
    const free = asked.free && typed && !shown.some((entry) => entry.value === typed) ? [{ value: typed, label: asked.free(typed) }] : [];
    shown = asked.searched ? [...shown, ...free] : [...free, ...shown];
    list.replaceChildren();
    let group = null;
    shown.forEach((entry, at) => {
      if (entry.group && entry.group !== group) list.append(make("div", { class: "zb-heading", role: "presentation" }, (group = entry.group)));
      const on = asked.chosen && asked.chosen().includes(entry.value);
      list.append(make("div", { class: "zb-entry", role: "option", id: `zb-option-${at}`, "aria-selected": String(Boolean(on)), "data-value": entry.value, onclick: () => take(entry) },
        asked.chosen ? make("span", { class: "zb-check" }, on ? B.icon("check") : "") : null,
        entry.icon ? B.icon(entry.icon) : null,
        entry.colour ? make("span", { class: `badge bg-${entry.colour}-lt` }, entry.label) : make("span", { class: "zb-entry-label" }, entry.label),
        entry.sub ? make("small", {}, entry.sub) : null));
    });
    if (!shown.length) list.append(make("div", { class: "zb-nothing" }, asked.none));
    mark(list.querySelector(asked.chosen ? "[role=option]" : `[data-value="${CSS.escape(asked.value || "")}"]`) || (typed ? list.querySelector("[role=option]") : null));
  };
  const take = (entry) => {
    const { pick, chosen } = open;
    if (chosen) { pick(entry.value, entry); pop.querySelector("input").select(); refresh(); return; }
    const { anchor } = open;
    pop.hidePopover();
    anchor.focus({ preventScroll: true });
    pick(entry.value, entry);
  };
  const place = (anchor) => {
    pop.style.left = pop.style.top = pop.style.bottom = "";
    if (window.innerWidth < 576) return;
    const box = anchor.getBoundingClientRect(), wide = pop.offsetWidth, high = pop.offsetHeight;
    pop.style.left = `${Math.max(8, Math.min(box.left, window.innerWidth - wide - 8))}px`;
    const below = box.bottom + 4;
    if (below + high > window.innerHeight - 8 && box.top - high - 4 > 8) Object.assign(pop.style, { top: "auto", bottom: `${window.innerHeight - box.top + 4}px` });
    else pop.style.top = `${Math.min(below, Math.max(8, window.innerHeight - high - 8))}px`;
  };

  /* {anchor, label, entries | load(typed), value, pick(value, entry), free(typed) → label, chosen() for several}.
     An entry is {value, label, sub?, group?, icon?, colour?, also?}. */
  B.choose = (b, options) => {
    frame();
    if (open) pop.hidePopover();
    open = { typed: "", none: b.texts.nothing_found, ...options };
    const input = pop.querySelector("input");
    input.value = "";
    input.setAttribute("aria-label", options.label);
    input.placeholder = options.placeholder || b.texts.type_to_find;
    pop.classList.toggle("zb-wide", Boolean(options.wide));
    const mine = open;
    pop.querySelector(".zb-options").replaceChildren();
    pop.showPopover();
    options.anchor.setAttribute("aria-expanded", "true");
    Promise.resolve(refresh()).then(() => { if (open === mine) { place(options.anchor); input.focus(); } });
  };

  /* A button that shows what is chosen and opens the list. */
  B.chooser = (b, label, shown, options, pick) =>
    make("button", {
      type: "button", class: `zb-choice${shown ? "" : " zb-unset"}`, "aria-label": shown ? `${label}：${shown}` : label, "aria-haspopup": "listbox", "aria-expanded": "false", "data-name": label,
      onclick: (event) => B.choose(b, { anchor: event.currentTarget, label, pick, ...options }),
    }, shown || b.texts.please_choose);

  B.pairs = (list) => list.map(([value, label]) => ({ value, label, sub: value === label ? "" : value }));

  /* Several values as chips. `set` gets the new list; `read` makes a value of what was typed. */
  B.chips = (b, label, values, set, options = {}) => {
    const read = options.numeric ? B.number : (text) => text;
    const now = () => values.map(String);
    const toggle = (text) => {
      const value = read(text);
      values = now().includes(String(value)) ? values.filter((one) => String(one) !== String(value)) : [...values, value];
      set(values);
      fill();
    };
    const holder = make("span", { class: "zb-chips" });
    const add = make("button", { type: "button", class: "zb-add", "aria-label": `${label} +`, "aria-haspopup": "listbox", "aria-expanded": "false", "data-name": `${label} +`, onclick: () =>
      B.choose(b, { anchor: add, label, pick: toggle, chosen: now, free: (typed) => b.texts.use.replace("%s", typed), ...options, closed: () => add.isConnected && add.focus() }) }, "+");
    const fill = () => holder.replaceChildren(
      ...values.map((value) => make("span", { class: "zb-chip" }, options.labelled ? options.labelled(value) : String(value), B.iconButton("x", `${b.texts.remove} ${value}`, () => toggle(String(value)), "zb-small"))), add);
    fill();
    return holder;
  };
})();
