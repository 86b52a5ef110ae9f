// The map: which event types occurred in which regions, where they led, and what is unknown.
import { cellDetail } from "studio/map/cell.js"
import { graph, mostRegions } from "studio/map/graph.js"
import { marks, markGlyph } from "studio/map/marks.js"
import { cellKey, inOrder, matrix } from "studio/map/matrix.js"
import { offers } from "studio/map/offers.js"
import { trend } from "studio/map/trend.js"
import { say } from "studio/commands.js"
import { isAborted, Job } from "studio/shared/api.js"
import { define, h, show } from "studio/shared/dom.js"
import { focus } from "studio/shared/focus.js"
import { into, Panel, problem } from "studio/shared/panel.js"
import { studio } from "studio/shared/studio.js"
import { count, counted, percent } from "studio/shared/text.js"

class StudioMap extends Panel {
  follows = ["s", "panel", "by"]
  /** @type {"matrix" | "graph"} */
  view = "matrix"
  /** @type {any} */
  map = null
  /** What the map shows: the subject, and the path whose values are the regions. */
  mapOf = ""
  /** @type {any} */
  chosen = null
  /** @type {Set<string> | null} */
  shown = null
  /** @type {Map<string, any>} */
  probed = new Map()
  /** @type {Set<string>} */
  unseen = new Set()

  build() {
    this.head = h("div", { class: "map-head" })
    this.board = h("div", { class: "map-board" })
    this.detail = h("div", { class: "map-detail" })
    this.progress = h("div", {})
    this.append(h("header", { class: "panel-head" }, h("h2", {}, "Map of the unknown"), this.tools()),
      h("div", { class: "panel-body map-body", tabindex: "0", role: "group", "aria-label": "Map" }, this.head, this.progress,
        h("div", { class: "map-columns" }, this.board, this.detail)))
    studio.addEventListener("grown", () => this.isShown && this.load())
  }

  tools() {
    const by = h("input", {
      placeholder: "region = value at path", "aria-label": "Path whose value is the region", spellcheck: "false", class: "by-path",
      onchange: () => focus.move({ by: by.value.trim() || null }),
    })
    this.byPath = by
    const views = h("div", { class: "segmented", role: "group", "aria-label": "View" },
      /** @type {const} */ (["matrix", "graph"]).map(view => h("button", {
        "aria-pressed": String(view === this.view),
        onclick: (/** @type {Event} */ event) => {
          this.view = view
          for (const button of views.children) button.setAttribute("aria-pressed", String(button === event.currentTarget))
          this.drawBoard()
        },
      }, view)))
    if (studio.isFile) return h("div", { class: "tools" }, views)
    return h("div", { class: "tools" }, by, views, h("button", { class: "small", onclick: () => this.probe(), title: "Try what was never seen, with events and states of the log that never met" }, "Probe"))
  }

  /** @param {Set<string>} changed */
  draw(changed) {
    // Meanwhile, while it was not shown, the focus may have gone elsewhere.
    const mapOf = JSON.stringify([studio.subject.id, this.by])
    if (changed.has("s") || mapOf !== this.mapOf) this.forget()
    this.mapOf = mapOf
    if (this.byPath) this.byPath.value = this.by
    if (!this.map) this.load()
  }

  /** Nothing of one map is true of another. */
  forget() {
    this.probed = new Map()
    this.unseen = new Set()
    this.chosen = null
    this.map = null
    show(/** @type {HTMLElement} */ (this.progress))
    show(/** @type {HTMLElement} */ (this.detail))
  }

  /** The path whose values are the regions; empty for those that are declared. */
  get by() {
    return studio.isFile ? "" : focus.now.by ?? ""
  }

  load() {
    const head = /** @type {HTMLElement} */ (this.head)
    show(/** @type {HTMLElement} */ (this.board))
    if (!studio.subject.machine) {
      show(head, h("p", { class: "empty" }, "A map needs a machine: evlog studio LOG --machine FILE."))
      return
    }
    if (!studio.subject.machine.regions && !this.by) {
      this.map = null
      show(head, offers())
      return
    }
    into(head, studio.ask("map", { by: this.by, to: null, at: studio.subject.end }), answer => {
      const map = { ...answer, regions: inOrder(answer.regions) }
      this.map = map
      if (studio.isFile && map.probed) this.takeProbed(map.probed)
      if (this.chosen) this.chosen = map.cells.find((/** @type {any} */ cell) => cell.region === this.chosen.region && cell.type === this.chosen.type) ?? null
      this.drawHead()
      this.drawBoard()
      this.drawDetail()
    })
  }

  drawHead() {
    const { map } = this
    const cells = map.cells.length
    const unknown = map.counts.unknown ?? 0
    const curve = h("div", { class: "trend-place" })
    show(/** @type {HTMLElement} */ (this.head),
      h("div", { class: "map-summary" },
        h("div", { class: "map-headline" }, h("b", { class: "big" }, count(unknown)), ` of ${counted(cells, "cell")} unknown`,
          h("span", { class: "share" }, percent(unknown, cells)),
          h("div", { class: "hint" }, `${counted(map.regions.length, "region")} × ${counted(map.types.length, "type")}; ${counted(map.events, "event")} counted, ${count(map.ignoredByName)} ignored by name`)),
        studio.isFile ? null : curve),
      h("div", { class: "map-legend", role: "group", "aria-label": "Marks" }, Object.entries(marks).map(([mark, { meaning }]) => {
        const n = map.counts[mark] ?? 0
        return h("button", {
          class: `legend-mark${n === 0 ? " none" : ""}`, title: meaning, "aria-pressed": String(this.shown?.has(mark) ?? false),
          onclick: () => this.toggle(mark),
        }, markGlyph(mark), mark, h("span", { class: "number" }, count(n)))
      }), this.compareWith()),
      h("p", { class: "hint map-meanings" }, Object.entries(marks).filter(([mark]) => (map.counts[mark] ?? 0) > 0)
        .map(([mark, { glyph, meaning }], index) => `${index > 0 ? " · " : ""}${glyph} ${mark}: ${meaning}`)))
    if (studio.isFile) return
    studio.ask("trend", { by: this.by, end: studio.subject.end }).then(answer =>
      show(curve, trend(answer.points ?? answer.trend ?? []))).catch(error => show(curve, problem(error)))
  }

