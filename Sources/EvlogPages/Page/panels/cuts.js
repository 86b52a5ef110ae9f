// Cuts of a group: a lane for each log, a frontier that can be dragged, what makes it inconsistent.
import { linkedText } from "studio/answers/linked-text.js"
import { diagram } from "studio/cuts/diagram.js"
import { pictureAbout } from "studio/cuts/picture.js"
import { isAborted, Job } from "studio/shared/api.js"
import { define, h, settled, show } from "studio/shared/dom.js"
import { focus } from "studio/shared/focus.js"
import { into, Panel, problem } from "studio/shared/panel.js"
import { studio } from "studio/shared/studio.js"
import { count, foreign } from "studio/shared/text.js"

/** @typedef {Record<string, number>} VectorCut */

class Cuts extends Panel {
  follows = ["s", "cut"]
  /** @type {VectorCut | null} a frontier that was dragged; null follows the focus */
  frontier = null
  /** @type {import("studio/cuts/picture.js").Picture | null} */
  picture = null
  /** @type {any} what `evlog cut check` says of the frontier */
  answer = null

  build() {
    this.verdict = h("div", { class: "cut-verdict", role: "status" })
    this.lanes = h("div", { class: "cut-lanes" })
    this.fields = h("div", { class: "cut-fields" })
    this.runs = h("div", { class: "cut-runs" })
    this.append(h("header", { class: "panel-head" }, h("h2", {}, "Cuts"), h("span", { class: "spring" }),
      h("button", { class: "small", onclick: () => this.snap("below") }, "‹ Snap below"),
      h("button", { class: "small", onclick: () => this.snap("above") }, "Snap above ›"),
      h("button", { class: "small", onclick: () => this.followFocus() }, "Cut in focus")),
    h("div", { class: "panel-body" }, this.fields, this.verdict, this.lanes, this.runs))
    this.checkSoon = settled(80, () => this.check())
  }

  /** @param {Set<string>} changed */
  draw(changed) {
    if (!studio.subject.group) {
      show(/** @type {HTMLElement} */ (this.fields))
      show(/** @type {HTMLElement} */ (this.lanes))
      show(/** @type {HTMLElement} */ (this.runs))
      show(/** @type {HTMLElement} */ (this.verdict), h("p", { class: "empty" }, "This is one log. Cuts are positions in several: evlog studio --group FILE opens them together."))
      return
    }
    if (!this.keepsFrontier && (changed.has("s") || changed.has("cut"))) this.frontier = null
    this.keepsFrontier = false
    this.load()
    this.drawRuns()
  }

  followFocus() {
    this.frontier = null
    this.load()
  }

  load() {
    const cut = focus.now.cut ?? 0
    into(/** @type {HTMLElement} */ (this.lanes), pictureAbout(cut, cut > 0 ? cut - 1 : null), picture => {
      this.picture = picture
      this.frontier ??= Object.fromEntries(picture.logs.map((/** @type {any} */ log) => [log.name, log.at]))
      this.drawFields()
      this.check()
    })
  }

  drawFields() {
    show(/** @type {HTMLElement} */ (this.fields), (this.picture?.logs ?? []).map(log => h("label", {}, foreign(log.name, 60),
      h("input", {
        type: "number", min: 0, max: log.end, value: this.frontier?.[log.name] ?? 0,
        oninput: (/** @type {Event} */ event) => this.move(log.name, Number(/** @type {HTMLInputElement} */ (event.target).value)),
      }), h("span", { class: "hint" }, `of ${count(log.end)}`))))
  }

  /** @param {string} log @param {number} to */
  move(log, to) {
    const end = this.picture?.logs.find(one => one.name === log)?.end ?? 0
    this.frontier = { ...this.frontier, [log]: Math.min(Math.max(to, 0), end) }
    this.drawLanes()
    this.checkSoon?.()
  }

  async check() {
    const frontier = this.frontier
    try {
      this.answer = await studio.ask("cuts/check", { cut: written(/** @type {VectorCut} */ (frontier)) })
      if (frontier !== this.frontier) return
      this.drawFields()
      this.drawLanes()
      this.drawVerdict()
    } catch (error) {
      show(/** @type {HTMLElement} */ (this.verdict), problem(error))
    }
  }

  drawVerdict() {
    const { consistent, edge, cut } = this.answer
    show(/** @type {HTMLElement} */ (this.verdict), consistent
      ? h("div", { class: "headline holds" }, h("span", { class: "glyph", "aria-hidden": "true" }, "✓"),
        h("div", {}, h("b", {}, "Consistent"), h("div", { class: "hint" }, `${written(cut)} has the causes of all its events; shaded: what is not ordered with the event in focus`)))
      : h("div", { class: "headline violated" }, h("span", { class: "glyph", "aria-hidden": "true" }, "✕"),
        h("div", {}, h("b", {}, "Inconsistent: "), placed(edge.effect), " was caused by ", placed(edge.cause), ", which the cut does not have")))
  }

  drawLanes() {
    if (!this.picture) return
    show(/** @type {HTMLElement} */ (this.lanes), diagram(this.picture, /** @type {VectorCut} */ (this.frontier), this.answer ?? null, (log, to) => this.move(log, to)))
  }

  /** @param {"below" | "above"} to */
  snap(to) {
    const cut = this.answer?.[to]
    if (!cut) return
    this.frontier = cut
    const position = this.answer[`${to}Position`]
    if (position != null && position !== focus.now.cut) this.follow(position)
    else this.check()
  }

  /**
   * Moves the focus to a cut of the causal order, and keeps the frontier.
   * @param {number} position
   */
  follow(position) {
    this.keepsFrontier = true
    focus.move({ cut: position })
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
      show(place, cuts.map((/** @type {any} */ finding) => h("button", { class: "next", onclick: () => {
        this.frontier = finding.first.cut
        this.check()
      } }, `Look at ${written(finding.first.cut)}`)), h("pre", { class: "terminal" }, linkedText(text)))
    } catch (error) {
      show(place, isAborted(error) ? null : problem(error))
    }
  }
}

/** @param {VectorCut} cut */
function written(cut) {
  return Object.entries(cut).map(([log, at]) => `${log}=${at}`).join(",")
}

/** @param {any} end an end of an edge */
function placed(end) {
  const type = end.type ?? end.event?.type
  return h("span", {}, h("b", {}, foreign(`${end.log}@${end.offset}`, 80)), type ? [" ", foreign(type, 80)] : null)
}

define("studio-cuts", Cuts)
