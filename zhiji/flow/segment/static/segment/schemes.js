/* The scheme form: classes in order, each with a name, a colour and a builder; the last takes everyone left. */
(() => {
  "use strict";
  const host = document.getElementById("scheme-classes");
  if (!host || !window.ZhijiBuilder) return;
  const { build, make, button, texts } = window.ZhijiBuilder;
  const area = document.getElementById("classes"), colours = JSON.parse(document.getElementById("colours").textContent);
  let classes = JSON.parse(area.value), made = 0;
  const keep = () => { area.value = JSON.stringify(classes.map(({ key, name, colour, condition }, at) => ({ key, name, colour, condition: at === classes.length - 1 ? null : condition }))); };
  const move = (at, by) => { const [one] = classes.splice(at, 1); classes.splice(at + by, 0, one); draw(); };
  const swatches = (one) => {
    const dot = make("span", { class: `badge bg-${one.colour} sg-dot` }), pick = make("select", { class: "form-select form-select-sm w-auto", "aria-label": texts.colour });
    colours.forEach(([colour, label]) => pick.append(make("option", { value: colour, selected: colour === one.colour ? "" : null }, label)));
    pick.addEventListener("change", () => { one.colour = pick.value; dot.className = `badge bg-${one.colour} sg-dot`; keep(); });
    return [dot, pick];
  };
  const draw = () => {
    host.replaceChildren();
    classes.forEach((one, at) => {
      const last = at === classes.length - 1, name = make("input", { class: "form-control form-control-sm sg-name", value: one.name, "aria-label": texts.name, placeholder: texts.name });
      name.addEventListener("input", () => { one.name = name.value; keep(); });
      const head = make("div", { class: "d-flex flex-wrap gap-2 align-items-center mb-2" }, make("span", { class: "text-secondary" }, String(at + 1)), ...swatches(one), name, make("code", { class: "text-secondary" }, one.key));
      if (!last) {
        const tools = make("div", { class: "btn-list ms-auto" });
        if (at > 0) tools.append(button(texts.up, () => move(at, -1), "btn-ghost-secondary"));
        if (at < classes.length - 2) tools.append(button(texts.down, () => move(at, 1), "btn-ghost-secondary"));
        tools.append(button(texts.remove, () => { classes.splice(at, 1); draw(); }, "btn-ghost-danger"));
        head.append(tools);
      }
      const item = make("div", { class: "sg-class" }, head);
      host.append(item);
      if (last) { item.append(make("div", { class: "text-secondary" }, texts.rest)); return; }
      const id = `class-condition-${(made += 1)}`, text = make("textarea", { id, class: "d-none", "aria-hidden": "true" }), frame = make("div", { "data-builder": id });
      text.value = JSON.stringify(one.condition || { kind: "all", of: [] });
      item.append(text, frame);
      text.addEventListener("condition-changed", () => { one.condition = JSON.parse(text.value); keep(); });
      build(frame);
    });
    keep();
  };
  document.getElementById("add-class").addEventListener("click", () => {
    let count = classes.length;
    while (classes.some((one) => one.key === `class-${count}`)) count += 1;
    classes.splice(classes.length - 1, 0, { key: `class-${count}`, name: "", colour: colours[count % colours.length][0], condition: { kind: "all", of: [] } });
    draw();
  });
  draw();
})();
