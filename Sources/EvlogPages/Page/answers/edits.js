// The form of an edited past: which events are left out, replaced, inserted or swapped.
import { h } from "studio/shared/dom.js"
import { focus } from "studio/shared/focus.js"

const kinds = {
  drop: ["leave out", "7777, 7102-7110, stream=order-7, type=OrderPlaced"],
  replace: ["replace", '7775:{"data":{"sku":"A-7","quantity":42}}'],
  insert: ["insert before", '7102:{"stream":"s","type":"T","data":{}}'],
  swap: ["swap", "7102,7104"],
}

/** @param {import("studio/answers/asking.js").Asking} asking */
export function editsForm(asking) {
  /** @type {{ kind: keyof typeof kinds, value: string }[]} */
  const edits = asking.settings.edits.map((/** @type {any} */ edit) => ({ ...edit }))
  const rows = h("div", { class: "edit-rows" })
  const draw = () => rows.replaceChildren(...edits.map((edit, index) => h("div", { class: "edit" },
    h("select", {
      "aria-label": "Kind of edit",
      onchange: (/** @type {Event} */ event) => {
        edit.kind = /** @type {any} */ (/** @type {HTMLSelectElement} */ (event.target).value)
        draw()
      },
    }, Object.entries(kinds).map(([kind, [label]]) => h("option", { value: kind, selected: kind === edit.kind }, label))),
    h("input", {
      value: edit.value, placeholder: kinds[edit.kind][1], "aria-label": `What to ${kinds[edit.kind][0]}`, spellcheck: "false",
      oninput: (/** @type {Event} */ event) => (edit.value = /** @type {HTMLInputElement} */ (event.target).value),
    }),
    edits.length > 1 ? h("button", { type: "button", class: "clear", "aria-label": "Remove this edit", onclick: () => {
      edits.splice(index, 1)
      draw()
    } }, "×") : null)))
  draw()
  const offset = () => String(Math.max((focus.now.cut ?? 1) - 1, 0))
  return h("form", {
    class: "edits",
    onsubmit: (/** @type {Event} */ event) => {
      event.preventDefault()
      asking.change({ edits: edits.filter(edit => edit.value.trim() !== "") })
    },
  }, rows, h("div", { class: "buttons" },
    h("button", { type: "submit", class: "primary small" }, "Ask"),
    h("button", { type: "button", class: "small", onclick: () => {
      edits.push({ kind: "drop", value: offset() })
      draw()
    } }, "Another edit"),
    h("button", { type: "button", class: "small", onclick: () => asking.change({ edits: [{ kind: "drop", value: offset() }] }) }, "Leave out the event in focus")))
}
