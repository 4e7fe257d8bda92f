/* The segment form: a template taken brings its name along; while a condition is wrong the figures are pale. */
(() => {
  "use strict";
  const name = document.getElementById("name"), preview = document.getElementById("preview");
  document.addEventListener("template-taken", (event) => { if (name && !name.value.trim()) name.value = event.detail.name; });
  document.addEventListener("condition-checked", (event) => {
    preview.classList.toggle("sg-pale", !event.detail.ok);
    if (event.detail.ok) document.body.dispatchEvent(new CustomEvent("condition-ready"));
  });
})();
