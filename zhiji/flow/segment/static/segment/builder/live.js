/* What the server says of the tree as it stands: its sentence, what is wrong and where, what might be meant. */
(() => {
  "use strict";
  const B = window.ZhijiBuilder, { make } = B;
  const cookie = (name) => decodeURIComponent((document.cookie.split("; ").find((part) => part.startsWith(`${name}=`)) || "").slice(name.length + 1));

  B.post = (url, fields, signal) => fetch(url, { method: "POST", body: new URLSearchParams(fields), headers: { "X-CSRFToken": cookie("csrftoken") }, signal }).then((answer) => {
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  });

  /* Ask a moment after the last change; an answer that comes too late is dropped. */
  B.watch = (b) => {
    let timer = null, asking = null;
    const ask = async () => {
      asking?.abort();
      asking = new AbortController();
      b.host.classList.add("zb-asking");
      try {
        told(b, await B.post(b.urls.check, { condition: b.area.value, own_key: b.own || "" }, asking.signal));
        b.host.classList.remove("zb-asking");
        if (b.host.dataset.count) counted(b, await B.post(b.urls.count, { condition: b.area.value, own_key: b.own || "" }, asking.signal));
      } catch (error) {
        if (error.name !== "AbortError") { b.host.classList.remove("zb-asking"); b.said.textContent = b.texts.unreachable; }
      }
    };
    return () => { clearTimeout(timer); timer = setTimeout(ask, 220); };
  };

  const counted = (b, found) => {
    b.figure.textContent = found.text || "";
  };
  const told = (b, found) => {
    b.canvas.querySelectorAll(".zb-problem").forEach((one) => one.remove());
    b.canvas.querySelectorAll(".zb-wrong, .zb-doubt").forEach((one) => one.classList.remove("zb-wrong", "zb-doubt"));
    b.problems.replaceChildren();
    b.figure.textContent = "";
    const empty = !b.tree.of?.length && b.tree.kind !== "not";
    b.said.classList.toggle("zb-broken", Boolean(found.problem));
    b.said.textContent = empty ? "" : found.problem ? b.texts.not_yet : found.sentence;
    if (found.problem && !empty) show(b, found.problem, "zb-wrong", "ban");
    for (const warning of found.warnings || []) show(b, warning, "zb-doubt", "alert-triangle");
    b.area.dispatchEvent(new CustomEvent("condition-checked", { bubbles: true, detail: { ok: !found.problem, sentence: found.sentence } }));
  };

  /* {path, reason, hint, take: [{label, path, value}]} beside the row its path leads to, else under the tree. */
  const show = (b, one, looks, icon) => {
    const row = b.rowAt(one.path);
    const line = make("div", { class: `zb-problem ${looks === "zb-wrong" ? "text-danger" : ""}`, role: looks === "zb-wrong" ? "alert" : "note" }, B.icon(icon), make("span", {}, one.reason, one.hint ? make("small", {}, ` ${one.hint}`) : null),
      (one.take || []).map((offer) => B.button(offer.label, () => b.put(offer.path, offer.value), "zb-take")));
    if (!row) { b.problems.append(line); return; }
    row.classList.add(looks);
    if (row.matches(".zb-group")) row.querySelector(":scope > .zb-head").after(line);
    else row.append(line);
  };
})();
