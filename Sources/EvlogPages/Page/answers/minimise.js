// Minimise: the few events that suffice to break an invariant.
import { headline, invariantName, nextStep, nextSteps, seconds } from "studio/answers/parts.js"
import { aboutViolation } from "studio/answers/why.js"
import { dropOf } from "studio/answers/comparison.js"
import { h } from "studio/shared/dom.js"
import { eventLine, eventLink } from "studio/shared/links.js"
import { count, counted } from "studio/shared/text.js"

/** @param {import("studio/answers/asking.js").Asking} asking */
export function askMinimise(asking) {
  const about = aboutViolation(asking)
  return typeof about === "string" ? about : { question: "minimise", parameters: about }
}

/** @param {any} answer */
export function showMinimise(answer) {
  const kept = answer.kept ?? []
  return [
    headline("violated", "✂", h("div", {}, h("b", { class: "big" }, count(answer.considered)), " → ", h("b", { class: "big" }, counted(kept.length, "event"))),
      h("div", {}, kept.length === 1 ? "breaks " : "break ", invariantName(answer.invariant), answer.offset == null ? null : [" at event ", eventLink(answer.offset)])),
    h("ol", { class: "reasons" }, kept.map((/** @type {any} */ one) => h("li", { class: "reason" }, eventLine(one.event,
      one.event.offset === answer.offset ? h("span", { class: "tag violated" }, "breaks it") : null,
      one.butFor === true ? h("span", { class: "tag", title: "Without it alone, the whole log would not have been broken there." }, "but-for") : null,
      one.butFor === null ? h("span", { class: "tag quiet" }, "not tried alone") : null)))),
    h("p", {}, checkedWords(answer)),
    nextSteps(
      answer.offset == null ? null : nextStep("What if the breaking event had not been?", { cut: answer.offset + 1, panel: "what-if" }, () => {
        const answers = /** @type {any} */ (document.querySelector("studio-answers"))
        answers.asking("what-if").change({ edits: dropOf(answer.offset) })
      }),
      nextStep("Why?", { panel: "why" })),
    h("p", { class: "hint" }, `${counted(answer.replays, "replay")}, policy ${answer.policy}, seed ${answer.seed}, ${seconds(answer.seconds)}`),
  ]
}

/**
 * How far the answer was checked.
 * @param {any} answer
 */
function checkedWords(answer) {
  if (answer.progress === "notMinimal") return "The time ran out: this is the smallest part so far."
  if (answer.progress === "notAddedBack") return "None of them can be left out; whether other events heal it was not checked to the end."
  const checked = answer.randomChoices === null ? "No choice of the other events heals it"
    : `No other event heals it, nor do ${counted(answer.randomChoices, "random choice")} of them`
  if (!answer.addedBack) return `${checked}.`
  const some = `${count(answer.addedBack)} of the ${count(answer.kept.length)} ${answer.addedBack === 1 ? "is" : "are"}`
  return `${checked}; ${some} kept only because others would otherwise heal it.`
}
