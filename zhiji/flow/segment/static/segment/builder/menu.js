/* "Add a condition": everything a condition can be about, found by looking or by typing. */
(() => {
  "use strict";
  const B = window.ZhijiBuilder;

  /* What can be added, best first: the kinds, then each fact, attribute, date, class, segment, tag and offer by name. */
  const entries = (b) => {
    const { known, texts } = b, kind = (name, group, icon, there = true) => there && { value: name, label: texts[`kind_${name}`], sub: texts[`hint_${name}`], group, icon, make: () => B.leaf[name].fresh(b) };
    const did = texts.group_did, who = texts.group_who, stands = texts.group_stands;
    const behaviour = (fact) => ({ ...B.leaf.behaviour.fresh(b), fact });
    const dates = known.attributes.filter((one) => ["date", "time"].includes(one.type));
    return [
      kind("behaviour", did, "bolt"), kind("recency", did, "clock"), kind("sequence", did, "route"), kind("absence", did, "ban"), kind("nth", did, "number-1"),
      kind("regular", did, "repeat"), kind("stopped", did, "player-pause"), kind("resumed", did, "player-play"),
      kind("attribute", who, "user"), { value: "place", label: texts.kind_place, sub: texts.hint_place, group: who, icon: "map-pin", make: () => B.leaf.attribute.fresh(b, "place") },
      kind("anniversary", who, "gift"), kind("elapsed", who, "calendar"), kind("tag", who, "tag"), kind("consent", who, "mail-check"),
      kind("class", stands, "category", known.schemes.length), kind("segment", stands, "users-group", known.segments.length), kind("rank", stands, "chart-bar"), kind("score", stands, "stars"), kind("bucket", stands, "dice"),
      ...known.offered.map((one) => ({ value: `offered:${one.name}`, label: one.label, group: texts.group_offered, icon: "puzzle", make: () => B.leaf.offered.fresh(b, one.name) })),
      ...known.facts.map(([key, label]) => ({ value: `fact:${key}`, label, sub: key, group: texts.fact, deep: true, make: () => behaviour(key) })),
      ...known.attributes.map((one) => ({ value: `attribute:${one.key}`, label: one.label, sub: one.key, group: texts.attribute, deep: true, make: () => B.leaf.attribute.fresh(b, one.key) })),
      ...dates.map((one) => ({ value: `anniversary:${one.key}`, label: texts.anniversary_of.replace("%s", one.label), group: texts.kind_anniversary, deep: true, make: () => B.leaf.anniversary.fresh(b, one.key) })),
      ...known.schemes.flatMap((scheme) => scheme.classes.map(([key, label, colour]) => ({ value: `class:${scheme.key}:${key}`, label, sub: scheme.label, colour, group: texts.class, deep: true, make: () => B.leaf.class.fresh(b, `${scheme.key}:${key}`) }))),
      ...known.segments.filter(([key]) => `segment:${key}` !== b.own).map(([key, label]) => ({ value: `segment:${key}`, label, group: texts.segment, deep: true, make: () => B.leaf.segment.fresh(b, key) })),
      ...known.tags.map((tag) => ({ value: `tag:${tag}`, label: tag, group: texts.tag, deep: true, make: () => B.leaf.tag.fresh(b, tag) })),
    ].filter(Boolean);
  };

  B.addMenu = (b, anchor, list) => {
    const all = entries(b);
    B.choose(b, {
      anchor, label: b.texts.add, placeholder: b.texts.add_hint, wide: true,
      load: (typed) => (typed ? all : all.filter((one) => !one.deep)),
      pick: async (value, entry) => {
        const fresh = entry.make();
        await b.load(B.factsOf(fresh));
        list.push(fresh);
        b.redraw(null, fresh, true);
      },
    });
  };

  /* Every fact name that a tree mentions. */
  B.factsOf = (tree, found = new Set()) => {
    if (Array.isArray(tree)) tree.forEach((one) => B.factsOf(one, found));
    else if (tree && typeof tree === "object") {
      if (typeof tree.fact === "string") found.add(tree.fact);
      Object.values(tree).forEach((one) => B.factsOf(one, found));
    }
    return [...found];
  };
})();
