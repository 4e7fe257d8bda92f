/* The rule form: steps that are dragged or moved by buttons, and the sentence that follows what is typed. */
(function () {
  "use strict";

  const changed = () => document.body.dispatchEvent(new CustomEvent("changed-rule", { bubbles: true }));

  function move(step, way) {
    const other = way < 0 ? step.previousElementSibling : step.nextElementSibling;
    if (!other) return;
    if (way < 0) other.before(step);
    else other.after(step);
    changed();
  }

  document.addEventListener("DOMContentLoaded", () => {
    const form = document.getElementById("rule-form");
    const list = document.getElementById("steps");
    if (!form || !list) return;
    window.Sortable.create(list, { handle: ".act-grip", animation: 120, onEnd: changed });
    form.addEventListener("input", changed);
    form.addEventListener("change", changed);
    form.addEventListener("condition-changed", changed);
    list.addEventListener("click", (event) => {
      const step = event.target.closest(".act-step");
      const button = event.target.closest("button");
      if (!step || !button) return;
      if ("stepUp" in button.dataset) move(step, -1);
      else if ("stepDown" in button.dataset) move(step, 1);
      else if ("stepRemove" in button.dataset) {
        step.remove();
        changed();
        return;
      }
      button.focus();
    });
    document.body.addEventListener("htmx:afterSwap", (event) => {
      if (event.target !== list) return;
      const field = list.lastElementChild.querySelector("input:not([type=hidden]), select, textarea");
      if (field) field.focus();
      changed();
    });
  });
})();
