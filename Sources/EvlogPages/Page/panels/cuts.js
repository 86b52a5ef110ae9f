// Cuts of a group: a lane for each log, a frontier that can be dragged, what makes it inconsistent.
import { linkedText } from "studio/answers/linked-text.js"
import { diagram } from "studio/cuts/diagram.js"
import { pictureAbout } from "studio/cuts/picture.js"
import { showConsistency } from "studio/cuts/verdict.js"
import { focusAt, read, written } from "studio/cuts/written.js"
import { isAborted, Job } from "studio/shared/api.js"
import { define, h, settled, show } from "studio/shared/dom.js"
import { focus } from "studio/shared/focus.js"
import { into, Panel, problem } from "studio/shared/panel.js"
import { studio } from "studio/shared/studio.js"
import { count, foreign } from "studio/shared/text.js"

/** @typedef {import("studio/cuts/written.js").VectorCut} VectorCut */

class Cuts extends Panel {
  follows = ["s", "cut", "frontier"]
  /** @type {VectorCut | null} a frontier that is being moved, and is not yet the focus */
  draft = null
  /** Whether a handle is held by the pointer. */
  isHeld = false
  /** @type {import("studio/cuts/picture.js").Picture | null} */
  picture = null
  /** @type {any} what `evlog cut check` says of the frontier */
  answer = null

  build() {
    this.verdict = h("div", { class: "cut-verdict", role: "status" })
    this.lanes = h("div", { class: "cut-lanes" })
    this.fields = h("div", { class: "cut-fields" })
    this.runs = h("div", { class: "cut-runs" })
    this.tools = h("span", { class: "tools", hidden: true },
      h("button", { class: "small", onclick: () => this.snap("below") }, "‹ Snap below"),
      h("button", { class: "small", onclick: () => this.snap("above") }, "Snap above ›"),
      h("button", { class: "small", onclick: () => focus.move({ cut: focus.now.cut }) }, "Recorded cut"))
    this.append(h("header", { class: "panel-head" }, h("h2", {}, "Cuts"), h("span", { class: "spring" }), this.tools),
      h("div", { class: "panel-body" }, this.fields, this.verdict, this.lanes, this.runs))
    this.checkSoon = settled(80, () => this.check())
    addEventListener("pointerup", () => {
      if (!this.isHeld) return
      this.isHeld = false
      this.check()
    })
  }

  draw() {
    const { fields, lanes, runs, verdict, tools } = /** @type {Record<string, HTMLElement>} */ (/** @type {any} */ (this))
    tools.hidden = !studio.subject.group
    if (!studio.subject.group) {
      for (const place of [fields, lanes, runs]) show(place)
      delete fields.dataset.logs
      show(verdict, h("p", { class: "empty" }, "This is one log. Cuts are positions in several: evlog studio --group FILE opens them together."))
      return
    }
    this.draft = null
    this.answer = null
    const cut = focus.now.cut ?? 0
    into(lanes, pictureAbout(cut, cut > 0 ? cut - 1 : null), picture => {
      this.picture = picture
      this.drawFields()
      this.drawLanes()
      this.reveal(".handle")
      this.check()
    })
    this.drawRuns()
  }

  /** @returns {VectorCut} */
  get frontier() {
    if (this.draft) return this.draft
    if (focus.now.frontier !== null) return read(focus.now.frontier)
    return Object.fromEntries((this.picture?.logs ?? []).map(log => [log.name, log.at]))
  }

  /** A number for each log. The one that is being typed stays as it is. */
  drawFields() {
    const fields = /** @type {HTMLElement} */ (this.fields)
    const logs = this.picture?.logs ?? []
    const shown = JSON.stringify(logs.map(log => [log.name, log.end]))
    if (fields.dataset.logs !== shown) {
      fields.dataset.logs = shown
      show(fields, logs.map(log => h("label", {}, foreign(log.name, 60),
        h("input", {
          type: "number", min: 0, max: log.end, "data-log": log.name,
          oninput: (/** @type {Event} */ event) => this.move(log.name, Number(/** @type {HTMLInputElement} */ (event.target).value)),
        }), h("span", { class: "hint" }, `of ${count(log.end)}`))))
    }
    for (const input of fields.querySelectorAll("input")) {
      if (input !== document.activeElement) input.value = String(this.frontier[input.dataset.log ?? ""] ?? 0)
    }
  }

