// The timeline: the whole log above, the visible part below, a lane for each invariant.
import { say } from "studio/commands.js"
import { define, h, perFrame, settled, show } from "studio/shared/dom.js"
import { parameters } from "studio/shared/filter.js"
import { focus, onMove } from "studio/shared/focus.js"
import { notes } from "studio/shared/notes.js"
import { seriesOf } from "studio/shared/series.js"
import { studio } from "studio/shared/studio.js"
import { count, foreign } from "studio/shared/text.js"
import { AxisOfLog } from "studio/timeline/axis.js"
import { Colours, drawAxis, drawDensity, drawFolds, drawLane, drawMarks, drawMatches, drawSelection, drawViolated, prepare } from "studio/timeline/draw.js"
import { controls, legend, ranges } from "studio/timeline/labels.js"
import { followPointer } from "studio/timeline/pointer.js"
import { Folding, Scale } from "studio/timeline/scale.js"
import { Tiles } from "studio/timeline/tiles.js"

export const laneHeight = 20
const densityHeight = 84
const axisHeight = 18

class Timeline extends HTMLElement {
  axis = new AxisOfLog()
  by = "type"
  /** @type {{ from: number, to: number }} what is visible, in folded positions */
  view = { from: 0, to: 1 }
  folding = new Folding([], { from: 0, to: 1 })
  /** @type {{ from: number, to: number } | null} a selection, in positions of the axis */
  selection = null
  /** @type {number[]} the colours of the names */
  series = []
  /** @type {boolean[]} the names that a filter leaves out */
  leftOut = []
  /** @type {number | null} */
  focusPosition = null
  /** @type {Map<Element, { width: number, height: number }>} of the canvases; to ask them would make the browser lay out the page */
  sizes = new Map()
  /** @type {{ from: number, to: number }} the committed range, in positions of the axis */
  bounds = { from: 0, to: 1 }

  redraw = perFrame(() => this.draw())
  redrawFocus = perFrame(() => this.drawFocus())
  sharpen = settled(70, () => this.fetchVisible())

  connectedCallback() {
    this.setAttribute("role", "region")
    this.setAttribute("aria-label", "Timeline")
    this.tiles = new Tiles(() => this.redraw(), error => say(error instanceof Error ? error.message : String(error)))
    this.colours = new Colours()
    this.head = h("div", { class: "timeline-head" })
    this.names = h("div", { class: "timeline-legend", role: "group", "aria-label": "Legend" })
    this.lanes = h("div", { class: "timeline-lanes" })
    this.crumbs = h("div", { class: "timeline-ranges" })
    this.overview = h("canvas", { class: "timeline-overview", "aria-hidden": "true" })
    this.detail = h("canvas", {
      class: "timeline-detail", tabindex: "0", role: "slider", "aria-label": "Cut on the timeline",
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.key(event),
    })
    this.tip = h("div", { class: "tip", hidden: true })
    // The cut in focus lies above the canvases, so that they need not be drawn again when it moves.
    this.focusLines = ["overview", "detail"].map(name => h("div", { class: `timeline-focus of-${name}`, "aria-hidden": "true" }))
    this.append(this.head, this.overview, this.names, this.detail, ...this.focusLines, this.lanes, this.crumbs, this.tip)
    followPointer(this)
    const resized = new ResizeObserver(entries => {
      for (const { target, contentRect } of entries) {
        this.sizes.set(target, { width: Math.round(contentRect.width), height: Math.round(contentRect.height) })
      }
      this.redraw()
      this.sharpen()
    })
    for (const canvas of [this.detail, this.overview]) resized.observe(canvas)
    for (const target of [globalThis, matchMedia("(prefers-color-scheme: dark)")]) {
      target.addEventListener(target === globalThis ? "themechange" : "change", () => {
        this.colours = new Colours()
        this.redraw()
      })
    }
    for (const kind of ["grown", "machine"]) studio.addEventListener(kind, () => this.load(true))
    notes.addEventListener("changed", () => this.placeNotes())
    onMove(changed => {
      if (changed.has("s")) {
        if (this.by === "region") this.by = "type"
        this.load(false)
      }
      else if (changed.has("filter")) this.filterNames()
      if (changed.has("ranges")) this.bound()
      if (changed.has("cut")) this.placeFocus()
    })
    this.load(false)
  }

