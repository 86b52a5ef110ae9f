// What the investigator looks at, and its address: everything here is in the part after `#`, so
// that Back, reload and a pasted link lead to the same view.

/**
 * @typedef {object} Focus
 * @property {number} s the subject: a log and a machine
 * @property {number | null} cut null until the first moment is chosen
 * @property {string | null} key the stream or key whose state is meant
 * @property {string | null} path a path in the state
 * @property {[number, number][]} ranges committed ranges of cuts, each within the one before
 * @property {string} filter of the events
 * @property {string} panel
 */

export const version = 1

/** The panels of the page; the questions are those of the panel of answers. */
export const questions = ["verdict", "why", "blame", "minimise", "what-if", "compare", "audit"]
export const panels = ["events", "moment", ...questions, "map", "cuts", "tables", "notebook"]

/** @type {Focus} */
const beginning = { s: 0, cut: null, key: null, path: null, ranges: [], filter: "", panel: "verdict" }

/** @param {string | null} text */
function whole(text) {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null
}

/** @param {string} hash @returns {Focus} */
export function parse(hash) {
  const parameters = new URLSearchParams(hash.replace(/^#/, ""))
  const ranges = (parameters.get("range") ?? "").split(",").flatMap(text => {
    const [first, end] = text.split("..").map(whole)
    return first != null && end != null && first < end
      ? [/** @type {[number, number]} */ ([first, end])] : []
  })
  const panel = parameters.get("panel") ?? ""
  return {
    s: whole(parameters.get("s")) ?? 0,
    cut: whole(parameters.get("cut")),
    key: parameters.get("key"),
    path: parameters.get("path"),
    ranges,
    filter: parameters.get("filter") ?? "",
    panel: panels.includes(panel) ? panel : beginning.panel,
  }
}

/** @param {Focus} focus */
export function format(focus) {
  const parameters = new URLSearchParams({ v: String(version), s: String(focus.s) })
  if (focus.cut !== null) parameters.set("cut", String(focus.cut))
  if (focus.key !== null) parameters.set("key", focus.key)
  if (focus.path) parameters.set("path", focus.path)
  if (focus.ranges.length > 0) {
    parameters.set("range", focus.ranges.map(range => range.join("..")).join(","))
  }
  if (focus.filter) parameters.set("filter", focus.filter)
  parameters.set("panel", focus.panel)
  return "#" + parameters
}

/** The focus of this page; `moved` says which members have changed. */
class FocusOfPage extends EventTarget {
  constructor() {
    super()
    /** @type {Focus} */
    this.now = { ...beginning }
    this.isStepping = false
  }

  /** Takes the focus from the address, as at the beginning and after Back. */
  read() {
    this.change(parse(location.hash))
  }

  /**
   * Moves the focus and writes it into the address.
   * @param {Partial<Focus>} to
   * @param {{ replaces?: boolean, steps?: boolean }} [how] whether no step of Back leads to the
   *   focus before: steps in a row are one
   */
  move(to, how = {}) {
    const isElsewhere = to.s !== undefined && to.s !== this.now.s
    const kept = isElsewhere ? { ...beginning, panel: this.now.panel } : this.now
    const next = { ...kept, ...to }
    const hash = format(next)
    if (hash === location.hash) return
    if (how.replaces || (how.steps && this.isStepping)) history.replaceState(null, "", hash)
    else history.pushState(null, "", hash)
    this.isStepping = how.steps === true
    this.change(next)
  }

  /** @param {Focus} next */
  change(next) {
    const before = this.now
    this.now = next
    const changed = new Set(/** @type {(keyof Focus)[]} */ (Object.keys(next)).filter(
      name => JSON.stringify(before[name]) !== JSON.stringify(next[name])))
    if (changed.size > 0) this.dispatchEvent(new CustomEvent("moved", { detail: changed }))
  }

  /**
   * The innermost committed range.
   * @returns {[number, number] | null}
   */
  get range() {
    return this.now.ranges.at(-1) ?? null
  }

  /**
   * Commits a range within the present one.
   * @param {number} first
   * @param {number} end
   */
  commit(first, end) {
    if (first >= end) return
    this.move({ ranges: [...this.now.ranges, [first, end]] })
  }

  uncommit() {
    if (this.now.ranges.length > 0) this.move({ ranges: this.now.ranges.slice(0, -1) })
  }
}

export const focus = new FocusOfPage()

/** @param {(changed: Set<keyof Focus>) => void} follow */
export function onMove(follow) {
  focus.addEventListener("moved", event => follow(/** @type {CustomEvent} */ (event).detail))
}
