/* The bell asks how many notices are unread: each minute while the page is looked at, and when one comes back to it. */
(function () {
  "use strict";

  const MINUTE = 60000, AGAIN = 5000;
  let asked = Date.now();
  function ask() {
    if (document.hidden || Date.now() - asked < AGAIN) return;
    asked = Date.now();
    window.htmx.trigger(document.body, "zj-bell");
  }
  setInterval(ask, MINUTE);
  window.addEventListener("focus", ask);
  document.addEventListener("visibilitychange", ask);

  /* Nobody asked for it, so nobody is told when it fails. */
  const count = document.getElementById("zj-bell-count");
  for (const name of ["htmx:sendError", "htmx:responseError"]) {
    count.addEventListener(name, (event) => event.stopPropagation());
  }
  /* The count lies within the button: its own requests don't open the menu, and the menu's answer tells it anew. */
  document.getElementById("zj-bell-latest").addEventListener("htmx:afterSettle", () => window.htmx.trigger(document.body, "zj-bell"));
})();
