/* What the server knows, asked for once: the catalogue, properties of facts, values, things by name, lunar days. */
(() => {
  "use strict";
  const B = window.ZhijiBuilder, script = document.currentScript;
  const cache = new Map(), loaded = new Map(), names = new Map();
  let catalogue = null;
  const ask = (url) => {
    if (!cache.has(url)) cache.set(url, fetch(url).then((answer) => (answer.ok ? answer.json() : [])).catch(() => { cache.delete(url); return []; }));
    return cache.get(url);
  };
  B.catalogue = () => (catalogue ||= fetch(script.dataset.catalogue).then((answer) => answer.json()));

  B.Known = class {
    constructor(given) {
      const known = { ...given, lessened: new Map(Object.entries(given.lessened)) }; // a fact may be called "constructor"
      Object.assign(this, { texts: given.texts, words: given.words, known, urls: given.urls });
    }
    async load(facts) {
      await Promise.all(facts.filter((fact) => !loaded.has(fact)).map(async (fact) => loaded.set(fact, await ask(`${this.urls.properties}?fact=${encodeURIComponent(fact)}`))));
    }
    properties(fact) { return loaded.get(fact) || []; }
    values(fact, name) { return ask(`${this.urls.values}?fact=${encodeURIComponent(fact)}&property=${encodeURIComponent(name)}`); }
    async pick(picker, typed) {
      const found = await ask(`${this.urls.pick}?picker=${encodeURIComponent(picker)}&q=${encodeURIComponent(typed)}`);
      found.forEach((one) => names.set(`${picker}:${one.value}`, one.label));
      return found;
    }
    /* Learn what the things are called that a tree's filters name. */
    async learn(tree) {
      const wanted = new Map();
      const visit = (one, fact) => {
        if (Array.isArray(one)) one.forEach((inner) => visit(inner, fact));
        else if (one && typeof one === "object") {
          const picker = one.property && this.properties(fact).find((kept) => kept.key === one.property)?.picker;
          for (const value of picker ? [one.value].flat() : []) if (typeof value === "string" && value && !names.has(`${picker}:${value}`)) wanted.set(picker, [...(wanted.get(picker) || []), value]);
          Object.values(one).forEach((inner) => visit(inner, one.fact || fact));
        }
      };
      visit(tree, null);
      await Promise.all([...wanted].map(async ([picker, values]) => {
        const found = await ask(`${this.urls.pick}?picker=${encodeURIComponent(picker)}${values.map((value) => `&value=${encodeURIComponent(value)}`).join("")}`);
        found.forEach((one) => names.set(`${picker}:${one.value}`, one.label));
      }));
    }
    picked(picker, value) { return names.get(`${picker}:${value}`) || value; }
    async lunar(day) { return /^\d{4}-\d\d-\d\d/.test(day || "") ? (await ask(`${this.urls.lunar}?day=${day.slice(0, 10)}`)).text : ""; }
    lunarDays(typed) { return ask(`${this.urls.lunar}?q=${encodeURIComponent(typed)}`); }
  };
})();