  /** Another subject's map, to find what occurred here and never there. */
  compareWith() {
    const others = studio.subjects.filter(subject => subject.id !== studio.subject.id && subject.machine)
    if (others.length === 0) return null
    return h("label", { class: "about" }, h("span", { class: "hint" }, "compare with"),
      h("select", { onchange: (/** @type {Event} */ event) => this.compare(/** @type {HTMLSelectElement} */ (event.target).value) },
        h("option", { value: "" }, "no other map"),
        others.map(subject => h("option", { value: subject.id }, `${subject.log} × ${subject.machineArgument ?? ""}`))),
      this.unseen.size > 0 ? h("span", { class: "unseen-note" }, `◆ ${counted(this.unseen.size, "cell")} seen here, never there`) : null)
  }

  /** @param {string} id */
  async compare(id) {
    this.unseen = new Set()
    if (id !== "") {
      try {
        const other = await studio.answers.get("map", { s: id, by: this.by })
        const seen = new Set(other.cells.filter((/** @type {any} */ cell) => cell.events > 0)
          .map((/** @type {any} */ cell) => cellKey(cell.region, cell.type)))
        for (const cell of this.map.cells) {
          const key = cellKey(cell.region, cell.type)
          if (cell.events > 0 && !seen.has(key)) this.unseen.add(key)
        }
      } catch (error) {
        show(/** @type {HTMLElement} */ (this.progress), problem(error))
      }
    }
    this.drawBoard()
    const note = this.head?.querySelector(".unseen-note")
    note?.remove()
    this.head?.querySelector(".about")?.append(this.unseen.size > 0
      ? h("span", { class: "unseen-note" }, `◆ ${counted(this.unseen.size, "cell")} seen here, never there`) : "")
  }

  /** @param {string} mark */
  toggle(mark) {
    const shown = new Set(this.shown ?? [])
    if (!shown.delete(mark)) shown.add(mark)
    this.shown = shown.size === 0 ? null : shown
    for (const button of this.head?.querySelectorAll(".legend-mark") ?? []) {
      button.setAttribute("aria-pressed", String(this.shown?.has(Object.keys(marks)[[.../** @type {any} */ (button.parentElement).children].indexOf(button)]) ?? false))
    }
    this.drawBoard()
  }

  drawBoard() {
    if (!this.map) return
    const choose = (/** @type {any} */ cell) => this.choose(cell)
    const isGraph = this.view === "graph" && this.map.regions.length <= mostRegions
    show(/** @type {HTMLElement} */ (this.board),
      this.view === "graph" && !isGraph ? h("p", { class: "hint" }, `A graph of ${counted(this.map.regions.length, "region")} could not be read; one of up to ${mostRegions} is drawn.`) : null,
      isGraph ? graph(this.map, choose) : matrix(this.map, { shown: this.shown, chosen: this.chosen, probed: this.probed, unseen: this.unseen, choose }))
  }

  /** @param {any} cell */
  choose(cell) {
    this.chosen = cell
    for (const button of this.board?.querySelectorAll(".cell") ?? []) {
      const { region, type } = /** @type {HTMLElement} */ (button).dataset
      button.setAttribute("aria-pressed", String(region === cell.region && type === cell.type))
    }
    this.drawDetail()
  }

  drawDetail() {
    const cell = this.chosen
    show(/** @type {HTMLElement} */ (this.detail), cell ? cellDetail(cell, this.map, this.probed.get(cellKey(cell.region, cell.type)), this.by, () => {
      this.chosen = null
      this.drawBoard()
      this.drawDetail()
    }) : null)
    if (cell && matchMedia("(max-width: 800px)").matches) this.detail?.scrollIntoView({ block: "nearest" })
  }

  /** @param {any} probed what came of trials */
  takeProbed(probed) {
    this.probed = new Map(probed.cells.map((/** @type {any} */ cell) => [cellKey(cell.region, cell.type), cell]))
    show(/** @type {HTMLElement} */ (this.progress), h("p", { class: "hint" }, h("span", { class: "tag synthetic" }, "synthetic"),
      ` ${counted(probed.trials, "trial")} of events on states that never met, in ${counted(this.probed.size, "cell")} (◦). Choose a cell to see what would happen.`))
  }

  async probe() {
    if (!this.map) {
      say("Choose the regions first.")
      return
    }
    const job = new Job("map", studio.subject.id, { probe: true, by: this.by || null })
    const words = h("span", {}, "probing …")
    const bar = h("progress", { "aria-label": "Progress" })
    const place = /** @type {HTMLElement} */ (this.progress)
    show(place, h("div", { class: "progress" }, bar, words, h("button", { class: "small", onclick: () => job.cancel() }, "Cancel")))
    job.onprogress = progress => {
      show(words, progress.text)
      if (progress.fraction != null) bar.value = progress.fraction
    }
    try {
      const { answer } = await job.run()
      this.takeProbed(answer.probed)
      this.drawBoard()
      this.drawDetail()
    } catch (error) {
      show(place, isAborted(error) ? null : problem(error))
    }
  }
}

define("studio-map", StudioMap)
