// Paths into values, as they are written: `data.quantity`, `stock["A-7"].available`, `lines[0]`.

/**
 * The steps of a path; null if it is none.
 * @param {string} path
 * @returns {(string | number)[] | null}
 */
export function steps(path) {
  const pattern = /\.?([\p{L}_$][\p{L}\p{N}_$-]*)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/uy
  const found = []
  while (pattern.lastIndex < path.length) {
    const match = pattern.exec(path)
    if (!match) return null
    found.push(match[1] ?? (match[2] === undefined ? JSON.parse(match[3]) : Number(match[2])))
  }
  return found
}

/**
 * The value at a path; undefined if there is none.
 * @param {any} value
 * @param {(string | number)[]} path
 */
export function valueAt(value, path) {
  for (const step of path) {
    if (value === null || typeof value !== "object" || !Object.hasOwn(value, step)) return undefined
    value = value[step]
  }
  return value
}
