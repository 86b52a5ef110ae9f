// Two runs beside each other: an edited past, or another machine.
import { headline, invariantName, nextStep, nextSteps, seconds, spanLink } from "studio/answers/parts.js"
import { editsForm } from "studio/answers/edits.js"
import { h } from "studio/shared/dom.js"
import { focus } from "studio/shared/focus.js"
import { changeLine, cutLink, eventLine } from "studio/shared/links.js"
import { studio } from "studio/shared/studio.js"
import { count, counted, foreign } from "studio/shared/text.js"

/**
 * The edit that leaves an event out.
 * @param {number} offset
 */
export function dropOf(offset) {
  return [{ kind: "drop", value: String(offset) }]
}

/** @param {import("studio/answers/asking.js").Asking} asking */
export function askWhatIf(asking) {
  if (!studio.subject.machine) return "This needs a machine: evlog studio LOG --machine FILE."
  asking.form = editsForm
  asking.settings.edits ??= focus.now.cut ? dropOf(focus.now.cut - 1) : dropOf(0)
  const edits = asking.settings.edits.map((/** @type {any} */ edit) => ({ [edit.kind]: edit.value }))
  return { question: "what-if", parameters: { edits } }
}

/** @param {import("studio/answers/asking.js").Asking} asking */
export function askCompare(asking) {
  const others = studio.subjects.filter(subject => subject.id !== studio.subject.id && subject.log === studio.subject.log)
  if (others.length === 0) return "Only one machine is open. Start the studio with a second --machine to compare them over this log."
  const against = asking.settings.against ?? others[0].id
  asking.form = () => h("label", { class: "about" }, h("span", { class: "hint" }, "against"), h("select", {
    onchange: (/** @type {Event} */ event) => asking.change({ against: Number(/** @type {HTMLSelectElement} */ (event.target).value) }),
  }, others.map(subject => h("option", { value: subject.id, selected: subject.id === against }, subject.machineArgument ?? subject.machine?.name))))
  return { question: "compare", parameters: { against } }
}

/** @param {any} answer @param {import("studio/answers/asking.js").Asking} asking */
export function showComparison(answer, asking) {
  const isEdited = answer.command === "what-if"
  const other = studio.subjects.find(subject => subject.id === asking.settings.against)
  const names = isEdited ? ["as it was", "as edited"]
    : [studio.subject.machineArgument ?? answer.first.name, other?.machineArgument ?? answer.second.name]
  const first = answer.divergences[0]
  return [
    answer.failures.map((/** @type {string | null} */ failure, /** @type {number} */ run) => failure
      ? h("p", { class: "violated-text" }, `The machine failed ${names[run]}: `, foreign(failure, 600)) : null),
    h("div", { class: "comparisons" }, answer.invariants.slice(0, 40).map((/** @type {any} */ change) => changeOf(change, names)),
      answer.invariants.length > 40 ? h("p", { class: "hint" }, `… and ${counted(answer.invariants.length - 40, "more row")}`) : null),
    first ? h("article", { class: "finding" },
      headline("plain", "≠", h("div", {}, "The states first differ at cut ", cutLink(first.firstCut)),
        h("div", {}, "at cuts ", answer.divergences.slice(0, 10).map((/** @type {any} */ span) => [spanLink(span), " "]),
          answer.divergences.length > 10 ? `… and ${count(answer.divergences.length - 10)} more` : null)),
      answer.event ? eventLine(answer.event) : null,
      h("div", { class: "sides" }, sideOf(names[0], answer.changes?.first ?? [], first.firstCut), sideOf(names[1], answer.changes?.second ?? [], first.firstCut)),
      h("h4", {}, "At the end"),
      answer.final.length === 0
        ? h("p", { class: "hint" }, answer.failedKeys.some((/** @type {any[]} */ keys) => keys.length > 0) ? "the other states are the same" : "the states are the same")
        : answer.final.slice(0, 12).map((/** @type {any} */ change) => changeLine(change)),
      answer.final.length > 12 ? h("p", { class: "hint" }, `… and ${counted(answer.final.length - 12, "more path")}`) : null)
      : headline("holds", "=", "The states are the same at every cut that was compared."),
    nextSteps(nextStep("Verdict", { panel: "verdict" })),
    h("p", { class: "hint" }, `${counted(answer.judgedThrough + 1, "cut")} compared, ${seconds(answer.seconds)}`),
  ]
}

/** @param {string} name @param {any[]} changes @param {number} cut */
function sideOf(name, changes, cut) {
  return h("div", { class: "side" }, h("h4", {}, name), changes.length === 0 ? h("p", { class: "hint" }, "nothing changes")
    : changes.slice(0, 8).map(change => changeLine(change, cut)),
  changes.length > 8 ? h("p", { class: "hint" }, `… ${counted(changes.length, "path")}`) : null)
}

const glyphs = { same: "=", gone: "−", new: "+", other: "~", undefined: "?" }

/** @param {any} change @param {string[]} names */
function changeOf(change, names) {
  const kind = (change.first ?? change.second)?.kind
  const glyph = glyphs[/** @type {"same"} */ (change.change)] ?? "?"
  return h("div", { class: `comparison is-${change.change}` },
    h("span", { class: "glyph", "aria-hidden": "true" }, glyph),
    h("div", {}, h("span", { class: "tag" }, change.change), " ", invariantName(change.name, kind),
      change.key == null ? null : [" of ", foreign(change.key, 80)],
      h("div", { class: "hint" }, sentence(change, names))))
}

/** @param {any} change @param {string[]} names */
function sentence(change, names) {
  if (change.change === "same") return change.first?.violated ? "violated alike" : "holds in both"
  if (change.change === "gone") return ["violated ", names[0], " ", place(change.first), ", not ", names[1]]
  if (change.change === "new") return ["violated ", names[1], " ", place(change.second), ", not ", names[0]]
  if (change.change === "other") return ["violated ", names[0], " ", place(change.first), ", ", names[1], " ", place(change.second)]
  return change.first == null || change.second == null ? "only one of the two has it" : "undecided"
}

/** @param {any} finding */
function place(finding) {
  const first = finding?.episodes?.[0]
  if (!first) return ""
  const breaks = finding.kind === "step" ? counted(finding.violations?.length ?? finding.episodes.length, "violation")
    : counted(finding.episodes.length, "episode")
  return [first.brokenBy == null ? "from the beginning" : ["from offset ", cutLink(first.brokenBy + 1, count(first.brokenBy)), " on"], ` (${breaks})`]
}
