/* The segment form: a template taken brings its name along; while a condition is wrong the figures are pale. */
(() => {
  "use strict";
  const name = document.getElementById("name"), preview = document.getElementById("preview");
  document.addEventListener("template-taken", (event) => { if (name && !name.value.trim()) name.value = event.detail.name; });
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.target !== preview) return;
    const figure = preview.querySelector(".sg-count");
    document.getElementById("live-count").textContent = figure ? figure.parentElement.innerText.split("\n").slice(0, 2).join(" ") : "";
  });
  document.addEventListener("condition-checked", (event) => {
    preview.classList.toggle("sg-pale", !event.detail.ok);
    if (event.detail.ok) document.body.dispatchEvent(new CustomEvent("condition-ready"));
  });
})();
