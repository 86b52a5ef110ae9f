// Pointers on the timeline: a click moves the focus, a drag selects, the wheel zooms and pans.
import { h, show } from "studio/shared/dom.js"
import { focus } from "studio/shared/focus.js"
import { swatch } from "studio/shared/series.js"
import { count, foreign, timestamp } from "studio/shared/text.js"
import { markGlyphs } from "studio/timeline/draw.js"

/** @param {any} timeline */
export function followPointer(timeline) {
  followDetail(timeline, timeline.detail)
  followOverview(timeline, timeline.overview)
}

/** @param {any} timeline @param {HTMLCanvasElement} canvas */
function followDetail(timeline, canvas) {
  /** @type {Map<number, PointerEvent>} */
  const down = new Map()
  /** @type {{ x: number, view: any, pans: boolean, moved: boolean, pinch: number } | null} */
  let drag = null

  canvas.addEventListener("pointerdown", event => {
    if (event.button > 1) return
    canvas.setPointerCapture(event.pointerId)
    down.set(event.pointerId, event)
    const pans = event.pointerType === "touch" || event.shiftKey || event.button === 1
    drag = { x: event.offsetX, view: timeline.view, pans, moved: false, pinch: spread(down) }
  })
  canvas.addEventListener("pointermove", event => {
    if (!drag || !down.has(event.pointerId)) {
      hover(timeline, event)
      return
    }
    down.set(event.pointerId, event)
    const scale = timeline.scale()
    if (down.size === 2) {
      const now = spread(down)
      if (drag.pinch > 0 && now > 0) timeline.zoom(drag.pinch / now, event.offsetX)
      drag.pinch = now
      drag.moved = true
      return
    }
    if (Math.abs(event.offsetX - drag.x) > 3) drag.moved = true
    if (!drag.moved) return
    timeline.tip.hidden = true
    if (drag.pans) {
      const by = (drag.x - event.offsetX) / scale.perUnit
      timeline.look({ from: drag.view.from + by, to: drag.view.to + by })
    } else {
      timeline.select({ from: scale.position(drag.x), to: scale.position(event.offsetX) })
    }
  })
  const end = (/** @type {PointerEvent} */ event) => {
    down.delete(event.pointerId)
    if (drag && !drag.moved && event.type === "pointerup") choose(timeline, event)
    else if (timeline.selection) {
      const { from, to } = timeline.selection
      timeline.select({ from: Math.min(from, to), to: Math.max(from, to) })
    }
    if (down.size === 0) drag = null
  }
  canvas.addEventListener("pointerup", end)
  canvas.addEventListener("pointercancel", end)
  canvas.addEventListener("pointerleave", () => (timeline.tip.hidden = true))
  canvas.addEventListener("dblclick", () => timeline.zoom(0.25))
  canvas.addEventListener("wheel", event => {
    event.preventDefault()
    timeline.tip.hidden = true
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey) {
      timeline.pan((event.deltaX || event.deltaY) / canvas.clientWidth)
    } else {
      timeline.zoom(Math.exp(event.deltaY * 0.002), event.offsetX)
    }
  }, { passive: false })
}

/**
 * The distance of two fingers.
 * @param {Map<number, PointerEvent>} down
 */
function spread(down) {
  const [first, second] = [...down.values()]
  return first && second ? Math.abs(first.clientX - second.clientX) : 0
}

/**
 * The episode that is drawn near a point.
 * @param {any} timeline
 * @param {number} x
 * @param {number} y
 */
function episodeNear(timeline, x, y) {
  const scale = timeline.scale()
  const lane = Math.floor((y - 102) / 20)
  const marks = (timeline.tiles.whole?.marks ?? []).filter((/** @type {any} */ mark) => mark.kind === "episode")
  const names = [...timeline.lanes.querySelectorAll(".lane-name")].map(name => name.textContent)
  const near = marks.filter((/** @type {any} */ mark) => {
    if (lane >= 0 && names[lane] !== mark.invariant) return false
    const left = scale.x(mark.from)
    const right = mark.to === null ? scale.width : Math.max(scale.x(mark.to), left + 2)
    return x >= left - 4 && x <= right + 4
  })
  return lane >= 0 ? near[0] ?? null : near.find((/** @type {any} */ mark) => Math.abs(scale.x(mark.from) - x) <= 3) ?? null
}

