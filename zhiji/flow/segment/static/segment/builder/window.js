/* When: every form of window, each a choice with its own inputs; spans between two facts. */
(() => {
  "use strict";
  const B = window.ZhijiBuilder, { make } = B;
  const form = (window) => {
    if (!window) return "ever";
    if (window.ending) return "earlier";
    return ["last", "this", "previous", "after", "before"].find((name) => window[name] !== undefined && window[name] !== null) || "between";
  };
  const LAST = ["minutes", "hours", "days", "weeks", "months", "years"], SPAN = ["minutes", "hours", "days", "weeks"];
  const fresh = (b, kind, holder) => ({
    ever: null,
    last: { last: 30, unit: "days" },
    earlier: { last: 30, unit: "days", ending: 30 },
    this: { this: "month" },
    previous: { previous: 1, unit: "months" },
    between: { since: `${B.today().slice(0, 4)}-01-01`, until: B.today() },
    after: { after: { fact: holder.fact, which: "first" } },
    before: { before: { fact: holder.fact, which: "first" } },
  })[kind];

  /* The window of `holder.window`; `anchored` also offers before and after another fact. */
  B.window = (b, holder, anchored = false) => {
    const now = form(holder.window), kinds = ["last", "this", "previous", "earlier", "between", "ever", ...(anchored || now === "after" || now === "before" ? ["after", "before"] : [])];
    const pick = B.select(b.texts.when, kinds.map((name) => [name, b.texts[`when_${name}`]]), now, (value) => { holder.window = fresh(b, value, holder); b.redraw(); }, "zb-strong");
    return [pick, ...inputs[now](b, holder.window, holder)];
  };
  const inputs = {
    ever: () => [],
    last: (b, one) => B.span(b, b.texts.how_many, one, LAST),
    earlier: (b, one) => [
      B.count(b.texts.how_many, one.last, (value) => { one.last = value; b.changed(); }),
      B.select(b.texts.unit, B.units(b, LAST), one.unit, (value) => { one.unit = value; b.redraw(); }),
      B.word(b.texts.until_before), B.count(b.texts.ending, one.ending, (value) => { one.ending = value; b.changed(); }), B.word(`${b.words[one.unit]}${b.texts.ago}`),
    ],
    this: (b, one) => [B.select(b.texts.period, ["day", "week", "month", "quarter", "year"].map((name) => [name, b.texts[`this_${name}`]]), one.this, (value) => { one.this = value; b.changed(); })],
    previous: (b, one) => B.span(b, b.texts.how_many, one, ["days", "weeks", "months", "quarters", "years"], "previous"),
    between: (b, one) => [
      B.field(b.texts.since, "date", one.since, (value) => { put(one, "since", value); b.changed(); }), B.word(b.texts.to),
      B.field(b.texts.until, "date", one.until, (value) => { put(one, "until", value); b.changed(); }),
    ],
    after: (b, one) => anchor(b, one, "after"),
    before: (b, one) => anchor(b, one, "before"),
  };
  const put = (holder, name, value) => { if (value) holder[name] = value; else delete holder[name]; };

  const anchor = (b, one, side) => {
    const held = one[side];
    return [
      B.select(b.texts.which, [["first", b.texts.first_time], ["last", b.texts.last_time]], held.which || "first", (value) => { held.which = value; b.changed(); }),
      B.chooseFact(b, held.fact, (value) => { held.fact = value; held.where = []; b.redraw(); }),
      B.where(b, held), B.word(b.texts[`side_${side}`]),
      B.optional(b, b.texts.within, Boolean(one.within), () => { one.within = { last: 7, unit: "days" }; b.redraw(); },
        () => [B.span(b, b.texts.within, one.within, SPAN), B.word(b.texts.inside)], () => { delete one.within; b.redraw(); }),
    ];
  };

  /* How long at most between two facts; where it isn't needed it may be left out. */
  B.within = (b, holder, needed) => {
    if (needed) holder.within ||= { last: 1, unit: "days" };
    const inputs = () => B.span(b, b.texts.within, holder.within, SPAN);
    if (needed) return [inputs(), B.word(b.texts.inside)];
    return B.optional(b, b.texts.within_all, Boolean(holder.within), () => { holder.within = { last: 7, unit: "days" }; b.redraw(); }, () => [B.word(b.texts.within_all), inputs()], () => { holder.within = null; b.redraw(); });
  };

  /* A window that may be left out, for kinds where "ever" is the rule. */
  B.maybeWindow = (b, holder) => make("span", { class: "zb-line" }, B.window(b, holder));
})();
