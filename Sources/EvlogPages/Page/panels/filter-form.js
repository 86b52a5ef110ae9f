// A form that writes a filter, for those who do not know its words yet.
import { h } from "studio/shared/dom.js"
import { parameters } from "studio/shared/filter.js"
import { focus } from "studio/shared/focus.js"
import { quotedFilter } from "studio/shared/links.js"
import { studio } from "studio/shared/studio.js"
import { visible } from "studio/shared/text.js"

/** @param {() => void} close */
export function filterForm(close) {
  const now = parameters(focus.now.filter)
  const types = (studio.subject.types ?? []).map((/** @type {any} */ type) => type.name)
  const options = (/** @type {string | undefined} */ chosen) => [
    h("option", { value: "" }, "any"),
    ...types.map((/** @type {string} */ type) => h("option", { value: type, selected: type === chosen }, visible(type))),
  ]
  const field = (/** @type {string} */ name, /** @type {string} */ label, /** @type {string} */ hint) =>
    h("label", {}, h("span", {}, label), h("input", { name, value: now[name] ?? "", placeholder: hint, spellcheck: "false" }))
  const form = h("form", {
    onsubmit: (/** @type {Event} */ event) => {
      event.preventDefault()
      focus.move({ filter: asFilter(new FormData(form)) })
      close()
    },
  },
  h("label", {}, h("span", {}, "Type"), h("select", { name: "type" }, options(now.type))),
  field("stream", "Stream", "order-7"),
  field("text", "Text", "in the event's data"),
  field("since", "Since", "2026-03-01T10:00:00Z"),
  field("until", "Until", "2026-03-01T11:00:00Z"),
  h("label", { class: "wide-field" }, h("span", {}, "Neighbour"),
    h("span", { class: "inline-fields" },
      h("select", { name: "side", "aria-label": "Side" },
        [["after", "comes after"], ["before", "comes before"], ["near", "is near"]].map(([value, label]) =>
          h("option", { value, selected: { before: "after", after: "before", either: "near" }[/** @type {"before"} */ (now.order)] === value }, label))),
      h("select", { name: "near", "aria-label": "Type of the neighbour" }, options(now.near)),
      " within ", h("input", { name: "within", type: "number", min: "1", max: "10000", value: now.within ?? 10, "aria-label": "Events between" }), " events")),
  h("label", { class: "wide-field" }, h("span", {}, "Predicate"),
    h("input", { name: "predicate", value: now.predicate ?? "", placeholder: "event => event.data.quantity > 30", spellcheck: "false" })),
  h("div", { class: "buttons" },
    h("button", { type: "submit", class: "primary" }, "Filter"),
    h("button", { type: "button", onclick: () => (focus.move({ filter: "" }), close()) }, "Clear")))
  return form
}

/** @param {FormData} form */
function asFilter(form) {
  const value = (/** @type {string} */ name) => String(form.get(name) ?? "").trim()
  const terms = ["type", "stream", "since", "until"].filter(name => value(name))
    .map(name => `${name}:${quotedFilter(value(name))}`)
  if (value("near")) terms.push(`${value("side")}:${quotedFilter(`${value("near")}~${value("within") || 10}`)}`)
  if (value("text")) terms.push(value("text"))
  if (value("predicate")) terms.push(`js:${value("predicate")}`)
  return terms.join(" ")
}
