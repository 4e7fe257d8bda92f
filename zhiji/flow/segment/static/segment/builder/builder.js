/* The condition builder: draws the tree of a textarea as rows that read as a sentence, and keeps both in step.
   A host has data-builder="<id of the textarea>", and may have data-own-key="segment:<key>" and data-count. */
(() => {
  "use strict";
  const B = window.ZhijiBuilder, { make } = B;
  const KEPT = "zj:condition";
  let number = 0;

  class Builder extends B.Known {
    constructor(host, area, given) {
      super(given);
      Object.assign(this, { host, area, own: host.dataset.ownKey || "", number: (number += 1), past: [], future: [] });
      area.classList.remove("d-none");
      area.removeAttribute("aria-hidden");
      area.classList.add("form-control", "zb-json");
      area.hidden = true;
      area.spellcheck = false;
      this.check = B.watch(this);
      this.frame();
      this.read(area.value);
      this.start = area.value;
      area.addEventListener("input", () => this.typed());
      area.addEventListener("change", () => { if (area.hidden) this.read(area.value); });
      host.addEventListener("keydown", (event) => this.keyed(event));
      host.addEventListener("paste", (event) => this.pasted(event));
    }

    frame() {
      const { texts } = this;
      this.canvas = make("div", { class: "zb-canvas" });
      this.said = make("div", { class: "zb-said", role: "status" });
      this.figure = make("div", { class: "zb-figure", role: "status" });
      this.problems = make("div", { class: "zb-problems" });
      this.voice = make("div", { class: "visually-hidden", role: "status", "aria-live": "polite" });
      this.tools = {
        undo: B.iconButton("arrow-back-up", texts.undo, () => this.turn(this.past, this.future)),
        redo: B.iconButton("arrow-forward-up", texts.redo, () => this.turn(this.future, this.past)),
        json: B.iconButton("code", texts.json, () => this.toggle(), "zb-toggle"),
      };
      const tools = make("span", { class: "zb-tools zb-bar-tools", role: "group", "aria-label": texts.tools }, this.tools.undo, this.tools.redo,
        B.iconButton("template", texts.templates, () => B.templates(this)), B.iconButton("clipboard", texts.copy_all, () => this.copy(this.plain())),
        B.iconButton("clipboard-text", texts.paste, () => this.paste((found) => this.take(found, false))), this.tools.json);
      this.host.classList.add("zb");
      this.host.replaceChildren(make("div", { class: "zb-bar" }, this.urls.read ? B.typing(this) : null, tools), this.said, this.area, this.canvas, this.problems, this.figure, this.voice);
    }

    /* the tree and its text --------------------------------------------------------------------------- */
    read(text) {
      let tree = null;
      try { tree = JSON.parse(text || "null"); } catch { return false; }
      this.bare = Boolean(tree) && !B.groupIn(tree);
      if (!tree) this.area.value = JSON.stringify({ kind: "all", of: [] }, null, 2);
      this.tree = !tree ? { kind: "all", of: [] } : this.bare ? { kind: "all", of: [tree] } : tree;
      this.load(B.factsOf(this.tree)).then(() => this.learn(this.tree)).then(() => { this.draw(); this.check(); });
      return true;
    }
    /* A group of one is written as that one. */
    plain() {
      this.bare = this.tree.kind === "all" && this.tree.of.length === 1;
      return this.bare ? this.tree.of[0] : this.tree;
    }
    changed(step = false) {
      const text = JSON.stringify(this.plain(), null, 2), now = Date.now();
      if (text === this.area.value) return;
      if (step || now - (this.at || 0) > 900 || !this.past.length) this.past.push(this.area.value);
      this.at = step ? 0 : now;
      this.future = [];
      this.write(text);
    }
    write(text) {
      this.area.value = text;
      this.tools.undo.disabled = !this.past.length;
      this.tools.redo.disabled = !this.future.length;
      this.area.dispatchEvent(new CustomEvent("condition-changed", { bubbles: true }));
      this.check();
    }
    turn(from, to) {
      if (!from.length) return;
      to.push(this.area.value);
      const text = from.pop();
      this.at = 0;
      this.write(text);
      this.read(text);
    }
    typed() {
      const before = this.text ?? this.start;
      if (!this.read(this.area.value)) { this.said.textContent = this.texts.bad_json; this.said.classList.add("zb-broken"); return; }
      this.past.push(before);
      this.text = this.area.value;
      this.area.dispatchEvent(new CustomEvent("condition-changed", { bubbles: true }));
    }
    /* A tree from elsewhere: instead of what is there, or beside it. */
    take(found, whole, from = null) {
      const pristine = !this.tree.of?.length || (this.area.value === this.start && this.host.dataset.fresh);
      if (from) this.host.dispatchEvent(new CustomEvent("template-taken", { bubbles: true, detail: from }));
      this.load(B.factsOf(found)).then(() => this.learn(found)).then(() => {
        if (whole || pristine) {
          this.tree = B.groupIn(found) ? found : { kind: "all", of: [found] };
        } else (B.groupIn(this.tree) || this.tree).of.push(found);
        this.redraw(null, found);
      });
    }
    put(path, value) {
      const steps = [...this.outer(path).matchAll(/\.(\w+)|\[(\d+)\]/g)].map(([, name, at]) => name ?? Number(at)), last = steps.pop();
      const holder = steps.reduce((one, step) => one?.[step], this.tree);
      if (!holder) return;
      holder[last] = value;
      this.load(B.factsOf(this.tree)).then(() => this.redraw());
    }
    outer(path) {
      return this.bare ? path.replace("$", "$.of[0]") : path;
    }
    rowAt(path) {
      let at = this.outer(path || "$");
      while (at.length > 1) {
        const row = this.canvas.querySelector(`[data-path="${CSS.escape(at)}"]`);
        if (row) return row;
        at = at.replace(/(\.\w+|\[\d+\])$/, "");
      }
      return this.canvas.querySelector('[data-path="$"]');
    }

    /* drawing ------------------------------------------------------------------------------------------ */
    draw() {
      this.elements = new WeakMap();
      this.lists = new WeakMap();
      this.canvas.replaceChildren(B.draw(this, { node: this.tree, list: null, up: null, path: "$" }));
      this.tools.undo.disabled = !this.past.length;
      this.tools.redo.disabled = !this.future.length;
    }
    redraw(name = null, node = null, first = false) {
      const active = document.activeElement, row = active?.closest?.("[data-path]");
      const inside = row && this.canvas.contains(row) ? { path: row.dataset.path, name: active.dataset.name } : null;
      const at = inside ? this.named(row, inside.name).indexOf(active) : 0;
      this.draw();
      this.changed(true);
      if (node) {
        const one = this.elements.get(node);
        (first ? one?.querySelector(".zb-line select, .zb-line input, .zb-line .zb-choice, select") : one?.querySelector(".zb-grip"))?.focus();
      } else if (name) this.canvas.querySelector(`[data-name="${CSS.escape(name)}"]`)?.focus();
      else if (inside?.name) {
        const there = this.canvas.querySelector(`[data-path="${CSS.escape(inside.path)}"]`);
        const found = there ? this.named(there, inside.name) : [];
        (found[at] || found[0] || there?.querySelector("select, input, button"))?.focus();
      }
    }
    named(row, name) {
      return name ? [...row.querySelectorAll(`[data-name="${CSS.escape(name)}"]`)].filter((one) => one.closest("[data-path]") === row) : [];
    }
    say(text) { this.voice.textContent = text; }
    toggle() {
      const shown = !this.area.hidden;
      this.area.hidden = shown;
      this.canvas.hidden = !shown;
      this.tools.json.setAttribute("aria-pressed", String(!shown));
      if (!shown) { this.text = this.area.value; this.area.focus(); }
    }

    /* keys, clipboard ----------------------------------------------------------------------------------- */
    keyed(event) {
      const typing = event.target.matches("textarea, input:not([type=checkbox])");
      if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
      const key = event.key.toLowerCase();
      if ((key === "z" && !typing) || (key === "y" && !typing)) {
        event.preventDefault();
        if (key === "y" || event.shiftKey) this.turn(this.future, this.past);
        else this.turn(this.past, this.future);
      } else if (key === "c" && event.target.matches(".zb-grip") && !String(window.getSelection())) {
        const node = this.nodeAt(event.target.closest("[data-path]").dataset.path);
        if (node) { event.preventDefault(); this.copy(node); }
      }
    }
    nodeAt(path) {
      return [...path.matchAll(/\.(\w+)|\[(\d+)\]/g)].reduce((one, [, name, at]) => one?.[name ?? Number(at)], this.tree);
    }
    copy(node) {
      const text = JSON.stringify(node, null, 2);
      try { localStorage.setItem(KEPT, text); } catch { /* private window */ }
      navigator.clipboard?.writeText(text).catch(() => {});
      document.dispatchEvent(new CustomEvent("toast", { detail: { text: this.texts.copied } }));
    }
    async paste(done) {
      let text = "";
      try { text = await navigator.clipboard.readText(); } catch { /* not allowed: what was copied here is kept */ }
      const read = (one) => { try { const tree = JSON.parse(one); return tree && typeof tree.kind === "string" ? tree : null; } catch { return null; } };
      let found = read(text);
      if (!found) try { found = read(localStorage.getItem(KEPT)); } catch { /* private window */ }
      if (!found) { document.dispatchEvent(new CustomEvent("toast", { detail: { text: this.texts.nothing_to_paste, level: "warning" } })); return; }
      await this.load(B.factsOf(found));
      done(found);
    }
    pasted(event) {
      if (event.target.matches("input, textarea")) return;
      try {
        const found = JSON.parse(event.clipboardData.getData("text"));
        if (typeof found.kind !== "string") return;
        event.preventDefault();
        this.take(found, false);
      } catch { /* no condition */ }
    }
  }

  /* Draw a host; resolves to its builder once the catalogue is there. */
  B.build = async (host) => {
    const area = document.getElementById(host.dataset.builder);
    area.hidden = true;
    return new Builder(host, area, await B.catalogue());
  };
  document.querySelectorAll("[data-builder]").forEach(B.build);
})();
