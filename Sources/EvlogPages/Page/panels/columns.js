// Columns that are derived: a member of each event's data, or a value of the state after it.
import { get } from "studio/shared/api.js"
import { focus } from "studio/shared/focus.js"
import { steps, valueAt } from "studio/shared/path.js"
import { studio } from "studio/shared/studio.js"
import { compact } from "studio/shared/text.js"

const mostCuts = 200

/** A column: `data.…` is of the event, every other path is of the state. */
export class Column {
  /** @param {string} path @param {() => void} changed @param {(error: unknown) => void} failed */
  constructor(path, changed, failed) {
    this.path = path
    this.changed = changed
    this.failed = failed
    const [first, ...rest] = steps(path) ?? []
    /** @type {(string | number)[] | null} */
    this.ofData = first === "data" ? rest : null
    /** @type {Map<number, string | null>} values of the state, by cut */
    this.values = new Map()
    this.isBusy = false
    this.hasFailed = false
    /** @type {number[]} */
    this.wanted = []
  }

  /**
   * What is shown beside an event; undefined while it is not known.
   * @param {any} event
   * @returns {string | null | undefined}
   */
  text(event) {
    if (this.ofData === null) return this.values.get(event.offset + 1)
    const value = valueAt(event.data, this.ofData)
    return value === undefined ? null : compact(value)
  }

  /** @param {number[]} cuts those of the events that are shown */
  want(cuts) {
    if (this.ofData !== null || this.hasFailed || !studio.subject.machine) return
    this.wanted = cuts.filter(cut => !this.values.has(cut)).slice(0, mostCuts)
    this.fetch()
  }

  async fetch() {
    if (this.isBusy || this.wanted.length === 0) return
    this.isBusy = true
    try {
      const { s, key } = focus.now
      const { values } = await get("column", { s, key, path: this.path, cuts: this.wanted.join(",") })
      if (this.values.size > 20_000) this.values.clear()
      for (const { cut, value } of values) this.values.set(cut, value)
      this.wanted = this.wanted.filter(cut => !this.values.has(cut))
      this.changed()
    } catch (error) {
      this.hasFailed = true
      this.failed(error)
    }
    this.isBusy = false
    this.fetch()
  }
}