  /** @param {string} log @param {number} to @param {boolean} [isHeld] whether a pointer goes on moving it */
  move(log, to, isHeld = false) {
    const end = this.picture?.logs.find(one => one.name === log)?.end ?? 0
    this.draft = { ...this.frontier, [log]: Math.min(Math.max(to, 0), end) }
    this.isHeld = isHeld
    this.drawLanes()
    this.checkSoon?.()
  }

  /** Asks about the frontier. One that was moved becomes the focus, once it is let go. */
  async check() {
    const frontier = written(this.frontier)
    try {
      const answer = await studio.ask("cuts/check", { cut: frontier })
      if (frontier !== written(this.frontier)) return
      this.answer = answer
      this.drawFields()
      this.drawLanes()
      if (!this.draft) this.reveal(".offending")
      show(/** @type {HTMLElement} */ (this.verdict), showConsistency(answer),
        answer.consistent ? h("p", { class: "hint" }, "Shaded: what is not ordered with the event in focus.") : null)
      if (this.draft && !this.isHeld) focus.move(focusAt(answer.cut, answer.position), { steps: true })
    } catch (error) {
      show(/** @type {HTMLElement} */ (this.verdict), problem(error))
    }
  }

  drawLanes() {
    if (!this.picture) return
    const lanes = /** @type {HTMLElement} */ (this.lanes)
    const active = lanes.contains(document.activeElement) ? /** @type {HTMLElement} */ (document.activeElement).dataset.log : undefined
    const left = lanes.scrollLeft
    show(lanes, diagram(this.picture, this.frontier, this.answer, (log, to, isHeld) => this.move(log, to, isHeld)))
    lanes.scrollLeft = left
    if (active === undefined) return
    const handle = lanes.querySelector(`.handle[data-log="${CSS.escape(active)}"]`)
    if (handle instanceof SVGElement) handle.focus()
  }

  /**
   * Scrolls to parts of the picture, if none of them is visible.
   * @param {string} selector
   */
  reveal(selector) {
    const lanes = /** @type {HTMLElement} */ (this.lanes)
    const box = lanes.getBoundingClientRect()
    const parts = [...lanes.querySelectorAll(selector)].map(part => part.getBoundingClientRect().left)
    if (parts.length === 0 || parts.some(x => x > box.left && x < box.right - 40)) return
    lanes.scrollLeft += Math.min(...parts) - box.left - box.width / 2
  }

  /** @param {"below" | "above"} to */
  snap(to) {
    const cut = this.answer?.[to]
    if (cut) focus.move(focusAt(cut, this.answer[`${to}Position`]))
  }

  drawRuns() {
    if (!studio.subject.machine) return
    const place = h("div", {})
    show(/** @type {HTMLElement} */ (this.runs), h("h3", {}, "Other runs that the edges allow"),
      h("div", { class: "buttons" },
        h("button", { class: "small", onclick: () => this.ask("possibly", place) }, "Does some run violate an invariant?"),
        h("button", { class: "small", onclick: () => this.ask("definitely", place) }, "Does every run?")), place)
  }

  /** @param {string} runs @param {HTMLElement} place */
  async ask(runs, place) {
    const job = new Job("bisect", studio.subject.id, { runs })
    show(place, h("div", { class: "progress" }, h("progress", {}), h("button", { class: "small", onclick: () => job.cancel() }, "Cancel")))
    try {
      const { answer, text } = await job.run()
      const cuts = (answer.invariants ?? []).flatMap((/** @type {any} */ finding) => finding.first?.cut ? [finding] : [])
      show(place, cuts.map((/** @type {any} */ finding) => h("button", { class: "next", onclick: () => this.look(finding.first.cut) }, `Look at ${written(finding.first.cut)}`)), h("pre", { class: "terminal" }, linkedText(text)))
    } catch (error) {
      show(place, isAborted(error) ? null : problem(error))
    }
  }

  /** @param {VectorCut} cut */
  look(cut) {
    this.draft = cut
    this.check()
  }
}

define("studio-cuts", Cuts)
