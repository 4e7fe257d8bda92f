/* Filters of one fact by themselves, for a rule's trigger: kept as JSON in a textarea.
   A host has data-filters="<id of the textarea>" and data-fact="<id of the fact's select>". */
(() => {
  "use strict";
  const B = window.ZhijiBuilder;

  class Filters extends B.Known {
    constructor(host, given) {
      super(given);
      Object.assign(this, { host, area: document.getElementById(host.dataset.filters), fact: document.getElementById(host.dataset.fact) });
      this.holder = { fact: this.fact.value, where: JSON.parse(this.area.value || "[]") };
      this.fact.addEventListener("change", () => { Object.assign(this.holder, { fact: this.fact.value, where: [] }); this.start(true); });
      host.classList.add("zb", "zb-row", "zb-filters");
      this.start(false);
    }
    async start(changed) {
      await this.load([this.holder.fact]);
      await this.learn(this.holder);
      this.draw();
      if (changed) this.changed();
    }
    draw() { this.host.replaceChildren(B.where(this, this.holder)); }
    changed() {
      this.area.value = JSON.stringify(this.holder.where);
      this.area.dispatchEvent(new CustomEvent("condition-changed", { bubbles: true }));
    }
    redraw() {
      const active = document.activeElement, name = this.host.contains(active) ? active.dataset.name : null;
      const at = name ? [...this.host.querySelectorAll(`[data-name="${CSS.escape(name)}"]`)].indexOf(active) : -1;
      this.draw();
      this.changed();
      if (name) this.host.querySelectorAll(`[data-name="${CSS.escape(name)}"]`)[at]?.focus();
    }
  }

  document.querySelectorAll("[data-filters]").forEach(async (host) => new Filters(host, await B.catalogue()));
})();
