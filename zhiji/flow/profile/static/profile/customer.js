/* The customer's page: dialogs open and close, an edit in place is focused and given up by Escape. */
(function () {
  "use strict";

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-open]");
    if (opener) {
      const dialog = document.querySelector(opener.dataset.open);
      dialog.showModal();
      const input = dialog.querySelector("input:not([type=hidden])");
      if (input) input.focus();
    }
    const closer = event.target.closest("[data-close]");
    if (closer) closer.closest("dialog").close();
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    const field = event.target.querySelector && event.target.querySelector(".record-form [autofocus]");
    if (field) field.focus();
  });
})();
