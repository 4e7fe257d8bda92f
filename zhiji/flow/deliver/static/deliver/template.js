/* The template editor: the preview follows what is typed, and can be narrowed to a phone. */
(function () {
  "use strict";
  const form = document.querySelector("[data-template-form]");
  const button = document.querySelector("[data-preview]");
  const frame = document.querySelector("[data-preview-frame]");
  if (!form || !button || !frame) return;
  let waiting = null;

  function show() {
    form.requestSubmit(button);
  }
  function soon() {
    clearTimeout(waiting);
    waiting = setTimeout(show, 600);
  }
  form.addEventListener("input", soon);
  document.querySelectorAll('[form="template-form"]:not(button)').forEach((control) => control.addEventListener("change", show));

  const person = document.querySelector('select[name="customer"]');
  const forTest = document.querySelector("[data-test-customer]");
  if (forTest && person) {
    forTest.value = person.value;
    person.addEventListener("change", () => { forTest.value = person.value; });
  }
  const width = document.querySelector("[data-width]");
  width.addEventListener("click", () => {
    const narrow = frame.classList.toggle("narrow");
    width.classList.toggle("active", narrow);
    width.setAttribute("aria-pressed", String(narrow));
  });
  show();
})();
