/* What of a customer's facts is measured, and what it is compared with: a number, a text or another measure. */
(() => {
  "use strict";
  const B = window.ZhijiBuilder, { make } = B;
  B.leaf = {};
  const NUMERIC = ["sum", "average", "min", "max"];
  const COUNTED = new WeakSet();

  const shown = (one, simple) => {
    if (!simple || one.measure !== "count" || COUNTED.has(one) || typeof one.value !== "number") return one.measure;
    if (one.op === "ge" && one.value === 1) return "did";
    return one.op === "eq" && one.value === 0 ? "never" : "count";
  };
  B.resultType = (b, one) => (["first", "last"].includes(one.measure) ? B.propertyType(b, one.fact, one.property, one.value) : B.property(b, one.fact, one.property)?.type === "money" && one.measure !== "distinct" && one.measure !== "count" ? "money" : "number");

  const change = (b, one, to) => {
    COUNTED.delete(one);
    if (to === "did" || to === "never") Object.assign(one, { measure: "count", property: null, op: to === "did" ? "ge" : "eq", value: to === "did" ? 1 : 0 });
    else {
      if (to === "count") { COUNTED.add(one); one.property = null; }
      one.measure = to;
      refit(b, one);
    }
    b.redraw();
  };
  /* After another measure or property: a property of the right type, an operator and a value that fit. */
  const refit = (b, one) => {
    const all = b.properties(one.fact), numeric = all.filter((kept) => ["number", "money"].includes(kept.type));
    const fit = NUMERIC.includes(one.measure) ? numeric : all;
    if (one.measure !== "count" && !fit.some((kept) => kept.key === one.property)) one.property = (fit[0] || all[0])?.key || "amount";
    if (one.measure !== "sum" || one.where?.length || !b.known.lessened.get(one.fact)) delete one.less;
    if (!("op" in one)) return;
    const type = B.resultType(b, one), known = B.operators(b, type, "").map(([op]) => op);
    if (!known.includes(one.op)) [one.op] = known;
    if (typeof one.value !== "object" || one.value === null || Array.isArray(one.value)) one.value = B.fitted(one.op, one.value, type);
  };

  /* Window, fact, filters, measure and property of `one`; `simple` also offers "did" and "never did". */
  B.measure = (b, one, simple = false) => {
    const now = shown(one, simple), names = ["count", "sum", "average", "min", "max", "distinct", "first", "last"];
    const options = [...(simple ? [["did", b.texts.did], ["never", b.texts.never]] : []), ...names.map((name) => [name, b.texts[`measure_${name}`]])];
    const fact = B.chooseFact(b, one.fact, (value) => { one.fact = value; one.where = []; refit(b, one); b.redraw(); });
    const pick = B.select(b.texts.measure, options, now, (value) => change(b, one, value), "zb-strong");
    const of = one.measure === "count" ? null : B.chooseProperty(b, one.fact, one.property, (value) => { one.property = value; refit(b, one); b.redraw(); }, NUMERIC.includes(one.measure) ? ["number", "money"] : null);
    const did = now === "did" || now === "never";
    const lessened = one.measure === "sum" && !one.where?.length && b.known.lessened.get(one.fact);
    const less = lessened || one.less ? B.tick(`${b.texts.less}${lessened ? lessened[1] : one.less}`, Boolean(one.less), (on) => { if (on) [one.less] = lessened; else delete one.less; b.redraw(); }) : null;
    return did ? [B.window(b, one, true), pick, fact, B.where(b, one)] : [B.window(b, one, true), fact, B.where(b, one), of ? [B.word(b.texts.of), of] : null, pick, less];
  };

  B.leaf.behaviour = {
    fresh: () => ({ kind: "behaviour", fact: "order_paid", measure: "count", property: null, window: { last: 90, unit: "days" }, where: [], op: "ge", value: 1 }),
    draw: (b, one) => {
      const head = B.measure(b, one, true);
      if (["did", "never"].includes(shown(one, true))) return head;
      const type = B.resultType(b, one), numeric = type === "number" || type === "money";
      const other = one.value && typeof one.value === "object" && !Array.isArray(one.value);
      const against = (to) => {
        if (to === "other") {
          if (!["gt", "ge", "lt", "le", "eq", "ne"].includes(one.op)) one.op = "lt";
          one.value = { ...JSON.parse(JSON.stringify({ fact: one.fact, measure: one.measure, property: one.property, where: one.where, less: one.less })), window: { previous: 6, unit: "months" }, times: 1, per: 6 };
        } else one.value = B.fitted(one.op, null, type);
        b.redraw();
      };
      const simple = ["gt", "ge", "lt", "le", "eq", "ne"].map((op) => [op, b.words[op]]);
      if (other) return [...head, B.select(b.texts.compare, simple, one.op, (value) => { one.op = value; b.changed(); }), B.select(b.texts.against, [["number", b.texts.a_number], ["other", b.texts.another]], "other", against), compared(b, one)];
      const switcher = numeric && !["empty", "not_empty", "between"].includes(one.op) ? B.iconButton("arrows-left-right", b.texts.against_another, () => against("other"), "zb-small zb-quiet") : null;
      if (type === "number" && !["first", "last"].includes(one.measure)) return [...head, B.select(b.texts.compare, simple, one.op, (value) => { one.op = value; b.changed(); }), B.field(b.texts.value, "number", one.value, (value) => { one.value = value; b.changed(); }), switcher];
      if (type === "money" && !["first", "last"].includes(one.measure)) return [...head, B.select(b.texts.compare, simple, one.op, (value) => { one.op = value; b.changed(); }), B.field(b.texts.value, "money", one.value, (value) => { one.value = value; b.changed(); }), switcher];
      return [...head, ...B.compared(b, type, one, B.seen(b, one.fact, one.property)), switcher];
    },
  };
  const compared = (b, one) => make("div", { class: "zb-block", role: "group", "aria-label": b.texts.another },
    B.measure(b, one.value),
    B.word("×"), B.field(b.texts.times, "number", one.value.times ?? 1, (value) => { if (typeof value === "number") { one.value.times = value; b.changed(); } }),
    B.word("÷"), B.field(b.texts.per, "number", one.value.per ?? 1, (value) => { if (typeof value === "number" && value) { one.value.per = value; b.changed(); } }));
})();
