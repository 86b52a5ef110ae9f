// An event in full: its envelope, its data, and on request its bytes.
import { get } from "studio/shared/api.js"
import { h, show } from "studio/shared/dom.js"
import { eventLink, streamLink, typeLink } from "studio/shared/links.js"
import { into } from "studio/shared/panel.js"
import { seriesOfType, swatch } from "studio/shared/series.js"
import { studio } from "studio/shared/studio.js"
import { compact, count, day, clock, foreign, inline } from "studio/shared/text.js"

/** @param {any} event @param {number} cut */
export function eventDetail(event, cut) {
  if (!event) return h("p", { class: "hint" }, cut === 0 ? "The beginning, before any event." : "There is no such event.")
  const bytes = h("div", { class: "bytes", hidden: true })
  return [
    h("div", { class: "event-title" }, swatch(seriesOfType(event.type)), typeLink(event.type),
      h("span", { class: "hint" }, "event "), h("b", {}, count(event.offset))),
    h("dl", { class: "facts" },
      fact("stream", streamLink(event.stream), h("span", { class: "hint" }, ` revision ${count(event.revision)}`)),
      fact("time", h("span", { title: event.time }, day(event.time), " ", h("b", {}, clock(event.time)))),
      "id" in event ? fact("id", foreign(event.id, 120)) : null,
      "causation" in event ? fact("caused by", causes(event)) : null,
      "correlation" in event ? fact("correlation", foreign(String(event.correlation), 120)) : null,
      "metadata" in event ? fact("metadata", value(event.metadata)) : null,
      "log" in event ? fact("log", foreign(event.log, 60)) : null),
    event.dataPreview !== undefined ? h("div", { class: "data-box" }, h("code", {}, foreign(event.dataPreview, 2000)), h("div", { class: "hint" }, `${count(event.dataBytes)} bytes; Bytes shows more`))
      : event.data === undefined && event.data64 === undefined ? h("p", { class: "hint" }, "The event has no data.")
      : h("div", { class: "data-box" }, event.data64 !== undefined ? h("code", {}, foreign(event.data64, 400)) : value(event.data)),
    h("button", {
      class: "small quiet", "aria-expanded": "false",
      onclick: (/** @type {Event} */ click) => toggle(/** @type {HTMLElement} */ (click.currentTarget), bytes, event.offset),
    }, "Bytes"),
    bytes,
  ]
}

/** @param {string} name @param {...any} children */
function fact(name, ...children) {
  return h("div", {}, h("dt", {}, name), h("dd", {}, children))
}

/** @param {any} event */
function causes(event) {
  const place = h("span", {}, foreign(Array.isArray(event.causation) ? event.causation.join(", ") : String(event.causation), 200))
  studio.ask("event", { offset: event.offset }).then(answer => {
    const offsets = (answer.causes ?? []).map((/** @type {any} */ cause) => cause.offset ?? cause).filter(Number.isInteger)
    if (offsets.length > 0) place.append(" ", ...offsets.map(eventLink))
  }).catch(() => {
    // The ids are shown; only the way there is missing.
  })
  return place
}

/**
 * A small value in lines, one member each.
 * @param {any} data
 */
function value(data) {
  if (data === null || typeof data !== "object" || Array.isArray(data) || data.constructor !== Object) return inline(data, 2000)
  return h("div", { class: "members" }, Object.entries(data).map(([name, inner]) =>
    h("div", {}, h("span", { class: "name" }, foreign(name, 120)), inline(inner, 1000))))
}

/** @param {HTMLElement} button @param {HTMLElement} place @param {number} offset */
function toggle(button, place, offset) {
  place.hidden = !place.hidden
  button.setAttribute("aria-expanded", String(!place.hidden))
  if (place.hidden) return
  into(place, get("event", { s: studio.subject.id, offset }), answer => show(place,
    answer.segment ? h("p", { class: "hint" }, foreign(compact(answer.segment), 300)) : null,
    dump("data", answer.data), dump("metadata", answer.metadata)))
}

/** @param {string} title @param {{ bytes: number, hex: string, leftOut: number } | null} part */
function dump(title, part) {
  if (!part || part.bytes === 0) return null
  const pairs = part.hex.match(/../g) ?? []
  const lines = []
  for (let at = 0; at < Math.min(pairs.length, 1024); at += 8) {
    const part = pairs.slice(at, at + 8)
    const text = part.map(pair => {
      const code = parseInt(pair, 16)
      return code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : "·"
    }).join("")
    lines.push(`${at.toString(16).padStart(4, "0")}  ${part.join(" ").padEnd(23)}  ${text}`)
  }
  if (part.bytes > 1024) lines.push(`… and ${count(part.bytes - 1024)} more bytes`)
  return [h("h4", {}, `${title}, ${count(part.bytes)} bytes`), h("pre", { class: "hex" }, lines.join("\n"))]
}
