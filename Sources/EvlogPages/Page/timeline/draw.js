// Drawing of the timeline: densities, lanes of violations, marks. No request is made here.
import { shapes } from "studio/shared/series.js"
import { count, timestamp } from "studio/shared/text.js"
import { offsetSteps, ticks, timeSteps } from "studio/timeline/scale.js"

/** @typedef {import("studio/timeline/scale.js").Scale} Scale */
/** @typedef {import("studio/timeline/tiles.js").Tile} Tile */
/** @typedef {CanvasRenderingContext2D} Context */

/** The colours of the theme, read once for each change of it. */
export class Colours {
  constructor() {
    const style = getComputedStyle(document.documentElement)
    const colour = (/** @type {string} */ name) => style.getPropertyValue(name).trim()
    this.series = shapes.map((_, index) => colour(`--series-${index}`))
    this.muted = colour("--muted")
    this.line = colour("--line")
    this.surface = colour("--surface")
    this.violated = colour("--violated")
    this.undefined = colour("--undefined")
    this.accent = colour("--accent")
    this.accentSoft = colour("--accent-soft")
    this.note = colour("--note")
    this.density = Number(colour("--density"))
    this.font = `11px ${colour("--font")}`
  }
}

/**
 * Sets a canvas to the size of its element, in the pixels of the screen.
 * @param {HTMLCanvasElement} canvas
 * @param {{ width: number, height: number }} size
 */
export function prepare(canvas, { width, height }) {
  const ratio = devicePixelRatio || 1
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio)
    canvas.height = Math.round(height * ratio)
  }
  const context = /** @type {Context} */ (canvas.getContext("2d"))
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  context.clearRect(0, 0, width, height)
  return { context, width, height }
}

/**
 * The densities of the names, one upon the other.
 * @param {Context} context
 * @param {Tile} tile
 * @param {Scale} scale
 * @param {Colours} colours
 * @param {{ top: number, height: number, glyphs: boolean, series: number[], hidden: boolean[] }} box
 */
export function drawDensity(context, tile, scale, colours, box) {
  const first = Math.max(Math.floor((scale.first - tile.start) / tile.step), 0)
  const end = Math.min(Math.ceil((scale.end - tile.start) / tile.step), tile.columns.length)
  let most = 0
  for (let column = first; column < end; column++) {
    let sum = 0
    tile.columns[column].forEach((events, name) => (sum += box.hidden[name] ? 0 : events))
    if (sum > most) most = sum
  }
  if (most === 0) return 0
  const bottom = box.top + box.height
  for (let column = first; column < end; column++) {
    const left = scale.x(Math.max(tile.start + column * tile.step, tile.from))
    const right = scale.x(Math.min(tile.start + (column + 1) * tile.step, tile.to))
    const width = Math.max(right - left - (right - left >= 4 ? 1 : 0), 1)
    let y = bottom
    const events = tile.columns[column]
    for (let name = 0; name < events.length; name++) {
      if (events[name] === 0 || box.hidden[name]) continue
      const height = Math.max(events[name] / most * box.height, 1)
      context.globalAlpha = colours.density
      context.fillStyle = colours.series[box.series[name]]
      context.fillRect(left, y - height, width, height)
      context.globalAlpha = 1
      if (box.glyphs && width >= 13 && height >= 12) {
        context.fillStyle = colours.surface
        context.font = colours.font
        context.textAlign = "center"
        context.fillText(shapes[box.series[name]], left + width / 2, y - height / 2 + 4)
      }
      y -= height
    }
  }
  return most
}

/**
 * Where a filter finds events: each column of which is at least two pixels wide.
 * @param {Context} context
 * @param {Tile} tile
 * @param {Scale} scale
 * @param {Colours} colours
 * @param {{ top: number, height: number }} box
 */
export function drawMatches(context, { matches }, scale, colours, box) {
  if (!matches) return
  context.fillStyle = colours.surface
  context.fillRect(0, box.top - 1, scale.width, box.height + 1)
  context.fillStyle = colours.accent
  matches.columns.forEach((events, column) => {
    if (events === 0) return
    const left = scale.x(matches.start + column * matches.step)
    const right = scale.x(matches.start + (column + 1) * matches.step)
    if (right < 0 || left > scale.width) return
    context.fillRect(left, box.top, Math.max(right - left, 2), box.height)
  })
}

/** @param {Context} context @param {Scale} scale @param {Colours} colours @param {{ top: number, axis: string, gridTop: number }} box */
export function drawAxis(context, scale, colours, box) {
  const isTime = box.axis === "time"
  const { step, positions } = ticks(scale, isTime ? timeSteps : offsetSteps)
  context.font = colours.font
  context.textAlign = "left"
  for (const position of positions) {
    const x = Math.round(scale.x(position)) + 0.5
    context.strokeStyle = colours.line
    context.beginPath()
    context.moveTo(x, box.gridTop)
    context.lineTo(x, box.top + 4)
    context.stroke()
    context.fillStyle = colours.muted
    const text = isTime ? timeLabel(position, step) : count(position)
    if (x + context.measureText(text).width + 4 < scale.width) context.fillText(text, x + 3, box.top + 12)
  }
}

