/* A threshold drawn over the population: bars of how many customers have which value, and a handle to drag.
   window.ZhijiThreshold.make(given, texts, moved) answers {element, update(given)}; `given` is as web/trial.py says. */
(() => {
  "use strict";
  const SVG = "http://www.w3.org/2000/svg";
  const DAY_WORDS = { minutes: 1, hours: 1, days: 1, weeks: 1, months: 1, years: 1 };
  const make = (tag, attributes = {}, ...children) => {
    const one = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) if (value !== null && value !== undefined) one.setAttribute(name, value);
    one.append(...children.filter((child) => child !== null && child !== undefined));
    return one;
  };
  const passes = { ge: (a, b) => a >= b, gt: (a, b) => a > b, le: (a, b) => a <= b, lt: (a, b) => a < b, eq: (a, b) => a === b, ne: (a, b) => a !== b };
  const short = (value) => Number(value).toLocaleString("en-US", { maximumFractionDigits: Math.abs(value) < 10 ? 2 : 0 });
  const label = (value, given) => (given.unit === "share" ? `${Math.round(value * 100)}%` : short(value));

  /* Whether a bar's customers pass: whole numbers by the number itself, else by the middle of the bar. */
  const inside = (given, value, at, width) => {
    const { low } = given.spread;
    if (given.unit === "share") return given.op === "ge" ? (at + 0.5) * width >= value : (at + 0.5) * width <= value;
    const one = given.whole && width === 1 ? low + at : low + (at + 0.5) * width;
    return passes[given.op](one, value);
  };

  const draw = (svg, given, value) => {
    const { bars, low, high } = given.spread, width = (high - low) / bars.length, top = Math.max(...bars, 1);
    while (svg.childElementCount < bars.length) svg.append(document.createElementNS(SVG, "rect"));
    while (svg.childElementCount > bars.length) svg.lastChild.remove();
    bars.forEach((count, at) => {
      const rect = svg.children[at], height = count ? Math.max(1.2, (count / top) * 44) : 0;
      rect.setAttribute("x", (at * 200) / bars.length);
      rect.setAttribute("width", Math.max(0.6, 200 / bars.length - 0.5));
      rect.setAttribute("y", 46 - height);
      rect.setAttribute("height", height);
      rect.setAttribute("class", inside(given, value, at, width) !== Boolean(given.negated) ? "sc-in" : "sc-out");
    });
  };

  const build = (first, texts, moved) => {
    let given = first, value = first.value;
    const said = make("span", { class: "sc-said" });
    const typed = make("input", { class: "form-control form-control-sm sc-typed", type: "number", "aria-label": texts.threshold });
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", "0 0 200 46");
    svg.setAttribute("preserveAspectRatio", "none");
    svg.setAttribute("aria-hidden", "true");
    const range = make("input", { class: "sc-range", type: "range" });
    const low = make("span"), note = make("span", { class: "sc-note" }), high = make("span");
    const spread = make("div", { class: "sc-spread" }, svg, range);
    const axis = make("div", { class: "sc-axis" }, low, note, high);
    const unit = make("span", { class: "text-secondary" });
    const element = make("div", { class: "sc-threshold" }, make("div", { class: "sc-threshold-head" }, said, typed, unit), spread, axis);

    const share = () => given.unit === "share";
    const limits = () => {
      if (share()) return [0.01, 0.99];
      if (given.score) return [1, 5];
      return [given.spread && given.spread.low < 0 ? -Infinity : 0, Infinity];
    };
    const set = (next, done, from) => {
      const [least, most] = limits();
      if (!Number.isFinite(next)) return;
      value = Math.min(most, Math.max(least, next));
      if (share()) value = Math.round(value * 1000) / 1000;
      else value = given.whole ? Math.round(value) : Math.round(value * 100) / 100;
      if (from !== typed) typed.value = share() ? Math.round(value * 1000) / 10 : value;
      if (from !== range || range.valueAsNumber !== value) range.value = value;
      range.setAttribute("aria-valuetext", label(value, given));
      if (given.spread) draw(svg, given, value);
      moved(given, value, done);
    };
    range.addEventListener("input", () => set(range.valueAsNumber, false, range));
    range.addEventListener("change", () => set(range.valueAsNumber, true, range));
    typed.addEventListener("input", () => typed.value !== "" && set(share() ? typed.valueAsNumber / 100 : typed.valueAsNumber, false, typed));
    typed.addEventListener("change", () => set(share() ? typed.valueAsNumber / 100 : typed.valueAsNumber, true, typed));

    const update = (next) => {
      given = { ...next, spread: next.spread || given.spread };
      value = given.value;
      said.textContent = given.sentence;
      range.setAttribute("aria-label", given.sentence);
      unit.textContent = share() ? "%" : DAY_WORDS[given.unit] ? texts[given.unit] || "" : "";
      spread.hidden = axis.hidden = !given.spread;
      typed.step = share() ? "0.1" : given.whole ? "1" : "any";
      if (document.activeElement !== typed) typed.value = share() ? Math.round(value * 1000) / 10 : value;
      if (!given.spread) return;
      range.min = given.spread.low;
      range.max = given.spread.high;
      range.step = given.spread.step;
      range.value = value;
      range.setAttribute("aria-valuetext", label(value, given));
      low.textContent = label(given.spread.low, given);
      high.textContent = given.score ? "5" : label(given.spread.high, given);
      note.textContent = [given.spread.missing && texts.missing.replace("{n}", given.spread.missing.toLocaleString()), given.spread.beyond && texts.beyond.replace("{n}", given.spread.beyond.toLocaleString())].filter(Boolean).join(" · ");
      draw(svg, given, value);
    };
    update(first);
    return { element, update, dragging: () => document.activeElement === range || document.activeElement === typed };
  };
  window.ZhijiThreshold = { make: build };
})();
