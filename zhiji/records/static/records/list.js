/* Lists: what is ticked, and the list's address for the forms outside the rows. */
(function () {
  "use strict";

  document.addEventListener("alpine:init", () => {
    window.Alpine.data("list", () => ({
      count: 0,
      get some() {
        return this.count > 0;
      },
      boxes() {
        return [...this.$root.querySelectorAll("input[data-tick]")];
      },
      tick() {
        this.count = this.boxes().filter((box) => box.checked).length;
        if (this.count) this.$root.querySelector("form").dispatchEvent(new Event("ticked"));
      },
      tickAll(event) {
        this.boxes().forEach((box) => (box.checked = event.target.checked));
        this.tick();
      },
    }));
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id !== "rows") return;
    const query = event.target.querySelector("[data-query]").dataset.query;
    document.querySelectorAll("[data-list-query]").forEach((input) => (input.value = query));
    const count = document.querySelector("[data-list-count]");
    window.htmx.ajax("GET", count.getAttribute("hx-get").split("?")[0] + "?" + query, { target: count, swap: "innerHTML" });
  });

  /* A field that is chosen in the panel brings its question once; the choice itself is no part of the list. */
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (!event.target.matches("[data-fields]")) return;
    const asks = [...document.querySelectorAll(".list-panel [data-field]")];
    const known = asks.find((one) => one.dataset.field === event.target.value);
    if (!known && event.target.value) return;
    event.preventDefault();
    event.target.value = "";
    known?.querySelector("input")?.focus();
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.target.matches("[data-fields]")) event.target.value = "";
  });

  /* Enter in the panel of filters has nothing to send: every change is shown at once. */
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches(".list-panel input")) event.preventDefault();
  });
})();
