// Audit: whether a machine gives the same states every time.
import { headline, seconds } from "studio/answers/parts.js"
import { h } from "studio/shared/dom.js"
import { changeLine, eventLine } from "studio/shared/links.js"
import { studio } from "studio/shared/studio.js"
import { counted, foreign } from "studio/shared/text.js"

const runs = {
  plain: "in another process", reloaded: "from states that were saved and read back",
  again: "in a process that had run it before",
}

export function askAudit() {
  return studio.subject.machine ? { question: "audit", parameters: {} } : "An audit needs a machine: evlog studio LOG --machine FILE."
}

/** @param {any} answer */
export function showAudit(answer) {
  const sum = `${counted(answer.events, "event")} in ${counted(answer.runs - 2, "process", "processes")}`
    + `${answer.couldNotSave === null ? ", from saved states," : ""} and again in one process, ${seconds(answer.seconds)}`
  if (answer.differs == null) {
    return headline("holds", "✓", h("b", {}, answer.failure == null ? "Deterministic" : "The same so far"), h("div", {}, sum),
      answer.failure == null ? null : h("div", { class: "hint" }, foreign(String(answer.failure), 600)))
  }
  return [
    headline("violated", "≠", h("b", {}, "Not deterministic"), h("div", {}, `it differs ${runs[/** @type {"plain"} */ (answer.differs)]}`)),
    answer.event ? eventLine(answer.event) : null,
    (answer.changes ?? []).slice(0, 12).map((/** @type {any} */ change) => changeLine(change)),
    answer.verdicts.map((/** @type {any} */ verdict) => h("p", {}, foreign(verdict.invariant, 160), `: ${verdict.first}, and ${verdict.second}`)),
    h("p", {}, "Look for ", answer.differs === "plain"
      ? "the order of a set or dictionary, a clock, random numbers, addresses, fresh memory."
      : "what the machine keeps outside of its state, or does not encode."),
    h("p", { class: "hint" }, sum),
  ]
}
