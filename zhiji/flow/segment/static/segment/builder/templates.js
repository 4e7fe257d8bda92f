/* Templates: the classic segments of a trade, taken whole or added; and the line where a condition is typed. */
(() => {
  "use strict";
  const B = window.ZhijiBuilder, { make } = B;
  let kept = null;

  B.templates = async (b) => {
    kept ||= fetch(b.urls.templates).then((answer) => answer.json());
    const trades = await kept;
    const list = make("div", { class: "zb-templates" }), tabs = make("div", { class: "zb-trades", role: "tablist" });
    const dialog = make("dialog", { class: "zj-dialog zb-dialog zb-large", "aria-label": b.texts.templates },
      make("div", { class: "zb-dialog-head" }, make("h2", {}, b.texts.templates), B.iconButton("x", b.texts.close, () => dialog.close())), tabs, list);
    const take = (one, whole) => { dialog.close(); b.take(JSON.parse(JSON.stringify(one.tree)), whole, one); };
    const open = (trade) => {
      tabs.querySelectorAll("button").forEach((tab) => tab.setAttribute("aria-selected", String(tab.dataset.trade === trade.key)));
      list.replaceChildren(...trade.templates.map((one) => make("article", { class: "zb-template" },
        make("div", {}, make("strong", {}, one.name), make("p", {}, one.sentence)),
        make("div", { class: "btn-list" }, B.button(b.texts.use_whole, () => take(one, true), "btn-primary"), B.button(b.texts.use_part, () => take(one, false))))));
    };
    tabs.append(...trades.map((trade) => make("button", { type: "button", role: "tab", "data-trade": trade.key, onclick: () => open(trade) }, trade.label)));
    open(trades[0]);
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  };

  /* The line to type into: what may come next is offered while typing; Enter makes it rows. */
  B.typing = (b) => {
    const offers = make("div", { class: "zb-offers", role: "listbox", id: `zb-offers-${b.number}`, hidden: true });
    const input = make("input", { class: "form-control form-control-sm", type: "text", placeholder: b.texts.type_sentence, "aria-label": b.texts.type_label, "aria-controls": offers.id, "aria-autocomplete": "list", role: "combobox", "aria-expanded": "false", autocomplete: "off", spellcheck: "false" });
    const error = make("div", { class: "zb-problem text-danger", role: "alert", hidden: true });
    let timer = null, asked = 0, at = -1;
    const close = () => { offers.hidden = true; at = -1; input.setAttribute("aria-expanded", "false"); };
    const complete = (one) => { input.value = one.text; input.focus(); input.setSelectionRange(one.cursor, one.cursor); close(); suggest(); };
    const mark = (next) => {
      const rows = [...offers.children];
      at = rows.length ? (next + rows.length) % rows.length : -1;
      rows.forEach((row, index) => { row.classList.toggle("chosen", index === at); row.setAttribute("aria-selected", String(index === at)); });
      rows[at]?.scrollIntoView({ block: "nearest" });
    };
    const suggest = async () => {
      const mine = (asked += 1);
      const found = await B.post(b.urls.suggest, { text: input.value, cursor: input.selectionStart ?? input.value.length }).catch(() => []);
      if (mine !== asked || document.activeElement !== input) return;
      offers.replaceChildren(...found.map((one) => make("div", { class: "zb-entry", role: "option", onmousedown: (event) => { event.preventDefault(); complete(one); } }, make("span", { class: "zb-entry-label" }, one.label), one.sub ? make("small", {}, one.sub) : null)));
      offers.hidden = !found.length;
      input.setAttribute("aria-expanded", String(found.length > 0));
      at = -1;
    };
    const read = async () => {
      if (!input.value.trim()) return;
      const found = await B.post(b.urls.read, { text: input.value }).catch(() => ({ reason: b.texts.unreachable }));
      error.hidden = Boolean(found.tree);
      error.replaceChildren(found.reason || "", found.hint ? make("small", {}, ` ${found.hint}`) : "");
      if (!found.tree) return;
      input.value = "";
      close();
      b.take(found.tree, false);
    };
    input.addEventListener("input", () => { error.hidden = true; clearTimeout(timer); timer = setTimeout(suggest, 140); });
    input.addEventListener("focus", () => { if (!input.value) suggest(); });
    input.addEventListener("blur", close);
    input.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown" && offers.children.length) { event.preventDefault(); offers.hidden = false; mark(at + 1); }
      else if (event.key === "ArrowUp" && offers.children.length) { event.preventDefault(); mark(at - 1); }
      else if (event.key === "Escape" && !offers.hidden) { event.preventDefault(); close(); }
      else if (event.key === "Tab" && at >= 0) { event.preventDefault(); offers.children[at].dispatchEvent(new MouseEvent("mousedown", { cancelable: true })); }
      else if (event.key === "Enter") {
        event.preventDefault();
        if (at >= 0) offers.children[at].dispatchEvent(new MouseEvent("mousedown", { cancelable: true }));
        else read();
      }
    });
    return make("div", { class: "zb-typing" }, input, offers, error);
  };
})();
