// The moment: the event before the cut, what it changed, the invariants, and the state.
import { eventDetail } from "studio/panels/event-detail.js"
import { StateTree } from "studio/panels/state-tree.js"
import { showWriter } from "studio/panels/writer.js"
import { command, run, say } from "studio/commands.js"
import { define, h, show } from "studio/shared/dom.js"
import { focus } from "studio/shared/focus.js"
import { changeLine, episodeLink, pathLink } from "studio/shared/links.js"
import { into, Panel } from "studio/shared/panel.js"
import { studio } from "studio/shared/studio.js"
import { count, counted, foreign, inline } from "studio/shared/text.js"

class Moment extends Panel {
  build() {
    this.title = ""
    this.head = h("h2", {}, "Moment")
    this.event = h("section", { "aria-label": "Event" })
    this.changes = h("section", { "aria-label": "What changed" })
    this.verdicts = h("section", { "aria-label": "Invariants" })
    this.pins = h("section", { "aria-label": "Pinned paths" })
    this.path = h("section", { "aria-label": "Path in focus" })
    this.state = h("section", { "aria-label": "State" })
    this.append(
      h("header", { class: "panel-head" }, this.head,
        h("button", { class: "small", onclick: () => run("note"), title: "Keep in the notebook (m)" }, "Keep")),
      h("div", { class: "panel-body", tabindex: "0", role: "group", "aria-label": "Moment" },
        this.event, this.changes, this.path, this.verdicts, this.pins, this.state))
    this.tree = new StateTree(this.state)
  }

  /** @param {Set<string>} changed */
  draw(changed) {
    const { cut, key, path } = focus.now
    if (cut === null) return
    if (!studio.subject.machine) {
      show(/** @type {HTMLElement} */ (this.state), h("p", { class: "hint" }, "The state needs a machine: evlog studio LOG --machine FILE."))
    }
    show(/** @type {HTMLElement} */ (this.head), `Moment at cut ${count(cut)}`)
    const isElsewhere = changed.has("s") || changed.has("cut") || changed.has("key") || changed.size === 0
    if (isElsewhere) {
      const isOther = changed.has("s") || changed.has("key")
      into(/** @type {HTMLElement} */ (this.event), studio.moment(cut), moment => {
        this.drawMoment(moment)
        this.lookAround(cut)
        // Without a key in focus, the state is that of the event's.
        if (studio.hasKeys && key === null) this.tree?.load(cut, moment.key ?? null, isOther)
      })
      if (!studio.hasKeys || key !== null) this.tree?.load(cut, key, isOther)
      this.drawPins()
    }
    if (isElsewhere || changed.has("path")) {
      this.drawPath()
      if (path && changed.has("path")) this.tree?.mark(path)
    }
  }

  /**
   * Asks for the moments and states beside this one, to which the next step is likely to lead. It is asked when the
   * present one is on the screen, which must not wait for it.
   * @param {number} cut
   */
  lookAround(cut) {
    requestAnimationFrame(() => setTimeout(() => {
      if (cut !== focus.now.cut) return
      for (const near of [cut - 1, cut + 1]) {
        if (near < 0 || near > studio.subject.end) continue
        studio.moment(near).catch(() => {
          // It is asked for again, and the error shown, when it is to be seen.
        })
        this.tree?.lookAhead(near)
      }
    }))
  }

  /** @param {any} moment */
  drawMoment(moment) {
    show(/** @type {HTMLElement} */ (this.event), eventDetail(moment.event, moment.cut))
    const left = moment.changesLeftOut ?? 0
    const changes = moment.changes ?? []
    show(/** @type {HTMLElement} */ (this.changes),
      h("h3", {}, "Changed", h("span", { class: "number" }, changes.length + left > 0 ? count(changes.length + left) : null)),
      moment.failure ? h("p", { class: "violated-text" }, foreign(String(moment.failure.message ?? moment.failure))) : null,
      moment.cut === 0 ? h("p", { class: "hint" }, "This is the initial state.")
        : changes.length === 0 && !moment.failure ? h("p", { class: "hint" }, "The event left the state as it was.") : null,
      changes.map((/** @type {any} */ change) => changeLine(change)),
      left > 0 ? h("p", { class: "hint" }, `… and ${counted(left, "more path")}`) : null)
    const verdicts = moment.verdicts ?? []
    show(/** @type {HTMLElement} */ (this.verdicts), verdicts.length === 0 ? null : [
      h("h3", {}, "Invariants"), verdicts.map((/** @type {any} */ verdict) => this.verdict(verdict, moment.cut)),
    ])
  }

