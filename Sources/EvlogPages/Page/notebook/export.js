// The notebook as one HTML file that needs no server and runs no script.
import { say } from "studio/commands.js"
import { h } from "studio/shared/dom.js"
import { studio } from "studio/shared/studio.js"
import { visible } from "studio/shared/text.js"
import { noteBody } from "studio/notebook/note.js"

/**
 * A document of its own, made of elements, so that no text of an event can become markup.
 * @param {string} title
 * @param {string} style
 * @param {...Node} content
 */
export function standalone(title, style, ...content) {
  const page = document.implementation.createHTMLDocument(title)
  page.documentElement.lang = "en"
  page.head.append(
    h("meta", { charset: "utf-8" }), h("meta", { name: "viewport", content: "width=device-width, initial-scale=1" }),
    h("meta", { "http-equiv": "Content-Security-Policy", content: "default-src 'none'; style-src 'unsafe-inline'" }))
  page.body.className = "standalone"
  page.body.append(...content)
  // The studio's own policy allows no style that is written into a page, so it goes in as text.
  const [head, body] = splitAt(page.documentElement.outerHTML, "</head>")
  return `<!doctype html>\n${head}<style>${style}</style>${body}\n`
}

/**
 * @param {string} text
 * @param {string} mark where the second part begins
 */
function splitAt(text, mark) {
  const at = text.indexOf(mark)
  return [text.slice(0, at), text.slice(at)]
}

/** The styles of the page, as one text. */
async function styles() {
  const sheets = /** @type {HTMLLinkElement[]} */ ([...document.querySelectorAll("link[rel=stylesheet]")])
  const texts = await Promise.all(sheets.map(async sheet => {
    const text = await (await fetch(sheet.href)).text()
    // What depends on the theme here depends on the reader's system there.
    return sheet.id === "dark" ? `@media (prefers-color-scheme: dark) {\n${text}}` : text
  }))
  return texts.join("\n")
}

/** @param {import("studio/shared/notes.js").Note[]} all */
export async function download(all) {
  if (all.length === 0) {
    say("The notebook is empty.")
    return
  }
  const subject = studio.subject
  const title = `Notebook: ${visible(subject.log)}`
  const content = h("main", { class: "notebook-file" }, h("h1", {}, title),
    h("p", { class: "hint" }, subject.machine ? `machine ${visible(subject.machine.name)} ${subject.machine.version}, fingerprint ${subject.machine.fingerprint}` : "without a machine"),
    h("ol", { class: "notes" }, all.map(note => {
      const body = noteBody(note)
      for (const details of body.querySelectorAll("details")) details.open = true
      return h("li", { class: "note" }, h("h2", {}, note.title), note.comment ? h("p", { class: "comment" }, note.comment) : null, body)
    })))
  const file = new Blob([standalone(title, await styles(), content)], { type: "text/html" })
  const address = URL.createObjectURL(file)
  h("a", { href: address, download: "notebook.html" }).click()
  setTimeout(() => URL.revokeObjectURL(address), 10_000)
  say("Exported as notebook.html.")
}
