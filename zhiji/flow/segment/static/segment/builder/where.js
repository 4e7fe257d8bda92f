/* Property filters of a fact: lines that all hold, nested groups of them, each value with what was seen lately. */
(() => {
  "use strict";
  const B = window.ZhijiBuilder, { make } = B;

  B.property = (b, fact, name) => b.properties(fact).find((one) => one.key === name);
  B.propertyType = (b, fact, name, value) => {
    const found = B.property(b, fact, name);
    if (found) return found.type;
    return typeof value === "number" ? "number" : typeof value === "boolean" ? "flag" : "text";
  };
  B.chooseProperty = (b, fact, name, pick, only = null) => {
    const all = b.properties(fact).filter((one) => !only || only.includes(one.type));
    const entries = all.map((one) => ({ value: one.key, label: one.label, sub: one.key === one.label ? "" : one.key }));
    return B.chooser(b, b.texts.property, B.property(b, fact, name)?.label || name, { entries, value: name, free: (typed) => b.texts.use.replace("%s", typed) }, pick);
  };
  B.chooseFact = (b, value, pick, label = b.texts.fact) => {
    const said = b.known.facts.find(([key]) => key === value)?.[1] || value;
    return B.chooser(b, label, said, { entries: B.pairs(b.known.facts), value, free: (typed) => b.texts.use.replace("%s", typed) }, async (picked) => {
      await b.load([picked]);
      pick(picked);
    });
  };

  const fresh = (b, fact) => {
    const first = b.properties(fact)[0], type = first?.type || "text";
    const [op] = B.operators(b, type, "")[0];
    return { property: first?.key || "", op, value: B.fitted(op, null, type) };
  };

  /* The filters of `holder.where`: a button while there are none. */
  B.where = (b, holder) => {
    holder.where ||= [];
    const add = () => { delete holder.less; holder.where.push(fresh(b, holder.fact)); b.redraw(); };
    if (!holder.where.length) return make("button", { type: "button", class: "zb-add", "data-name": b.texts.where, onclick: add }, `+ ${b.texts.where}`);
    return make("span", { class: "zb-where", role: "group", "aria-label": b.texts.where }, B.word(b.texts.whose), lines(b, holder.fact, holder.where, "all", 1));
  };

  const lines = (b, fact, list, joint, depth) => [
    ...list.map((one, at) => [at ? B.word(joint === "any" ? b.texts.or : b.texts.and) : null, part(b, fact, {
      value: one, replace: (next) => { list[at] = next; b.redraw(); }, remove: () => { list.splice(at, 1); b.redraw(); },
    }, depth)]),
    make("button", { type: "button", class: "zb-add", "aria-label": `+ ${b.texts.where}`, "data-name": `${b.texts.where} ${depth}`, onclick: () => { list.push(fresh(b, fact)); b.redraw(); } }, "+"),
    depth < 4 ? B.iconButton("braces", b.texts.where_group, () => { list.push({ [joint === "any" ? "all" : "any"]: [fresh(b, fact), fresh(b, fact)] }); b.redraw(); }, "zb-small zb-rare") : null,
  ];

  /* One filter, group or negation at its place: {value, replace(next), remove()}. */
  const part = (b, fact, place, depth) => {
    const one = place.value, off = B.iconButton("x", `${b.texts.remove} ${b.texts.where}`, place.remove, "zb-small");
    const joint = ["all", "any"].find((key) => key in one);
    if (joint) {
      const change = (to) => { if (to !== joint) place.replace({ [to]: one[joint] }); };
      const inner = lines(b, fact, one[joint], joint, depth + 1);
      return make("span", { class: "zb-where zb-where-group", role: "group" }, B.select(b.texts.group, [["all", b.texts.all], ["any", b.texts.any]], joint, change), inner, off);
    }
    if ("not" in one) {
      const inner = part(b, fact, { value: one.not, replace: (next) => { one.not = next; b.redraw(); }, remove: place.remove }, depth + 1);
      return make("span", { class: "zb-where-line" }, make("button", { type: "button", class: "zb-not", title: b.texts.not_off, "data-name": b.texts.not, onclick: () => place.replace(one.not) }, b.texts.not), inner);
    }
    return make("span", { class: "zb-where-line" }, line(b, fact, one), B.iconButton("ban", b.texts.not_on, () => place.replace({ not: one }), "zb-small zb-rare"), off);
  };

  const line = (b, fact, one) => {
    const type = B.propertyType(b, fact, one.property, one.value);
    const name = B.chooseProperty(b, fact, one.property, (value) => {
      one.property = value;
      const now = B.propertyType(b, fact, value), known = B.operators(b, now, "").map(([op]) => op);
      if (!known.includes(one.op)) [one.op] = known;
      one.value = B.fitted(one.op, null, now);
      b.redraw();
    });
    return [name, ...B.compared(b, type, one, B.seen(b, fact, one.property))];
  };

  /* Where the values of a property come from: a picker that an app offers, else those seen lately. */
  B.seen = (b, fact, property) => {
    const picker = B.property(b, fact, property)?.picker;
    if (picker) return { load: (typed) => b.pick(picker, typed), searched: true, said: (value) => b.picked(picker, value) };
    return { load: () => b.values(fact, property).then((found) => found.map((value) => ({ value, label: value }))) };
  };
})();
