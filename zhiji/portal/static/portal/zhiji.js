/* Zhiji's tracking script, for web sites and the web-views of mini-programs.

     <script async src="https://your-zhiji/zhiji.js" data-key="write key" data-consent="ask"></script>

   Calls are those of the Segment protocol: zhiji.track("Product Viewed", {…}), zhiji.identify("42", {…}), zhiji.page(),
   zhiji.group(), zhiji.alias(), zhiji.reset(), zhiji.consent(true). Before the script has come, put them in a list:
   (window.zhiji = window.zhiji || []).push(["track", "Product Viewed", {…}]).

   data-consent: "ask" shows a bar and sends and stores nothing before a yes; "given" when the site has asked already.
   data-privacy: the address of the privacy policy.  data-pages="off": pages are told by zhiji.page() only.
   In the page: data-zj-track="Product Added" with data-zj-properties='{"product_id":"A"}' tells a click (of a form: its
   sending). <form data-zj-form="name"> tells that it was sent and which fields were filled in, never what was typed;
   a field with data-zj-trait="email" is told as a trait. schema.org products (JSON-LD) are told as seen. */
(() => {
  "use strict";
  const tag = document.currentScript;
  if (!tag || !tag.dataset.key || (window.zhiji && window.zhiji.key)) return;
  const key = tag.dataset.key, host = new URL(tag.src).origin, VERSION = "1";
  const BATCH = 50, LONGEST = 55000, WAITING = 200, LATER = 2000, ORPHAN = 60000, VISIT = 1800000;
  const chinese = (tag.dataset.lang || document.documentElement.lang || navigator.language || "zh").startsWith("zh");

  // What is stored in the visitor's browser; where it may not be, for this page only.
  const memory = {};
  const store = (name, value) => {
    try { value === null ? localStorage.removeItem(name) : localStorage.setItem(name, value); } catch { /* private */ }
    if (value === null) delete memory[name]; else memory[name] = value;
  };
  const stored = (name) => { try { return localStorage.getItem(name) ?? memory[name] ?? null; } catch { return memory[name] ?? null; } };
  const read = (text) => { try { return JSON.parse(text); } catch { return null; } };
  const unique = () => crypto.randomUUID ? crypto.randomUUID()
    : "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (c) => (c ^ crypto.getRandomValues(new Uint8Array(1))[0] & 15 >> c / 4).toString(16));

  // Whether the visitor agreed.
  const asked = () => {
    const said = stored("zj_consent");
    if (said) return said;
    if (tag.dataset.consent === "given") return "yes";
    return navigator.globalPrivacyControl ? "no" : "";
  };

  // Who it is. A mini-program hands its visitor over in the web-view's address.
  const inMiniProgram = () => window.__wxjs_environment === "miniprogram" || /miniProgram/i.test(navigator.userAgent);
  const handed = inMiniProgram() && /[#&?]zj_anonymous=([\w-]{8,64})/.exec(location.href);
  const anonymous = () => {
    if (handed && stored("zj_anonymous") !== handed[1]) store("zj_anonymous", handed[1]);
    if (!stored("zj_anonymous")) store("zj_anonymous", unique());
    return stored("zj_anonymous");
  };

  // Where the visit came from: the address' utm_…, else the site that led here. A visit ends after half an hour without
  // a sign; until then it keeps its source, on pages whose address says none, too.
  const SEARCH = /(^|\.)(baidu|google|bing|sogou|so|yandex|duckduckgo|sm)\./;
  const campaign = () => {
    const told = new URLSearchParams(location.search), found = {};
    for (const part of ["source", "medium", "term", "content"]) if (told.get("utm_" + part)) found[part] = told.get("utm_" + part);
    if (told.get("utm_campaign")) found.name = told.get("utm_campaign");
    const kept = read(stored("zj_visit")), lasting = kept && Date.now() - kept.at < VISIT;
    let from = "";
    try { from = document.referrer && new URL(document.referrer).hostname; } catch { /* no address */ }
    if (!Object.keys(found).length && !lasting && from && from !== location.hostname) {
      found.source = from.replace(/^www\./, "");
      found.medium = SEARCH.test(from) ? "organic" : "referral";
    }
    const now = Object.keys(found).length || !lasting ? found : kept.campaign;
    store("zj_visit", JSON.stringify({ at: Date.now(), campaign: now }));
    return now;
  };

  // What waits to be sent: each tab's own list, so that tabs don't lose each other's; lists of closed tabs are adopted.
  const place = "zj_queue_" + unique().slice(0, 8);
  let queue = [], sending = false, timer = 0, pause = LATER;
  const keep = () => store(place, queue.length ? JSON.stringify({ at: Date.now(), queue }) : null);
  const adopt = () => {
    try {
      for (const name of Object.keys(localStorage)) {
        const left = name.startsWith("zj_queue_") && name !== place && read(localStorage.getItem(name));
        if (left && Date.now() - left.at > ORPHAN) { queue = [...left.queue, ...queue]; localStorage.removeItem(name); }
      }
    } catch { /* private */ }
  };
  const bundle = () => {
    let batch = queue.slice(0, BATCH);
    const written = () => JSON.stringify({ writeKey: key, sentAt: new Date().toISOString(), batch });
    while (batch.length > 1 && written().length > LONGEST) batch = batch.slice(0, batch.length >> 1);
    return [batch.length, written()];
  };
  const later = (wait) => { clearTimeout(timer); timer = setTimeout(flush, wait); };
  const flush = async () => {
    clearTimeout(timer);
    if (sending || !queue.length || asked() !== "yes") return;
    sending = true;
    const [count, body] = bundle();
    let again = 0;
    try {
      const answer = await fetch(host + "/v1/batch", { method: "POST", keepalive: body.length < 60000, credentials: "omit", headers: { "Content-Type": "text/plain" }, body });
      if (answer.status === 429 || answer.status >= 500) again = 1000 * Number(answer.headers.get("Retry-After")) || pause;
      else if (!answer.ok) console.warn("zhiji.js:", answer.status, (await answer.text()).slice(0, 300));
    } catch { again = pause; }
    sending = false;
    if (again) { pause = Math.min(pause * 2, 300000); later(again); return; }
    pause = LATER;
    queue = queue.slice(count);
    keep();
    if (queue.length) later(0);
  };
  const leave = () => {
    if (!queue.length || asked() !== "yes" || !navigator.sendBeacon) return;
    const [count, body] = bundle();  // the same messages may be sent once more: a message counts once
    if (navigator.sendBeacon(host + "/v1/batch", body) && !sending) { queue = queue.slice(count); keep(); }
  };

  let held = [];  // until the visitor has answered
  const put = (type, more) => {
    const said = asked();
    if (said === "no") return;
    const at = new Date().toISOString();
    if (said !== "yes") { if (held.length < WAITING) held.push([type, more, at]); return; }
    queue.push({
      type, messageId: unique(), timestamp: at, anonymousId: anonymous(), userId: stored("zj_user") || undefined,
      context: {
        page: { url: location.href, path: location.pathname, title: document.title, referrer: document.referrer, search: location.search },
        campaign: campaign(), userAgent: navigator.userAgent, locale: navigator.language,
        timezone: Intl.DateTimeFormat().resolvedOptions().timeZone, library: { name: "zhiji.js", version: VERSION },
      },
      ...more,
    });
    if (queue.length > WAITING && !sending) queue = queue.slice(-WAITING);
    keep();
    later(queue.length < 20 ? 300 : 0);
  };

  const api = {
    key,
    page: (name, properties) => typeof name === "object" ? put("page", { properties: name }) : put("page", { name, properties: properties || {} }),
    track: (event, properties) => put("track", { event, properties: properties || {} }),
    identify: (userId, traits) => {
      if (userId && typeof userId === "object") return put("identify", { traits: userId });
      if (userId && asked() !== "no") store("zj_user", String(userId));
      put("identify", { userId: userId ? String(userId) : undefined, traits: traits || {} });
    },
    group: (groupId, traits) => put("group", { groupId, traits: traits || {} }),
    alias: (userId, previousId) => put("alias", { userId, previousId: previousId || anonymous() }),
    reset: () => { store("zj_user", null); store("zj_anonymous", null); },
    consent: (yes) => {
      store("zj_consent", yes ? "yes" : "no");
      if (bar) bar.remove();
      const waited = held;
      held = [];
      if (!yes) { queue = []; keep(); for (const name of ["zj_anonymous", "zj_user", "zj_visit"]) store(name, null); return; }
      for (const [type, more, at] of waited) put(type, { ...more, timestamp: at });
    },
    flush,
    push: (call) => api[call[0]](...call.slice(1)),
  };

  // The bar that asks. Its style is made by script, which a site's content security policy lets pass.
  let bar = null;
  const ask = () => {
    bar = document.createElement("div");
    const root = bar.attachShadow({ mode: "open" }), box = document.createElement("div"), sheet = new CSSStyleSheet();
    sheet.replaceSync(`div{position:fixed;inset:auto 0 0 0;z-index:2147483000;display:flex;flex-wrap:wrap;gap:12px;align-items:center;
      justify-content:center;padding:14px 20px;background:#fff;color:#1f2937;font:14px/1.5 system-ui,"PingFang SC","Microsoft YaHei",sans-serif;
      box-shadow:0 -2px 12px rgba(0,0,0,.15)}p{margin:0;max-width:46em}a{color:inherit}span{display:flex;gap:8px}
      button{font:inherit;padding:6px 18px;border-radius:6px;border:1px solid #1f2937;background:#fff;color:#1f2937;cursor:pointer}
      @media(prefers-color-scheme:dark){div{background:#1f2937;color:#f3f4f6}button{background:#1f2937;color:#f3f4f6;border-color:#f3f4f6}}`);
    root.adoptedStyleSheets = [sheet];
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", chinese ? "隐私选择" : "Privacy choice");
    const said = document.createElement("p"), buttons = document.createElement("span");
    said.textContent = chinese ? "我们想记录您在本站的浏览，用来改进服务和推荐。您同意吗？" : "We would like to record how you use this site, to improve it and what we recommend. Do you agree? ";
    if (tag.dataset.privacy) {
      const policy = document.createElement("a");
      policy.href = tag.dataset.privacy;
      policy.textContent = chinese ? "隐私政策" : "Privacy policy";
      said.append(" ", policy);
    }
    for (const [yes, word] of [[false, chinese ? "不同意" : "No"], [true, chinese ? "同意" : "Yes"]]) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = word;
      button.addEventListener("click", () => api.consent(yes));
      buttons.append(button);
    }
    box.append(said, buttons);
    root.append(box);
    document.body.append(bar);
  };

  // What the page tells by itself.
  let shown = "";
  const page = () => {
    const here = location.href.split("#")[0];
    if (here === shown) return;
    shown = here;
    setTimeout(() => { api.page(); products(); }, 0);  // a single-page site sets its title after the address
  };
  const flat = (found) => !found ? [] : Array.isArray(found) ? found.flatMap(flat) : found["@graph"] ? flat(found["@graph"]) : [found];
  const products = () => {
    for (const script of document.querySelectorAll('script[type="application/ld+json"]')) {
      for (const one of flat(read(script.textContent))) {
        if (![one["@type"]].flat().includes("Product")) continue;
        const offer = [one.offers].flat()[0] || {};
        api.track("Product Viewed", JSON.parse(JSON.stringify({
          product_id: one.sku ?? one.productID ?? one["@id"], name: one.name, category: one.category,
          brand: one.brand && one.brand.name || one.brand, price: offer.price ?? offer.lowPrice,
        })));
      }
    }
  };
  const marked = (element) => element && api.track(element.dataset.zjTrack, read(element.dataset.zjProperties) || {});
  document.addEventListener("click", (event) => {
    const found = event.target.closest && event.target.closest("[data-zj-track]");
    if (found && found.tagName !== "FORM") marked(found);
  }, true);
  document.addEventListener("submit", (event) => {
    const form = event.target, traits = {}, filled = [];
    if (form.dataset.zjTrack) marked(form);
    if (!("zjForm" in form.dataset)) return;
    for (const field of form.elements) {
      const typed = field.type === "checkbox" || field.type === "radio" ? field.checked : field.value;
      if (!typed || field.type === "password" || field.type === "hidden") continue;
      if (field.name) filled.push(field.name);
      const trait = field.dataset.zjTrait;
      if (!trait) continue;
      const [first, second] = trait.split(".");
      if (second) traits[first] = { ...traits[first], [second]: typed }; else traits[first] = typed;
    }
    api.track("Form Submitted", { form: form.dataset.zjForm || form.name || form.id, fields: filled });
    if (Object.keys(traits).length) api.identify(traits);
  }, true);
  if (tag.dataset.pages !== "off") {
    for (const name of ["pushState", "replaceState"]) {
      const before = history[name];
      history[name] = function (...given) { before.apply(this, given); page(); };
    }
    addEventListener("popstate", page);
  }
  addEventListener("pagehide", leave);
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") leave(); });
  addEventListener("online", () => later(0));

  const begin = () => {
    const before = window.zhiji;
    window.zhiji = api;
    adopt();
    if (!asked()) ask();
    if (tag.dataset.pages !== "off") page();
    if (Array.isArray(before)) before.forEach(api.push);
    if (queue.length) later(0);
  };
  document.body ? begin() : document.addEventListener("DOMContentLoaded", begin);
})();
