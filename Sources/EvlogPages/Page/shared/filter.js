// The filter of the events, as it is typed:
//   type:StockReserved stream:order-7 since:2026-03-01T10:00:00Z until:… words of its text
//   after:StockCounted~5   it comes within 5 events after one of that type; also before: and near:
//   js:event => …          the rest is a predicate in JavaScript

/**
 * The members of the server's request that a filter sets.
 * @param {string} text
 * @returns {Record<string, any>}
 */
export function parameters(text) {
  /** @type {Record<string, any>} */
  const result = {}
  let rest = text.trim()
  const script = /(?:^|\s)js:(.*)$/s.exec(rest)
  if (script) {
    result.predicate = script[1].trim()
    rest = rest.slice(0, script.index)
  }
  const words = rest.replace(/(^|\s)([a-z]+):("(?:[^"\\]|\\.)*"|\S+)/g, (all, _space, name, value) => {
    if (!["type", "stream", "since", "until", "after", "before", "near"].includes(name)) return all
    const plain = unquoted(value)
    if (["after", "before", "near"].includes(name)) {
      const [, type, within] = /^(.*?)(?:~(\d+))?$/s.exec(plain) ?? []
      // An event that comes after another has that one before it.
      result.near = type
      result.order = { after: "before", before: "after", near: "either" }[/** @type {"after"} */ (name)]
      result.within = Number(within ?? 10)
    } else {
      result[name] = plain
    }
    return " "
  }).trim()
  if (words) result.text = words
  return result
}

/** @param {string} value */
function unquoted(value) {
  if (!value.startsWith('"')) return value
  try {
    return JSON.parse(value)
  } catch {
    // A quote that is not closed is a part of the text.
    return value
  }
}

/**
 * Adds a term to a filter, or removes it if it is there.
 * @param {string} filter
 * @param {string} term
 */
export function toggled(filter, term) {
  const terms = filter.split(/\s+(?=(?:[^"]*"[^"]*")*[^"]*$)/).filter(Boolean)
  const name = term.slice(0, term.indexOf(":") + 1)
  const others = terms.filter(other => other !== term && !(name && other.startsWith(name)))
  return [...others, ...(terms.includes(term) ? [] : [term])].join(" ")
}
