/* Kinds about where a customer stands: classes, segments, scores, ranks, random shares, what other apps offer. */
(() => {
  "use strict";
  const B = window.ZhijiBuilder, { make } = B;
  const simple = (b) => ["ge", "gt", "le", "lt", "eq", "ne"].map((op) => [op, b.words[op]]);

  const held = (b, one) => B.optional(b, b.texts.held, Boolean(one.held), () => { one.held = { op: "ge", value: 30 }; b.redraw(); },
    () => [B.word(b.texts.for_days), B.select(b.texts.held, simple(b), one.held.op, (value) => { one.held.op = value; b.changed(); }), B.count(b.texts.days, one.held.value, (value) => { one.held.value = value; b.changed(); }, 0), B.word(b.words.days)],
    () => { one.held = null; b.redraw(); });
  const badges = (b, label, scheme, chosen, set) => make("span", { class: "zb-badges", role: "group", "aria-label": label }, scheme.classes.map(([key, name, colour]) =>
    B.tick(name, chosen.includes(key), (on) => set(scheme.classes.map(([other]) => other).filter((other) => (other === key ? on : chosen.includes(other)))), colour || "blue")));

  B.leaf.class = {
    fresh: (b, picked) => {
      const [key, first] = (picked || "").split(":"), scheme = b.known.schemes.find((one) => one.key === key) || b.known.schemes[0];
      return { kind: "class", scheme: scheme?.key ?? "", classes: first ? [first] : scheme ? [scheme.classes[0][0]] : [] };
    },
    draw: (b, one) => {
      const scheme = b.known.schemes.find((kept) => kept.key === one.scheme) || { classes: (one.classes || []).map((key) => [key, key]) };
      const choose = B.select(b.texts.scheme, b.known.schemes.map((kept) => [kept.key, kept.label]), one.scheme, (value) => { Object.assign(one, B.leaf.class.fresh(b, value)); if (one.previous) one.previous = [...one.classes]; b.redraw(); });
      return [choose, badges(b, b.texts.class, scheme, one.classes, (value) => { one.classes = value; b.redraw(); }), held(b, one),
        B.optional(b, b.texts.previous, Boolean(one.previous), () => { one.previous = [scheme.classes.at(-1)?.[0] ?? ""]; b.redraw(); },
          () => [B.word(b.texts.before_was), badges(b, b.texts.previous, scheme, one.previous, (value) => { one.previous = value; b.redraw(); })], () => { one.previous = null; b.redraw(); })];
    },
  };
  B.leaf.segment = {
    fresh: (b, key) => ({ kind: "segment", segment: key ?? b.known.segments[0]?.[0] ?? "" }),
    draw: (b, one) => [B.word(b.texts.in_segment), B.chooser(b, b.texts.segment, b.known.segments.find(([key]) => key === one.segment)?.[1] || one.segment, { entries: B.pairs(b.known.segments).filter((kept) => `segment:${kept.value}` !== b.own), value: one.segment }, (value) => { one.segment = value; b.redraw(); }), held(b, one)],
  };
  B.leaf.score = {
    fresh: () => ({ kind: "score", measure: "recency", op: "ge", value: 4 }),
    draw: (b, one) => [
      B.select(b.texts.score, ["recency", "frequency", "monetary"].map((name) => [name, b.words[name]]), one.measure, (value) => { one.measure = value; b.changed(); }),
      B.select(b.texts.compare, simple(b), one.op, (value) => { one.op = value; b.changed(); }),
      B.select(b.texts.value, [1, 2, 3, 4, 5].map((value) => [value, String(value)]), one.value, (value) => { one.value = Number(value); b.changed(); }),
    ],
  };

  B.leaf.rank = {
    fresh: () => ({ kind: "rank", measure: "amount_365d", op: "top", share: 0.2 }),
    draw: (b, one) => {
      const own = typeof one.measure === "object";
      const choose = B.select(b.texts.measure, [...b.known.measures, ["", b.texts.own_measure]], own ? "" : one.measure, (value) => { one.measure = value || { fact: "order_paid", measure: "sum", property: "amount", window: { last: 90, unit: "days" }, where: [] }; b.redraw(); });
      const percent = (label, value, set) => B.field(label, "number", Math.round(value * 10000) / 100, (number) => { if (typeof number === "number") { set(number / 100); b.changed(); } }, { min: 0, max: 100, least: 2 });
      const op = B.select(b.texts.compare, [["top", b.texts.rank_top], ["bottom", b.texts.rank_bottom], ["between", b.texts.rank_between]], one.op, (value) => {
        one.share = value === "between" ? [0, Array.isArray(one.share) ? one.share[1] : one.share] : Array.isArray(one.share) ? one.share[1] : one.share;
        if (value === "between" && one.share[0] >= one.share[1]) one.share = [0.2, 0.4];
        one.op = value;
        b.redraw();
      });
      const share = one.op === "between" ? [percent(`${b.texts.share} 1`, one.share[0], (value) => { one.share = [value, one.share[1]]; }), B.word("% –"), percent(`${b.texts.share} 2`, one.share[1], (value) => { one.share = [one.share[0], value]; })] : [percent(b.texts.share, one.share, (value) => { one.share = value; })];
      const within = one.within?.scheme ? `scheme:${one.within.scheme}` : one.within?.attribute ? `attribute:${one.within.attribute}` : "";
      const groups = [["", b.texts.among_all], ...["region", "city", "gender"].map((name) => [`attribute:${name}`, b.texts.among_each.replace("%s", b.known.attributes.find((kept) => kept.key === name)?.label || name)]), ...b.known.schemes.map((scheme) => [`scheme:${scheme.key}`, b.texts.among_class.replace("%s", scheme.label)])];
      return [
        B.select(b.texts.among, groups, within, (value) => { const [kind, key] = value.split(":"); one.within = value ? { [kind]: key } : null; b.changed(); }),
        B.word(b.texts.by), choose, op, share, B.word("%"), own ? make("div", { class: "zb-block", role: "group", "aria-label": b.texts.own_measure }, B.measure(b, one.measure)) : null,
      ];
    },
  };
  const SALTED = new WeakSet();
  const salt = () => Array.from(crypto.getRandomValues(new Uint8Array(4)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  B.leaf.bucket = {
    fresh: () => ({ kind: "bucket", salt: salt(), of: 100, from: 1, to: 10 }),
    draw: (b, one) => [
      B.word(b.texts.bucket_of), B.count(b.texts.bucket_count, one.of ?? 100, (value) => { one.of = value; b.changed(); }, 2), B.word(b.texts.bucket_from), B.count(b.texts.from, one.from, (value) => { one.from = value; b.changed(); }), B.word(b.texts.to),
      B.count(b.texts.to, one.to, (value) => { one.to = value; b.changed(); }), B.word(b.texts.bucket_end),
      B.optional(b, b.texts.salt, SALTED.has(one), () => { SALTED.add(one); b.redraw(); }, () => [B.word(b.texts.salt), B.field(b.texts.salt, "text", one.salt, (value) => { one.salt = value; b.changed(); })], () => { SALTED.delete(one); b.redraw(); }),
    ],
  };

  /* What another app offers: its fields drawn by their type. A field is {name, label, type, choices, needed}. */
  B.leaf.offered = {
    fresh: (b, name) => {
      const found = b.known.offered.find((one) => one.name === name) || b.known.offered[0];
      return { kind: "offered", name: found.name, with: Object.fromEntries(found.fields.filter((field) => field.first !== null && field.first !== undefined).map((field) => [field.name, field.first])) };
    },
    draw: (b, one) => {
      const found = b.known.offered.find((kept) => kept.name === one.name);
      one.with ||= {};
      if (!found) return [make("code", {}, JSON.stringify(one))];
      return [B.word(found.label), ...found.fields.map((field) => input(b, one.with, field))];
    },
  };
  const input = (b, holder, field) => {
    const set = (value) => { if (value === "" || value === null) delete holder[field.name]; else holder[field.name] = value; b.changed(); };
    if (field.type === "window") return B.window(b, { get window() { return holder[field.name] ?? null; }, set window(value) { if (value) holder[field.name] = value; else delete holder[field.name]; } });
    if (field.choices) return B.select(field.label, [...(field.needed ? [] : [["", `${b.texts.any_of}${field.label}`]]), ...field.choices], holder[field.name] ?? "", set);
    if (field.type === "number") return [B.word(field.label), B.field(field.label, "number", holder[field.name], set)];
    if (field.type === "flag") return B.tick(field.label, Boolean(holder[field.name]), (on) => set(on));
    return [B.word(field.label), B.field(field.label, "text", holder[field.name], set, { least: 8 })];
  };
})();
