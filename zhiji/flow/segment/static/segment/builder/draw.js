/* The tree as nested groups of rows. Every row and group knows the array it stands in, so that it can be moved. */
(() => {
  "use strict";
  const B = window.ZhijiBuilder, { make } = B;
  const isGroup = (node) => node && (node.kind === "all" || node.kind === "any");
  B.isGroup = isGroup;
  B.groupIn = (node) => (isGroup(node) ? node : node?.kind === "not" && isGroup(node.of) ? node.of : null);

  /* `place`: {node, list, at, up, path} — where the node stands; `list` is null for the root. */
  B.draw = (b, place) => {
    const { node } = place;
    if (B.groupIn(node)) return group(b, place);
    if (node?.kind === "not" && node.of?.kind === "not") return wrapper(b, place);
    return row(b, place);
  };

  const grip = (b, place, label) => place.list && make("button", {
    type: "button", class: "zb-grip", "aria-label": `${b.texts.move} ${label}`, title: b.texts.move_hint, "data-name": "grip",
    onkeydown: (event) => {
      const act = { ArrowUp: () => B.step(b, place, -1), ArrowDown: () => B.step(b, place, 1), ArrowLeft: () => B.out(b, place), ArrowRight: () => B.into(b, place), Delete: () => B.remove(b, place) }[event.key];
      if (!act) return;
      event.preventDefault();
      event.stopPropagation();
      act();
    },
  }, B.icon("grip-vertical"));

  const row = (b, place) => {
    const negated = place.node?.kind === "not", leaf = negated ? place.node.of : place.node, known = B.leaf[leaf?.kind];
    const line = make("div", { class: "zb-line" },
      negated ? make("button", { type: "button", class: "zb-not", title: b.texts.not_off, "data-name": b.texts.not, onclick: () => B.replace(b, place, leaf) }, b.texts.not) : null,
      known ? known.draw(b, leaf) : make("code", {}, JSON.stringify(leaf)));
    const one = make("div", { class: "zb-row", "data-path": place.path, "data-kind": leaf?.kind },
      grip(b, place, ""), line,
      make("span", { class: "zb-tools" }, more(b, place), place.list ? B.iconButton("x", b.texts.remove, () => B.remove(b, place), "zb-off") : null));
    b.elements.set(place.node, one);
    return one;
  };

  const group = (b, place) => {
    const negated = place.node.kind === "not", inner = B.groupIn(place.node), path = negated ? `${place.path}.of` : place.path;
    const mode = negated ? (inner.kind === "any" ? "none" : "notall") : inner.kind;
    const change = (to) => {
      inner.kind = { all: "all", any: "any", none: "any", notall: "all" }[to];
      B.replace(b, place, to === "none" || to === "notall" ? { kind: "not", of: inner } : inner);
    };
    const body = make("div", { class: "zb-body", "data-joint": inner.kind === "any" ? b.texts.or : b.texts.and });
    b.lists.set(body, inner.of);
    inner.of.forEach((node, at) => body.append(B.draw(b, { node, list: inner.of, at, up: place, path: `${path}.of[${at}]` })));
    sortable(b, body);
    const add = make("button", { type: "button", class: "zb-add zb-add-main", "aria-haspopup": "listbox", "aria-expanded": "false", "data-name": b.texts.add, onclick: (event) => B.addMenu(b, event.currentTarget, inner.of) }, `+ ${b.texts.add}`);
    const one = make("section", { class: `zb-group zb-${mode}`, "data-path": place.path, "aria-label": b.texts[`mode_${mode}`] },
      make("div", { class: "zb-head" }, grip(b, place, b.texts.group), B.select(b.texts.group, ["all", "any", "none", "notall"].map((name) => [name, b.texts[`mode_${name}`]]), mode, change, "zb-strong"),
        make("span", { class: "zb-tools" }, more(b, place), place.list ? B.iconButton("x", b.texts.remove, () => B.remove(b, place), "zb-off") : null)),
      body,
      inner.of.length ? null : make("div", { class: "zb-note" }, b.texts.empty_group),
      make("div", { class: "zb-foot" }, add, make("button", { type: "button", class: "zb-add", "data-name": b.texts.add_group, onclick: () => { const fresh = { kind: inner.kind === "all" ? "any" : "all", of: [B.leaf.behaviour.fresh(b)] }; inner.of.push(fresh); b.redraw(); } }, `+ ${b.texts.add_group}`)));
    b.elements.set(place.node, one);
    return one;
  };

  /* A denied denial: kept as it was written. */
  const wrapper = (b, place) => {
    const one = make("section", { class: "zb-group zb-none", "data-path": place.path },
      make("div", { class: "zb-head" }, grip(b, place, b.texts.group), make("button", { type: "button", class: "zb-not", title: b.texts.not_off, "data-name": b.texts.not, onclick: () => B.replace(b, place, place.node.of) }, b.texts.not)),
      make("div", { class: "zb-body" }, B.draw(b, { node: place.node.of, list: null, up: place, path: `${place.path}.of`, set: (next) => { place.node.of = next; } })));
    b.elements.set(place.node, one);
    return one;
  };

  const sortable = (b, body) => window.Sortable && window.Sortable.create(body, {
    group: `zb-${b.number}`, handle: ".zb-grip", animation: 140, fallbackOnBody: true, swapThreshold: 0.6, emptyInsertThreshold: 14, ghostClass: "zb-ghost", delay: 60, delayOnTouchOnly: true,
    onEnd: ({ from, to, oldIndex, newIndex }) => {
      if (from === to && oldIndex === newIndex) return;
      const [moved] = b.lists.get(from).splice(oldIndex, 1);
      b.lists.get(to).splice(newIndex, 0, moved);
      b.redraw();
    },
  });

  /* moving and changing ------------------------------------------------------------------------------ */
  const again = (b, node, said) => { b.say(said); b.redraw(null, node); };
  B.replace = (b, place, next) => {
    if (place.list) place.list[place.at] = next;
    else if (place.set) place.set(next);
    else b.tree = next;
    b.redraw(null, next, true);
  };
  B.remove = (b, place) => {
    if (!place.list) return;
    place.list.splice(place.at, 1);
    b.redraw(null, place.list[Math.min(place.at, place.list.length - 1)] || place.up.node);
    b.say(b.texts.removed);
  };
  B.step = (b, { node, list, at }, by) => {
    if (!list || at + by < 0 || at + by >= list.length) return;
    list.splice(at + by, 0, ...list.splice(at, 1));
    again(b, node, b.texts.moved.replace("%s", at + by + 1));
  };
  B.out = (b, { node, list, at, up }) => {
    if (!list || !up?.list) return;
    list.splice(at, 1);
    up.list.splice(up.at + 1, 0, node);
    again(b, node, b.texts.moved_out);
  };
  B.into = (b, { node, list, at }) => {
    const target = list && at ? B.groupIn(list[at - 1]) : null;
    if (!target) return;
    list.splice(at, 1);
    target.of.push(node);
    again(b, node, b.texts.moved_in);
  };

  const more = (b, place) => {
    const open = (event) => B.choose(b, { anchor: event.currentTarget, label: b.texts.more, entries: entries(), pick: (value) => actions[value]() });
    const { node, list, at } = place, inner = B.groupIn(node);
    const copy = () => JSON.parse(JSON.stringify(node));
    const actions = {
      not: () => B.replace(b, place, node.kind === "not" ? node.of : { kind: "not", of: node }),
      twice: () => { const twin = copy(); list.splice(at + 1, 0, twin); b.redraw(null, twin); },
      copy: () => b.copy(node),
      paste: () => b.paste((found) => { if (inner) inner.of.push(found); else if (list) list.splice(at + 1, 0, found); b.redraw(null, found); }),
      wrap: () => B.replace(b, place, { kind: "any", of: [node] }),
      unwrap: () => { list.splice(at, 1, ...inner.of); b.redraw(); },
      up: () => B.step(b, place, -1),
      down: () => B.step(b, place, 1),
      out: () => B.out(b, place),
      into: () => B.into(b, place),
      remove: () => B.remove(b, place),
    };
    const entries = () => [
      ["not", node.kind === "not" ? b.texts.not_off : b.texts.not_on, "ban"],
      list ? ["twice", b.texts.twice, "copy"] : null,
      ["copy", b.texts.copy, "clipboard"], inner || list ? ["paste", inner ? b.texts.paste_in : b.texts.paste_below, "clipboard-text"] : null,
      ["wrap", b.texts.wrap, "braces"], list && inner && node.kind !== "not" ? ["unwrap", b.texts.unwrap, "braces"] : null,
      list && at > 0 ? ["up", b.texts.up, "arrow-up"] : null, list && at < list.length - 1 ? ["down", b.texts.down, "arrow-down"] : null,
      list && place.up?.list ? ["out", b.texts.move_out, "arrow-left"] : null, list && at && B.groupIn(list[at - 1]) ? ["into", b.texts.move_in, "arrow-right"] : null,
      list ? ["remove", b.texts.remove, "trash"] : null,
    ].filter(Boolean).map(([value, label, icon]) => ({ value, label, icon }));
    return make("button", { type: "button", class: "zb-icon", "aria-label": b.texts.more, title: b.texts.more, "aria-haspopup": "listbox", "aria-expanded": "false", "data-name": b.texts.more, onclick: open }, B.icon("dots"));
  };
})();
