/* Forms of every page: what was typed isn't lost without a word, and an error goes when its value is mended.

   Guarded is each form that posts, but not those that save with every change or that have data-unguarded. It is held
   against how it stood when the user first touched the page, as scripts may still fill it before. */
(function () {
  "use strict";

  if (document.body.classList.contains("zj-door-page")) return;
  const GUARDED = "form[method=post]:not([data-unguarded]), form[hx-post]:not([hx-trigger=change]):not([data-unguarded])";
  const stood = new WeakMap();
  let touched = false;

  const written = (form) =>
    JSON.stringify(
      [...new FormData(form)]
        .filter(([name]) => name !== "csrfmiddlewaretoken")
        .map(([name, value]) => [name, value instanceof File ? value.name : value]),
    );
  const refused = (form) => form.querySelector(".errorlist, .is-invalid, .alert-danger:not([hidden])") !== null;
  /* A form that came back refused holds what nobody has saved. */
  const note = (form) => stood.has(form) || stood.set(form, refused(form) ? null : written(form));
  const noteAll = (root) => root.querySelectorAll(GUARDED).forEach(note);
  const unsaved = (root) =>
    [...root.querySelectorAll(GUARDED)].filter((form) => stood.has(form) && stood.get(form) !== written(form));

  function touch() {
    if (touched || document.readyState !== "complete") return;
    touched = true;
    noteAll(document);
  }
  ["pointerdown", "keydown", "beforeinput"].forEach((kind) => document.addEventListener(kind, touch, true));
  /* A field that has the focus from the page itself was touched by nobody. */
  document.addEventListener("focusin", (event) => event.target.autofocus || touch(), true);
  document.addEventListener("htmx:load", (event) => {
    if (!touched) return;
    if (event.target.matches(GUARDED)) note(event.target);
    noteAll(event.target);
  });

  const saved = (form) => stood.set(form, written(form));
  window.addEventListener("submit", (event) => {
    if (!event.defaultPrevented && event.target.matches(GUARDED)) saved(event.target);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt;
    if (event.detail.successful && form.matches("form") && form.isConnected) saved(form);
  });

  window.addEventListener("beforeunload", (event) => {
    if (unsaved(document).length) event.preventDefault();
  });
  /* A fragment that would take the place of a form with unsaved words asks first. */
  document.addEventListener("htmx:confirm", (event) => {
    const own = event.detail.elt.closest("form");
    const lost = unsaved(event.detail.target || document.createElement("i")).filter((form) => form !== own);
    if (event.defaultPrevented || !lost.length) return;
    event.preventDefault();
    const question = document.getElementById("zj-words").dataset.unsaved;
    window.zhiji.ask(question, null).then((yes) => yes && event.detail.issueRequest(true));
  });

  /* An error speaks of the value that was sent: with another value it is no longer true. */
  function mended(event) {
    const field = event.target;
    if (!(field instanceof HTMLElement)) return;
    field.classList.remove("is-invalid");
    field.removeAttribute("aria-invalid");
    const place = field.closest(".zj-field, fieldset") || field.parentElement;
    place.querySelectorAll(":scope > .errorlist, :scope > .invalid-feedback").forEach((one) => one.remove());
    const around = field.closest("form");
    const told = [...(around ? around.querySelectorAll(".alert-danger") : [])];
    const card = field.closest("section.card");
    if (card) told.push(...card.querySelectorAll(":scope > .alert-danger"));
    told.forEach((one) => (one.id ? (one.hidden = true) : one.remove())); // one with an id its page shows again
  }
  ["input", "change", "condition-changed"].forEach((kind) => document.addEventListener(kind, mended));
})();
