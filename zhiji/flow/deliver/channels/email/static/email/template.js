/* The template's page: the fields as editors, the text part, the preview, what is found, a test to oneself. */
(function () {
  "use strict";
  const form = document.querySelector("[data-template-form]");
  const given = document.getElementById("letter-editor");
  if (!form || !given) return;
  const L = window.ZjLetter;
  const { groups, urls, words, may_write: mayWrite } = JSON.parse(given.textContent);
  Object.assign(L, { urls, words, names: {} });
  for (const { entries } of groups) for (const { path, label } of entries) L.names[path] = label;
  const find = (selector) => document.querySelector(selector);
  const cookie = (name) => (document.cookie.split("; ").find((part) => part.startsWith(name + "=")) || "").slice(name.length + 1);
  L.post = (url, body) => fetch(url, { method: "POST", body, headers: { "X-CSRFToken": decodeURIComponent(cookie("csrftoken")), Accept: "application/json" } });
  L.toast = (text, level) => document.dispatchEvent(new CustomEvent("toast", { detail: { text, level } }));
  L.register(Quill);
  L.fillVariables(groups);

  /* fields -------------------------------------------------------------------------------------------- */
  const subject = L.field(form.elements.subject, "line", mayWrite);
  const letter = L.field(form.elements.html, "letter", mayWrite);
  const text = L.field(form.elements.text, "plain", mayWrite);
  const bar = find("[data-bar]");
  const why = find("[data-why-source]");
  const source = find("[data-source-view]");
  letter.box.before(bar, why);
  subject.read();
  [subject, letter, text].forEach(L.editable);
  L.bar(bar, letter);
  const busy = find("[data-busy]");
  if (mayWrite) L.pictures(letter, bar.querySelector("input[type=file]"), (words) => { busy.textContent = words; });
  text.onFiles = subject.onFiles = () => {};

  function showSource(wanted) {
    const rich = wanted ? (letter.show(false), false) : letter.read();
    source.setAttribute("aria-pressed", String(!rich));
    source.classList.toggle("active", !rich);
    bar.classList.toggle("le-only-source", !rich);
    why.hidden = rich || wanted || !letter.reason;
    why.textContent = letter.reason || "";
  }
  source.addEventListener("click", () => showSource(source.getAttribute("aria-pressed") !== "true"));
  showSource(false);
  for (const button of document.querySelectorAll("[data-variable-for]")) {
    const field = { subject, text }[button.dataset.variableFor];
    field.area.after(button);
    field.box.after(button);
    button.hidden = !mayWrite;
    button.addEventListener("click", async () => {
      const chosen = await L.chooseVariable(false);
      field.quill.focus();
      if (chosen) L.insert(field, chosen);
    });
  }

  /* the text part: made from the letter until somebody writes it themselves ----------------------------- */
  const mode = find("[data-text-mode]");
  let byHand = form.elements.text.value.trim() !== "", made = "";
  function showText() {
    if (byHand) text.read();
    else {
      text.quill.setContents(L.fromPlain(made), "silent");
      text.show(true);
    }
    text.quill.enable(mayWrite && byHand);
    text.box.classList.toggle("le-auto", !byHand);
    find('[data-variable-for="text"]').hidden = !mayWrite || !byHand;
    find("[data-text-says]").textContent = L.say(byHand ? "hand_says" : "auto_says");
    mode.textContent = L.say(byHand ? "to_auto" : "to_hand");
  }
  mode.addEventListener("click", () => {
    byHand = !byHand;
    text.write(byHand ? made : "");
    showText();
    if (byHand) text.quill.focus();
  });
  form.elements.text.closest(".zj-field").append(find("[data-text-bar]"));
  showText();

  /* preview and findings ------------------------------------------------------------------------------- */
  const frame = find("[data-preview-frame]");
  const person = find("[data-person]");
  const trial = document.getElementById("preview-form");
  const chosen = trial.elements.customer;
  let waiting = null, turn = 0;
  /* What is tried goes by a form of its own: trying isn't saving, and whom it is tried on isn't part of the template. */
  function tried() {
    for (const name of ["subject", "html", "text"]) trial.elements[name].value = form.elements[name].value;
    return new FormData(trial);
  }
  function show() {
    tried();
    trial.requestSubmit();
    if (mayWrite) look();
  }
  async function look() {
    const mine = ++turn;
    const body = tried();
    body.set("key", form.elements.key.value);
    body.set("name", form.elements.name.value);
    const answer = await L.post(urls.findings, body).catch(() => null);
    if (!answer || !answer.ok || mine !== turn) return;
    const { subject: filled, size, text: template, findings } = await answer.json();
    find("[data-filled-subject]").textContent = filled;
    find("[data-size]").textContent = size ? L.say("size", { size: (size / 1024).toFixed(1) }) : "";
    const list = find("[data-findings]");
    list.replaceChildren(...(findings.length ? findings : [{ words: L.say("well"), well: true }]).map(({ words, stops, well }) => {
      const item = document.createElement("li");
      item.className = well ? "le-well" : stops ? "le-stops" : "";
      item.textContent = words;
      return item;
    }));
    made = template;
    if (!byHand) showText();
  }
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(show, 600);
  });
  form.elements.html.addEventListener("input", () => letter.area.hidden || (letter.reason = null));
  for (const button of document.querySelectorAll("[data-view]")) {
    button.addEventListener("click", () => {
      const { part, dark } = trial.elements;
      if (button.dataset.view === "dark") dark.value = dark.value ? "" : "1";
      else {
        part.value = button.dataset.view === "text" ? "text" : "";
        frame.classList.toggle("narrow", button.dataset.view === "phone");
      }
      for (const one of document.querySelectorAll("[data-view]")) {
        const on = one.dataset.view === "dark" ? Boolean(dark.value) : button.dataset.view === "dark" ? one.classList.contains("active") : one === button;
        one.classList.toggle("active", on);
        one.setAttribute("aria-pressed", String(on));
      }
      show();
    });
  }
  trial.elements.coupon.addEventListener("change", show);

  /* whose letter it is --------------------------------------------------------------------------------- */
  const people = document.getElementById("le-people");
  let asked = 0;
  async function search() {
    const mine = ++asked;
    const answer = await fetch(urls.people + "?" + new URLSearchParams({ q: person.value })).catch(() => null);
    const found = answer && answer.ok ? await answer.json() : [];
    if (mine !== asked) return;
    people.replaceChildren(...found.map(({ id, name }) => {
      const option = document.createElement("button");
      Object.assign(option, { type: "button", textContent: name, className: "le-person" });
      option.addEventListener("mousedown", (event) => event.preventDefault());
      option.addEventListener("click", () => choose(id, name));
      return option;
    }));
    if (!found.length) people.textContent = L.say("nobody");
    people.hidden = false;
  }
  function choose(id, name) {
    chosen.value = id;
    person.value = person.dataset.name = name;
    people.hidden = true;
    show();
  }
  let typing = null;
  person.addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(search, 200); });
  person.addEventListener("focus", () => { person.select(); person.value = ""; search(); });
  person.addEventListener("keydown", (event) => {
    if (event.key === "Escape") person.blur();
    if (event.key === "ArrowDown" && people.querySelector("button")) { event.preventDefault(); people.querySelector("button").focus(); }
    if (event.key !== "Enter") return;
    event.preventDefault();
    if (people.querySelector("button")) people.querySelector("button").click();
  });
  find("[data-person-box]").addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget && people.contains(relatedTarget)) return;
    people.hidden = true;
    person.value = person.dataset.name;
  });

  /* a test to oneself ----------------------------------------------------------------------------------- */
  const test = find("[data-test]");
  if (test) {
    test.addEventListener("click", async () => {
      test.disabled = true;
      const answer = await L.post(test.dataset.test, tried()).catch(() => null);
      test.disabled = false;
      const told = answer && answer.ok ? await answer.json() : { words: L.say("upload_failed"), level: "error" };
      L.toast(told.words, told.level);
    });
  }
  show();
})();
