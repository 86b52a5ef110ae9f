// What several answers are made of.
import { h } from "studio/shared/dom.js"
import { focus } from "studio/shared/focus.js"
import { eventLink, focusLink, pathLink } from "studio/shared/links.js"
import { studio } from "studio/shared/studio.js"
import { count, counted, foreign, inline } from "studio/shared/text.js"

/**
 * A button to what may be asked next.
 * @param {string} label
 * @param {Partial<import("studio/shared/focus.js").Focus>} to
 * @param {(() => void)} [also]
 */
export function nextStep(label, to, also) {
  return h("button", { class: "next", onclick: () => {
    focus.move(to)
    also?.()
  } }, label)
}

/**
 * What may be asked next; in a file of its own, nothing.
 * @param {...any} buttons
 */
export function nextSteps(...buttons) {
  if (studio.isFile) return null
  return h("div", { class: "next-steps", role: "group", "aria-label": "Next" }, buttons)
}

/**
 * `stock["A-7"].available  12  written by 7,775`
 * @param {any} read
 * @param {string} label
 */
export function readLine(read, label) {
  return h("div", { class: "read" }, h("span", { class: "label" }, label), pathLink(read.path),
    read.value === undefined ? h("span", { class: "hint" }, "nothing") : inline(read.value, 80),
    read.writer == null ? h("span", { class: "hint" }, "from the beginning")
      : h("span", { class: "hint" }, "written by ", eventLink(read.writer), read.followed === false ? ", not followed" : null))
}

/** @param {string} word @param {string} glyph @param {...any} children */
export function headline(word, glyph, ...children) {
  return h("div", { class: `headline ${word}` },
    h("span", { class: "glyph", "aria-hidden": "true" }, glyph), h("div", {}, children))
}

const guarantees = {
  exact: ["EXACT", "Every cut up to the answer was judged."],
  range: ["RANGE", "Some cuts could not be judged, so the first violation lies in a range."],
  boundary: ["BOUNDARY", "Only a few cuts were asked about: exact only if what breaks stays broken."],
  bounded: ["BOUNDED", "The search ended at its limit."],
}

/** @param {string | null | undefined} name */
export function guarantee(name) {
  if (!name) return null
  const [word, meaning] = guarantees[/** @type {"exact"} */ (name)] ?? [name.toUpperCase(), ""]
  return h("span", { class: `guarantee ${name}`, title: meaning }, word)
}

/**
 * What is known of keys at which the machine failed.
 * @param {any} answer
 */
export function failedKeys(answer) {
  const failed = answer.failedKeys ?? []
  if (failed.length === 0 || Array.isArray(failed[0])) return null
  return h("p", { class: "hint" }, `The machine failed for ${counted(failed.length, "key")}; the others were judged to the end.`)
}

/**
 * `[7,778–8,468)` as a link to its beginning.
 * @param {{ firstCut: number, endCut: number | null }} span
 */
export function spanLink(span) {
  return focusLink({ cut: span.firstCut }, "to-episode", "Go to its beginning",
    `[${count(span.firstCut)}–${span.endCut === null ? "end" : count(span.endCut)})`)
}

/** @param {string} name @param {string} [kind] @param {string | null} [place] */
export function invariantName(name, kind, place) {
  return [h("b", { class: "invariant" }, foreign(name, 160)), kind ? h("span", { class: "hint" }, ` ${kind}`) : null,
    place ? h("code", { class: "source" }, foreign(place, 100)) : null]
}

/** @param {any} seconds */
export function seconds(seconds) {
  if (seconds == null) return ""
  return Number(seconds) < 1 ? `${Math.round(Number(seconds) * 1000)} ms` : `${Number(seconds).toFixed(1)} s`
}
