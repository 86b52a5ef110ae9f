// Why: the events that led to a violation, each with what it wrote and what it had read.
import { failedKeys, headline, invariantName, nextStep, nextSteps, readLine, seconds } from "studio/answers/parts.js"
import { dropOf } from "studio/answers/comparison.js"
import { h } from "studio/shared/dom.js"
import { changeLine, eventLine, eventLink, pathLink } from "studio/shared/links.js"
import { studio } from "studio/shared/studio.js"
import { counted, foreign } from "studio/shared/text.js"

/**
 * What a question about a violation is asked about.
 * @param {import("studio/answers/asking.js").Asking} asking
 */
export function aboutViolation(asking) {
  if (!studio.subject.machine) return "This needs a machine: evlog studio LOG --machine FILE."
  const violation = asking.violation
  if (!violation) {
    return studio.subject.knownTo >= studio.subject.end ? "No invariant is violated in this log."
      : "No violation is known yet. Ask for the verdict first."
  }
  return violation.firstCut === 0 ? { invariant: violation.invariant }
    : { invariant: violation.invariant, offset: violation.firstCut - 1 }
}

/** @param {import("studio/answers/asking.js").Asking} asking */
export function askWhy(asking) {
  const about = aboutViolation(asking)
  return typeof about === "string" ? about : { question: "why", parameters: { ...about, depth: asking.settings.depth } }
}

/** @param {any} answer @param {import("studio/answers/asking.js").Asking} asking */
export function showWhy(answer, asking) {
  if (answer.offset == null) {
    return headline("violated", "✕", invariantName(answer.invariant ?? "", answer.kind, answer.place),
      h("div", {}, "violated by the initial state, before any event"))
  }
  const reasons = answer.reasons ?? []
  const deciding = reasons[0]?.read?.find((/** @type {any} */ read) => read.writer != null)
    ?? reasons[0]?.judgedBefore?.find((/** @type {any} */ read) => read.writer != null)
  const isDeep = reasons.some((/** @type {any} */ reason) => reason.read === null)
  return [
    headline("violated", "✕", h("div", {}, "Event ", eventLink(answer.offset), " violates ", invariantName(answer.invariant ?? "", answer.kind, answer.place)),
      deciding ? h("div", {}, "It needed ", pathLink(deciding.path, answer.offset), ", which event ", eventLink(deciding.writer), " had written.") : null),
    h("ol", { class: "reasons" }, reasons.map(showReason)),
    nextSteps(
      deciding ? nextStep("Who else wrote it?", { cut: answer.offset, path: deciding.path, panel: "blame" }) : null,
      deciding ? nextStep("What if that write had not been?", { cut: deciding.writer + 1, panel: "what-if" }, () => {
        const answers = /** @type {any} */ (document.querySelector("studio-answers"))
        answers.asking("what-if").change({ edits: dropOf(deciding.writer) })
      }) : null,
      nextStep("Which events suffice?", { cut: answer.offset + 1, panel: "minimise" }),
      isDeep ? h("button", { class: "next", onclick: () => asking.change({ depth: (asking.settings.depth ?? 3) + 3 }) }, "Go further back") : null),
    answer.watched === false ? h("p", { class: "hint" }, "A compiled machine cannot be watched: what an event wrote is taken for what it read. Minimise says which other events are needed.") : null,
    failedKeys(answer),
    h("p", { class: "hint" }, `${counted(reasons.length, "event")}, ${seconds(answer.seconds)}`),
  ]
}

/** @param {any} reason */
function showReason(reason) {
  const left = (/** @type {number | null | undefined} */ n, /** @type {string} */ word) =>
    n ? h("p", { class: "hint" }, `… and ${counted(n, "more path")} ${word}`) : null
  return h("li", { class: `reason depth-${Math.min(reason.depth, 4)}` },
    eventLine(reason.event, reason.depth === 0 ? h("span", { class: "tag violated" }, "breaks it") : null),
    h("div", { class: "reason-body" },
      (reason.wrote ?? []).map((/** @type {any} */ write) => labelled("wrote", changeLine(write, reason.event.offset + 1))),
      left(reason.wroteLeftOut, "written"),
      reason.depth === 0 && (reason.wrote ?? []).length === 0 ? labelled("wrote", h("span", { class: "hint" }, "nothing that the invariant read")) : null,
      (reason.judgedBefore ?? []).map((/** @type {any} */ read) => readLine(read, "judged by")),
      left(reason.judgedLeftOut, "judged, which have nothing in common with the event"),
      reason.read === null || reason.read === undefined ? labelled("read", h("span", { class: "hint" }, "not followed"))
        : reason.read.length === 0 ? labelled("read", h("span", { class: "hint" }, "nothing of the state"))
          : reason.read.map((/** @type {any} */ read) => readLine(read, "read")),
      left(reason.readsLeftOut, "read"),
      (reason.causes ?? []).map((/** @type {any} */ cause) => labelled("caused by", h("span", {}, eventLink(cause.offset), " ", foreign(cause.type, 80))))))
}

/** @param {string} label @param {Node} child */
function labelled(label, child) {
  return h("div", { class: "read" }, h("span", { class: "label" }, label), child)
}