/** @param {number} millis @param {number} step */
function timeLabel(millis, step) {
  const text = timestamp(millis)
  if (step >= 86_400e3) return text.slice(5, 10)
  if (step >= 60e3) return text.slice(11, 16)
  if (step >= 1e3) return text.slice(11, 19)
  return step >= 1 ? text.slice(17, 23) : text.slice(17, 26)
}

/**
 * A lane of an invariant: every episode is at least two pixels wide and drawn on top.
 * @param {Context} context
 * @param {any[]} episodes
 * @param {Scale} scale
 * @param {Colours} colours
 * @param {{ top: number, height: number, knownTo: number | null }} box
 */
export function drawLane(context, episodes, scale, colours, box) {
  const middle = Math.round(box.top + box.height / 2) + 0.5
  const known = box.knownTo === null ? scale.width : Math.min(Math.max(scale.x(box.knownTo), 0), scale.width)
  context.strokeStyle = colours.line
  context.beginPath()
  context.moveTo(0, middle)
  context.lineTo(known, middle)
  context.stroke()
  if (known < scale.width) {
    context.strokeStyle = colours.undefined
    context.setLineDash([2, 4])
    context.beginPath()
    context.moveTo(known, middle)
    context.lineTo(scale.width, middle)
    context.stroke()
    context.setLineDash([])
  }
  context.fillStyle = colours.violated
  for (const episode of episodes) {
    const left = scale.x(episode.from)
    const right = episode.to === null ? scale.width : scale.x(episode.to)
    if (right < 0 || left > scale.width) continue
    const shown = Math.max(left, 0)
    const width = Math.max(Math.min(right, scale.width) - shown, 2)
    context.fillRect(shown, box.top + 4, width, box.height - 8)
    if (left >= 0) context.fillRect(left, box.top + 1, 2, box.height - 2)
  }
}

/**
 * Violated cuts, as a bar above the densities.
 * @param {Context} context
 * @param {any[]} episodes
 * @param {Scale} scale
 * @param {Colours} colours
 * @param {{ top: number, height: number }} box
 */
export function drawViolated(context, episodes, scale, colours, box) {
  for (const episode of episodes) {
    const left = Math.max(scale.x(episode.from), 0)
    const right = Math.min(episode.to === null ? scale.width : scale.x(episode.to), scale.width)
    if (right < 0 || left > scale.width) continue
    context.fillStyle = colours.violated
    context.fillRect(left, box.top, Math.max(right - left, 2), box.height)
  }
}

export const markGlyphs = { snapshot: "◇", segment: "|", damage: "⚠", note: "⚑" }

/** @param {Context} context @param {any[]} marks @param {Scale} scale @param {Colours} colours @param {{ top: number, height: number }} box */
export function drawMarks(context, marks, scale, colours, box) {
  context.font = colours.font
  context.textAlign = "center"
  for (const mark of marks) {
    const glyph = markGlyphs[/** @type {keyof typeof markGlyphs} */ (mark.kind)]
    const x = scale.x(mark.at ?? mark.from)
    if (!glyph || x < -6 || x > scale.width + 6) continue
    context.fillStyle = mark.kind === "damage" ? colours.violated : mark.kind === "note" ? colours.note : colours.muted
    context.fillText(glyph, x, box.top + box.height - 3)
  }
}

/**
 * Where idle time is folded.
 * @param {Context} context
 * @param {Scale} scale
 * @param {Colours} colours
 * @param {{ top: number, height: number }} box
 */
export function drawFolds(context, scale, colours, box) {
  for (const gap of scale.folding.gaps) {
    const left = scale.x(gap.from)
    const right = scale.x(gap.to)
    if (right < 0 || left > scale.width) continue
    context.fillStyle = colours.accentSoft
    context.fillRect(left, box.top, Math.max(right - left, 3), box.height)
    context.strokeStyle = colours.muted
    context.beginPath()
    for (let y = box.top; y < box.top + box.height; y += 4) {
      context.lineTo((left + right) / 2 + ((y / 4) % 2 < 1 ? -2 : 2), y)
    }
    context.stroke()
  }
}

/** @param {Context} context @param {number} left @param {number} right @param {Colours} colours @param {number} height */
export function drawSelection(context, left, right, colours, height) {
  context.globalAlpha = 0.25
  context.fillStyle = colours.accent
  context.fillRect(left, 0, right - left, height)
  context.globalAlpha = 1
  context.fillRect(left, 0, 1, height)
  context.fillRect(right - 1, 0, 1, height)
}
