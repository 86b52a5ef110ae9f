// The notebook's notes: moments that were kept. They are in the browser's storage, by log.
import { focus } from "studio/shared/focus.js"
import { studio } from "studio/shared/studio.js"

/**
 * @typedef {object} Note
 * @property {string} id
 * @property {import("studio/shared/focus.js").Focus} focus
 * @property {string} comment
 * @property {string} title the moment in words
 * @property {any} [event]
 * @property {any[]} [changes]
 * @property {any[]} [verdicts]
 * @property {string} [text] an answer's text, as the command prints it
 * @property {string} [command]
 */

class Notes extends EventTarget {
  get storageKey() {
    return `evlog.notes.${studio.subject?.logId ?? studio.subject?.log ?? ""}`
  }

  /** @returns {Note[]} */
  ofSubject() {
    const text = localStorage.getItem(this.storageKey)
    return text ? JSON.parse(text) : []
  }

  /** @param {Note[]} notes */
  save(notes) {
    localStorage.setItem(this.storageKey, JSON.stringify(notes, (_key, value) =>
      value !== null && typeof value === "object" && value.constructor?.name === "ExactNumber" ? String(value) : value))
    this.dispatchEvent(new Event("changed"))
  }

  /** @param {Omit<Note, "id" | "focus">} note */
  add(note) {
    this.save([...this.ofSubject(), { ...note, id: crypto.randomUUID(), focus: focus.now }])
  }

  /** @param {string} id @param {string} comment */
  comment(id, comment) {
    this.save(this.ofSubject().map(note => (note.id === id ? { ...note, comment } : note)))
  }

  /** @param {string} id */
  remove(id) {
    this.save(this.ofSubject().filter(note => note.id !== id))
  }

  /** @param {string} id @param {number} by */
  shift(id, by) {
    const notes = this.ofSubject()
    const from = notes.findIndex(note => note.id === id)
    const to = from + by
    if (from < 0 || to < 0 || to >= notes.length) return
    notes.splice(to, 0, ...notes.splice(from, 1))
    this.save(notes)
  }
}

export const notes = new Notes()
