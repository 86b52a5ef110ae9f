// The share of the unknown over the length of the log, as a curve: it should fall.
import { h, svg } from "studio/shared/dom.js"
import { focus } from "studio/shared/focus.js"
import { count, percent } from "studio/shared/text.js"

const curveWidth = 300
const curveHeight = 64

/** @param {{ cut: number, unknown: number, cells: number }[]} points */
export function trend(points) {
  if (points.length < 2) return null
  const end = points[points.length - 1]
  const x = (/** @type {number} */ cut) => 4 + (curveWidth - 8) * cut / Math.max(end.cut, 1)
  const y = (/** @type {{ unknown: number, cells: number }} */ point) => 6 + (curveHeight - 18) * (1 - (point.cells === 0 ? 0 : point.unknown / point.cells))
  // The share stays as it is until a cut at which it falls.
  let line = `M${x(points[0].cut)} ${y(points[0])}`
  for (const point of points.slice(1)) line += `H${x(point.cut)}V${y(point)}`
  const first = percent(points[0].unknown, points[0].cells)
  const last = percent(end.unknown, end.cells)
  return h("figure", { class: "trend" },
    svg("svg", { viewBox: `0 0 ${curveWidth} ${curveHeight}`, role: "img", "aria-label": `The share of the unknown over the log, from ${first} to ${last}` },
      svg("line", { x1: 4, x2: curveWidth - 4, y1: curveHeight - 12, y2: curveHeight - 12, class: "base" }),
      svg("path", { d: `${line}V${curveHeight - 12}H${x(points[0].cut)}Z`, class: "area" }),
      svg("path", { d: line, class: "curve" }),
      focus.now.cut === null ? null : svg("line", { x1: x(Math.min(focus.now.cut, end.cut)), x2: x(Math.min(focus.now.cut, end.cut)), y1: 2, y2: curveHeight - 12, class: "now" }),
      svg("text", { x: 4, y: curveHeight - 1 }, "0"), svg("text", { x: curveWidth - 4, y: curveHeight - 1, class: "end" }, count(end.cut))),
    h("figcaption", {}, first === last ? `unknown all along the log: ${last}` : `unknown over the log: ${first} → ${last}`))
}
