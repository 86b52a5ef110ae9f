// The events of several logs about a cut, with the edges between them, as a picture.
import { svg } from "studio/shared/dom.js"
import { seriesOfType } from "studio/shared/series.js"
import { count, visible } from "studio/shared/text.js"

const cutLaneHeight = 76
const gap = 22
const left = 96

/**
 * @param {import("studio/cuts/picture.js").Picture} picture
 * @param {Record<string, number>} frontier
 * @param {any} answer of `evlog cut check`
 * @param {(log: string, to: number, isHeld: boolean) => void} move
 */
export function diagram(picture, frontier, answer, move) {
  const events = [...picture.events].sort((a, b) => a.order - b.order)
  const column = new Map(events.map((event, index) => [`${event.log}@${event.offset}`, index]))
  const width = left + events.length * gap + 40
  const height = picture.logs.length * cutLaneHeight + 16
  const y = new Map(picture.logs.map((log, index) => [log.name, index * cutLaneHeight + cutLaneHeight / 2]))
  const x = (/** @type {string} */ log, /** @type {number} */ offset) => left + (column.get(`${log}@${offset}`) ?? 0) * gap
  /** Where a position of a log is drawn: between the events around it. */
  const between = (/** @type {string} */ log, /** @type {number} */ at) => {
    const mine = events.filter(event => event.log === log)
    const after = mine.find(event => event.offset >= at)
    const before = [...mine].reverse().find(event => event.offset < at)
    if (!before) return after ? x(log, after.offset) - gap / 2 : left - gap / 2
    if (!after) return x(log, before.offset) + gap / 2
    return (x(log, before.offset) + x(log, after.offset)) / 2
  }
  const line = (/** @type {Record<string, number>} */ cut) => picture.logs.map((log, index) => {
    const at = between(log.name, cut[log.name] ?? 0)
    return `${index === 0 ? "M" : "L"}${at} ${index * cutLaneHeight + 6}V${(index + 1) * cutLaneHeight - 6}`
  }).join("")
  const region = answer && !answer.consistent ? shade(picture.logs, answer.below, answer.above, between)
    : picture.unordered ? shade(picture.logs, picture.unordered.past, picture.unordered.future, between) : null
  const offending = answer?.edge
  const isDrawn = picture.edges.some(edge => offending && same(edge.from, offending.cause) && same(edge.to, offending.effect))
  const edges = offending && !isDrawn ? [...picture.edges, { from: offending.cause, to: offending.effect }] : picture.edges
  return svg("svg", { class: "cut-diagram", width, height, role: "group", "aria-label": "Events of the logs about the cut" },
    svg("defs", {}, svg("marker", { id: "cause", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto", markerUnits: "userSpaceOnUse" }, svg("path", { d: "M0 0L8 4L0 8z", class: "arrowhead" }))),
    region,
    picture.logs.map(log => svg("g", {},
      svg("text", { x: 8, y: /** @type {number} */ (y.get(log.name)) + 4, class: "lane-title" }, visible(log.name)),
      svg("line", { x1: left - gap, x2: width - 12, y1: y.get(log.name), y2: y.get(log.name), class: "lane-line" }))),
    edges.map(edge => {
      const isOffending = offending && same(edge.from, offending.cause) && same(edge.to, offending.effect)
      if (!column.has(`${edge.from.log}@${edge.from.offset}`) || !column.has(`${edge.to.log}@${edge.to.offset}`)) return null
      return svg("line", {
        x1: x(edge.from.log, edge.from.offset), y1: y.get(edge.from.log), x2: x(edge.to.log, edge.to.offset), y2: y.get(edge.to.log),
        class: `cause${isOffending ? " offending" : ""}`, "marker-end": "url(#cause)",
      })
    }),
    events.map(event => svg("circle", {
      cx: x(event.log, event.offset), cy: y.get(event.log), r: 5.5,
      class: `cut-event series-fill-${seriesOfType(event.type)}${event.offset < (frontier[event.log] ?? 0) ? "" : " is-after"}`,
    }, svg("title", {}, `${visible(event.log)}@${count(event.offset)} ${visible(event.type)}`))),
    svg("path", { d: line(frontier), class: `frontier${answer && !answer.consistent ? " violated" : ""}` }),
    picture.logs.map(log => handle(log, between(log.name, frontier[log.name] ?? 0), /** @type {number} */ (y.get(log.name)), frontier[log.name] ?? 0, at => {
      const mine = events.filter(event => event.log === log.name)
      const passed = mine.filter(event => x(log.name, event.offset) < at)
      return passed.length > 0 ? passed[passed.length - 1].offset + 1 : mine[0]?.offset ?? 0
    }, move)))
}

/** @param {any} a @param {any} b */
function same(a, b) {
  return a.log === b.log && a.offset === b.offset
}

/**
 * What lies between two cuts.
 * @param {any[]} logs
 * @param {Record<string, number>} below
 * @param {Record<string, number>} above
 * @param {(log: string, at: number) => number} between
 */
function shade(logs, below, above, between) {
  return svg("g", { class: "unordered" }, logs.map((log, index) => {
    const from = between(log.name, below[log.name])
    const to = between(log.name, above[log.name])
    return svg("rect", { x: from, y: index * cutLaneHeight + 6, width: Math.max(to - from, 0), height: cutLaneHeight - 12 })
  }))
}

/**
 * A handle of the frontier: it can be dragged, and moved by the arrows.
 * @param {any} log
 * @param {number} x
 * @param {number} y
 * @param {number} now
 * @param {(x: number) => number} offsetAt
 * @param {(log: string, to: number, isHeld: boolean) => void} move
 */
function handle(log, x, y, now, offsetAt, move) {
  const name = visible(log.name)
  const element = /** @type {SVGGElement} */ (svg("g", {
    class: "handle", tabindex: "0", role: "slider", "aria-label": `Cut of ${name}`, "data-log": log.name,
    "aria-valuemin": 0, "aria-valuemax": log.end, "aria-valuenow": now, transform: `translate(${x} ${y})`,
    onkeydown: (/** @type {KeyboardEvent} */ event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[/** @type {"ArrowLeft"} */ (event.key)]
      if (by === undefined) return
      event.preventDefault()
      move(log.name, now + by, false)
    },
  }, svg("rect", { x: -5, y: -16, width: 10, height: 32, rx: 5 }), svg("title", {}, `${name}: ${count(now)}`)))
  element.addEventListener("pointerdown", event => {
    event.preventDefault()
    const drag = (/** @type {PointerEvent} */ to) => {
      const picture = document.querySelector(".cut-diagram")
      if (picture) move(log.name, offsetAt(to.clientX - picture.getBoundingClientRect().left), true)
    }
    addEventListener("pointermove", drag)
    addEventListener("pointerup", () => removeEventListener("pointermove", drag), { once: true })
  })
  return element
}
