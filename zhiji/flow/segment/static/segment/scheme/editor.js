/* The scheme editor: classes in order, each with name, colour, condition and the thresholds of its condition. */
(() => {
  "use strict";
  const host = document.getElementById("scheme-classes");
  if (!host || !window.ZhijiBuilder) return;
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const texts = read("scheme-texts"), colours = read("colours");
  const area = document.getElementById("classes"), form = area.form, figure = document.getElementById("moves").querySelector("figure");
  const list = document.getElementById("trial-list"), publish = document.getElementById("publish"), trouble = document.getElementById("trial-problem"), live = document.getElementById("live");
  let classes = JSON.parse(area.value), made = 0, cards = new Map(), last = null, tried = "";
  classes.forEach((one) => { one.id = made += 1; });

  const make = (tag, attributes = {}, ...children) => {
    const one = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) one.addEventListener(name.slice(2), value);
      else if (value !== null && value !== undefined && value !== false) one.setAttribute(name, value === true ? "" : value);
    }
    one.append(...children.flat().filter((child) => child !== null && child !== undefined));
    return one;
  };
  const icon = (name) => document.querySelector(`template[data-sc-icon="${name}"]`).content.firstElementChild.cloneNode(true);
  const tool = (name, label, pressed, extra = "btn-ghost-secondary") =>
    make("button", { type: "button", class: `btn btn-sm btn-icon ${extra}`, "aria-label": label, title: label, onclick: pressed }, icon(name));
  const rest = (one) => classes.indexOf(one) === classes.length - 1;
  const plain = () => classes.map((one) => ({ key: one.key, name: one.name, colour: one.colour, condition: rest(one) ? null : one.condition }));
  const keep = () => { area.value = JSON.stringify(plain()); };
  const ask = window.ZhijiTrial.start({ url: form.dataset.trial, body: () => ({ classes: plain() }), answered: (found, asked) => answered(found, asked), failed: () => problem(texts.failed, null) });
  const changed = (spreads = false, estimate = false) => { keep(); ask(spreads, estimate); };

  /* Sets the number at `path` in a condition, which stays the same object. */
  const put = (tree, path, value) => {
    const inner = path.slice(0, -1).reduce((one, step) => one[step], tree);
    inner[path[path.length - 1]] = value;
  };

  const paint = (one, card) => {
    card.element.style.setProperty("--sc-colour", `var(--zj-${one.colour})`);
  };
  const tell = (one, card) => {
    if (!last || last.problem) return;
    const before = last.before[one.key], after = last.sizes[one.key];
    card.size.textContent = after === undefined ? "" : before === undefined || before === after ? texts.people.replace("{n}", (after ?? 0).toLocaleString()) : `${before.toLocaleString()} → ${after.toLocaleString()}`;
    const more = before === undefined || after === undefined ? 0 : after - before;
    card.delta.textContent = more ? `${more > 0 ? "+" : "−"}${Math.abs(more).toLocaleString()}` : "";
    card.delta.className = more > 0 ? "text-green" : "text-red";
  };

  const card = (one) => {
    const name = make("input", { class: "form-control form-control-sm sc-name", value: one.name, maxlength: 40, required: true, "aria-label": texts.name, placeholder: texts.name });
    name.addEventListener("input", () => { one.name = name.value; changed(); });
    const pick = make("select", { class: "form-select form-select-sm sc-colour", "aria-label": texts.colour }, ...colours.map(([colour, label]) => make("option", { value: colour, selected: colour === one.colour }, label)));
    pick.addEventListener("change", () => { one.colour = pick.value; paint(one, found); changed(); });
    const number = make("span", { class: "sc-number" }), size = make("span", { class: "sc-size" }), delta = make("span");
    const said = make("p", { class: "sc-sentence" }), sliders = make("div", { class: "sc-sliders" }), builder = make("div", { class: "sc-builder", hidden: true });
    const grip = make("span", { class: "sc-grip", title: texts.drag, "aria-hidden": "true" }, icon("grip-vertical"));
    const tools = make("div", { class: "sc-tools" });
    const head = make("div", { class: "sc-head" }, grip, number, make("span", { class: "sc-dot" }), name, pick, make("span", { class: "sc-count" }, size, " ", delta), tools);
    const element = make("li", { class: "sc-class", "data-class": one.key }, head, said, sliders, builder);
    const found = { element, number, size, delta, said, sliders, builder, grip, tools, widgets: [], opened: false };
    paint(one, found);
    return found;
  };

  const open = (one, found) => {
    found.opened = !found.opened;
    found.builder.hidden = !found.opened;
    found.toggle.textContent = found.opened ? texts.fold : texts.condition;
    found.toggle.setAttribute("aria-expanded", String(found.opened));
    if (!found.opened || found.area) return;
    const id = `class-condition-${one.id}`;
    found.area = make("textarea", { id, class: "d-none", "aria-hidden": "true", tabindex: "-1" });
    found.area.value = JSON.stringify(one.condition || { kind: "all", of: [] });
    const frame = make("div", { "data-builder": id });
    found.builder.append(found.area, frame);
    found.area.addEventListener("condition-changed", () => {
      const tree = JSON.parse(found.area.value);
      if (JSON.stringify(tree) === JSON.stringify(one.condition)) return;
      one.condition = tree;
      changed(true);
    });
    window.ZhijiBuilder.build(frame);
  };

  /* A dragged threshold: the tree takes the number, the builder (when open) draws it anew once the hand lets go. */
  const moved = (one, found) => (given, value, done) => {
    put(one.condition, given.path, value);
    if (done && found.area) {
      found.area.value = JSON.stringify(one.condition);
      found.area.dispatchEvent(new Event("change"));
    }
    if (!done) return changed(false, true);
    keep();
    if (!last || last.problem || last.sampled || area.value !== tried) ask();
  };

  const arrange = () => {
    host.append(...classes.map((one) => cards.get(one.id).element));
    classes.forEach((one, at) => {
      const found = cards.get(one.id), end = rest(one);
      found.element.classList.toggle("sc-rest", end);
      found.number.textContent = String(at + 1);
      found.grip.hidden = found.sliders.hidden = end;
      if (end) { found.builder.hidden = true; found.said.textContent = texts.rest; found.tools.replaceChildren(); return; }
      found.toggle = make("button", { type: "button", class: "btn btn-sm sc-toggle", "aria-expanded": String(found.opened), onclick: () => open(one, found) }, found.opened ? texts.fold : texts.condition);
      found.tools.replaceChildren(
        found.toggle,
        ...(at > 0 ? [tool("arrow-up", texts.up, () => shift(at, -1))] : []),
        ...(at < classes.length - 2 ? [tool("arrow-down", texts.down, () => shift(at, 1))] : []),
        tool("trash", texts.remove_class, () => { classes.splice(at, 1); found.element.remove(); arrange(); changed(true); }),
      );
    });
    keep();
  };
  const shift = (at, by) => {
    const [one] = classes.splice(at, 1);
    classes.splice(at + by, 0, one);
    arrange();
    changed(true);
  };

  const sliders = (thresholds) => {
    classes.forEach((one, place) => {
      const found = cards.get(one.id), own = thresholds.filter((given) => given.place === place);
      if (rest(one)) return;
      const same = own.length === found.widgets.length && own.every((given, at) => String(given.path) === found.widgets[at].path && given.unit === found.widgets[at].unit);
      if (same) return own.forEach((given, at) => !found.widgets[at].widget.dragging() && found.widgets[at].widget.update(given));
      found.widgets = own.map((given) => ({ path: String(given.path), unit: given.unit, widget: window.ZhijiThreshold.make(given, texts, moved(one, found)) }));
      found.sliders.replaceChildren(...found.widgets.map(({ widget }) => widget.element));
    });
  };

  const problem = (text, place) => {
    trouble.hidden = !text;
    trouble.textContent = text || "";
    classes.forEach((one, at) => cards.get(one.id).element.classList.toggle("sc-wrong", text !== "" && at === place));
    document.getElementById("moves").classList.toggle("sc-stale", Boolean(text));
  };
  const answered = (found, asked) => {
    if (found.problem) { last = found; problem(found.problem.text, found.problem.place); publish.disabled = true; return; }
    last = found;
    tried = JSON.stringify(asked.classes);
    problem("", null);
    publish.disabled = found.sampled;
    window.ZhijiTrial.show(figure, found.sankey, found.table);
    list.innerHTML = found.list;
    let next = 0;
    asked.classes.slice(0, -1).forEach((given, at) => {
      const one = classes[at], known = one && cards.get(one.id);
      if (!known || one.key !== given.key) return;
      known.said.textContent = found.sentences[at];
      known.widgets.forEach(({ widget }) => { const said = found.said[next]; next += 1; if (said) widget.element.querySelector(".sc-said").textContent = said; });
    });
    if (found.thresholds) sliders(found.thresholds);
    classes.forEach((one) => tell(one, cards.get(one.id)));
    offer(found);
  };
  const offer = (found) => {
    const count = found.moved.toLocaleString(), fresh = "" in found.before, fire = form.querySelector("[name=fire]:checked");
    publish.textContent = (fresh ? texts.publish_new : found.moved ? texts.publish : texts.publish_same).replace("{n}", count);
    live.hidden = !found.moved;
    live.textContent = publish.textContent;
    if (found.moved && !fresh) form.dataset.confirm = (fire && fire.value === "on" ? texts.confirm_fire : texts.confirm_quiet).replace("{n}", count);
    else delete form.dataset.confirm;
    delete form.dataset.confirmed;
  };
  form.querySelectorAll("[name=fire]").forEach((choice) => choice.addEventListener("change", () => last && !last.problem && offer(last)));

  classes.forEach((one) => cards.set(one.id, card(one)));
  document.getElementById("add-class").addEventListener("click", () => {
    let count = classes.length;
    while (classes.some((one) => one.key === `class-${count}`)) count += 1;
    const one = { key: `class-${count}`, name: `${texts.fresh} ${count}`, colour: colours[(count * 5) % colours.length][0], condition: JSON.parse(JSON.stringify(read("first-condition"))), id: (made += 1) };
    classes.splice(classes.length - 1, 0, one);
    cards.set(one.id, card(one));
    arrange();
    changed(true);
    cards.get(one.id).element.querySelector(".sc-name").select();
  });
  arrange();
  if (window.Sortable) {
    window.Sortable.create(host, {
      handle: ".sc-grip", draggable: ".sc-class:not(.sc-rest)", animation: 150, onMove: (event) => !event.related.classList.contains("sc-rest"),
      onEnd: ({ oldDraggableIndex, newDraggableIndex }) => { if (oldDraggableIndex !== newDraggableIndex) { const [one] = classes.splice(oldDraggableIndex, 1); classes.splice(newDraggableIndex, 0, one); arrange(); changed(true); } },
    });
  }
  ask(true);
})();
