/* Kinds about the order and rhythm of facts: how long ago, one after another, missing, the nth, regular, stopped. */
(() => {
  "use strict";
  const B = window.ZhijiBuilder, { make } = B;
  const happening = (b, one, label) => [B.chooseFact(b, one.fact, (value) => { one.fact = value; one.where = []; b.redraw(); }, label), B.where(b, one)];
  const whole = (b, label, one, name, least = 1, most = null) => B.count(label, one[name], (value) => { one[name] = value; b.changed(); }, least, most);
  const PAST = ["hours", "days", "weeks", "months"];

  B.leaf.recency = {
    fresh: () => ({ kind: "recency", fact: "order_paid", where: [], op: "gt", value: 30, unit: "days" }),
    draw: (b, one) => [
      B.word(b.texts.since_last), happening(b, one), B.word(b.texts.it_is),
      B.select(b.texts.compare, ["gt", "ge", "lt", "le"].map((op) => [op, b.words[op]]), one.op, (value) => { one.op = value; b.changed(); }),
      B.field(b.texts.value, "number", one.value, (value) => { if (typeof value === "number") { one.value = value; b.changed(); } }, { min: 0 }),
      B.select(b.texts.unit, B.units(b, ["minutes", "hours", "days", "weeks", "months", "years"]), one.unit || "days", (value) => { one.unit = value; b.changed(); }),
    ],
  };

  /* "With the same product": a property that both facts have. */
  const same = (b, one, facts) => {
    const lists = facts.map((fact) => b.properties(fact)), shared = lists[0].filter((kept) => lists.every((list) => list.some((other) => other.key === kept.key)));
    const first = shared.find((kept) => kept.picker) || shared[0];
    return B.optional(b, b.texts.same, Boolean(one.same), () => { one.same = first?.key || "product_id"; b.redraw(); },
      () => [B.word(b.texts.same), B.chooser(b, b.texts.same, lists[0].find((kept) => kept.key === one.same)?.label || one.same, { value: one.same, entries: shared.map((kept) => ({ value: kept.key, label: kept.label, sub: kept.key })), free: (typed) => b.texts.use.replace("%s", typed) }, (value) => { one.same = value; b.redraw(); })],
      () => { one.same = null; b.redraw(); });
  };

  B.leaf.sequence = {
    fresh: () => ({ kind: "sequence", steps: [{ fact: "product_viewed", where: [] }, { fact: "cart_added", where: [] }], within: { last: 1, unit: "days" }, same: null, window: { last: 30, unit: "days" } }),
    draw: (b, one) => {
      const steps = make("ol", { class: "zb-steps zb-block", "aria-label": b.texts.steps });
      one.steps.forEach((step, at) => {
        const off = one.steps.length > 2 ? B.iconButton("x", `${b.texts.remove} ${at + 1}`, () => { one.steps.splice(at, 1); b.redraw(); }, "zb-small") : null;
        const move = (by) => { one.steps.splice(at + by, 0, ...one.steps.splice(at, 1)); b.redraw(`${b.texts.move_step} ${at + by + 1}`); };
        const grip = make("button", { type: "button", class: "zb-grip", "aria-label": `${b.texts.move_step} ${at + 1}`, "data-name": `${b.texts.move_step} ${at + 1}`, title: b.texts.move_hint, onkeydown: (event) => {
          const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
          if (!by) return;
          event.preventDefault();
          event.stopPropagation();
          if (at + by >= 0 && at + by < one.steps.length) move(by);
        } }, B.icon("grip-vertical"));
        steps.append(make("li", { class: "zb-step" }, grip, at ? B.word(b.texts.then) : B.word(b.texts.first), happening(b, step, `${b.texts.fact} ${at + 1}`), off));
      });
      if (window.Sortable) window.Sortable.create(steps, { handle: ".zb-grip", animation: 120, onEnd: (event) => { one.steps.splice(event.newIndex, 0, ...one.steps.splice(event.oldIndex, 1)); b.redraw(); } });
      const more = one.steps.length < 5 ? make("button", { type: "button", class: "zb-add", "data-name": b.texts.add_step, onclick: () => { one.steps.push({ fact: "order_paid", where: [] }); b.redraw(); } }, `+ ${b.texts.add_step}`) : null;
      return [B.window(b, one), B.word(b.texts.in_order), steps, make("div", { class: "zb-block" }, more, B.within(b, one, false), same(b, one, one.steps.map((step) => step.fact)))];
    },
  };
  B.leaf.absence = {
    fresh: () => ({ kind: "absence", fact: "cart_added", where: [], without: { fact: "order_paid", where: [] }, within: { last: 1, unit: "days" }, same: null, window: { last: 7, unit: "days" } }),
    draw: (b, one) => [
      B.window(b, one), B.word(b.texts.did), happening(b, one), B.word(b.texts.after_it), B.within(b, one, true), B.word(b.texts.without), happening(b, one.without, b.texts.fact_without),
      same(b, one, [one.fact, one.without.fact]),
    ],
  };
  B.leaf.nth = {
    fresh: () => ({ kind: "nth", fact: "order_paid", where: [], n: 1, window: { last: 30, unit: "days" } }),
    draw: (b, one) => [B.word(b.texts.nth_before), whole(b, b.texts.nth, one, "n"), B.word(b.texts.nth_after), happening(b, one), B.word(b.texts.happened_in), B.window(b, one)],
  };
  B.leaf.regular = {
    fresh: () => ({ kind: "regular", fact: "order_paid", where: [], at_least: 3, of: 4, unit: "weeks" }),
    draw: (b, one) => [B.word(b.texts.last_n), whole(b, b.texts.how_many, one, "of", 1, 60), B.select(b.texts.unit, B.units(b, ["days", "weeks", "months"]), one.unit, (value) => { one.unit = value; b.changed(); }),
      B.word(b.texts.at_least), whole(b, b.texts.at_least, one, "at_least", 1, 60), B.word(b.texts.of_them), happening(b, one)],
  };
  B.leaf.stopped = {
    fresh: () => ({ kind: "stopped", fact: "order_paid", where: [], times: 3, before: { last: 180, unit: "days" }, quiet: { last: 60, unit: "days" } }),
    draw: (b, one) => [B.word(b.texts.was_used), B.span(b, b.texts.before, one.before, PAST), B.word(b.texts.at_least), whole(b, b.texts.times_done, one, "times"), B.word(b.texts.times_of), happening(b, one), B.word(b.texts.but_quiet), B.span(b, b.texts.quiet, one.quiet, PAST), B.word(b.texts.none_since)],
  };
  B.leaf.resumed = {
    fresh: () => ({ kind: "resumed", fact: "order_paid", where: [], recent: { last: 7, unit: "days" }, quiet: { last: 90, unit: "days" } }),
    draw: (b, one) => [B.word(b.texts.after_quiet), B.span(b, b.texts.quiet, one.quiet, PAST), B.word(b.texts.after_quiet_end), B.span(b, b.texts.recent, one.recent, PAST), B.word(b.texts.again), happening(b, one)],
  };
})();
