// Everything that names an event, a cut, a path, a stream or an episode is one of these links.
import { h } from "studio/shared/dom.js"
import { focus, format, moved } from "studio/shared/focus.js"
import { studio } from "studio/shared/studio.js"
import { clock, compact, count, foreign, inline, members, visible } from "studio/shared/text.js"

/**
 * A link that moves the focus. It has a real address, so it can be copied and opened elsewhere.
 * In a file of its own there is no focus, and it is a text.
 * @param {Partial<import("studio/shared/focus.js").Focus>} to
 * @param {string} kind
 * @param {string} title
 * @param {...any} children
 */
export function focusLink(to, kind, title, ...children) {
  if (studio.isFile) return h("span", { class: kind }, ...children)
  const link = h("a", { class: `link ${kind}`, href: format(moved(focus.now, to)), title }, ...children)
  link.addEventListener("click", event => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return
    event.preventDefault()
    focus.move(to)
  })
  return link
}

/**
 * An event: the focus goes to the cut after it.
 * @param {number} offset
 */
export function eventLink(offset) {
  return focusLink({ cut: offset + 1 }, "to-event", `Go to event ${count(offset)}`, count(offset))
}

/** @param {number} cut @param {any} [label] */
export function cutLink(cut, label) {
  return focusLink({ cut }, "to-cut", `Go to cut ${count(cut)}`, label ?? count(cut))
}

/**
 * A path of the state at the cut in focus.
 * @param {string} path
 * @param {number} [cut]
 */
export function pathLink(path, cut) {
  const to = cut === undefined ? { path } : { path, cut }
  return focusLink(to, "to-path", `Look at ${visible(path)}`, foreign(path, 200))
}

/** @param {string} name */
export function quotedFilter(name) {
  return /^[^\s"]+$/.test(name) ? name : JSON.stringify(name)
}

/**
 * Shows the events of a stream.
 * @param {string} stream
 */
export function streamLink(stream) {
  return focusLink({ filter: `stream:${quotedFilter(stream)}` }, "to-stream",
    `Show the events of the stream ${visible(stream)}`, foreign(stream))
}

/**
 * Shows the events of a type.
 * @param {string} type
 */
export function typeLink(type) {
  return focusLink({ filter: `type:${quotedFilter(type)}` }, "to-type",
    `Show the events of the type ${visible(type)}`, foreign(type))
}

/**
 * `[7,778–7,942)`
 * @param {{ firstCut: number, endCut: number | null, invariant?: string, key?: string | null }} episode
 */
export function episodeLink(episode) {
  const to = episode.key == null ? { cut: episode.firstCut } : { cut: episode.firstCut, key: episode.key }
  return focusLink(to, "to-episode", "Go to the beginning of the episode",
    `[${count(episode.firstCut)}–${episode.endCut === null ? "end" : count(episode.endCut)})`)
}

/**
 * One event on a line or two.
 * @param {any} event
 * @param {...any} notes
 */
export function eventLine(event, ...notes) {
  return h("div", { class: "event-line" },
    h("div", { class: "event-head" }, eventLink(event.offset), typeLink(event.type), streamLink(event.stream),
      h("time", { title: event.time }, clock(event.time)), ...notes),
    event.dataPreview !== undefined ? h("div", { class: "event-data" }, foreign(event.dataPreview, 300), h("span", { class: "hint" }, `${count(event.dataBytes)} bytes`)) : null,
    event.data === undefined ? null
      : h("div", { class: "event-data", title: visible(compact(event.data)).slice(0, 2000) }, members(event.data)))
}

/**
 * `~ stock["A-7"].available  12 → -28`
 * @param {{ path: string, old?: any, new?: any, kind?: string }} change
 * @param {number} [cut]
 */
export function changeLine(change, cut) {
  const kind = change.kind ?? (!("old" in change) ? "added" : !("new" in change) ? "removed" : "changed")
  const [glyph, word] = kind === "added" ? ["+", "added"] : kind === "removed" ? ["−", "removed"] : ["~", "changed"]
  return h("div", { class: `change ${kind}` },
    h("span", { class: "glyph", role: "img", "aria-label": word }, glyph),
    pathLink(change.path, cut),
    h("span", { class: "values" },
      kind === "added" ? null : side(change, "old"),
      kind === "changed" ? h("span", { class: "arrow", "aria-label": "became" }, "→") : null,
      kind === "removed" ? null : side(change, "new")))
}

/**
 * A value of a change; of a long one there is only the beginning.
 * @param {any} change
 * @param {"old" | "new"} name
 */
function side(change, name) {
  const preview = change[`${name}Preview`]
  if (preview === undefined) return inline(change[name])
  return h("span", { class: "value" }, foreign(preview, 200), h("span", { class: "hint" }, ` ${count(change[`${name}Bytes`])} bytes`))
}
