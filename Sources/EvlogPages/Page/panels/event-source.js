// The rows of the list of events: all of a range by their offsets, or what a filter finds.
import { get, isAborted } from "studio/shared/api.js"
import { parameters } from "studio/shared/filter.js"
import { studio } from "studio/shared/studio.js"

const pageSize = 200

/** All events of a range. Any part of them can be had at once. */
export class EventsByOffset {
  /** @param {number} first @param {number} end @param {() => void} changed @param {(error: unknown) => void} failed */
  constructor(first, end, changed, failed) {
    this.first = first
    this.end = end
    this.changed = changed
    this.failed = failed
    /** @type {Map<number, any[] | null>} pages by number; null while they are fetched */
    this.pages = new Map()
    this.isComplete = true
    this.canGoBack = false
  }

  get count() {
    return this.end - this.first
  }

  /** @param {number} index */
  event(index) {
    const offset = this.first + index
    return this.pages.get(Math.floor(offset / pageSize))?.[offset % pageSize] ?? null
  }

  /** @param {number} index */
  offset(index) {
    return this.first + index
  }

  /**
   * The row of an event, or of the first one after it.
   * @param {number} offset
   */
  index(offset) {
    return Math.min(Math.max(offset - this.first, 0), this.count - 1)
  }

  /** @param {number} first @param {number} end rows that are visible */
  want(first, end) {
    if (end <= first) return
    const from = Math.floor((this.first + first) / pageSize)
    const to = Math.floor((this.first + end - 1) / pageSize)
    for (let page = from; page <= to; page++) this.fetch(page)
  }

  /** @param {number} page */
  async fetch(page) {
    if (this.pages.has(page)) return
    this.pages.set(page, null)
    if (this.pages.size > 60) this.pages.delete(/** @type {number} */ (this.pages.keys().next().value))
    try {
      const { events } = await get("events", { s: studio.subject.id, from: page * pageSize, limit: pageSize })
      this.pages.set(page, events)
      this.changed()
    } catch (error) {
      this.pages.delete(page)
      this.failed(error)
    }
  }

  stop() {}
}

/** The events that a filter finds, from the focus on and back. */
export class EventsFound {
  /** @param {string} filter @param {number} first @param {number} end @param {number} start @param {() => void} changed @param {(error: unknown) => void} failed */
  constructor(filter, first, end, start, changed, failed) {
    this.range = { first, end }
    this.parameters = { s: studio.subject.id, ...parameters(filter) }
    this.changed = changed
    this.failed = failed
    /** @type {any[]} */
    this.events = []
    this.addedBefore = 0
    this.request = new AbortController()
    this.forward = { from: Math.min(Math.max(start, first), end), next: null, isOver: false, isBusy: false, scannedTo: start }
    this.back = { from: this.forward.from, next: null, isOver: this.forward.from <= first, isBusy: false, scannedTo: start }
    this.search("forward")
    this.search("back")
  }

  get count() {
    return this.events.length
  }

  get isComplete() {
    return this.forward.isOver && this.back.isOver
  }

  /** @param {number} index */
  event(index) {
    return this.events[index] ?? null
  }

  /** @param {number} index */
  offset(index) {
    return this.events[index]?.offset ?? -1
  }

  /** @param {number} offset */
  index(offset) {
    let low = 0
    let high = this.events.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.events[middle].offset < offset) low = middle + 1
      else high = middle
    }
    return Math.min(low, this.events.length - 1)
  }

  /** @param {number} first @param {number} end */
  want(first, end) {
    if (first < 20) this.search("back")
    if (end > this.events.length - 20) this.search("forward")
  }

  /** @param {"forward" | "back"} direction */
  async search(direction) {
    const side = this[direction]
    if (side.isBusy || side.isOver) return
    side.isBusy = true
    try {
      const answer = await get("events", {
        ...this.parameters, from: side.next ?? side.from, direction, limit: pageSize,
      }, this.request.signal)
      const found = answer.events.filter((/** @type {any} */ event) =>
        event.offset >= this.range.first && event.offset < this.range.end)
      if (direction === "forward") this.events.push(...found)
      else {
        this.events.unshift(...found.sort((/** @type {any} */ a, /** @type {any} */ b) => a.offset - b.offset))
        this.addedBefore += found.length
      }
      side.next = answer.next
      side.scannedTo = answer.scannedTo
      side.isOver = answer.next === null
        || (direction === "back" ? answer.scannedTo <= this.range.first : answer.scannedTo >= this.range.end)
      side.isBusy = false
      this.changed()
      // A search that stopped for its time alone goes on; one that found a page waits to be asked.
      if (!side.isOver && answer.events.length < pageSize) this.search(direction)
    } catch (error) {
      side.isBusy = false
      side.isOver = true
      if (!isAborted(error)) this.failed(error)
    }
  }

  stop() {
    this.request.abort()
  }
}
