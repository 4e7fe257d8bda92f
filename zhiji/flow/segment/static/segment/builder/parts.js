/* What the builder is made of: elements, icons, selects and fields. Every file here adds to window.ZhijiBuilder. */
(() => {
  "use strict";
  const B = (window.ZhijiBuilder = window.ZhijiBuilder || {});

  B.make = (tag, attributes = {}, ...children) => {
    const one = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) one.addEventListener(name.slice(2), value);
      else if (value === true) one.setAttribute(name, "");
      else if (value !== null && value !== undefined && value !== false) one.setAttribute(name, value);
    }
    one.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
    return one;
  };
  const make = B.make;

  B.icon = (name) => {
    const kept = document.querySelector(`template[data-zb-icon="${name}"]`);
    return kept ? kept.content.firstElementChild.cloneNode(true) : make("span", {}, "·");
  };
  B.button = (text, pressed, extra = "") => make("button", { type: "button", class: `btn btn-sm ${extra}`, onclick: pressed }, text);
  B.iconButton = (icon, label, pressed, extra = "") =>
    make("button", { type: "button", class: `zb-icon ${extra}`, "aria-label": label, title: label, "data-name": label, onclick: pressed }, B.icon(icon));
  B.word = (text) => (text.trim() ? make("span", { class: "zb-word" }, text) : null);
  B.number = (text) => (text.trim() === "" || Number.isNaN(Number(text)) ? text : Number(text));

  /* A choice among few: [[key, text], …]. What isn't known any more stays choosable as it stands. */
  B.select = (label, options, value, set, extra = "") => {
    const one = make("select", { class: `zb-select ${extra}`, "aria-label": label, "data-name": label });
    const text = value === null || value === undefined ? "" : String(value);
    if (!options.some(([key]) => String(key) === text)) options = [[text, text || "…"], ...options];
    for (const [key, said] of options) one.append(make("option", { value: key, selected: String(key) === text }, said));
    one.addEventListener("change", () => set(one.value));
    return one;
  };

  /* A typed field; `type` is number, money, date or text. `set` gets a number for numbers, the text else. */
  B.field = (label, type, value, set, limits = {}) => {
    const numeric = type === "number" || type === "money";
    const one = make("input", {
      class: `zb-field zb-${type}`, type: numeric ? "number" : type, "aria-label": label, "data-name": label,
      step: limits.step || (numeric ? "any" : null), min: limits.min, max: limits.max, placeholder: limits.placeholder,
      inputmode: numeric ? "decimal" : null, autocomplete: "off",
    });
    one.value = value ?? "";
    const fit = () => { if (type !== "date") one.size = Math.min(24, Math.max(limits.least || 3, [...one.value].length + 1)); };
    fit();
    one.addEventListener("input", () => { fit(); set(numeric ? B.number(one.value) : one.value); });
    if (type === "money") return make("span", { class: "zb-unit" }, make("span", { class: "zb-sign", "aria-hidden": "true" }, document.getElementById("zj-words")?.dataset.sign || "¥"), one);
    return one;
  };

  /* A whole number of at least `least`; while the field is empty the tree keeps what it had. */
  B.count = (label, value, set, least = 1, most = null) =>
    B.field(label, "number", value, (number) => { if (typeof number === "number") set(number); }, { min: least, max: most, step: 1, least: 2 });

  B.tick = (label, on, set, badge = null) => {
    const box = make("input", { class: "form-check-input", type: "checkbox", "data-name": label });
    box.checked = on;
    box.addEventListener("change", () => set(box.checked));
    return make("label", { class: `zb-tick${badge ? ` badge bg-${badge}-lt` : ""}` }, box, make("span", {}, label));
  };

  /* Something that may be left out: a small "+ …" while it is, else its inputs with a × behind. */
  B.optional = (b, text, there, add, inputs, remove) =>
    there
      ? make("span", { class: "zb-option" }, inputs(), B.iconButton("x", `${b.texts.remove}${text}`, remove, "zb-small"))
      : make("button", { type: "button", class: "zb-add", "data-name": text, onclick: add }, `+ ${text}`);

  B.units = (b, names) => names.map((name) => [name, b.words[name] || b.texts[name] || name]);
  B.span = (b, label, holder, units, name = "last") => [
    B.count(label, holder[name], (value) => { holder[name] = value; b.changed(); }),
    B.select(b.texts.unit, B.units(b, units), holder.unit, (value) => { holder.unit = value; b.changed(); }),
  ];
})();
