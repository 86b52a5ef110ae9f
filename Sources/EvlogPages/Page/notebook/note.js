// What a note holds, as elements: for the page and for the file that is exported.
import { h } from "studio/shared/dom.js"
import { compact, count, foreign, inline } from "studio/shared/text.js"

const verdictGlyphs = { holds: "✓", violated: "✕", undefined: "?" }

/** @param {import("studio/shared/notes.js").Note} note */
export function noteBody(note) {
  const event = note.event
  return h("div", { class: "note-body" },
    event ? h("p", { class: "note-event" }, h("b", {}, count(event.offset)), " ", foreign(event.type, 120), " ",
      h("span", { class: "hint" }, foreign(event.stream, 200)), " ", h("time", {}, event.time),
      event.data === undefined ? null : h("code", { class: "note-data" }, foreign(compact(event.data), 400))) : null,
    (note.changes ?? []).map(change => h("div", { class: "change" },
      h("span", { class: "glyph" }, !("old" in change) || change.kind === "added" ? "+" : !("new" in change) || change.kind === "removed" ? "−" : "~"),
      h("code", {}, foreign(change.path, 200)),
      h("span", { class: "values" }, change.old == null ? null : [inline(change.old, 80), " → "], change.new === undefined ? "nothing" : inline(change.new, 80)))),
    (note.verdicts ?? []).map(verdict => h("div", { class: `verdict ${verdict.holds}` },
      h("span", { class: "glyph" }, verdictGlyphs[/** @type {"holds"} */ (verdict.holds)] ?? "?"),
      h("span", {}, foreign(verdict.invariant, 160), h("span", { class: "hint" }, ` ${verdict.holds}`)))),
    note.command ? h("details", {}, h("summary", {}, h("code", {}, foreign(note.command, 400))), h("pre", { class: "terminal" }, note.text ?? "")) : null)
}
