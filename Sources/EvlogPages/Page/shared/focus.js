// What the investigator looks at, and its address: everything here is in the part after `#`, so
// that Back, reload and a pasted link lead to the same view.

/**
 * @typedef {object} Focus
 * @property {number} s the subject: a log and a machine
 * @property {number | null} cut null until the first moment is chosen
 * @property {string | null} frontier a cut of a group that is none of its causal order, as
 *   `orders=14,payments=6`; `cut` is then the first one of the order that includes it
 * @property {string | null} key the stream or key whose state is meant
 * @property {string | null} path a path in the state
 * @property {[number, number][]} ranges committed ranges of cuts, each within the one before
 * @property {string} filter of the events
 * @property {string | null} by the path whose values are the regions of the map; null for those that are declared
 * @property {string[]} columns paths whose values are shown beside each event
 * @property {string} panel
 */

export const version = 1

/** The panels of the page; the questions are those of the panel of answers. */
export const questions = ["verdict", "why", "blame", "minimise", "what-if", "compare", "audit"]
export const panels = ["events", "moment", ...questions, "map", "cuts", "tables", "notebook"]

/** @type {Focus} */
const beginning = {
  s: 0, cut: null, frontier: null, key: null, path: null, ranges: [], filter: "", by: null, columns: [], panel: "verdict",
}

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
  const cut = parameters.get("cut")
  return {
    s: whole(parameters.get("s")) ?? 0,
    cut: whole(cut),
    frontier: cut?.includes("=") ? cut : null,
    key: parameters.get("key"),
    path: parameters.get("path"),
    ranges,
    filter: parameters.get("filter") ?? "",
    by: parameters.get("by"),
    columns: parameters.getAll("column"),
    panel: panels.includes(panel) ? panel : beginning.panel,
  }
}

/** @param {Focus} focus */
export function format(focus) {
  const parameters = new URLSearchParams({ v: String(version), s: String(focus.s) })
  const cut = focus.frontier ?? focus.cut
  if (cut !== null) parameters.set("cut", String(cut))
  if (focus.key !== null) parameters.set("key", focus.key)
  if (focus.path) parameters.set("path", focus.path)
  if (focus.ranges.length > 0) {
    parameters.set("range", focus.ranges.map(range => range.join("..")).join(","))
  }
  if (focus.filter) parameters.set("filter", focus.filter)
  if (focus.by) parameters.set("by", focus.by)
  for (const column of focus.columns) parameters.append("column", column)
  parameters.set("panel", focus.panel)
  return "#" + parameters
}

/**
 * A focus that is moved: another cut leaves a frontier.
 * @param {Focus} from
 * @param {Partial<Focus>} to
 * @returns {Focus}
 */
export function moved(from, to) {
  return { ...from, ...(to.cut === undefined ? {} : { frontier: null }), ...to }
}

/** The focus of this page; `moved` says which members have changed. */
class FocusOfPage extends EventTarget {
  constructor() {
    super()
    /** @type {Focus} */
    this.now = { ...beginning }
    /** The question that was shown last. */
    this.question = beginning.panel
    this.isStepping = false
  }

  /**
   * Says which cut of the causal order includes a frontier.
   * @type {(frontier: string, s: number) => Promise<number>}
   */
  positionOf = () => Promise.reject(new Error("No group is open."))

  /**
   * The last cut of a subject.
   * @type {(s: number) => number}
   */
  endOf = () => Infinity

  /** Takes the focus from the address, as at the beginning and after Back. */
  async read() {
    const { hash } = location
    const next = parse(hash)
    if (next.frontier !== null) {
      try {
        next.cut = await this.positionOf(next.frontier, next.s)
      } catch {
        // A frontier of other logs is none: the page chooses where to look.
        next.frontier = null
      }
      // Meanwhile the page may have gone elsewhere.
      if (location.hash !== hash) return
    }
    if (next.cut !== null) next.cut = Math.min(next.cut, this.endOf(next.s))
    this.change(next)
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
    const next = moved(kept, to)
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
    if (questions.includes(next.panel)) this.question = next.panel
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