  /**
   * Loads the whole axis.
   * @param {boolean} keepsView
   */
  async load(keepsView) {
    this.axis.reset()
    const subject = studio.subject
    if (!subject) return
    // The logs of a group have clocks of their own, so their order is the better axis.
    if (!keepsView && !this.axis.isChosen) this.axis.name = subject.group ? "offset" : "time"
    const whole = this.axis.whole
    const tile = await this.tiles?.reset({
      s: subject.id, axis: this.axis.name, ...whole, by: this.by,
    }, 800)
    if (!tile) return
    this.series = seriesOf(tile.names, this.by)
    this.folding = new Folding(this.axis.name === "time" ? tile.gaps ?? [] : [], whole)
    show(/** @type {HTMLElement} */ (this.head), controls(this))
    this.filterNames()
    this.labelLanes()
    await this.bound(keepsView)
    this.placeFocus()
    this.placeNotes()
  }

  /** Shows only what the filter says of the names that are stacked; what else it says is looked for. */
  filterNames() {
    const asked = parameters(focus.now.filter)
    const names = this.tiles?.whole?.names ?? []
    const only = asked[this.by]
    const isStacked = only !== undefined && names.includes(only)
    this.leftOut = names.map(name => isStacked && name !== only)
    this.tiles?.find(Object.keys(asked).some(name => !isStacked || name !== this.by) ? asked : null)
    show(/** @type {HTMLElement} */ (this.names), legend(names, this.series, this.leftOut, this.by))
    this.redraw()
  }

  /** The names of invariants beside their lanes; a click goes to the next episode. */
  labelLanes() {
    const invariants = studio.subject.machine?.invariants ?? []
    this.style.setProperty("--lanes", `${invariants.length * laneHeight}px`)
    show(/** @type {HTMLElement} */ (this.lanes), invariants.map((/** @type {any} */ invariant) => {
      const episodes = studio.episodes.filter(episode => episode.invariant === invariant.name)
      return h("button", {
        class: `lane ${episodes.length > 0 ? "violated" : "holds"}`,
        title: episodes.length > 0 ? "Go to the next episode" : "Never violated",
        onclick: () => this.nextEpisode(episodes),
      }, h("span", { class: "glyph", "aria-hidden": "true" }, episodes.length > 0 ? "✕" : "✓"),
      h("span", { class: "lane-name" }, foreign(invariant.name, 80)),
      episodes.length > 0 ? h("span", { class: "badge" }, count(episodes.length)) : null)
    }))
  }

  /** @param {import("studio/shared/studio.js").Episode[]} episodes */
  nextEpisode(episodes) {
    const firsts = episodes.map(episode => episode.firstCut)
    const next = firsts.find(first => first > (focus.now.cut ?? 0)) ?? firsts[0]
    if (next !== undefined) focus.move({ cut: next })
  }

  /**
   * Takes over the committed range.
   * @param {boolean} [keepsView]
   */
  async bound(keepsView = false) {
    const range = focus.range
    this.bounds = range === null ? this.axis.whole
      : { from: await this.axis.position(range[0]), to: await this.axis.position(range[1]) }
    show(/** @type {HTMLElement} */ (this.crumbs), ranges())
    if (keepsView) this.look(this.view)
    else this.fit()
  }

  async placeFocus() {
    const cut = focus.now.cut
    this.focusPosition = cut === null ? null : await this.axis.position(cut)
    this.detail?.setAttribute("aria-valuemin", "0")
    this.detail?.setAttribute("aria-valuemax", String(studio.subject.end))
    this.detail?.setAttribute("aria-valuenow", String(cut ?? 0))
    this.detail?.setAttribute("aria-valuetext", `cut ${count(cut)} of ${count(studio.subject.end)}`)
    this.reveal()
    this.redrawFocus()
  }

