/* The frame's own behaviour: CSRF for htmx, toasts, confirmation, copying, the rail, the command palette. */
(function () {
  "use strict";

  const words = () => document.getElementById("zj-words").dataset;
  const cookie = (name) =>
    (document.cookie.split("; ").find((part) => part.startsWith(name + "=")) || "").slice(name.length + 1);
  const remember = {
    get(key) {
      try { return JSON.parse(localStorage.getItem("zj:" + key)); } catch { return null; }
    },
    set(key, value) {
      try { localStorage.setItem("zj:" + key, JSON.stringify(value)); } catch { /* private window */ }
    },
  };

  /* htmx ------------------------------------------------------------------------------------------- */
  document.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRFToken"] = decodeURIComponent(cookie("csrftoken"));
  });
  document.addEventListener("htmx:responseError", (event) => {
    const { status, responseText, getResponseHeader } = event.detail.xhr;
    const type = getResponseHeader.call(event.detail.xhr, "Content-Type") || "";
    const plain = type.startsWith("text/") && responseText.length < 300 && !responseText.includes("<");
    toast(plain && responseText ? responseText : status === 403 ? words().forbidden : words().failed, "error");
  });
  document.addEventListener("htmx:sendError", () => toast(words().offline, "error"));
  document.addEventListener("htmx:afterRequest", (event) => {
    const { successful, requestConfig } = event.detail;
    if (successful && requestConfig.verb !== "get") document.querySelectorAll(".zj-toast-error").forEach((old) => old.remove());
  });
  document.addEventListener("toast", (event) => toast(event.detail.text || event.detail.value, event.detail.level));

  /* toasts ----------------------------------------------------------------------------------------- */
  function settle(element) {
    element.querySelector("[data-toast-close]").addEventListener("click", () => element.remove());
    if (!element.classList.contains("zj-toast-error")) setTimeout(() => element.remove(), 6000);
  }
  function toast(text, level) {
    if (!text) return;
    const element = document.createElement("div");
    element.className = "zj-toast zj-toast-" + (level || "success");
    element.textContent = text;
    const close = document.createElement("button");
    close.type = "button";
    close.className = "btn-close";
    close.dataset.toastClose = "";
    close.setAttribute("aria-label", words().close);
    element.append(close);
    document.getElementById("zj-toasts").append(element);
    settle(element);
  }

  /* tables: on a phone each row becomes a card, its lines named by the heads of the columns -------------- */
  function nameCells(table) {
    const heads = [...table.tHead.rows[0].cells].flatMap((head) => Array(head.colSpan).fill(head.textContent.replace(/[↑↓]/, "").trim()));
    table.classList.add("zj-cards");
    table.setAttribute("role", "table");
    for (const row of [...table.tBodies].flatMap((body) => [...body.rows])) {
      row.setAttribute("role", "row");
      let column = 0;
      for (const cell of row.cells) {
        cell.setAttribute("role", "cell");
        cell.dataset.label = cell.colSpan > 1 ? "" : heads[column] || "";
        column += cell.colSpan;
      }
    }
  }
  const nameTables = () =>
    document.querySelectorAll(".table-responsive > .table").forEach((table) => table.tHead && nameCells(table));

  /* confirmation: data-confirm="what will happen" on a form, a button or a link; hx-confirm likewise -- */
  function ask(text, source) {
    const dialog = document.getElementById("zj-confirm");
    const yes = dialog.querySelector("[data-confirm-yes]");
    const said = source && source.matches("button, a") ? source.textContent.trim() : "";
    const danger = Boolean(source && /danger/.test(source.className));
    dialog.querySelector("#zj-confirm-text").textContent = text;
    yes.textContent = said && said.length <= 24 ? said : yes.dataset.confirmYes;
    yes.classList.toggle("btn-danger", danger);
    yes.classList.toggle("btn-primary", !danger);
    dialog.returnValue = "";
    dialog.showModal();
    yes.focus();
    return new Promise((done) => {
      dialog.addEventListener("close", () => done(dialog.returnValue === "yes"), { once: true });
    });
  }
  document.addEventListener("htmx:confirm", (event) => {
    const text = event.detail.question || event.detail.elt.dataset.confirm;
    if (!text) return;
    event.preventDefault();
    ask(text, event.detail.elt).then((yes) => yes && event.detail.issueRequest(true));
  });
  const speaksHtmx = (element) =>
    ["hx-get", "hx-post", "hx-put", "hx-patch", "hx-delete"].some((name) => element.hasAttribute(name));
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const text = (event.submitter && event.submitter.dataset.confirm) || form.dataset.confirm;
    if (!text || form.dataset.confirmed || speaksHtmx(form)) return;
    event.preventDefault();
    ask(text, event.submitter).then((yes) => {
      if (!yes) return;
      form.dataset.confirmed = "1";
      form.requestSubmit(event.submitter || undefined);
    });
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-confirm]");
    if (!link || speaksHtmx(link)) return;
    event.preventDefault();
    ask(link.dataset.confirm, link).then((yes) => yes && location.assign(link.href));
  });

  /* copying: data-copy="#element" or data-copy-text="text" ------------------------------------------ */
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy],[data-copy-text]");
    if (!button) return;
    const source = button.dataset.copy && document.querySelector(button.dataset.copy);
    const text = source ? source.value || source.textContent : button.dataset.copyText;
    if (navigator.clipboard && window.isSecureContext) {
      navigator.clipboard.writeText(text.trim()).then(() => toast(words().copied));
    } else if (source && source.select) {
      source.select();
    }
  });

  /* controls that send their form at once: data-submit-on-change ------------------------------------ */
  document.addEventListener("change", (event) => {
    const control = event.target.closest("[data-submit-on-change]");
    if (control && control.form) control.form.requestSubmit();
  });

  /* the rail --------------------------------------------------------------------------------------- */
  function openRail(open) {
    document.body.classList.toggle("zj-rail-open", open);
    const burger = document.querySelector("[data-rail-open]");
    if (burger) burger.setAttribute("aria-expanded", String(open));
    if (open) document.getElementById("zj-rail").focus();
    else if (burger) burger.focus();
  }
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-rail-open]")) openRail(true);
    if (event.target.closest("[data-rail-close]")) openRail(false);
  });

  function setUpRail() {
    const closed = remember.get("rail") || [];
    document.querySelectorAll("details[data-rail]").forEach((group) => {
      if (closed.includes(group.dataset.rail) && !group.querySelector(".active")) group.open = false;
      group.addEventListener("toggle", () => {
        const shut = [...document.querySelectorAll("details[data-rail]:not([open])")];
        remember.set("rail", shut.map((one) => one.dataset.rail));
      });
    });
    const here = document.querySelector(".zj-rail .active");
    if (here) here.scrollIntoView({ block: "nearest" });
  }

  function setUpDemo() {
    const note = document.querySelector("[data-demo]");
    if (!note || sessionStorage.getItem("zj:demo")) return;
    note.hidden = false;
    note.querySelector("[data-demo-close]").addEventListener("click", () => {
      note.hidden = true;
      sessionStorage.setItem("zj:demo", "1");
    });
  }

  /* the command palette ----------------------------------------------------------------------------- */
  const palette = () => document.getElementById("zj-palette");
  function openPalette() {
    const dialog = palette();
    if (!dialog || dialog.open) return;
    dialog.showModal();
    const input = dialog.querySelector("input");
    input.select();
    input.dispatchEvent(new Event("opened"));
  }
  function choose(step) {
    const items = [...palette().querySelectorAll(".zj-palette-item")];
    if (!items.length) return;
    const at = items.findIndex((item) => item.classList.contains("chosen"));
    mark(items, (at + step + items.length) % items.length);
  }
  function mark(items, at) {
    items.forEach((item, index) => {
      item.classList.toggle("chosen", index === at);
      item.setAttribute("aria-selected", String(index === at));
    });
    items[at].scrollIntoView({ block: "nearest" });
    palette().querySelector("input").setAttribute("aria-activedescendant", items[at].id);
  }
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id !== "zj-palette-list") return;
    const items = [...event.target.querySelectorAll(".zj-palette-item")];
    if (items.length) mark(items, 0);
  });
  document.addEventListener("keydown", (event) => {
    const dialog = palette();
    if (dialog && dialog.open) {
      const steps = { ArrowDown: 1, ArrowUp: -1 };
      if (event.key in steps) {
        event.preventDefault();
        choose(steps[event.key]);
      } else if (event.key === "Enter") {
        const chosen = dialog.querySelector(".zj-palette-item.chosen");
        if (chosen) {
          event.preventDefault();
          location.assign(chosen.href);
        }
      }
      return;
    }
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    const wanted = (event.key === "k" && (event.ctrlKey || event.metaKey)) || (event.key === "/" && !typing);
    if (wanted && dialog) {
      event.preventDefault();
      openPalette();
    }
    if (event.key === "Escape" && document.body.classList.contains("zj-rail-open")) openRail(false);
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-palette-open]")) openPalette();
    if (event.target === palette()) palette().close();
  });

  document.querySelectorAll("[data-toast]").forEach(settle);
  nameTables();
  document.addEventListener("htmx:load", nameTables);
  setUpRail();
  setUpDemo();
  window.zhiji = { toast, ask };
})();
