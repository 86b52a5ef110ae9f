// One question in the panel: what is asked, how far the answer is, the answer, and its command.
import { say } from "studio/commands.js"
import { isAborted, Job } from "studio/shared/api.js"
import { h, show } from "studio/shared/dom.js"
import { focus } from "studio/shared/focus.js"
import { problem } from "studio/shared/panel.js"
import { studio } from "studio/shared/studio.js"
import { count, foreign } from "studio/shared/text.js"
import { linkedText } from "studio/answers/linked-text.js"

export class Asking {
  /** @param {import("studio/answers/answers.js").Question} question */
  constructor(question) {
    this.question = question
    /**
     * What was set by hand; null follows the focus.
     * @type {Record<string, any>}
     */
    this.settings = /** @type {Record<string, any>} */ ({})
    this.controls = h("div", { class: "controls" })
    this.place = h("div", { class: "answer" })
    this.element = h("div", { class: "asking" }, this.controls, this.place)
    /** @type {Map<string, import("studio/shared/api.js").JobAnswer>} */
    this.known = new Map()
    this.asked = ""
    this.timer = 0
    /** @type {Job | null} */
    this.job = null
    /** @type {import("studio/shared/api.js").JobAnswer | null} */
    this.answered = null
  }

  /** The episode that a question about a violation is about. */
  get violation() {
    const episodes = studio.episodes
    const { cut, key } = focus.now
    const mine = episodes.filter(episode => key === null || episode.key == null || episode.key === key)
    return this.settings.violation
      ?? mine.find(episode => episode.firstCut === cut)
      ?? studio.episodesAt(cut ?? 0)[0]
      ?? [...mine].sort((a, b) => a.firstCut - b.firstCut)[0]
      ?? null
  }

  /** Follows the focus: asks again if the question is now another one. */
  follow() {
    const request = this.question.ask(this)
    if (typeof request === "string") {
      this.asked = ""
      show(this.controls)
      show(this.place, h("p", { class: "hint lead" }, this.question.hint), h("p", { class: "empty" }, request))
      return
    }
    const asked = JSON.stringify([studio.subject.id, studio.subject.machine?.fingerprint, studio.subject.end, request])
    if (asked === this.asked) return
    const isFirst = this.asked === ""
    this.asked = asked
    this.drawControls()
    this.stop()
    const known = this.known.get(asked)
    if (known) this.show(known)
    else if (!this.isEager) this.offer(request, asked)
    else if (isFirst) this.ask(request, asked)
    else this.askSoon(request, asked)
  }

  /**
   * While the focus moves, only the last question is asked.
   * @param {{ question: string, parameters: Record<string, any> }} request
   * @param {string} asked
   */
  askSoon(request, asked) {
    this.place.classList.add("is-waiting")
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.asked === asked && this.ask(request, asked), 300)
  }

  get isEager() {
    return this.settings.isAsked === true || studio.subject.end <= this.question.eagerTo
  }

  /** @param {{ question: string, parameters: Record<string, any> }} request @param {string} asked */
  offer(request, asked) {
    show(this.place, h("p", { class: "lead" }, this.question.hint),
      h("button", { class: "primary", onclick: () => this.ask(request, asked) }, this.question.title),
      h("p", { class: "hint" }, `The log has ${count(studio.subject.end)} events; this may take a while and can be cancelled.`))
  }

  drawControls() {
    show(this.controls, this.question.about === "violation" ? this.chooseViolation() : null,
      this.form ? this.form(this) : null)
  }

  /** Which violation the question is about, if there are several. */
  chooseViolation() {
    const episodes = studio.episodes
    const chosen = this.violation
    if (episodes.length < 2 || !chosen) return null
    const shown = episodes.slice(0, 200)
    return h("label", { class: "about" }, h("span", { class: "hint" }, "about"),
      h("select", {
        onchange: (/** @type {Event} */ event) => {
          const episode = shown[Number(/** @type {HTMLSelectElement} */ (event.target).value)]
          this.settings.violation = null
          focus.move({ cut: episode.firstCut, key: episode.key ?? focus.now.key })
        },
      }, shown.map((episode, index) => h("option", { value: index, selected: episode === chosen },
        `${episode.invariant}${episode.key == null ? "" : ` of ${episode.key}`}, broken ${episode.firstCut === 0 ? "from the beginning" : `by ${count(episode.firstCut - 1)}`}`))))
  }

  /**
   * A question may have a form of its own.
   * @type {((asking: Asking) => any) | null}
   */
  form = null

  /** @param {Record<string, any>} settings */
  change(settings) {
    this.settings = { ...this.settings, ...settings, isAsked: true }
    this.follow()
  }

  /** @param {{ question: string, parameters: Record<string, any> }} request @param {string} asked */
  async ask(request, asked) {
    this.stop()
    this.answered = null
    this.place.classList.remove("is-waiting")
    const job = new Job(request.question, studio.subject.id, request.parameters)
    this.job = job
    const words = h("span", {}, "asking …")
    const bar = h("progress", { "aria-label": "Progress" })
    show(this.place, h("div", { class: "progress" }, bar, words,
      h("button", { class: "small", onclick: () => job.cancel() }, "Cancel")))
    job.onprogress = progress => {
      show(words, phases[/** @type {"trying"} */ (progress.text)] ?? progress.text ?? "")
      if (progress.fraction != null) bar.value = progress.fraction
    }
    try {
      const answer = await job.run()
      this.known.set(asked, answer)
      if (this.asked === asked) this.show(answer)
    } catch (error) {
      if (this.asked !== asked || this.job !== job) return
      show(this.place, problem(error), isAborted(error)
        ? h("button", { class: "small", onclick: () => this.ask(request, asked) }, "Ask again") : null)
    } finally {
      if (this.job === job) this.job = null
    }
  }

  /** @param {import("studio/shared/api.js").JobAnswer} answer */
  show(answer) {
    this.answered = answer
    clearTimeout(this.timer)
    this.place.classList.remove("is-waiting")
    const command = answer.command
    show(this.place,
      answer.answer ? this.question.show(answer.answer, this) : h("pre", {}, foreign(answer.text, 20_000)),
      h("details", { class: "as-text" },
        h("summary", {}, "As the command prints it"),
        h("pre", { class: "terminal" }, linkedText(answer.text))),
      h("div", { class: "command" }, h("code", {}, foreign(command, 2000)),
        h("button", { class: "small", title: "Copy the command", onclick: () => copy(command) }, "Copy")))
  }

  stop() {
    const job = this.job
    this.job = null
    if (job) job.cancel().catch(() => {
      // A server that has gone away has cancelled it, too.
    })
  }
}

/** What the phases of a question are called on the page, by their names in the command. */
const phases = { scanning: "judging every cut …", trying: "leaving out events to see whether it still happens …" }

/** @param {string} text */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text)
    say("Copied.")
  } catch {
    say("The browser does not allow copying; select the text instead.")
  }
}
