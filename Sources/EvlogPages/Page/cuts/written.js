// Cuts of several logs as they are written: `orders=14,payments=6`.

/** @typedef {Record<string, number>} VectorCut */

/** @param {VectorCut} cut */
export function written(cut) {
  return Object.entries(cut).map(([log, at]) => `${log}=${at}`).join(",")
}

/** @param {string} text @returns {VectorCut} */
export function read(text) {
  return Object.fromEntries(text.split(",").map(part => {
    const at = part.lastIndexOf("=")
    return [part.slice(0, at), Number(part.slice(at + 1))]
  }))
}

/**
 * Where the focus goes for a cut: to its position in the causal order, and beyond that to the cut
 * itself if the order does not pass through it.
 * @param {VectorCut} cut
 * @param {number} position the first cut of the order that includes it
 */
export function focusAt(cut, position) {
  const events = Object.values(cut).reduce((sum, at) => sum + at, 0)
  return { cut: position, frontier: events === position ? null : written(cut) }
}
