// Tables: SQL over events and projections, as of the cut in focus.
import { get } from "studio/shared/api.js"
import { define, h, show } from "studio/shared/dom.js"
import { focus } from "studio/shared/focus.js"
import { cutLink, eventLink, streamLink, typeLink } from "studio/shared/links.js"
import { into, Panel } from "studio/shared/panel.js"
import { studio } from "studio/shared/studio.js"
import { count, counted, foreign, inline } from "studio/shared/text.js"

const examples = [
  ["Types", "SELECT type, count(*) AS events, min(offset) AS first, max(offset) AS last FROM events GROUP BY type ORDER BY events DESC"],
  ["Largest streams", "SELECT stream, count(*) AS events FROM events GROUP BY stream ORDER BY events DESC LIMIT 20"],
  ["Last events", "SELECT offset, time, type, stream, data FROM events ORDER BY offset DESC LIMIT 20"],
]

class Tables extends Panel {
  follows = ["s", "cut"]
  /** @type {string | null} whose tables are there beside the events */
  projection = null

  build() {
    this.input = h("textarea", {
      rows: 3, spellcheck: "false", "aria-label": "Query in SQL", class: "sql", value: examples[0][1],
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.ask()
      },
    })
    this.names = h("div", { class: "examples", role: "group", "aria-label": "Tables and examples" })
    this.result = h("div", { class: "result" })
    this.at = h("span", { class: "panel-count" })
    this.append(h("header", { class: "panel-head" }, h("h2", {}, "Tables"), this.at),
      h("div", { class: "panel-body tables-body" },
        this.input,
        h("div", { class: "buttons" }, h("button", { class: "primary small", onclick: () => this.ask() }, "Query ", h("kbd", {}, "Ctrl ↵")), this.names),
        this.result))
  }

  /** @param {Set<string>} changed */
  draw(changed) {
    show(/** @type {HTMLElement} */ (this.at), "as of cut ", count(focus.now.cut ?? 0))
    const projections = studio.subject.tables ?? []
    if (!projections.includes(this.projection)) this.projection = projections[0] ?? null
    show(/** @type {HTMLElement} */ (this.names),
      projections.length === 0 ? null : h("label", { class: "about" }, h("span", { class: "hint" }, "tables of"),
        h("select", { onchange: (/** @type {Event} */ event) => {
          this.projection = /** @type {HTMLSelectElement} */ (event.target).value
          this.ask()
        } }, projections.map((/** @type {string} */ name) => h("option", { value: name, selected: name === this.projection }, name)))),
      examples.map(([name, sql]) => example(name, sql, this)))
    if (changed.has("cut") || changed.has("s") || changed.size === 0) this.ask()
  }

  /** @param {string} sql */
  query(sql) {
    if (this.input) this.input.value = sql
    this.ask()
  }

  ask() {
    const sql = this.input?.value.trim() ?? ""
    if (!sql) return
    into(/** @type {HTMLElement} */ (this.result), get("query", { s: studio.subject.id, sql, cut: focus.now.cut ?? 0, projection: this.projection, limit: 500 }), answer =>
      show(/** @type {HTMLElement} */ (this.result),
        h("p", { class: "hint" }, answer.more ? `the first ${counted(answer.rows.length, "row")}` : counted(answer.rows.length, "row")),
        (answer.warnings ?? []).map((/** @type {string} */ warning) => h("p", { class: "hint" }, foreign(warning, 400))),
        h("div", { class: "grid-scroll", tabindex: "0", role: "group", "aria-label": "Rows" }, h("table", { class: "grid" },
          h("thead", {}, h("tr", {}, answer.columns.map((/** @type {string} */ column) => h("th", { scope: "col" }, foreign(column, 60))))),
          h("tbody", {}, answer.rows.map((/** @type {any[]} */ row) => h("tr", {}, row.map((value, index) =>
            h("td", { class: typeof value === "number" ? "number" : null }, cell(answer.columns[index], value))))))))))
  }
}

/**
 * A value; what names an event is a link to it.
 * @param {string} column
 * @param {any} value
 */
function cell(column, value) {
  if (value === null) return h("span", { class: "hint" }, "NULL")
  if (typeof value === "number" && Number.isInteger(value) && /^(offset|first|last)$/i.test(column)) return eventLink(value)
  if (typeof value === "number" && /^cut$/i.test(column)) return cutLink(value)
  if (column === "stream" && typeof value === "string") return streamLink(value)
  if (column === "type" && typeof value === "string") return typeLink(value)
  return typeof value === "string" ? foreign(value, 300) : inline(value, 300)
}

/** @param {string} name @param {string} sql @param {Tables} tables */
function example(name, sql, tables) {
  return h("button", { class: "small quiet", onclick: () => tables.query(sql) }, foreign(name, 60))
}

define("studio-tables", Tables)
