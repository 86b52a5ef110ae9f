// The answers: the same questions as the command's verbs, asked about the focus.
import { askAudit, showAudit } from "studio/answers/audit.js"
import { askBlame, showBlame } from "studio/answers/blame.js"
import { askCompare, askWhatIf, dropOf, showComparison } from "studio/answers/comparison.js"
import { askMinimise, showMinimise } from "studio/answers/minimise.js"
import { askVerdict, showVerdict } from "studio/answers/verdict.js"
import { askWhy, showWhy } from "studio/answers/why.js"
import { Asking } from "studio/answers/asking.js"
import { define, h, show } from "studio/shared/dom.js"
import { focus, questions } from "studio/shared/focus.js"
import { Panel } from "studio/shared/panel.js"

/**
 * @typedef {object} Question
 * @property {string} title
 * @property {string} key
 * @property {string} hint what it answers, in a sentence
 * @property {string} [about] `violation` or `path`: what of the focus it depends on
 * @property {number} eagerTo the longest log for which it is asked without a click
 * @property {(asking: Asking) => { question: string, parameters: Record<string, any> } | string} ask
 *   what to ask, or a sentence why it cannot be asked
 * @property {(answer: any, asking: Asking) => any} show
 */

/** @type {Record<string, Question>} */
const table = {
  verdict: { title: "Verdict", key: "v", hint: "Which event broke which invariant, judged at every cut.", eagerTo: 300_000, ask: askVerdict, show: showVerdict },
  why: { title: "Why", key: "y", hint: "The events that led to the violation, by what was read and who had written it.", about: "violation", eagerTo: 300_000, ask: askWhy, show: showWhy },
  blame: { title: "Blame", key: "b", hint: "The events that wrote the value at the path in focus.", about: "path", eagerTo: 300_000, ask: askBlame, show: showBlame },
  minimise: { title: "Minimise", key: "i", hint: "The few events that suffice to break the invariant.", about: "violation", eagerTo: 50_000, ask: askMinimise, show: showMinimise },
  "what-if": { title: "What if", key: "x", hint: "What would have happened with other events.", eagerTo: 50_000, ask: askWhatIf, show: showComparison },
  compare: { title: "Compare", key: "", hint: "Where another machine first disagrees with this one.", eagerTo: 0, ask: askCompare, show: showComparison },
  audit: { title: "Audit", key: "", hint: "Whether the machine is a pure function of its events.", eagerTo: 0, ask: askAudit, show: showAudit },
}

class Answers extends Panel {
  follows = ["s", "cut", "key", "path", "panel"]

  build() {
    this.tabs = h("div", { class: "questions", role: "group", "aria-label": "Questions" })
    this.body = h("div", { class: "panel-body answers-body", tabindex: "0", role: "group", "aria-label": "Answer" })
    this.append(h("header", { class: "panel-head questions-head" }, this.tabs), this.body)
    /** @type {Map<string, Asking>} an asking for each question, so that going back asks nothing again */
    this.askings = new Map()
    this.question = questions.includes(focus.now.panel) ? focus.now.panel : "verdict"
  }

  /** @param {Set<string>} changed */
  draw(changed) {
    const { panel } = focus.now
    if (questions.includes(panel)) this.question = panel
    if (changed.has("s")) {
      for (const asking of this.askings?.values() ?? []) asking.stop()
      this.askings?.clear()
    }
    this.drawTabs()
    const asking = this.asking(/** @type {string} */ (this.question))
    if (this.body?.firstChild !== asking.element) show(/** @type {HTMLElement} */ (this.body), asking.element)
    asking.follow()
  }

  drawTabs() {
    const tabs = /** @type {HTMLElement} */ (this.tabs)
    if (tabs.firstChild === null) {
      show(tabs, questions.map(name => h("button", {
        class: "question", title: `${table[name].hint}${table[name].key ? ` (${table[name].key})` : ""}`,
        onclick: () => focus.move({ panel: name }),
      }, table[name].title)))
    }
    questions.forEach((name, index) => tabs.children[index].setAttribute("aria-pressed", String(name === this.question)))
  }

  /** @param {string} name @returns {Asking} */
  asking(name) {
    let asking = this.askings?.get(name)
    if (!asking) {
      asking = new Asking(table[name])
      this.askings?.set(name, asking)
    }
    return asking
  }

  /** Asks what would have been without the event in focus. */
  dropFocus() {
    const cut = focus.now.cut ?? 0
    if (cut > 0) this.asking("what-if").change({ edits: dropOf(cut - 1) })
  }

  /** The answer that is shown, for the notebook. */
  get shown() {
    return this.isShown ? this.asking(/** @type {string} */ (this.question)).answered : null
  }
}

define("studio-answers", Answers)