  async placeNotes() {
    this.notes = await Promise.all(notes.ofSubject().map(async note =>
      ({ kind: "note", at: await this.axis.position(note.focus.cut ?? 0) })))
    this.redraw()
  }

  /** Pans if the focus has left what is visible. */
  reveal() {
    if (this.focusPosition === null) return
    const at = this.folding.folded(this.focusPosition)
    const span = this.view.to - this.view.from
    if (at < this.view.from || at > this.view.to) this.look({ from: at - span / 2, to: at + span / 2 })
  }

  /**
   * Shows a part of the axis, within the committed range.
   * @param {{ from: number, to: number }} view
   */
  look(view) {
    const from = this.folding.folded(this.bounds.from)
    const to = this.folding.folded(this.bounds.to)
    const smallest = this.axis.name === "time" ? 0.02 : 8
    const span = Math.min(Math.max(view.to - view.from, smallest), Math.max(to - from, smallest))
    const left = Math.min(Math.max(view.from, from), Math.max(to - span, from))
    this.view = { from: left, to: left + span }
    this.redraw()
    this.sharpen()
  }

  /** @param {number} factor below 1 to zoom in @param {number} [x] what stays where it is, in pixels */
  zoom(factor, x) {
    const scale = this.scale()
    const shown = this.focusPosition === null ? -1 : scale.x(this.focusPosition)
    const pivot = this.view.from
      + (x ?? (shown >= 0 && shown <= scale.width ? shown : scale.width / 2.5)) / scale.perUnit
    this.look({ from: pivot - (pivot - this.view.from) * factor, to: pivot + (this.view.to - pivot) * factor })
  }

  /** @param {number} part of what is visible */
  pan(part) {
    const by = (this.view.to - this.view.from) * part
    this.look({ from: this.view.from + by, to: this.view.to + by })
  }

  fit() {
    this.look({ from: this.folding.folded(this.bounds.from), to: this.folding.folded(this.bounds.to) })
  }

  /** @param {{ from: number, to: number } | null} selection */
  select(selection) {
    this.selection = selection
    show(/** @type {HTMLElement} */ (this.crumbs), ranges(selection ? () => this.commit() : null))
    this.redraw()
  }

  /** Commits the selection, or else what is visible. */
  async commit() {
    const scale = this.scale()
    const span = this.selection ?? { from: scale.first, to: scale.end }
    const [first, end] = await Promise.all([this.axis.cut(span.from), this.axis.cut(span.to)])
    this.select(null)
    focus.commit(first, Math.min(Math.max(end, first + 1), studio.subject.end))
  }

  switchAxis() {
    this.axis.name = this.axis.name === "offset" ? "time" : "offset"
    this.axis.isChosen = true
    if (this.axis.name === "time" && this.by === "region") this.by = "type"
    this.select(null)
    this.load(false)
  }

