/* A board: a card that is laid into another lane is sent to that lane's act. */
(function () {
  "use strict";

  let card = null;
  document.addEventListener("dragstart", (event) => {
    card = event.target.closest(".board-card");
  });
  document.addEventListener("dragover", (event) => {
    const lane = event.target.closest("[data-move]");
    if (!card || !lane || lane.contains(card)) return;
    event.preventDefault();
    lane.classList.add("board-over");
  });
  document.addEventListener("dragleave", (event) => {
    event.target.closest("[data-move]")?.classList.remove("board-over");
  });
  document.addEventListener("drop", (event) => {
    const lane = event.target.closest("[data-move]");
    if (!card || !lane || lane.contains(card)) return;
    event.preventDefault();
    const form = document.getElementById("board-move");
    form.action = lane.dataset.move;
    form.elements.row.value = card.dataset.pk;
    form.submit();
  });
  document.addEventListener("dragend", () => {
    card = null;
  });
})();
