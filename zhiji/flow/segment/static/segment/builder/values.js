/* Comparisons: the operators a type knows, and for each the input that fits its value. */
(() => {
  "use strict";
  const B = window.ZhijiBuilder, { make } = B;
  const MANY = ["in", "not_in", "has_any", "has_all"], NONE = ["empty", "not_empty"];

  /* The value brought into the form that operator and type ask for; what fits stays. */
  B.fitted = (op, value, type) => {
    if (NONE.includes(op)) return null;
    const scalar = (one) => {
      if (one && typeof one === "object" && !Array.isArray(one)) one = null;
      if (type === "flag") return typeof one === "boolean" ? one : true;
      if (type === "number" || type === "money") return typeof one === "number" ? one : B.number(String(one ?? "")) === "" ? 0 : Number(one) || 0;
      if (type === "date" || type === "time") return /^\d{4}-\d\d-\d\d/.test(one ?? "") ? one : B.today();
      return typeof one === "string" ? one : one === null || one === undefined ? "" : String(one);
    };
    const list = Array.isArray(value) ? value : value === null || value === undefined || value === "" ? [] : [value];
    if (op === "between") return [scalar(list[0]), scalar(list[1] ?? list[0])];
    if (MANY.includes(op)) return list.filter((one) => typeof one !== "object").map(scalar).filter((one) => one !== "");
    return scalar(list[0]);
  };
  B.today = () => {
    const now = new Date();
    return `${now.getFullYear()}-${String(now.getMonth() + 1).padStart(2, "0")}-${String(now.getDate()).padStart(2, "0")}`;
  };

  B.operators = (b, type, now, ops = null) => {
    const every = b.known.operators[type === "money" ? "number" : type] || b.known.operators.text;
    const known = ops ? every.filter(([op]) => ops.includes(op)) : every;
    return known.some(([op]) => op === now) ? known : [...known, [now, b.words[now] || now]];
  };

  /* Operator and value of `holder` ({op, value}). given: {load(typed), searched, choices: [[value, label]], label, ops}. */
  B.compared = (b, type, holder, given = {}) => {
    const known = B.operators(b, type, holder.op || "", given.ops).map(([op]) => op);
    if (!known.includes(holder.op)) [holder.op] = known;
    const op = B.select(b.texts.compare, B.operators(b, type, holder.op, given.ops), holder.op, (value) => {
      holder.op = value;
      holder.value = B.fitted(value, holder.value, type);
      b.redraw();
    });
    return [op, B.value(b, type, holder, given)];
  };

  B.value = (b, type, holder, given = {}) => {
    const label = given.label || b.texts.value;
    if (NONE.includes(holder.op)) { holder.value = null; return null; }
    const set = (value) => { holder.value = value; b.changed(); };
    const kind = { time: "date", number: "number", money: "money", date: "date" }[type] || "text";
    if (type === "flag") return B.select(label, [["true", b.texts.yes], ["false", b.texts.no]], String(holder.value), (value) => set(value === "true"));
    if (holder.op === "between") {
      holder.value = B.fitted("between", holder.value, type);
      const part = (at) => B.field(`${label} ${at + 1}`, kind, day(holder.value[at], kind), (value) => { holder.value[at] = value; b.changed(); });
      return make("span", { class: "zb-pair" }, part(0), B.word(b.texts.to), part(1));
    }
    const labels = new Map(given.choices || []), numeric = kind === "number" || kind === "money";
    const list = { entries: given.choices ? B.pairs(given.choices).map((one) => ({ ...one, sub: "" })) : [], load: given.load, searched: given.searched };
    if (MANY.includes(holder.op)) {
      holder.value = B.fitted(holder.op, holder.value, type);
      return B.chips(b, label, holder.value, set, { numeric, ...list, labelled: (one) => given.said?.(one) || labels.get(one) || String(one) });
    }
    if (Array.isArray(holder.value)) holder.value = B.fitted(holder.op, holder.value, type);
    if (numeric || kind === "date") return dated(b, kind, B.field(label, kind, day(holder.value, kind), set), holder);
    if (["contains", "starts"].includes(holder.op) && type === "text") return B.field(label, "text", holder.value, set, { placeholder: label, least: 8 });
    const said = holder.value === "" ? "" : given.said?.(holder.value) || labels.get(holder.value) || holder.value;
    return B.chooser(b, label, said, { value: holder.value, ...list, free: given.choices && given.closed ? null : (typed) => b.texts.use.replace("%s", typed) }, (value) => { holder.value = value; b.redraw(); });
  };

  const day = (value, kind) => (kind === "date" && typeof value === "string" ? value.slice(0, 10) : value);

  /* Beside a date: the same day of the lunar calendar, and a way to choose by it. */
  const dated = (b, kind, field, holder) => {
    if (kind !== "date") return field;
    const said = make("button", { type: "button", class: "zb-add zb-lunar", "data-name": b.texts.lunar_date, "aria-haspopup": "listbox", onclick: () => B.lunar(b, said, holder.value, (value) => { holder.value = value; b.redraw(); }) }, b.texts.lunar_date);
    const tell = () => b.lunar(holder.value).then((found) => { said.textContent = found || b.texts.lunar_date; });
    field.addEventListener("change", tell);
    tell();
    return make("span", { class: "zb-pair" }, field, said);
  };

  /* The days of a lunar year to choose from: typed "八月十五" or "2026 8 15" finds them. */
  B.lunar = (b, anchor, value, pick) => {
    const year = Number((value || B.today()).slice(0, 4));
    B.choose(b, { anchor, label: b.texts.lunar_date, placeholder: b.texts.lunar_hint, value, searched: true, load: (typed) => b.lunarDays(typed || String(year)), pick });
  };
})();
