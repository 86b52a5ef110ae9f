// The notebook: moments that were kept, with comments, in an order that tells the case.
import { say } from "studio/commands.js"
import { define, h, show } from "studio/shared/dom.js"
import { focus } from "studio/shared/focus.js"
import { focusLink } from "studio/shared/links.js"
import { notes } from "studio/shared/notes.js"
import { Panel } from "studio/shared/panel.js"
import { studio } from "studio/shared/studio.js"
import { count, counted } from "studio/shared/text.js"
import { download } from "studio/notebook/export.js"
import { noteBody } from "studio/notebook/note.js"

class Notebook extends Panel {
  follows = ["s"]

  build() {
    this.list = h("ol", { class: "notes" })
    this.count = h("span", { class: "panel-count" })
    this.append(h("header", { class: "panel-head" }, h("h2", {}, "Notebook"), this.count, h("span", { class: "spring" }),
      h("button", { class: "small", onclick: () => this.keep() }, "Keep this moment ", h("kbd", {}, "m")),
      h("button", { class: "small", onclick: () => download(notes.ofSubject()), title: "One HTML file that opens without a server" }, "Export")),
    h("div", { class: "panel-body", tabindex: "0", role: "group", "aria-label": "Notes" }, this.list))
    notes.addEventListener("changed", () => this.isShown && this.drawNotes())
  }

  draw() {
    this.drawNotes()
  }

  drawNotes() {
    // A comment that is being typed keeps the keyboard.
    if (this.list?.contains(document.activeElement) && document.activeElement?.matches("textarea")) return
    const all = notes.ofSubject()
    show(/** @type {HTMLElement} */ (this.count), counted(all.length, "note"))
    show(/** @type {HTMLElement} */ (this.list), all.length === 0
      ? h("li", { class: "empty" }, "Nothing is kept yet. Press m at any moment: the event, what it changed, the verdicts and the answer that is shown are kept here, and can be exported as one file.")
      : all.map((note, index) => this.note(note, index, all.length)))
  }

  /** @param {import("studio/shared/notes.js").Note} note @param {number} index @param {number} all */
  note(note, index, all) {
    return h("li", { class: "note" },
      h("div", { class: "note-head" },
        focusLink({ ...note.focus }, "to-note", "Go to this moment", note.title),
        h("span", { class: "spring" }),
        h("button", { class: "icon", disabled: index === 0, "aria-label": "Move up", title: "Move up", onclick: () => notes.shift(note.id, -1) }, "↑"),
        h("button", { class: "icon", disabled: index === all - 1, "aria-label": "Move down", title: "Move down", onclick: () => notes.shift(note.id, 1) }, "↓"),
        h("button", { class: "icon", "aria-label": "Remove this note", title: "Remove", onclick: () => notes.remove(note.id) }, "×")),
      h("textarea", {
        rows: 2, placeholder: "What does it show?", "aria-label": `Comment on ${note.title}`, value: note.comment,
        onchange: (/** @type {Event} */ event) => notes.comment(note.id, /** @type {HTMLTextAreaElement} */ (event.target).value),
      }),
      noteBody(note))
  }

  /** Keeps the moment in focus, with the answer that is shown. */
  async keep() {
    const cut = focus.now.cut ?? 0
    const moment = await studio.moment(cut)
    const answers = /** @type {any} */ (document.querySelector("studio-answers"))
    const answer = answers.shown
    notes.add({
      comment: "", title: `Cut ${count(cut)}`,
      event: moment.event ?? undefined, changes: (moment.changes ?? []).slice(0, 20), verdicts: moment.verdicts ?? [],
      ...(answer ? { text: answer.text, command: answer.command } : {}),
    })
    say(`Kept: cut ${count(cut)}.`)
  }
}

define("studio-notebook", Notebook)