/** @param {any} timeline @param {PointerEvent} event */
async function choose(timeline, event) {
  timeline.select(null)
  const episode = episodeNear(timeline, event.offsetX, event.offsetY)
  if (episode) {
    focus.move(episode.key == null ? { cut: episode.firstCut } : { cut: episode.firstCut, key: episode.key })
    return
  }
  const scale = timeline.scale()
  const isOffset = timeline.axis.name === "offset"
  const position = scale.position(event.offsetX)
  // Where a single event can be hit, the focus goes to the cut after it.
  const cut = await timeline.axis.cut(isOffset && scale.perUnit >= 4 ? Math.floor(position) + 1 : position)
  focus.move({ cut })
}

/** @param {any} mark */
function markWords(mark) {
  switch (mark.kind) {
  case "snapshot": return `snapshot of the state at cut ${count(mark.cut)}, from which replays go on`
  case "segment": return `a segment of the log begins at event ${count(mark.offset)}`
  case "damage": return `damaged: ${mark.text ?? ""}`
  default: return "a note in the notebook"
  }
}

/** @param {any} timeline @param {PointerEvent} event */
function hover(timeline, event) {
  const scale = timeline.scale()
  const tile = timeline.tiles.best(scale.first, scale.end)
  if (!tile) return
  const position = scale.position(event.offsetX)
  const column = Math.floor((position - tile.start) / tile.step)
  const events = tile.columns[column]
  const episode = episodeNear(timeline, event.offsetX, event.offsetY)
  const marks = timeline.points.filter((/** @type {any} */ mark) =>
    event.offsetY < 16 && Math.abs(scale.x(mark.at ?? mark.from) - event.offsetX) <= 6)
  if (!events && !episode && marks.length === 0) {
    timeline.tip.hidden = true
    return
  }
  const from = Math.max(tile.start + column * tile.step, tile.from)
  const last = Math.min(tile.start + (column + 1) * tile.step, tile.to) - 1
  const title = timeline.axis.name === "time" ? timestamp(from).slice(11, 23)
    : last <= from ? `event ${count(from)}` : `events ${count(from)}–${count(last)}`
  show(timeline.tip, h("b", {}, title),
    (events ?? []).map((/** @type {number} */ n, /** @type {number} */ name) => n === 0 ? null
      : h("div", { class: "tip-row" }, swatch(timeline.series[name]),
        foreign(tile.names[name], 40), h("span", { class: "number" }, count(n)))),
    marks.map((/** @type {any} */ mark) => h("div", { class: "tip-row" }, markGlyphs[/** @type {"note"} */ (mark.kind)], h("span", {}, markWords(mark)))),
    episode ? h("div", { class: "tip-row violated" }, h("span", {}, "✕"), foreign(episode.invariant, 40), episode.count > 1 ? ` ${count(episode.count)} episodes` : null,
      h("span", { class: "number" }, `[${count(episode.firstCut)}–${episode.endCut === null ? "end" : count(episode.endCut)})`)) : null)
  timeline.tip.hidden = false
  const width = timeline.tip.offsetWidth
  const left = timeline.detail.offsetLeft + event.offsetX
  timeline.tip.style.left = `${left + width + 20 > timeline.clientWidth ? left - width - 12 : left + 12}px`
  timeline.tip.style.top = `${timeline.detail.offsetTop + 20}px`
}

/** @param {any} timeline @param {HTMLCanvasElement} canvas */
function followOverview(timeline, canvas) {
  const centre = (/** @type {PointerEvent} */ event) => {
    const whole = timeline.axis.whole
    const from = timeline.folding.folded(whole.from)
    const to = timeline.folding.folded(whole.to)
    const at = from + event.offsetX / canvas.clientWidth * (to - from)
    const span = timeline.view.to - timeline.view.from
    timeline.look({ from: at - span / 2, to: at + span / 2 })
  }
  canvas.addEventListener("pointerdown", event => {
    canvas.setPointerCapture(event.pointerId)
    centre(event)
  })
  canvas.addEventListener("pointermove", event => {
    if (canvas.hasPointerCapture(event.pointerId)) centre(event)
  })
  canvas.addEventListener("wheel", event => {
    event.preventDefault()
    timeline.zoom(Math.exp(event.deltaY * 0.002))
  }, { passive: false })
}
