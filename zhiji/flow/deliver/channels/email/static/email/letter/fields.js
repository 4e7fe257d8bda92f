/* A text area of the form as an editor: of one line, of plain text, or of a whole letter. The area stays what is sent. */
(function () {
  "use strict";
  const L = window.ZjLetter;
  const RICH = ["bold", "italic", "underline", "color", "link", "header", "list", "align", "chip", "newline", "picture", "piece"];

  /** kind: "line", "plain" or "letter". Answers {quill, box, area, read(), write(text), reason}. */
  L.field = (area, kind, mayWrite) => {
    const box = document.createElement("div");
    box.className = "le-box le-" + kind;
    const root = document.createElement("div");
    box.append(root);
    area.before(box);
    area.required = false;
    const label = document.querySelector('label[for="' + area.id + '"]');
    const one = { area, box, kind, reason: null };
    const quill = (one.quill = new Quill(root, {
      formats: kind === "letter" ? RICH : ["chip"],
      readOnly: !mayWrite,
      modules: { toolbar: false, keyboard: { bindings: bindings(kind) }, uploader: { handler: (range, files) => one.onFiles && one.onFiles(range, files) }, history: { userOnly: true } },
    }));
    quill.root.setAttribute("role", "textbox");
    quill.root.setAttribute("aria-multiline", String(kind !== "line"));
    if (label) {
      quill.root.setAttribute("aria-label", label.textContent.trim());
      label.addEventListener("click", () => box.hidden || quill.focus());
    }
    one.read = () => {
      try {
        quill.setContents(kind === "letter" ? L.fromHtml(area.value) : L.fromPlain(area.value), "silent");
        quill.history.clear();
        one.reason = null;
      } catch (error) {
        if (!error.code) throw error;
        one.reason = L.say(error.code, { name: error.tag });
      }
      show(one, one.reason === null);
      return one.reason === null;
    };
    one.show = (rich) => show(one, rich);
    one.write = (text) => {
      area.value = text;
      area.dispatchEvent(new Event("input", { bubbles: true }));
    };
    quill.on("text-change", (_delta, _old, by) => {
      if (by !== "user") return;
      const all = quill.getContents();
      one.write(kind === "letter" ? L.toHtml(all) : L.toPlain(all));
    });
    return one;
  };

  function show(one, rich) {
    one.box.hidden = !rich;
    one.area.hidden = rich;
  }

  /* Tab leaves the editor; Shift+Enter breaks the line within its paragraph; a subject is one line. */
  function bindings(kind) {
    const own = { tab: null, indent: null, outdent: null };
    if (kind === "line") own.enter = { key: "Enter", handler: () => false };
    if (kind !== "letter") return own;
    own["soft break"] = {
      key: "Enter",
      shiftKey: true,
      handler(range) {
        this.quill.insertEmbed(range.index, "newline", true, "user");
        this.quill.setSelection(range.index + 1, "silent");
        return false;
      },
    };
    return own;
  }
})();
