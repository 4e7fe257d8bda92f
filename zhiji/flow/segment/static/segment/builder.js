/* The condition builder: draws a tree as nested groups of choices and keeps the JSON in step.
   A page has elements [data-builder="<id of the textarea>"], and JSON in #catalogue, #texts and #builder-urls. */
(() => {
  "use strict";
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  if (!document.getElementById("catalogue")) return;
  const known = read("catalogue"), texts = read("texts"), urls = read("builder-urls"), words = known.words;
  const OPS = {
    number: ["ge", "gt", "le", "lt", "eq", "ne"],
    text: ["eq", "ne", "in", "not_in", "contains", "starts", "empty", "not_empty"],
    numbers: ["ge", "gt", "le", "lt", "eq", "ne", "between", "empty", "not_empty"],
    time: ["ge", "gt", "le", "lt", "between", "empty", "not_empty"],
    date: ["eq", "ge", "gt", "le", "lt", "between", "empty", "not_empty"],
    list: ["contains", "empty", "not_empty"],
    flag: ["eq", "ne"],
  };
  const cache = new Map();
  const ask = (url) => {
    if (!cache.has(url)) cache.set(url, fetch(url).then((answer) => (answer.ok ? answer.json() : [])));
    return cache.get(url);
  };
  const propertiesOf = (fact) => ask(`${urls.properties}?fact=${encodeURIComponent(fact)}`);
  const valuesOf = (fact, name) => ask(`${urls.values}?fact=${encodeURIComponent(fact)}&property=${encodeURIComponent(name)}`);
  let lists = 0;

  const make = (tag, attributes = {}, ...children) => {
    const one = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) one.addEventListener(name.slice(2), value);
      else if (value !== null && value !== undefined) one.setAttribute(name, value);
    }
    one.append(...children.filter((child) => child !== null));
    return one;
  };
  const select = (label, options, value, changed) => {
    const one = make("select", { class: "form-select form-select-sm w-auto", "aria-label": label });
    if (value !== undefined && value !== null && !options.some(([key]) => key === value)) options = [[value, value], ...options];
    for (const [key, text] of options) one.append(make("option", { value: key, selected: key === value ? "" : null }, text));
    one.addEventListener("change", () => changed(one.value));
    return one;
  };
  const input = (label, type, value, changed, suggestions) => {
    const one = make("input", { class: `form-control form-control-sm sg-${type}`, type, "aria-label": label, step: type === "number" ? "any" : null });
    one.value = value ?? "";
    one.addEventListener("input", () => changed(one.value));
    if (!suggestions) return one;
    const id = `sg-list-${(lists += 1)}`, list = make("datalist", { id });
    one.setAttribute("list", id);
    Promise.resolve(suggestions).then((found) => list.append(...found.map((text) => make("option", { value: text }))));
    return make("span", { class: "d-inline-flex" }, one, list);
  };
  const button = (text, pressed, extra = "") => make("button", { type: "button", class: `btn btn-sm ${extra}`, onclick: pressed }, text);
  const ops = (kind) => OPS[kind].map((op) => [op, words[op] || op]);
  const pairs = (list) => list.map((word) => [word, words[word] || texts[word] || word]);
  const number = (text) => (text.trim() === "" || Number.isNaN(Number(text)) ? text : Number(text));

  const fresh = {
    all: () => ({ kind: "all", of: [] }),
    any: () => ({ kind: "any", of: [] }),
    not: () => ({ kind: "not", of: fresh.behaviour() }),
    behaviour: () => ({ kind: "behaviour", fact: "order_paid", measure: "count", property: null, window: { last: 90, unit: "days" }, where: [], op: "ge", value: 1 }),
    recency: () => ({ kind: "recency", fact: "order_paid", op: "gt", value: 30, unit: "days" }),
    attribute: () => ({ kind: "attribute", name: "region", op: "eq", value: "" }),
    score: () => ({ kind: "score", measure: "recency", op: "ge", value: 4 }),
    rank: () => ({ kind: "rank", measure: "amount_365d", op: "top", share: 0.2 }),
    class: () => ({ kind: "class", scheme: known.schemes[0]?.key ?? "", classes: known.schemes[0] ? [known.schemes[0].classes[0][0]] : [] }),
    segment: () => ({ kind: "segment", segment: known.segments[0]?.[0] ?? "" }),
    tag: () => ({ kind: "tag", tag: known.tags[0] ?? "" }),
  };
  const kinds = () => ["behaviour", "recency", "attribute", "score", "rank", ...(known.schemes.length ? ["class"] : []), ...(known.segments.length ? ["segment"] : []), "tag"];

  const build = (host) => {
    const area = document.getElementById(host.dataset.builder);
    let tree = JSON.parse(area.value || "null");
    const publish = () => {
      area.value = JSON.stringify(tree, null, 2);
      area.dispatchEvent(new CustomEvent("condition-changed", { bubbles: true }));
    };
    const draw = () => host.replaceChildren(node(tree, (next) => { tree = next; redraw(); }, null));
    const redraw = () => { draw(); publish(); };
    const value = (label, kind, holder, suggestions) => {
      if (["empty", "not_empty"].includes(holder.op)) { holder.value = null; return null; }
      if (kind === "flag") return select(label, [["true", texts.yes], ["false", texts.no]], String(holder.value), (v) => { holder.value = v === "true"; publish(); });
      const numeric = ["number", "numbers"].includes(kind), type = numeric ? "number" : { time: "date", date: "date" }[kind] || "text";
      if (holder.op === "between") {
        if (!Array.isArray(holder.value)) holder.value = [holder.value ?? "", holder.value ?? ""];
        return make("span", { class: "d-inline-flex gap-1" }, ...[0, 1].map((at) => input(label, type, holder.value[at], (v) => { holder.value[at] = numeric ? number(v) : v; publish(); })));
      }
      if (["in", "not_in"].includes(holder.op)) {
        if (!Array.isArray(holder.value)) holder.value = holder.value ? [holder.value] : [];
        const one = input(texts.several, "text", holder.value.join("，"), (v) => { holder.value = v.split(/[,，、]/).map((t) => t.trim()).filter(Boolean).map((t) => (numeric ? number(t) : t)); publish(); }, suggestions);
        return one;
      }
      if (Array.isArray(holder.value)) holder.value = holder.value[0] ?? "";
      return input(label, type, holder.value, (v) => { holder.value = numeric ? number(v) : v; publish(); }, suggestions);
    };
    const facts = (holder) => select(texts.behaviour, known.facts, holder.fact, (v) => { holder.fact = v; if (holder.where) holder.where = []; redraw(); });
    const filter = (holder, where, at) => {
      const line = make("span", { class: "sg-where" });
      propertiesOf(holder.fact).then((found) => {
        const type = (found.find(([key]) => key === where.property) || [])[2] || "text";
        const kind = type === "number" ? "numbers" : type;
        if (!OPS[kind].includes(where.op)) where.op = OPS[kind][0];
        line.append(
          select(texts.where, found.map(([key, label]) => [key, label]), where.property, (v) => { where.property = v; where.value = ""; redraw(); }),
          select("op", ops(kind), where.op, (v) => { where.op = v; redraw(); }),
          ...[value(texts.value, kind, where, kind === "text" || kind === "list" ? valuesOf(holder.fact, where.property) : null)].filter(Boolean),
          button("×", () => { holder.where.splice(at, 1); redraw(); }, "btn-ghost-secondary btn-icon"),
        );
      });
      return line;
    };
    const leaf = {
      behaviour: (one) => {
        const span = one.window ? [input(texts.last, "number", one.window.last, (v) => { one.window.last = Number(v); publish(); }), select("unit", pairs(["hours", "days", "weeks", "months"]), one.window.unit, (v) => { one.window.unit = v; publish(); })] : [];
        const property = one.measure === "count" ? null : make("span");
        if (property) propertiesOf(one.fact).then((found) => {
          if (!one.property) { one.property = (found.find(([, , type]) => type === "number") || found[0] || ["amount"])[0]; publish(); }
          property.append(select(texts.of, found.map(([key, label]) => [key, label]), one.property, (v) => { one.property = v; publish(); }));
        });
        one.where ||= [];
        return [
          select(texts.last, [["window", texts.last], ["ever", texts.ever]], one.window ? "window" : "ever", (v) => { one.window = v === "window" ? { last: 90, unit: "days" } : null; redraw(); }),
          ...span, facts(one), ...one.where.map((where, at) => filter(one, where, at)),
          button(texts.where, () => propertiesOf(one.fact).then((found) => { one.where.push({ property: (found[0] || ["category"])[0], op: "eq", value: "" }); redraw(); }), "btn-ghost-secondary"),
          property,
          select("measure", pairs(["count", "sum", "average", "min", "max", "distinct"]), one.measure, (v) => { one.measure = v; if (v === "count") one.property = null; redraw(); }),
          select("op", ops("number"), one.op, (v) => { one.op = v; publish(); }),
          input(texts.value, "number", one.value, (v) => { one.value = number(v); publish(); }),
        ];
      },
      recency: (one) => [facts(one), make("span", {}, texts.ago), select("op", ops("number"), one.op, (v) => { one.op = v; publish(); }), input(texts.value, "number", one.value, (v) => { one.value = Number(v); publish(); }), select("unit", pairs(["hours", "days", "weeks", "months"]), one.unit || "days", (v) => { one.unit = v; publish(); })],
      attribute: (one) => {
        const found = known.attributes.find((entry) => entry.key === one.name) || { type: "any", values: [] };
        const kind = found.type === "number" ? "numbers" : found.type === "any" ? (typeof one.value === "number" ? "numbers" : "text") : found.type;
        if (!OPS[kind].includes(one.op)) one.op = OPS[kind][0];
        return [select(texts.attribute, known.attributes.map((entry) => [entry.key, entry.label]), one.name, (v) => { one.name = v; one.value = ""; redraw(); }), select("op", ops(kind), one.op, (v) => { one.op = v; redraw(); }), value(texts.value, kind, one, found.values)];
      },
      score: (one) => [select(texts.score, pairs(["recency", "frequency", "monetary"]), one.measure, (v) => { one.measure = v; publish(); }), select("op", ops("number"), one.op, (v) => { one.op = v; publish(); }), select(texts.value, [1, 2, 3, 4, 5].map((n) => [String(n), String(n)]), String(one.value), (v) => { one.value = Number(v); publish(); })],
      rank: (one) => [select(texts.rank, known.measures, one.measure, (v) => { one.measure = v; publish(); }), select("op", pairs(["top", "bottom"]), one.op, (v) => { one.op = v; publish(); }), input("%", "number", Math.round(one.share * 1000) / 10, (v) => { one.share = Number(v) / 100; publish(); }), make("span", {}, "%")],
      class: (one) => {
        const scheme = known.schemes.find((entry) => entry.key === one.scheme) || { classes: [] };
        return [select(texts.class, known.schemes.map((entry) => [entry.key, entry.label]), one.scheme, (v) => { one.scheme = v; one.classes = [known.schemes.find((entry) => entry.key === v).classes[0][0]]; redraw(); }),
          ...scheme.classes.map(([key, label]) => {
            const box = make("input", { class: "form-check-input", type: "checkbox" });
            box.checked = one.classes.includes(key);
            box.addEventListener("change", () => { one.classes = scheme.classes.map(([k]) => k).filter((k) => (k === key ? box.checked : one.classes.includes(k))); publish(); });
            return make("label", { class: "form-check form-check-inline mb-0" }, box, make("span", { class: "form-check-label" }, label));
          })];
      },
      segment: (one) => [select(texts.segment, known.segments, one.segment, (v) => { one.segment = v; publish(); })],
      tag: (one) => [input(texts.tag, "text", one.tag, (v) => { one.tag = v; publish(); }, known.tags)],
    };
    const node = (one, replace, remove) => {
      if (one && (one.kind === "all" || one.kind === "any")) return group(one, replace, remove);
      const inner = one?.kind === "not" ? one.of : one, negated = one?.kind === "not";
      if (!inner || inner.kind === "not" || !(leaf[inner.kind] || inner.kind === "all" || inner.kind === "any")) return make("div", { class: "sg-leaf text-secondary" }, make("code", {}, JSON.stringify(one)), remove ? button("×", remove, "btn-ghost-secondary btn-icon ms-auto") : null);
      const flip = select(texts.not, [["", texts.is], ["not", texts.not]], negated ? "not" : "", (v) => replace(v ? { kind: "not", of: inner } : inner));
      if (inner.kind === "all" || inner.kind === "any") return make("div", { class: "sg-not" }, flip, group(inner, (next) => replace({ kind: "not", of: next }), remove));
      const kind = select("kind", kinds().map((name) => [name, texts[name]]), inner.kind, (v) => replace(negated ? { kind: "not", of: fresh[v]() } : fresh[v]()));
      const off = remove ? make("button", { type: "button", class: "btn btn-sm btn-ghost-secondary btn-icon sg-off", "aria-label": texts.remove, onclick: remove }, "×") : null;
      return make("div", { class: "sg-leaf" }, flip, kind, ...leaf[inner.kind](inner).filter(Boolean), off);
    };
    const group = (one, replace, remove) => {
      const body = make("div", { class: "sg-body" });
      one.of.forEach((child, at) => body.append(node(child, (next) => { one.of[at] = next; redraw(); }, () => { one.of.splice(at, 1); redraw(); })));
      if (!one.of.length) body.append(make("div", { class: "text-secondary small py-1" }, texts.empty_group));
      return make("div", { class: `sg-group sg-${one.kind}`, role: "group" },
        make("div", { class: "sg-head" },
          select("group", [["all", texts.all], ["any", texts.any]], one.kind, (v) => { one.kind = v; redraw(); }),
          remove ? button(texts.not, () => replace({ kind: "not", of: one }), "btn-ghost-secondary") : null,
          remove ? make("button", { type: "button", class: "btn btn-sm btn-ghost-secondary btn-icon sg-off", "aria-label": texts.remove, onclick: remove }, "×") : null),
        body,
        make("div", { class: "btn-list mt-2" }, button(`+ ${texts.add}`, () => { one.of.push(fresh.behaviour()); redraw(); }), button(`+ ${texts.group}`, () => { one.of.push({ kind: one.kind === "all" ? "any" : "all", of: [fresh.behaviour()] }); redraw(); })));
    };
    if (tree && !["all", "any"].includes(tree.kind)) tree = { kind: "all", of: [tree] };
    tree ||= fresh.all();
    draw();
    area.addEventListener("change", () => {
      try { tree = JSON.parse(area.value); draw(); } catch { /* the preview says what is wrong */ }
      area.dispatchEvent(new CustomEvent("condition-changed", { bubbles: true }));
    });
  };
  window.ZhijiBuilder = { build, make, button, texts };
  document.querySelectorAll("[data-builder]").forEach(build);
})();
