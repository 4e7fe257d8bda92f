/* While "@…" is typed in a comment, colleagues who see the record are offered below the field. */
(function () {
  "use strict";

  const TYPED = /(?:^|[^\w.@+-])@([\p{L}\w.+-]*)$/u;
  let asked = 0;

  function menuOf(field) {
    let menu = field.parentElement.querySelector(".zj-mention-menu");
    if (!menu) {
      menu = document.createElement("div");
      menu.className = "dropdown-menu zj-mention-menu";
      field.after(menu);
    }
    return menu;
  }
  async function offer(field) {
    const menu = menuOf(field), found = TYPED.exec(field.value.slice(0, field.selectionStart));
    const mine = ++asked;
    if (!found) return menu.classList.remove("show");
    const people = `${field.closest("[data-comments]").dataset.people}&q=${encodeURIComponent(found[1])}`;
    const answer = await fetch(people, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (!answer || !answer.ok || mine !== asked) return;
    menu.innerHTML = await answer.text();
    menu.classList.toggle("show", Boolean(menu.querySelector("button")));
  }
  document.addEventListener("input", (event) => event.target.matches("[data-mention]") && offer(event.target));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !event.target.matches("[data-mention]")) return;
    menuOf(event.target).classList.remove("show");
  });
  document.addEventListener("click", (event) => {
    const chosen = event.target.closest("[data-mention-name]");
    if (!chosen) return;
    const menu = chosen.parentElement, field = menu.previousElementSibling, end = field.selectionStart;
    const start = end - TYPED.exec(field.value.slice(0, end))[1].length;
    field.setRangeText(`${chosen.dataset.mentionName} `, start, end, "end");
    menu.classList.remove("show");
    field.focus();
  });
})();
