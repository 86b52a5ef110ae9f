// The verdict: which event first broke each invariant, what it changed, and what it needed.
import { failedKeys, guarantee, headline, invariantName, nextStep, nextSteps, readLine, seconds } from "studio/answers/parts.js"
import { run } from "studio/commands.js"
import { h } from "studio/shared/dom.js"
import { changeLine, episodeLink, eventLine, eventLink } from "studio/shared/links.js"
import { studio } from "studio/shared/studio.js"
import { count, counted, foreign } from "studio/shared/text.js"

const shownChanges = 8
const shownEpisodes = 12

export function askVerdict() {
  if (!studio.subject.machine) return "A verdict needs a machine: evlog studio LOG --machine FILE."
  if ((studio.subject.machine.invariants ?? []).length === 0) return "This machine has no invariants, so nothing is judged. Its map shows what is unknown."
  return { question: "bisect", parameters: {} }
}

/** @param {any} answer */
export function showVerdict(answer) {
  const violated = answer.invariants.filter((/** @type {any} */ finding) => finding.violated)
    .sort((/** @type {any} */ a, /** @type {any} */ b) => (a.offset ?? -1) - (b.offset ?? -1))
  const others = answer.invariants.filter((/** @type {any} */ finding) => !finding.violated)
  return [
    answer.failure ? h("div", { class: "problem-box" }, h("span", { class: "glyph" }, "!"), h("div", {}, foreign(String(answer.failure), 2000))) : null,
    answer.invariants.length === 0 ? h("p", { class: "empty" }, "The machine has no invariants.") : null,
    violated.map(showViolated),
    others.length > 0 ? h("div", { class: "others" }, others.map(showOther)) : null,
    failedKeys(answer),
    h("p", { class: "hint" }, `${counted(answer.judgedThrough + 1, "cut")} judged, ${counted(answer.invariants.length, "invariant")}, ${seconds(answer.seconds)}`),
  ]
}

/** @param {any} finding */
function showViolated(finding) {
  const offset = finding.offset
  const changes = finding.changes ?? []
  const first = finding.episodes?.[0]
  const at = offset === null ? { cut: 0 } : { cut: offset + 1, ...(first?.key == null ? {} : { key: first.key }) }
  const path = finding.lastWriters?.[0]?.path ?? changes[0]?.path
  return h("article", { class: "finding" },
    headline("violated", "✕", h("div", {}, invariantName(finding.name, finding.kind, finding.place)),
      h("div", {}, offset === null ? "violated by the initial state, before any event"
        : ["first violated by event ", eventLink(offset)])),
    finding.event ? eventLine(finding.event) : null,
    h("div", { class: "changes" }, changes.slice(0, shownChanges).map((/** @type {any} */ change) => changeLine(change, at.cut)),
      changes.length > shownChanges ? h("p", { class: "hint" }, `… ${counted(changes.length, "path")} changed`) : null,
      changes.length === 0 && finding.statesProblem ? h("p", { class: "hint" }, foreign(finding.statesProblem, 500)) : null,
      changes.length === 0 && !finding.statesProblem && finding.event ? h("p", { class: "hint" }, "The event left the state as it was.") : null),
    (finding.lastWriters ?? []).slice(0, 3).map((/** @type {any} */ read) => readLine(read, "before that")),
    (finding.lastWritersLeftOut ?? 0) > 0 ? h("p", { class: "hint" }, `… and ${counted(finding.lastWritersLeftOut, "more path")} it read`) : null,
    nextSteps(
      nextStep("Why?", { ...at, panel: "why" }),
      nextStep("Which events suffice?", { ...at, panel: "minimise" }),
      offset === null ? null : nextStep("What if it had not been?", at, () => run("what-if")),
      path ? nextStep("Who wrote the value?", { cut: offset ?? 0, path, panel: "blame" }) : null),
    breaks(finding),
    h("p", { class: "hint" }, guarantee(finding.guarantee), finding.undefinedCuts > 0 ? ` ${counted(finding.undefinedCuts, "cut")} undefined` : null))
}

/**
 * The episodes, or the events that violated a step.
 * @param {any} finding
 */
function breaks(finding) {
  if (finding.kind === "step" && finding.violations) {
    const all = finding.violations.length + (finding.violationsLeftOut ?? 0)
    return h("div", { class: "episodes" }, h("span", { class: "label" }, `violated by ${counted(all, "event")}`),
      finding.violations.slice(0, shownEpisodes).map((/** @type {any} */ violation) => eventLink(violation.offset ?? 0)),
      all > shownEpisodes ? h("span", { class: "hint" }, `… and ${count(all - shownEpisodes)} more`) : null)
  }
  const episodes = finding.episodes ?? []
  return h("div", { class: "episodes" },
    h("span", { class: "label" }, counted(episodes.length, "episode"), finding.class ? `, ${finding.class}` : null),
    episodes.slice(0, shownEpisodes).map((/** @type {any} */ episode) =>
      h("span", { class: "episode" }, episodeLink(episode), episode.key == null ? null : h("span", { class: "hint" }, " ", foreign(episode.key, 60)))),
    episodes.length > shownEpisodes ? h("span", { class: "hint" }, `… and ${count(episodes.length - shownEpisodes)} more`) : null)
}

/** @param {any} finding */
function showOther(finding) {
  const [word, glyph, text] = finding.undefinedCuts > 0
    ? ["undefined", "?", `${counted(finding.undefinedCuts, "cut")} could not be judged: ${finding.undefinedReason ?? ""}`]
    : finding.range ? ["undefined", "?", `holds to cut ${count(finding.range[0] - 1)}, where the machine failed`]
      : ["holds", "✓", "holds"]
  return h("div", { class: `verdict ${word}` }, h("span", { class: "glyph", "aria-hidden": "true" }, glyph),
    h("div", { class: "verdict-text" }, invariantName(finding.name, finding.kind, finding.place),
      h("div", { class: "hint" }, foreign(text, 400), " ", guarantee(finding.guarantee))))
}