  /** @param {string} by */
  stackBy(by) {
    this.by = by
    // What region an event came in is counted by offset only.
    const isOtherAxis = by === "region" && this.axis.name === "time"
    if (isOtherAxis) this.axis.name = "offset"
    this.axis.isChosen ||= isOtherAxis
    this.load(!isOtherAxis)
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -100, PageUp: 100 }
    const events = steps[/** @type {keyof typeof steps} */ (event.key)]
    if (events !== undefined) studio.step(events)
    else if (event.key === "Home") focus.move({ cut: 0 })
    else if (event.key === "End") focus.move({ cut: studio.subject.end })
    else return
    event.preventDefault()
  }

  scale() {
    return new Scale(this.view, this.size(this.detail).width || 1, this.folding)
  }

  /** @param {Element | undefined} canvas */
  size(canvas) {
    return this.sizes.get(/** @type {Element} */ (canvas)) ?? { width: 0, height: 0 }
  }

  fetchVisible() {
    const scale = this.scale()
    if (scale.width < 10) return
    this.tiles?.want(scale.first, scale.end, scale.width / 2.5)
  }

  draw() {
    const tile = this.tiles?.whole
    if (!tile || !this.detail || !this.overview || !this.colours) return
    const scale = this.scale()
    const shown = /** @type {import("studio/timeline/tiles.js").Tile} */ (this.tiles?.best(scale.first, scale.end))
    const { context, height } = prepare(this.detail, this.size(this.detail))
    const marks = this.tiles?.whole?.marks ?? []
    const top = 14
    drawFolds(context, scale, this.colours, { top, height: densityHeight })
    drawAxis(context, scale, this.colours, { top: densityHeight, axis: this.axis.name, gridTop: top })
    drawDensity(context, shown, scale, this.colours, { top, height: densityHeight - top, glyphs: true, series: this.series, hidden: this.leftOut })
    drawMatches(context, shown, scale, this.colours, { top: densityHeight - 6, height: 6 })
    drawViolated(context, marks.filter(mark => mark.kind === "episode"), scale, this.colours, { top: top - 3, height: 3 })
    const invariants = studio.subject.machine?.invariants ?? []
    const known = studio.subject.knownTo >= studio.subject.end ? null : this.axis.estimate(studio.subject.knownTo)
    invariants.forEach((/** @type {any} */ invariant, /** @type {number} */ index) => {
      const episodes = marks.filter(mark => mark.kind === "episode" && mark.invariant === invariant.name)
      drawLane(context, episodes, scale, /** @type {Colours} */ (this.colours), {
        top: densityHeight + axisHeight + index * laneHeight, height: laneHeight, knownTo: known,
      })
    })
    drawMarks(context, this.points, scale, this.colours, { top: 0, height: top })
    if (this.selection) {
      const { from, to } = this.selection
      drawSelection(context, scale.x(Math.min(from, to)), scale.x(Math.max(from, to)), this.colours, height)
    }
    this.drawOverview(tile, marks)
    this.drawFocus()
  }

  /** Puts the lines of the cut in focus where it is. */
  drawFocus() {
    const at = this.focusPosition
    const { width } = this.size(this.detail)
    const places = at === null ? [] : [this.wholeScale().x(at), this.scale().x(at)]
    this.focusLines?.forEach((line, index) => {
      const x = places[index] ?? -1
      line.hidden = x < 0 || x > width
      line.style.transform = `translateX(${Math.min(Math.round(x), width - 1) - 1}px)`
    })
  }

  /** What is marked above the densities. */
  get points() {
    return [...(this.tiles?.whole?.marks ?? []).filter(mark => mark.kind !== "episode"), ...(this.notes ?? [])]
  }

  /** The scale of the overview, which shows the whole axis. */
  wholeScale() {
    const whole = this.axis.whole
    const view = { from: this.folding.folded(whole.from), to: this.folding.folded(whole.to) }
    return new Scale(view, this.size(this.overview).width || 1, this.folding)
  }

  /** @param {import("studio/timeline/tiles.js").Tile} tile @param {any[]} marks */
  drawOverview(tile, marks) {
    const colours = /** @type {Colours} */ (this.colours)
    const overview = /** @type {HTMLCanvasElement} */ (this.overview)
    const { context, width, height } = prepare(overview, this.size(overview))
    const scale = this.wholeScale()
    drawDensity(context, tile, scale, colours, { top: 2, height: height - 6, glyphs: false, series: this.series, hidden: this.leftOut })
    context.fillStyle = colours.violated
    for (const mark of marks) {
      if (mark.kind !== "episode") continue
      const left = scale.x(mark.from)
      context.fillRect(left, height - 4, Math.max((mark.to === null ? width : scale.x(mark.to)) - left, 2), 4)
    }
    const left = (this.view.from - scale.view.from) * scale.perUnit
    const right = (this.view.to - scale.view.from) * scale.perUnit
    context.fillStyle = colours.surface
    context.globalAlpha = 0.7
    context.fillRect(0, 0, left, height)
    context.fillRect(right, 0, width - right, height)
    context.globalAlpha = 1
    context.strokeStyle = colours.accent
    context.strokeRect(Math.max(left, 0) + 0.5, 0.5, Math.max(Math.min(right, width) - Math.max(left, 0) - 1, 2), height - 1)
  }
}

define("studio-timeline", Timeline)
