/* Kinds about who a customer is: attributes, places, dates, tags, consent. */
(() => {
  "use strict";
  const B = window.ZhijiBuilder, { make } = B;
  const attributeOf = (b, name) => b.known.attributes.find((one) => one.key === name) || { key: name, label: name.replace(/^attributes\./, ""), type: "text", values: [], custom: name.startsWith("attributes.") };
  const chooseAttribute = (b, name, pick, only = null) => {
    const all = b.known.attributes.filter((one) => !only || only.includes(one.type) || (one.custom && only.includes("date")));
    const entries = all.map((one) => ({ value: one.key, label: one.label, group: one.custom ? b.texts.custom_fields : b.texts.attribute, sub: one.custom ? "" : one.key }));
    return B.chooser(b, b.texts.attribute, attributeOf(b, name).label, { entries, value: name, free: (typed) => b.texts.custom_field.replace("%s", typed) }, (value) => pick(all.some((one) => one.key === value) ? value : `attributes.${value}`));
  };

  B.leaf.attribute = {
    fresh: (b, name = "gender") => {
      const one = { kind: "attribute", name, op: "", value: null };
      settle(b, one);
      return one;
    },
    draw: (b, one) => {
      if (one.name === "place") return place(b, one);
      const found = attributeOf(b, one.name), type = one.type || found.type;
      const given = { choices: found.values, closed: found.closed, ops: found.ops };
      const as = found.custom && !found.ops ? B.select(b.texts.read_as, ["text", "number", "date", "list", "flag"].map((name) => [name, b.texts[`type_${name}`]]), type, (value) => { one.type = value; [[one.op]] = B.operators(b, value, ""); one.value = B.fitted(one.op, null, value); b.redraw(); }, "zb-soft") : null;
      return [chooseAttribute(b, one.name, (value) => { one.name = value; settle(b, one); b.redraw(); }), as, ...B.compared(b, type, one, given)];
    },
  };
  const settle = (b, one) => {
    const found = attributeOf(b, one.name);
    if (found.custom) one.type = found.type;
    else delete one.type;
    if (one.name === "place") Object.assign(one, { op: "in", value: [] });
    else {
      [[one.op]] = B.operators(b, found.type, "", found.ops);
      one.value = B.fitted(one.op, null, found.type);
    }
  };

  /* Places: a tree of areas, provinces and cities with boxes to tick. */
  const place = (b, one) => {
    if (!Array.isArray(one.value)) one.value = one.value ? [one.value] : [];
    const said = (value) => value.split("/").pop();
    const off = (value) => { one.value = one.value.filter((kept) => kept !== value); b.redraw(); };
    const open = make("button", { type: "button", class: "zb-add", "aria-haspopup": "dialog", "aria-label": b.texts.choose_places, "data-name": b.texts.choose_places, onclick: () => tree(b, open, one) }, `+ ${b.texts.choose_places}`);
    return [
      chooseAttribute(b, "place", (value) => { one.name = value; settle(b, one); b.redraw(); }),
      B.select(b.texts.compare, [["in", b.texts.inside_place], ["not_in", b.texts.outside_place]], one.op, (value) => { one.op = value; b.changed(); }),
      make("span", { class: "zb-chips" }, one.value.map((value) => make("span", { class: "zb-chip", title: value }, said(value), B.iconButton("x", `${b.texts.remove} ${value}`, () => off(value), "zb-small"))), open),
    ];
  };
  const tree = (b, anchor, one) => {
    const has = (value) => one.value.includes(value);
    const set = (value, on, inner = []) => { one.value = [...one.value.filter((kept) => kept !== value && !inner.includes(kept)), ...(on ? [value] : [])]; b.changed(); fill(); };
    const box = make("div", { class: "zb-places" });
    const dialog = make("dialog", { class: "zj-dialog zb-dialog", "aria-label": b.texts.choose_places }, make("div", { class: "zb-dialog-head" }, make("h2", {}, b.texts.choose_places), B.button(b.texts.done, () => dialog.close(), "btn-primary")), box);
    const branch = (value, label, inner, within, depth) => {
      const tick = make("input", { type: "checkbox", class: "form-check-input", "aria-label": label, "data-place": value });
      tick.checked = has(value) || within;
      tick.disabled = within;
      tick.indeterminate = !tick.checked && inner.some((kept) => has(kept.value) || kept.inner.some((deep) => has(deep.value)));
      tick.addEventListener("change", () => set(value, tick.checked, inner.flatMap((kept) => [kept.value, ...kept.inner.map((deep) => deep.value)])));
      const line = make("label", { class: "zb-place" }, tick, make("span", {}, label));
      if (!inner.length) return line;
      const folded = make("details", { class: "zb-branch" }, make("summary", {}, line), make("div", { class: "zb-leaves" }, inner.map((kept) => branch(kept.value, kept.label, kept.inner, within || has(value), depth + 1))));
      folded.open = opened.has(value) || (!within && tick.indeterminate);
      folded.addEventListener("toggle", () => (folded.open ? opened.add(value) : opened.delete(value)));
      line.addEventListener("click", (event) => { if (event.target !== tick) { event.preventDefault(); folded.open = !folded.open; } });
      return folded;
    };
    const opened = new Set();
    const fill = () => {
      const at = document.activeElement?.dataset?.place;
      box.replaceChildren(...b.known.places.map((area) => branch(area.value, area.label, area.inner, false, 0)));
      if (at) box.querySelector(`[data-place="${CSS.escape(at)}"]`)?.focus();
    };
    fill();
    dialog.addEventListener("close", () => { dialog.remove(); b.redraw(); });
    document.body.append(dialog);
    dialog.showModal();
  };

  B.leaf.anniversary = {
    fresh: (b, attribute = "birthday") => ({ kind: "anniversary", attribute, calendar: attribute === "birthday" ? "own" : "solar", before: 7, after: 0 }),
    draw: (b, one) => [
      chooseAttribute(b, one.attribute, (value) => { one.attribute = value; b.redraw(); }, ["date", "time"]),
      B.select(b.texts.calendar, ["own", "solar", "lunar"].map((name) => [name, b.texts[`calendar_${name}`]]), one.calendar || "own", (value) => { one.calendar = value; b.changed(); }),
      B.word(b.texts.anniversary_in), B.count(b.texts.days_ahead, one.before ?? 0, (value) => { one.before = value; b.changed(); }, 0, 300), B.word(b.texts.days_ahead_said),
      B.optional(b, b.texts.days_past, Boolean(one.after), () => { one.after = 1; b.redraw(); }, () => [B.word(b.texts.or_past), B.count(b.texts.days_past, one.after, (value) => { one.after = value; b.changed(); }, 1, 300), B.word(b.texts.days_past_said)], () => { one.after = 0; b.redraw(); }),
      make("span", { class: "zb-note" }, b.known.today),
    ],
  };
  B.leaf.elapsed = {
    fresh: (b, attribute = "birthday") => ({ kind: "elapsed", attribute, op: "ge", value: 18, unit: "years", direction: "since" }),
    draw: (b, one) => [
      chooseAttribute(b, one.attribute, (value) => { one.attribute = value; b.redraw(); }, ["date", "time"]),
      B.select(b.texts.direction, [["since", b.texts.elapsed_since], ["until", b.texts.elapsed_until]], one.direction || "since", (value) => { one.direction = value; b.changed(); }),
      B.select(b.texts.compare, ["ge", "gt", "le", "lt", "eq", "ne"].map((op) => [op, b.words[op]]), one.op, (value) => { one.op = value; b.changed(); }),
      B.count(b.texts.value, one.value, (value) => { one.value = value; b.changed(); }, 0),
      B.select(b.texts.unit, B.units(b, ["days", "weeks", "months", "years"]), one.unit || "days", (value) => { one.unit = value; b.changed(); }),
    ],
  };
  B.leaf.tag = {
    fresh: (b, tag) => ({ kind: "tag", tag: tag ?? b.known.tags[0] ?? "" }),
    draw: (b, one) => [B.word(b.texts.tagged), B.chooser(b, b.texts.tag, one.tag, { entries: b.known.tags.map((value) => ({ value, label: value })), value: one.tag, free: (typed) => b.texts.use.replace("%s", typed) }, (value) => { one.tag = value; b.redraw(); })],
  };
  B.leaf.consent = {
    fresh: (b) => ({ kind: "consent", channel: b.known.channels[0][0], purpose: "marketing", granted: true }),
    draw: (b, one) => [
      B.select(b.texts.consent, [["true", b.texts.granted], ["false", b.texts.refused]], String(one.granted ?? true), (value) => { one.granted = value === "true"; b.changed(); }),
      B.word(b.texts.consent_by), B.select(b.texts.channel, b.known.channels, one.channel, (value) => { one.channel = value; b.changed(); }),
      B.word(b.texts.consent_for), B.select(b.texts.purpose, [["marketing", b.texts.marketing]], one.purpose || "marketing", (value) => { one.purpose = value; b.changed(); }),
    ],
  };
})();
