// Regions × event types, as a table. It needs no server, only a map's JSON.
import { marks, markGlyph } from "studio/map/marks.js"
import { h } from "studio/shared/dom.js"
import { count, counted, foreign, visible } from "studio/shared/text.js"

/** So many regions are shown until more are asked for. */
const mostRows = 200

/**
 * @param {any} map the answer of `evlog map --json`
 * @param {{ shown: Set<string> | null, chosen: any, probed: Map<string, any>, unseen: Set<string>, choose: (cell: any) => void }} options
 */
export function matrix(map, options) {
  const cells = new Map(map.cells.map((/** @type {any} */ cell) => [cellKey(cell.region, cell.type), cell]))
  const most = map.cells.reduce((/** @type {number} */ most, /** @type {any} */ cell) => Math.max(most, cell.events), 1)
  const row = (/** @type {any} */ region) => h("tr", {},
    h("th", { scope: "row", title: visible(region.name) }, foreign(region.name, 60)),
    h("td", { class: `exposure${region.exposure === 0 ? " none" : ""}`, title: region.exposure === 0 ? "No event ever occurred in this region" : null }, count(region.exposure)),
    map.types.map((/** @type {string} */ type) => {
      const cell = cells.get(cellKey(region.name, type))
      return h("td", { class: "cell-place" }, cell ? cellButton(cell, region, most, options) : null)
    }))
  const rest = map.regions.slice(mostRows)
  const body = h("tbody", {}, map.regions.slice(0, mostRows).map(row))
  if (rest.length > 0) {
    const more = h("tr", {}, h("td", { colspan: map.types.length + 2 }, h("button", { class: "small quiet", onclick: () => {
      more.remove()
      body.append(...rest.map(row))
    } }, `Show ${counted(rest.length, "more region")}`)))
    body.append(more)
  }
  return h("table", { class: "matrix", "aria-label": "Regions and event types" },
    h("thead", {}, h("tr", {},
      h("th", { class: "corner", scope: "col" }, h("span", { class: "hint" }, "region ╲ type")),
      h("th", { class: "exposure", scope: "col", title: "Events that occurred in the region" }, "events"),
      map.types.map((/** @type {string} */ type) => h("th", { scope: "col", class: "type", title: visible(type) }, h("span", {}, broken(type)))))),
    body)
}

/**
 * Regions as a person would order them: numbers by their size.
 * @param {any[]} regions
 */
export function inOrder(regions) {
  const number = (/** @type {any} */ region) => (region.name.trim() === "" ? NaN : Number(region.name))
  const numbers = regions.filter(region => !Number.isNaN(number(region)))
  const others = regions.filter(region => Number.isNaN(number(region)))
  return [...others, ...numbers.sort((a, b) => number(a) - number(b))]
}

/** @param {string} region @param {string} type */
export function cellKey(region, type) {
  return JSON.stringify([region, type])
}

/** @param {any} cell @param {any} region @param {number} most @param {any} options */
function cellButton(cell, region, most, options) {
  const key = cellKey(cell.region, cell.type)
  const isDimmed = options.shown !== null && !options.shown.has(cell.mark)
  const isChosen = options.chosen?.region === cell.region && options.chosen?.type === cell.type
  const isProbed = options.probed.has(key)
  const isUnseen = options.unseen.has(key)
  const meaning = marks[cell.mark]?.meaning ?? ""
  const events = cell.events === 0
    ? region.exposure === 0 ? "no event ever occurred in this region" : `never among ${count(region.exposure)} events`
    : `${count(cell.events)} events`
  return h("button", {
    class: `cell mark-${cell.mark}${isDimmed ? " is-dimmed" : ""}${isUnseen ? " is-unseen" : ""}${region.exposure === 0 ? " is-unvisited" : ""}`,
    "aria-pressed": String(isChosen), "data-region": cell.region, "data-type": cell.type, "data-mark": cell.mark,
    title: visible(`${cell.region} × ${cell.type}: ${cell.mark}, ${meaning}; ${events}`),
    "aria-label": visible(`${cell.region}, ${cell.type}: ${cell.mark}, ${events}${isProbed ? ", probed" : ""}`),
    onclick: () => options.choose(cell),
    onkeydown: move,
  },
  markGlyph(cell.mark),
  cell.events > 0 ? h("span", { class: "cell-count" }, short(cell.events)) : h("span", { class: "cell-count none" }, ""),
  cell.events > 0 ? h("meter", { class: "cell-bar", min: 0, max: 1, value: Math.max(Math.log1p(cell.events) / Math.log1p(most), 0.05), "aria-hidden": "true" }) : null,
  isProbed ? h("span", { class: "probed-mark", title: "Probed", "aria-hidden": "true" }, "◦") : null)
}

/** @param {number} events */
function short(events) {
  if (events < 100_000) return count(events)
  return events < 1e6 ? `${Math.round(events / 1e3)}k` : `${(events / 1e6).toFixed(1)}M`
}

/**
 * Arrows go from cell to cell.
 * @param {KeyboardEvent} event
 */
function move(event) {
  const cell = /** @type {HTMLElement} */ (event.currentTarget)
  const place = /** @type {HTMLTableCellElement} */ (cell.parentElement)
  const row = /** @type {HTMLTableRowElement} */ (place.parentElement)
  const index = place.cellIndex
  const other = {
    ArrowLeft: row.cells[index - 1], ArrowRight: row.cells[index + 1],
    ArrowUp: /** @type {HTMLTableRowElement} */ (row.previousElementSibling)?.cells[index],
    ArrowDown: /** @type {HTMLTableRowElement} */ (row.nextElementSibling)?.cells[index],
  }[/** @type {"ArrowLeft"} */ (event.key)]
  const button = /** @type {HTMLElement | null} */ (other?.querySelector(".cell") ?? null)
  if (!button) return
  event.preventDefault()
  button.focus()
}

/**
 * A name that may be broken between its words.
 * @param {string} type
 */
function broken(type) {
  const words = visible(type.length > 80 ? type.slice(0, 79) + "…" : type).split(/(?<=[a-z0-9])(?=[A-Z])/)
  return words.map((word, index) => [index > 0 ? h("wbr") : null, word])
}
