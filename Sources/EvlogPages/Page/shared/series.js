// The colour and shape of a name: the same in the timeline, its legend and the lists.
import { h } from "studio/shared/dom.js"
import { studio } from "studio/shared/studio.js"

/** Shapes that go with the colours, so that colour is not their only mark. */
export const shapes = ["●", "■", "▲", "◆", "★", "▼", "✚", "◐", "◧", "◭", "◈", "☆", "▽", "▷", "◌", "·"]

/**
 * The number of a type's colour: types by their frequency.
 * @param {string} type
 */
export function seriesOfType(type) {
  const types = [...(studio.subject.types ?? [])]
    .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1))
  const index = types.findIndex(other => other.name === type)
  return index < 0 ? shapes.length - 1 : Math.min(index, shapes.length - 1)
}

/**
 * The numbers of the colours of names.
 * @param {string[]} names
 * @param {string} by
 */
export function seriesOf(names, by) {
  return by === "type" ? names.map(seriesOfType) : names.map((_, index) => Math.min(index, shapes.length - 1))
}

/** @param {number} series */
export function swatch(series) {
  return h("span", { class: `swatch series-${series}`, "aria-hidden": "true" }, shapes[series])
}
