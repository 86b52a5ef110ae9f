// Blame: the events that wrote the value at a path, the last one first.
import { headline, nextStep, nextSteps, seconds } from "studio/answers/parts.js"
import { dropOf } from "studio/answers/comparison.js"
import { h } from "studio/shared/dom.js"
import { focus } from "studio/shared/focus.js"
import { changeLine, cutLink, eventLine } from "studio/shared/links.js"
import { studio } from "studio/shared/studio.js"
import { counted, foreign, inline } from "studio/shared/text.js"

/** @param {import("studio/answers/asking.js").Asking} asking */
export function askBlame(asking) {
  if (!studio.subject.machine) return "This needs a machine: evlog studio LOG --machine FILE."
  const { path, cut, key } = focus.now
  if (!path) return "Choose a value: click on a path anywhere, or on a line of the state."
  if (studio.hasKeys && key === null) return "Choose a key first: this machine has a state for each."
  return { question: "blame", parameters: { path, cut, key, history: true, limit: asking.settings.limit ?? 20 } }
}

/** @param {any} answer @param {import("studio/answers/asking.js").Asking} asking */
export function showBlame(answer, asking) {
  // The command prints the last writer first, its JSON is in the order of the log.
  const writers = [...answer.writers].sort((a, b) => b.event.offset - a.event.offset)
  const limit = asking.settings.limit ?? 20
  const last = writers[0]
  return [
    headline("plain", "=", h("div", {}, h("code", {}, foreign(answer.path, 300))),
      h("div", {}, "is ", inline(answer.value, 300), " at cut ", cutLink(answer.cut))),
    writers.length === 0 ? h("p", { class: "empty" }, "No event wrote it: it is as in the initial state.") : null,
    h("ol", { class: "reasons" }, writers.map((writer, index) => h("li", { class: "reason" },
      eventLine(writer.event, index === 0 ? h("span", { class: "tag" }, "last writer") : null),
      h("div", { class: "reason-body" }, writer.changes.slice(0, 6).map((/** @type {any} */ change) => changeLine(change, writer.event.offset + 1)))))),
    nextSteps(
      writers.length >= limit ? h("button", { class: "next", onclick: () => asking.change({ limit: limit * 5 }) }, "Show earlier writers") : null,
      last ? nextStep("What if the last write had not been?", { panel: "what-if" }, () => {
        const answers = /** @type {any} */ (document.querySelector("studio-answers"))
        answers.asking("what-if").change({ edits: dropOf(last.event.offset) })
      }) : null),
    h("p", { class: "hint" }, `${counted(writers.length, "writer")}${writers.length >= limit ? " shown" : ""}, ${seconds(answer.seconds)}`),
  ]
}
