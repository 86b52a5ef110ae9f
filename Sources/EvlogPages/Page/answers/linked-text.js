// The command's text, in which what names an event or a cut is a link.
import { focusLink } from "studio/shared/links.js"
import { studio } from "studio/shared/studio.js"
import { foreign } from "studio/shared/text.js"

/** @param {string} text */
export function linkedText(text) {
  const parts = []
  let last = 0
  for (const match of text.matchAll(/\b(offset|written by|cut|cuts|event|--at|--drop|--offset) \[?(\d{1,3}(?:,\d{3})+|\d+)/g)) {
    const number = Number(match[2].replaceAll(",", ""))
    if (number > studio.subject.end) continue
    const at = (match.index ?? 0) + match[0].length - match[2].length
    const isCut = /^(cut|cuts|--at)$/.test(match[1])
    parts.push(foreign(text.slice(last, at), 1e6), focusLink({ cut: isCut ? number : number + 1 }, "", "Go there", match[2]))
    last = at + match[2].length
  }
  parts.push(foreign(text.slice(last), 1e6))
  return lines(parts)
}

/**
 * Line breaks are meant, so they are not made visible as characters.
 * @param {Node[]} parts
 */
function lines(parts) {
  for (const part of parts) {
    for (const escape of /** @type {Element} */ (part).querySelectorAll?.(".escape") ?? []) {
      if (escape.textContent === "\\n") escape.replaceWith("\n")
    }
  }
  return parts
}