  /** @param {any} verdict @param {number} cut */
  verdict(verdict, cut) {
    const [glyph, word] = { holds: ["✓", "holds"], violated: ["✕", "violated"], unknown: ["…", "not judged yet"] }[
      /** @type {"holds"} */ (verdict.holds)] ?? ["?", "undefined"]
    const source = (studio.subject.machine?.invariants ?? [])
      .find((/** @type {any} */ invariant) => invariant.name === verdict.invariant)?.place
    const episode = studio.episodesAt(cut).find(episode =>
      episode.invariant === verdict.invariant && (episode.key ?? null) === (focus.now.key ?? episode.key ?? null))
    return h("div", { class: `verdict ${word}` },
      h("span", { class: "glyph", role: "img", "aria-label": word }, glyph),
      h("div", { class: "verdict-text" },
        h("div", {}, h("span", { class: "verdict-name" }, foreign(verdict.invariant, 120)),
          source ? h("code", { class: "source" }, foreign(source, 80)) : null),
        verdict.holds !== "holds" && verdict.text && !episode ? h("div", { class: "hint" }, foreign(verdict.text)) : null,
        episode ? h("div", { class: "hint" }, "violated at cuts ", episodeLink(episode)) : null),
      word === "violated" ? h("button", { class: "small", onclick: () => run("why"), title: "Why (y)" }, "Why") : null)
  }

  drawPath() {
    const place = /** @type {HTMLElement} */ (this.path)
    const { cut, path } = focus.now
    if (!path || cut === null) {
      show(place)
      return
    }
    const writer = h("div", { class: "writer" }, h("span", { class: "hint" }, "looking for its last writer …"))
    show(place,
      h("h3", {}, "Path in focus"),
      h("div", { class: "path-line" }, h("code", {}, foreign(path)), h("span", { class: "spring" }),
        h("button", { class: "small", "aria-pressed": String(this.pinned.includes(path)), onclick: () => run("pin"), title: `${command("pin").title} (p)` },
          this.pinned.includes(path) ? "Unpin" : "Pin")),
      writer,
      h("div", { class: "buttons" },
        h("button", { class: "small", onclick: () => run("previous-change"), title: "Previous change (K)" }, "‹ previous change"),
        h("button", { class: "small", onclick: () => run("next-change"), title: "Next change (J)" }, "next change ›"),
        h("button", { class: "small", onclick: () => run("blame"), title: "Every writer (b)" }, "Blame")))
    showWriter(writer, path, cut)
  }

  get pinKey() {
    return `evlog.pins.${studio.subject.logId ?? studio.subject.log}.${studio.subject.machine?.name ?? ""}`
  }

  /** @returns {string[]} */
  get pinned() {
    return JSON.parse(localStorage.getItem(this.pinKey) ?? "[]")
  }

  /**
   * Pins the path in focus, or unpins it.
   * @param {string | null} [path]
   */
  pin(path = focus.now.path) {
    if (!path) {
      say("Choose a path of the state first.")
      return
    }
    const pinned = this.pinned
    localStorage.setItem(this.pinKey, JSON.stringify(
      pinned.includes(path) ? pinned.filter(other => other !== path) : [...pinned, path]))
    this.drawPins()
    this.drawPath()
  }

  drawPins() {
    const place = /** @type {HTMLElement} */ (this.pins)
    const paths = this.pinned
    const { cut, key } = focus.now
    show(place, paths.length === 0 ? null : [h("h3", {}, "Pinned"), paths.map(path => {
      const value = h("span", { class: "pin-value" })
      into(value, studio.ask("state", { cut, key, path, limit: 1 }), state =>
        show(value, state.preview !== undefined ? foreign(String(state.preview)) : inline(state.value),
          state.changed ? h("span", { class: "changed-mark", role: "img", "aria-label": "changed by this event" }, "~") : null))
      return h("div", { class: "pin" }, pathLink(path), value,
        h("button", { class: "clear", onclick: () => this.pin(path), "aria-label": `Unpin ${path}`, title: "Unpin" }, "×"))
    })])
  }
}

define("studio-moment", Moment)
