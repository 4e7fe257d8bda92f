// The page of a text message's template: a line for each ${variable} of the text, and the phone's view of it.
"use strict";
(() => {
  const form = document.querySelector("[data-sms-form]");
  if (!form) return;
  const text = form.querySelector("[data-sms-text]");
  const list = form.querySelector("[data-sms-variables]");
  const none = form.querySelector("[data-sms-none]");
  const row = form.querySelector("[data-sms-row]");
  const left = new Map(); // what filled a variable that was taken out, should it come back

  function lines() {
    const names = [...new Set([...text.value.matchAll(/\$\{([A-Za-z_]\w{0,29})\}/g)].map((one) => one[1]))];
    for (const input of list.querySelectorAll("input")) {
      const name = input.name.slice("variable:".length);
      if (names.includes(name)) continue;
      left.set(name, input.value);
      input.parentElement.remove();
    }
    for (const name of names) {
      if (list.querySelector(`[name="variable:${name}"]`)) continue;
      const made = row.content.firstElementChild.cloneNode(true);
      const [label, input] = made.children;
      label.textContent = name;
      label.htmlFor = input.id = `v-${name}`;
      input.name = `variable:${name}`;
      input.value = left.get(name) || "";
      list.append(made);
    }
    none.hidden = names.length > 0;
  }

  let asked = 0;
  async function show() {
    const number = ++asked;
    const answer = await fetch(form.dataset.preview, { method: "POST", body: new FormData(form) });
    if (!answer.ok || number !== asked) return;
    const told = await answer.json();
    document.querySelector("[data-sms-bubble]").textContent = told.text;
    document.querySelector("[data-sms-length]").textContent = told.length;
    document.querySelector("[data-sms-trouble]").textContent = told.trouble;
  }

  let waiting;
  form.addEventListener("input", (event) => {
    if (event.target === text) lines();
    clearTimeout(waiting);
    waiting = setTimeout(show, 300);
  });
  lines();
  show();
})();
