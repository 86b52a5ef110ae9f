// Regions as a graph with moves as arrows. Rare moves are as visible as frequent ones: thickness
// tells them apart, and none is left out.
import { h, svg } from "studio/shared/dom.js"
import { count, visible } from "studio/shared/text.js"

/** How far regions are from one another. */
const column = 180
const row = 96

/** Of more regions, no arrow could be followed. */
export const mostRegions = 24

/** @param {any} map @param {(cell: any) => void} choose */
export function graph(map, choose) {
  const names = /** @type {string[]} */ (map.regions.map((/** @type {any} */ region) => region.name))
  const { places, width, height } = layers(map, names)
  const moves = /** @type {any[]} */ (movesOf(map))
  const most = Math.max(1, ...moves.map(move => move.events))
  const defs = svg("defs", {}, arrow("arrow", "arrowhead"), arrow("arrow-wrong", "arrowhead wrong"))
  return h("div", { class: "graph" }, svg("svg", { width, viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": "Regions and the moves between them" }, defs,
    names.map(name => node(name, map, /** @type {any} */ (places.get(name)))),
    // After the regions, so that no label is hidden by one.
    moves.map(move => edge(move, places, most, choose, moves.filter(other => other.from === move.from && other.to === move.to).indexOf(move)))))
}

/** @param {string} id @param {string} className */
function arrow(id, className) {
  return svg("marker", { id, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 8, markerHeight: 8, orient: "auto-start-reverse", markerUnits: "userSpaceOnUse" },
    svg("path", { d: "M0 0L8 4L0 8z", class: className }))
}

/** @param {any} map */
function movesOf(map) {
  const wrong = new Set(["deviation", "lie", "broken"])
  // Where nothing is declared, everything would be a surprise.
  if (map.cells.some((/** @type {any} */ cell) => cell.declared !== null)) wrong.add("surprise")
  return map.cells.flatMap((/** @type {any} */ cell) => cell.targets.map((/** @type {any} */ target) => ({
    cell, from: cell.region, to: target.region, type: cell.type, events: target.events, first: target.first,
    isWrong: wrong.has(cell.mark) && !(Array.isArray(cell.declared) && cell.declared.includes(target.region)),
  })))
}

/**
 * Places by the distance from the beginning; what no move reaches stands apart at the right.
 * @param {any} map
 * @param {string[]} names
 */
function layers(map, names) {
  const moves = movesOf(map)
  /** @type {Map<string, number>} */
  const depth = new Map(names.slice(0, 1).map(name => [name, 0]))
  const queue = names.slice(0, 1)
  for (const from of queue) {
    for (const move of moves) {
      if (move.from !== from || depth.has(move.to)) continue
      depth.set(move.to, /** @type {number} */ (depth.get(from)) + 1)
      queue.push(move.to)
    }
  }
  const last = Math.max(0, ...depth.values())
  for (const name of names) if (!depth.has(name)) depth.set(name, last + 1)
  const columns = new Map()
  for (const name of names) {
    const number = depth.get(name)
    columns.set(number, [...(columns.get(number) ?? []), name])
  }
  const places = new Map()
  const most = Math.max(1, ...[...columns.values()].map(inIt => inIt.length))
  // Above the first row there is room for moves that stay in a region.
  const height = row * most + 60
  for (const [number, inIt] of columns) {
    inIt.forEach((/** @type {string} */ name, /** @type {number} */ index) => places.set(name, {
      x: 70 + number * column,
      y: 60 + (height - 60) * (index + 0.5) / inIt.length,
    }))
  }
  return { places, width: 140 + (columns.size - 1) * column, height }
}

/** @param {string} name @param {any} map @param {{ x: number, y: number }} at */
function node(name, map, at) {
  const region = map.regions.find((/** @type {any} */ one) => one.name === name)
  const shown = visible(name)
  const unknown = map.cells.filter((/** @type {any} */ cell) => cell.region === name && cell.mark === "unknown").length
  return svg("g", { class: `region-node${region.exposure === 0 ? " is-unvisited" : ""}`, transform: `translate(${at.x} ${at.y})` },
    svg("title", {}, `${shown}: ${count(region.exposure)} events came here, ${unknown} of ${map.types.length} types unknown`),
    svg("rect", { x: -56, y: -20, width: 112, height: 40, rx: 8 }),
    svg("text", { y: -2 }, shown.length > 15 ? shown.slice(0, 14) + "…" : shown),
    svg("text", { y: 13, class: `small${unknown > 0 ? "" : " none"}` }, unknown > 0 ? `${unknown} unknown` : "all known"))
}

/**
 * @param {any} move
 * @param {Map<string, { x: number, y: number }>} places
 * @param {number} most
 * @param {(cell: any) => void} choose
 * @param {number} beside how many moves between the same regions are drawn already
 */
function edge(move, places, most, choose, beside) {
  const from = places.get(move.from)
  const to = places.get(move.to)
  if (!from || !to) return null
  const isLoop = move.from === move.to
  const dx = to.x - from.x
  const dy = to.y - from.y
  const length = Math.hypot(dx, dy) || 1
  const bend = (dx < 0 || Math.abs(dx) < 1 ? 46 : 14) + beside * 30
  const rise = 42 + beside * 16
  const middle = { x: (from.x + to.x) / 2 - dy / length * bend, y: (from.y + to.y) / 2 + dx / length * bend }
  const path = isLoop
    ? `M${from.x - 20} ${from.y - 20}C${from.x - 34} ${from.y - 20 - rise} ${from.x + 34} ${from.y - 20 - rise} ${from.x + 20} ${from.y - 21}`
    : `M${border(from, middle)}Q${middle.x} ${middle.y} ${border(to, middle)}`
  const label = isLoop ? { x: from.x, y: from.y - 23 - rise * 0.75 } : {
    x: (from.x + to.x) / 4 + middle.x / 2,
    // Beside each other there is little room between two regions, but there is above them.
    y: Math.abs(dy) < 1 ? from.y - 26 - beside * 12 : (from.y + to.y) / 4 + middle.y / 2 - 4,
  }
  const type = visible(move.type)
  const act = () => choose(move.cell)
  return svg("g", {
    class: `move${move.isWrong ? " wrong" : ""}`, tabindex: "0", role: "button",
    "aria-label": `${visible(move.from)} to ${visible(move.to)} by ${type}, ${count(move.events)} events`,
    onclick: act, onkeydown: (/** @type {KeyboardEvent} */ event) => event.key === "Enter" && act(),
  },
  svg("title", {}, `${type}: ${count(move.events)} events, first ${count(move.first)}`),
  svg("path", { d: path, class: "hit" }),
  svg("path", { d: path, class: "line", "stroke-width": 1 + 4 * Math.log1p(move.events) / Math.log1p(most), "marker-end": `url(#${move.isWrong ? "arrow-wrong" : "arrow"})` }),
  svg("text", { x: label.x, y: label.y }, `${type.length > 20 ? type.slice(0, 19) + "…" : type} ${count(move.events)}`))
}

/**
 * Where a line to a node meets its border.
 * @param {{ x: number, y: number }} node
 * @param {{ x: number, y: number }} towards
 */
function border(node, towards) {
  const dx = towards.x - node.x
  const dy = towards.y - node.y
  const scale = Math.min(58 / Math.max(Math.abs(dx), 0.01), 22 / Math.max(Math.abs(dy), 0.01))
  return `${(node.x + dx * scale).toFixed(1)} ${(node.y + dy * scale).toFixed(1)}`
}
