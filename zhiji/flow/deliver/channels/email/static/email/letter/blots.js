/* What stands in a letter beside text: variables, breaks, pictures, and pieces that are a line of their own. */
(function () {
  "use strict";
  const L = window.ZjLetter;
  const say = (name, values = {}) => L.words[name].replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
  L.say = say;
  const nameOf = (path) => L.names[path] || path;

  /** A piece of the template language in words: "姓名", "如果有 券码". */
  L.labelOf = (source) => {
    const variable = L.variableOf(source);
    if (variable) {
      const name = nameOf(variable.path);
      if (variable.other) return say("or", { name, other: nameOf(variable.other) });
      return variable.fallback ? say("empty_says", { name, text: variable.fallback }) : name;
    }
    const told = source.replace(/^\{[%#{]-?\s*|\s*-?[%#}]\}$/g, "");
    const asked = /^(?:el)?if (not )?([\w.]+)$/.exec(told);
    if (asked) return say(asked[1] ? "unless" : "if", { name: nameOf(asked[2]) });
    if (/^end/.test(told)) return say("end");
    return told === "else" ? say("else") : told;
  };

  L.register = (Quill) => {
    const Embed = Quill.import("blots/embed");
    const BlockEmbed = Quill.import("blots/block/embed");
    const { ClassAttributor, EmbedBlot, Scope } = Quill.import("parchment");
    const Clipboard = Quill.import("modules/clipboard");

    class QuietClipboard extends Clipboard {
      convertHTML(html) {
        return super.convertHTML(L.quiet(html.replace(/<style\b[\s\S]*?<\/style>/gi, "")));
      }
    }
    /* Colours by class, as the page's policy allows no style attributes; those of the palette show. */
    const colour = new ClassAttributor("color", "le-ink", { scope: Scope.INLINE });
    Quill.register({ "formats/color": colour, "attributors/class/color": colour, "modules/clipboard": QuietClipboard }, true);

    class Chip extends Embed {
      static blotName = "chip";
      static tagName = "span";
      static className = "le-chip";
      static create(source) {
        const node = super.create();
        node.dataset.source = source;
        node.classList.toggle("le-logic", L.isLogic(source));
        node.textContent = L.labelOf(source);
        node.title = source;
        return node;
      }
      static value = (node) => node.dataset.source;
    }
    class Newline extends Embed {
      static blotName = "newline";
      static tagName = "span";
      static className = "le-newline";
      static value = () => true;
    }
    class Picture extends EmbedBlot {
      static blotName = "picture";
      static tagName = "img";
      static className = "le-picture";
      static create({ src, alt, width }) {
        const node = super.create();
        Object.assign(node.dataset, { src, alt, width: width || "" });
        const own = src.startsWith("/");
        if (own) node.setAttribute("src", src);
        node.alt = own ? alt : say("foreign", { name: alt || src });
        if (width) node.setAttribute("width", width);
        node.classList.toggle("le-foreign", !own);
        return node;
      }
      static value = ({ dataset }) => ({ src: dataset.src, alt: dataset.alt, width: dataset.width });
    }
    class Piece extends BlockEmbed {
      static blotName = "piece";
      static tagName = "div";
      static className = "le-piece";
      static create(source) {
        const node = super.create();
        node.dataset.source = source;
        const button = L.buttonOf(source);
        const inner = document.createElement(source === "<hr>" ? "hr" : "span");
        inner.className = button ? "le-button" : source === "<hr>" ? "" : "le-card";
        if (source !== "<hr>") inner.textContent = button ? button.label : say("card");
        else inner.setAttribute("aria-label", say("line"));
        node.append(inner);
        node.setAttribute("contenteditable", "false");
        return node;
      }
      static value = (node) => node.dataset.source;
    }
    for (const one of [Chip, Newline, Picture, Piece]) Quill.register(one, true);
  };
})();
