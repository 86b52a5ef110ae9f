// Densities for the timeline. The tile that fits best is drawn at once, a sharper one is fetched.
import { get, isAborted } from "studio/shared/api.js"

/**
 * @typedef {object} Tile
 * @property {number} from
 * @property {number} to
 * @property {number} start where the first column begins, which may be before `from`
 * @property {number} step the width of a column
 * @property {string[]} names
 * @property {number[][]} columns the events of each name in each column
 * @property {any[]} marks
 * @property {{ from: number, to: number }[]} [gaps]
 * @property {Matches} [matches] of the filter
 */

/**
 * In which columns of a window there are events that a filter finds.
 * @typedef {object} Matches
 * @property {number} start
 * @property {number} step
 * @property {number[]} columns
 */

export class Tiles {
  /** @param {() => void} changed @param {(error: unknown) => void} failed */
  constructor(changed, failed) {
    this.changed = changed
    this.failed = failed
    /** @type {Tile[]} */
    this.tiles = []
    /** @type {Tile | null} */
    this.whole = null
    this.request = new AbortController()
    /** @type {Record<string, any>} */
    this.parameters = {}
    this.wanted = ""
    /** @type {Record<string, any> | null} what is looked for in the events of the tiles */
    this.filter = null
    this.search = new AbortController()
  }

  /**
   * Looks for what a filter finds; null for nothing.
   * @param {Record<string, any> | null} filter
   */
  find(filter) {
    this.filter = filter
    this.search.abort()
    this.search = new AbortController()
    for (const tile of [...this.tiles, ...(this.whole ? [this.whole] : [])]) delete tile.matches
    this.changed()
    if (this.whole && filter) this.match(this.whole)
  }

  /**
   * Counts what the filter finds in a tile, piece by piece: each event is looked at.
   * @param {Tile} tile
   */
  async match(tile) {
    const { filter, search: { signal } } = this
    if (!filter || tile.matches) return
    /** @type {string | null} */
    let next = null
    try {
      do {
        const /** @type {any} */ answer = await get("matches", {
          ...filter, s: this.parameters.s, axis: this.parameters.axis, from: tile.from, to: tile.to,
          columns: tile.columns.length, next,
        }, signal)
        tile.matches ??= { start: answer.start, step: answer.step, columns: Array(answer.columns).fill(0) }
        for (const [column, events] of answer.counts) tile.matches.columns[column] += events
        next = answer.next
        this.changed()
      } while (next !== null && !signal.aborted)
    } catch (error) {
      if (!isAborted(error)) this.failed(error)
    }
  }

  /**
   * Forgets everything and fetches the whole axis.
   * @param {Record<string, any>} parameters
   * @param {number} columns
   */
  async reset(parameters, columns) {
    this.parameters = parameters
    this.tiles = []
    this.wanted = ""
    this.request.abort()
    this.request = new AbortController()
    try {
      this.whole = placed(await get("tiles", { ...parameters, columns }, this.request.signal))
      this.changed()
      this.find(this.filter)
      return this.whole
    } catch (error) {
      if (!isAborted(error)) this.failed(error)
      return null
    }
  }

  /**
   * The sharpest tile that covers a window.
   * @param {number} from
   * @param {number} to
   * @returns {Tile | null}
   */
  best(from, to) {
    let best = this.whole
    for (const tile of this.tiles) {
      if (tile.from <= from && tile.to >= to && (!best || tile.step < best.step)) best = tile
    }
    return best
  }

  /**
   * Fetches a tile for a window and what is beside it, if none of those at hand is sharp enough.
   * @param {number} from
   * @param {number} to
   * @param {number} columns
   */
  async want(from, to, columns) {
    if (!this.whole) return
    // Columns are powers of two wide, so that they do not shimmer while the view moves.
    const step = (to - from) / columns
    const best = this.best(from, to)
    if (best && best.step <= Math.max(step * 2, this.parameters.axis === "offset" ? 1 : 0)) return
    const span = to - from
    const whole = (/** @type {number} */ position) => (this.parameters.axis === "offset" ? Math.floor(position) : position)
    const window = {
      from: Math.max(whole(from - span / 2), this.whole.from),
      to: Math.min(whole(to + span / 2) + 1, this.whole.to),
    }
    const wanted = `${window.from} ${window.to}`
    if (wanted === this.wanted || window.from >= window.to) return
    this.wanted = wanted
    this.request.abort()
    this.request = new AbortController()
    try {
      const tile = placed(await get("tiles", {
        ...this.parameters, ...window, columns: Math.min(Math.ceil(columns * (window.to - window.from) / span), 4000),
      }, this.request.signal))
      this.tiles.unshift(tile)
      this.tiles.length = Math.min(this.tiles.length, 12)
      this.changed()
      this.match(tile)
    } catch (error) {
      if (!isAborted(error)) this.failed(error)
    }
  }
}

/**
 * Gives every mark its place on the axis.
 * @param {any} tile
 * @returns {Tile}
 */
function placed(tile) {
  const isTime = tile.axis === "time"
  for (const mark of tile.marks) {
    if (mark.kind === "episode") {
      mark.from = isTime ? mark.firstTime : mark.firstCut
      mark.to = mark.endCut === null ? null : isTime ? mark.endTime : mark.endCut
    } else {
      mark.at = isTime ? mark.time : mark.cut ?? mark.offset ?? mark.firstOffset
    }
  }
  return tile
}
