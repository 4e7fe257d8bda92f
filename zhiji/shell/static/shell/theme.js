/* Runs before anything is painted: "auto" follows the system, so no page flashes in the wrong colours. */
(function () {
  "use strict";
  const page = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  function apply() {
    const theme = page.dataset.theme;
    page.setAttribute("data-bs-theme", theme === "auto" ? (dark.matches ? "dark" : "light") : theme);
  }
  apply();
  dark.addEventListener("change", function () {
    apply();
    document.dispatchEvent(new CustomEvent("zj:theme"));
  });
})();
