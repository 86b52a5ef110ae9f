// Whether a cut of several logs is consistent: the edge that makes it not so, and the nearest ones.
import { written } from "studio/cuts/written.js"
import { headline } from "studio/answers/parts.js"
import { h } from "studio/shared/dom.js"
import { foreign } from "studio/shared/text.js"

/** @param {any} answer of `evlog cut check` */
export function showConsistency({ consistent, edge, cut }) {
  return consistent
    ? headline("holds", "✓", h("b", {}, "Consistent"), h("div", { class: "hint" }, foreign(written(cut), 400), " has the causes of all its events"))
    : headline("violated", "✕", h("b", {}, "Inconsistent: "), eventInLog(edge.effect), " was caused by ", eventInLog(edge.cause), ", which the cut does not have")
}

/** @param {any} answer of `evlog cut check`, `nearest` or `at` */
export function showCut(answer) {
  return [
    showConsistency(answer),
    h("dl", { class: "facts" }, [["cut", answer.cut], ["below", answer.below], ["above", answer.above]].map(([name, cut]) =>
      h("div", {}, h("dt", {}, name), h("dd", {}, h("code", {}, foreign(written(cut), 400)))))),
  ]
}

/** @param {any} end an end of an edge */
function eventInLog(end) {
  const type = end.type ?? end.event?.type
  return h("span", {}, h("b", {}, foreign(`${end.log}@${end.offset}`, 80)), type ? [" ", foreign(type, 80)] : null)
}
