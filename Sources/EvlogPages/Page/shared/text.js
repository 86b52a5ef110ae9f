// How numbers, times, values and foreign texts are written.
import { h } from "studio/shared/dom.js"

/** A number that JavaScript cannot hold exactly keeps its own text. */
export class ExactNumber {
  /** @param {string} text */
  constructor(text) {
    this.text = text
  }
  toString() {
    return this.text
  }
}

/**
 * Reads JSON so that numbers of any size stay as they are written.
 * @param {string} text
 */
export function parseJSON(text) {
  if (!/\d{16}|\d[eE.]\d/.test(text)) return JSON.parse(text)
  return JSON.parse(text, /** @type {any} */ ((/** @type {string} */ _key, /** @type {any} */ value, /** @type {any} */ context) => {
    if (typeof value !== "number" || context === undefined) return value
    return String(value) === context.source ? value : new ExactNumber(context.source)
  }))
}

const grouped = new Intl.NumberFormat("en-US")

/**
 * 12480 as 12,480.
 * @param {number | bigint | null | undefined} number
 */
export function count(number) {
  return number == null ? "–" : grouped.format(number)
}

/** @param {number} number @param {string} one @param {string} [many] */
export function counted(number, one, many = one + "s") {
  return `${count(number)} ${number === 1 ? one : many}`
}

/** @param {number} part @param {number} all */
export function percent(part, all) {
  return all === 0 ? "0 %" : `${(100 * part / all).toFixed(1)} %`
}

/**
 * The time of day with milliseconds.
 * @param {string | null | undefined} time RFC 3339
 */
export function clock(time) {
  return time ? time.slice(11, 23).replace("Z", "") : ""
}

/** @param {string | null | undefined} time RFC 3339 */
export function day(time) {
  return time ? time.slice(0, 10) : ""
}

/**
 * Milliseconds since the epoch, with a fraction.
 * @param {string} time RFC 3339 in UTC with nine digits
 */
export function milliseconds(time) {
  return Date.parse(time.slice(0, 19) + "Z") + Number(`0.${time.slice(20, -1) || "0"}`) * 1000
}

/**
 * RFC 3339, to the microsecond, of milliseconds since the epoch.
 * @param {number} millis
 */
export function timestamp(millis) {
  const micros = Math.round(millis * 1000)
  const seconds = Math.floor(micros / 1e6)
  const rest = String(micros - seconds * 1e6).padStart(6, "0")
  return new Date(seconds * 1000).toISOString().slice(0, 19) + "." + rest + "Z"
}

const strange =
  // Control characters, marks that turn the direction of writing, and characters without a width.
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/

/** @param {string} character */
function escaped(character) {
  if (character === "\n") return "\\n"
  if (character === "\t") return "\\t"
  return "\\u" + character.charCodeAt(0).toString(16).padStart(4, "0")
}

/**
 * A text without characters that could disguise it.
 * @param {string} text
 */
export function visible(text) {
  return strange.test(text) ? [...text].map(c => (strange.test(c) ? escaped(c) : c)).join("") : text
}

/**
 * A foreign text, isolated in its direction, with what cannot be seen made visible.
 * @param {string} text
 * @param {number} [limit] characters that are shown
 */
export function foreign(text, limit = 600) {
  const shown = text.length > limit ? text.slice(0, limit) + "…" : text
  const element = h("bdi", { class: "foreign" })
  if (!strange.test(shown)) {
    element.textContent = shown
    return element
  }
  let plain = ""
  for (const character of shown) {
    if (!strange.test(character)) {
      plain += character
      continue
    }
    element.append(plain, h("span", { class: "escape" }, escaped(character)))
    plain = ""
  }
  element.append(plain)
  return element
}

/**
 * A value as one line of JSON.
 * @param {any} value
 * @returns {string}
 */
export function compact(value) {
  if (value === undefined) return "nothing"
  if (value instanceof ExactNumber) return value.text
  if (value === null || typeof value !== "object") return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(compact).join(",")}]`
  return `{${Object.entries(value).map(([k, v]) => `${JSON.stringify(k)}:${compact(v)}`).join(",")}}`
}

/** @param {any} value */
function kindOf(value) {
  if (value === null || value === undefined) return "null"
  if (value instanceof ExactNumber) return "number"
  return typeof value
}

/**
 * A value in one line, coloured by its kind.
 * @param {any} value
 * @param {number} [limit]
 */
export function inline(value, limit = 160) {
  const element = foreign(compact(value), limit)
  element.classList.add("value", `is-${kindOf(value)}`)
  return element
}

/**
 * The data of an event as `member: value` pairs.
 * @param {any} data
 */
export function members(data) {
  if (data === null || typeof data !== "object" || Array.isArray(data) || data instanceof ExactNumber) {
    return [inline(data)]
  }
  return Object.entries(data).map(([name, value]) =>
    h("span", { class: "member" }, h("span", { class: "name" }, foreign(name, 60)), " ", inline(value)))
}
