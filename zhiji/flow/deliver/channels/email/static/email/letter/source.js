/* A letter's HTML as the editor's lines and back. What the editor can't show is refused, never dropped. */
(function () {
  "use strict";
  const L = (window.ZjLetter ||= {});
  const LANGUAGE = /\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}/gs;
  const MARK = /\ue000(\d+)\ue001/g;
  const INLINE = { STRONG: "bold", B: "bold", EM: "italic", I: "italic", U: "underline" };
  const HEADERS = { H1: 1, H2: 2, H3: 3 };
  const ALLOWED = { A: ["href"], IMG: ["src", "alt", "width"], SPAN: ["data-style"] };
  const LINES = ["P", "H1", "H2", "H3", "LI"];
  const BUTTON = /^\{\{\s*(.+?)\s*\|\s*button\(\s*(["'])(.*?)\2\s*\)\s*\}\}$/s;
  const CARD = /^\{\{\s*coupon\s*\|\s*coupon_card\s*\}\}$/;
  const VARIABLE = /^\{\{\s*([A-Za-z_][\w.]*(?:\["[^"]+"\])?)((?:\s*\|\s*\w+(?:\([^()]*\))?)*)\s*\}\}$/;
  const DEFAULT = /\s*\|\s*default\(\s*(?:"([^"]*)"|'([^']*)'|([\w.]+))\s*\)/;

  /** Why a letter can't be shown in lines: a word of the page, and the tag it is about. */
  class CannotShow extends Error {
    constructor(code, name) {
      super(code);
      this.code = code;
      this.tag = name.toLowerCase();
    }
  }

  /** HTML whose styles the page's policy has nothing to say about, as they are only read. */
  L.quiet = (html) => html.replace(/<[a-z][^>]*>/gi, (tag) => tag.replace(/\sstyle\s*=/gi, " data-style="));

  /* pieces of the language -------------------------------------------------------------------------- */
  L.isLogic = (source) => source.startsWith("{%") || source.startsWith("{#");
  L.isPiece = (source) => BUTTON.test(source) || CARD.test(source) || source === "<hr>";

  /** {address, label} of a button; an address is a text that may hold a variable. */
  L.buttonOf = (source) => {
    const found = BUTTON.exec(source);
    if (!found) return null;
    const constant = /^(["'])([^"']*)\1$/.exec(found[1]);
    return { address: constant ? constant[2] : "{{ " + found[1] + " }}", label: found[3] };
  };
  const quoted = (text) => '"' + text.replace(/["\\{}%]/g, (one) => (one === '"' ? "”" : "")) + '"';
  L.button = (address, label) => {
    const variable = /^\{\{\s*(.+?)\s*\}\}$/s.exec(address.trim());
    return "{{ " + (variable ? variable[1] : '"' + address.trim().replace(/["'\s\\{}]/g, encodeURIComponent) + '"') + "|button(" + quoted(label.trim()) + ") }}";
  };

  /** {path, fallback, other} of a printed variable: what stands there when it is empty. */
  L.variableOf = (source) => {
    const found = VARIABLE.exec(source);
    if (!found) return null;
    const told = DEFAULT.exec(found[2]) || [];
    return { path: found[1].replace(/\["(.+)"\]/, ".$1"), fallback: told[1] ?? told[2] ?? "", other: told[3] || "" };
  };
  L.withFallback = (source, text) => {
    const [, path, filters] = VARIABLE.exec(source);
    return "{{ " + path + (text.trim() ? "|default(" + quoted(text.trim()) + ")" : "") + filters.replace(DEFAULT, "") + " }}";
  };

  /* plain text: the subject, the text part ------------------------------------------------------------ */
  L.fromPlain = (text) => {
    const ops = [];
    let end = 0;
    for (const found of text.matchAll(LANGUAGE)) {
      if (found.index > end) ops.push({ insert: text.slice(end, found.index) });
      ops.push({ insert: { chip: found[0] } });
      end = found.index + found[0].length;
    }
    return { ops: [...ops, { insert: text.slice(end) + "\n" }] };
  };
  L.toPlain = (delta) => delta.ops.map(({ insert }) => (typeof insert === "string" ? insert : insert.chip || "")).join("").replace(/\n$/, "");

  /* HTML to lines ------------------------------------------------------------------------------------- */
  L.fromHtml = (html) => {
    const kept = [];
    const marked = html.replace(/[\ue000\ue001]/g, "").replace(LANGUAGE, (piece) => "\ue000" + (kept.push(piece) - 1) + "\ue001");
    if (kept.some((piece) => /^\{%-?\s*raw/.test(piece))) throw new CannotShow("cannot_tag", "raw");
    const sheet = /<(style|link|script)\b/i.exec(marked);
    if (sheet) throw new CannotShow("cannot_tag", sheet[1]);
    const parsed = new DOMParser().parseFromString(L.quiet(marked), "text/html");
    if (parsed.head.children.length) throw new CannotShow("cannot_tag", parsed.head.firstElementChild.tagName);
    const reader = new Reader(kept);
    for (const child of parsed.body.childNodes) reader.top(child);
    reader.end({});
    if (!reader.ops.length || typeof reader.ops.at(-1).insert !== "string") reader.ops.push({ insert: "\n" });
    return { ops: reader.ops };
  };

  class Reader {
    constructor(kept) {
      this.kept = kept;
      this.ops = [];
      this.runs = [];
    }
    restored(text) {
      return text.replace(MARK, (_, number) => this.kept[number]);
    }
    top(node) {
      const tag = node.nodeName;
      if (LINES.includes(tag) && tag !== "LI") this.line(node, HEADERS[tag] ? { header: HEADERS[tag] } : {});
      else if (tag === "UL" || tag === "OL") this.list(node);
      else if (tag === "HR") {
        this.end({});
        this.checked(node);
        this.ops.push({ insert: { piece: "<hr>" } });
      } else this.inline(node, {});
    }
    line(node, attributes) {
      this.end({});
      const align = this.checked(node);
      for (const child of node.childNodes) this.inline(child, {});
      this.end({ ...attributes, ...align }, true);
    }
    list(node) {
      this.checked(node);
      for (const child of node.childNodes) {
        if (child.nodeName === "LI") this.line(child, { list: node.nodeName === "OL" ? "ordered" : "bullet" });
        else if (child.nodeName !== "#text") throw new CannotShow("cannot_tag", child.nodeName);
        else if (child.data.trim()) throw new CannotShow("cannot_place", node.nodeName);
      }
    }
    inline(node, format) {
      const tag = node.nodeName;
      if (tag === "#text") return this.text(node.data, format);
      if (tag === "BR") return this.runs.push({ insert: { newline: true }, attributes: format });
      if (tag === "#comment" || !(INLINE[tag] || ALLOWED[tag])) throw new CannotShow("cannot_tag", tag);
      const colour = this.checked(node);
      if (tag === "IMG") return this.picture(node, format);
      const link = tag === "A" ? { link: this.restored(node.getAttribute("href") || "") } : {};
      const inner = { ...format, ...colour, ...link, ...(INLINE[tag] ? { [INLINE[tag]]: true } : {}) };
      for (const child of node.childNodes) this.inline(child, inner);
    }
    picture(node, attributes) {
      const [src, alt, width] = ["src", "alt", "width"].map((name) => this.restored(node.getAttribute(name) || ""));
      if (src.includes("{")) throw new CannotShow("cannot_style", "IMG");
      this.runs.push({ insert: { picture: { src, alt, width } }, attributes });
    }
    text(data, attributes) {
      const parts = data.replace(/[ \t\r\n\f]+/g, " ").split(MARK);
      parts.forEach((part, at) => {
        const source = this.kept[part];
        if (at % 2 === 0) {
          if (part) this.runs.push({ insert: part, attributes });
        } else if (L.isPiece(source)) {
          if (Object.keys(attributes).length) throw new CannotShow("cannot_place", "A");
          this.end({});
          this.ops.push({ insert: { piece: source } });
        } else this.runs.push({ insert: { chip: source }, attributes });
      });
    }
    /** What the element's looks mean, for those that the editor has; any other attribute is refused. */
    checked(node) {
      const given = [...node.attributes].map((one) => one.name);
      const known = LINES.includes(node.nodeName) ? ["data-style"] : ALLOWED[node.nodeName] || [];
      if (given.some((name) => !known.includes(name))) throw new CannotShow("cannot_style", node.nodeName);
      const style = node.getAttribute("data-style");
      if (style === null) return {};
      const found = /^\s*(text-align|color)\s*:\s*([\w#]+)\s*;?\s*$/i.exec(style);
      const wanted = node.nodeName === "SPAN" ? "color" : "text-align";
      if (!found || found[1].toLowerCase() !== wanted) throw new CannotShow("cannot_style", node.nodeName);
      if (wanted === "color") return { color: found[2] };
      if (!["left", "center", "right"].includes(found[2])) throw new CannotShow("cannot_style", node.nodeName);
      return found[2] === "left" ? {} : { align: found[2] };
    }
    /** End the line that is being read, if anything is in it; an element of its own is a line even when empty. */
    end(attributes, own = false) {
      const runs = this.runs.splice(0);
      while (runs.length && typeof runs[0].insert === "string" && !(runs[0].insert = runs[0].insert.replace(/^ +/, ""))) runs.shift();
      while (runs.length && typeof runs.at(-1).insert === "string" && !(runs.at(-1).insert = runs.at(-1).insert.replace(/ +$/, ""))) runs.pop();
      if (runs.length === 1 && runs[0].insert.newline) runs.pop();
      const after = this.ops.at(-1);
      if (!runs.length && (!own || (after && after.insert.piece))) return;
      this.ops.push(...runs, { insert: "\n", attributes });
    }
  }

  /* lines to HTML ------------------------------------------------------------------------------------- */
  const escaped = (text) => {
    let out = "", end = 0;
    const plain = (part) => part.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
    for (const found of text.matchAll(LANGUAGE)) {
      out += plain(text.slice(end, found.index)) + found[0];
      end = found.index + found[0].length;
    }
    return out + plain(text.slice(end));
  };

  function linesOf(delta) {
    const lines = [];
    let runs = [];
    for (const { insert, attributes = {} } of delta.ops) {
      if (insert.piece) lines.push({ piece: insert.piece });
      else if (typeof insert !== "string") runs.push({ insert, attributes });
      else {
        insert.split("\n").forEach((part, at) => {
          if (at) lines.push({ runs: runs.splice(0), attributes });
          if (part) runs.push({ insert: part, attributes });
        });
      }
    }
    while (lines.length && lines.at(-1).runs && !lines.at(-1).runs.length) lines.pop();
    return lines;
  }

  function embedHtml(insert) {
    if (typeof insert === "string") return escaped(insert).replace(/&quot;/g, '"').replace(/ {2,}/g, (gap) => "&nbsp;".repeat(gap.length - 1) + " ");
    if (insert.chip) return insert.chip;
    if (insert.newline) return "<br>";
    const { src, alt, width } = insert.picture;
    return '<img src="' + escaped(src) + '" alt="' + escaped(alt || "") + '"' + (width ? ' width="' + escaped(String(width)) + '"' : "") + ">";
  }

  /* The elements around text, outermost first; neighbours within the same element share it. */
  const WRAPS = [
    ["link", (address) => ['<a href="' + escaped(address) + '">', "</a>"]],
    ["color", (colour) => ['<span style="color:' + escaped(colour) + '">', "</span>"]],
    ["bold", () => ["<strong>", "</strong>"]],
    ["italic", () => ["<em>", "</em>"]],
    ["underline", () => ["<u>", "</u>"]],
  ];
  function inlineHtml(runs, depth = 0) {
    if (depth === WRAPS.length) return runs.map((run) => embedHtml(run.insert)).join("");
    const [name, wrap] = WRAPS[depth];
    let html = "";
    for (let at = 0; at < runs.length; ) {
      const value = (runs[at].attributes || {})[name];
      let end = at + 1;
      while (end < runs.length && (runs[end].attributes || {})[name] === value) end += 1;
      const inner = inlineHtml(runs.slice(at, end), depth + 1);
      const [open, shut] = value ? wrap(value) : ["", ""];
      html += open + inner + shut;
      at = end;
    }
    return html;
  }

  L.toHtml = (delta) => {
    const out = [];
    let open = "";
    for (const { piece, runs, attributes = {} } of linesOf(delta)) {
      const list = attributes.list ? (attributes.list === "ordered" ? "ol" : "ul") : "";
      if (open && open !== list) out.push("</" + open + ">");
      if (list && open !== list) out.push("<" + list + ">");
      open = list;
      if (piece) out.push(piece);
      else if (runs.length && runs.every((run) => run.insert.chip && L.isLogic(run.insert.chip))) out.push(inlineHtml(runs));
      else {
        const tag = list ? "li" : attributes.header ? "h" + attributes.header : "p";
        out.push("<" + tag + (attributes.align ? ' style="text-align:' + attributes.align + '"' : "") + ">" + (inlineHtml(runs) || "<br>") + "</" + tag + ">");
      }
    }
    if (open) out.push("</" + open + ">");
    return out.join("\n") + "\n";
  };
})();
