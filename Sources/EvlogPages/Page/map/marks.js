// The nine marks of the map: each has a shape, a colour and a meaning.
import { h } from "studio/shared/dom.js"

/** @type {Record<string, { glyph: string, meaning: string }>} */
export const marks = {
  unknown: { glyph: "?", meaning: "neither seen nor declared" },
  surprise: { glyph: "★", meaning: "seen, but not declared" },
  broken: { glyph: "✕", meaning: "forbidden, but seen" },
  lie: { glyph: "!", meaning: "declared to change nothing, but it changed something" },
  deviation: { glyph: "↷", meaning: "allowed, seen, and it led elsewhere" },
  claimed: { glyph: "○", meaning: "allowed, never seen; says little if the region had few events" },
  confirmed: { glyph: "✓", meaning: "allowed, seen, and it led where it should" },
  guarded: { glyph: "⊘", meaning: "forbidden, never seen" },
  ignored: { glyph: "–", meaning: "declared to change nothing, and it changed nothing" },
}

/** @param {string} mark */
export function markGlyph(mark) {
  return h("span", { class: `mark-glyph mark-${mark}`, "aria-hidden": "true" }, marks[mark]?.glyph ?? "")
}

/**
 * What an outcome of a probe is called.
 * @param {any} outcome
 */
export function outcomeWords(outcome) {
  switch (outcome.outcome) {
  case "leads": return `would lead to ${outcome.target}`
  case "changesNothing": return "would change nothing"
  case "breaks": return `would break ${outcome.invariant}`
  case "traps": return "the machine would trap"
  case "refused": return `would be refused: ${outcome.reason ?? ""}`
  default: return `would be undefined: ${outcome.reason ?? ""}`
  }
}
