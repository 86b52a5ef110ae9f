// A list of any length, of which only the visible rows exist. Browsers cannot scroll beyond some
// ten million pixels, so a longer list moves in proportion when the scroll bar is dragged, and
// pixel by pixel when it is scrolled.
import { h, patch, perFrame } from "studio/shared/dom.js"

const tallest = 8_000_000

export class VirtualList {
  /**
   * @param {HTMLElement} place the element that scrolls
   * @param {number} rowHeight
   * @param {(index: number) => HTMLElement} makeRow
   * @param {(first: number, end: number) => void} shown is told which rows are visible
   */
  constructor(place, rowHeight, makeRow, shown) {
    this.place = place
    this.rowHeight = rowHeight
    this.makeRow = makeRow
    this.shown = shown
    this.count = 0
    /** The first visible row, with a part of it. */
    this.position = 0
    /** Where the list is scrolled to, and its height; to ask the browser would make it lay out the page at once. */
    this.top = 0
    this.viewHeight = place.clientHeight
    /** @type {number | null} where it shall be scrolled to */
    this.wantedTop = null
    this.isOwnScroll = false
    /** Whether somebody has scrolled since the list was last moved to a row. */
    this.isScrolledByHand = false
    /** @type {Map<number, HTMLElement>} the rows that exist, by their numbers */
    this.made = new Map()
    this.rows = h("div", { class: "rows", role: "presentation" })
    this.space = h("div", { class: "space", role: "presentation" }, this.rows)
    place.append(this.space)
    this.redraw = perFrame(() => this.draw())
    place.addEventListener("scroll", () => this.scrolled(), { passive: true })
    new ResizeObserver(([entry]) => {
      // What was not shown has forgotten where it was scrolled to.
      if (this.viewHeight === 0) this.top = place.scrollTop
      this.viewHeight = entry.contentRect.height
      this.redraw()
    }).observe(place)
  }

  get visibleRows() {
    return this.viewHeight / this.rowHeight
  }

  get height() {
    return Math.min(this.count * this.rowHeight, tallest)
  }

  get lastPosition() {
    return Math.max(this.count - this.visibleRows, 0)
  }

  /** @param {number} count */
  resize(count) {
    this.count = count
    this.made.clear()
    this.space.style.height = `${this.height}px`
    this.position = Math.min(this.position, this.lastPosition)
    this.redraw()
  }

  /** Makes all rows again: what they show has changed. */
  renew() {
    this.made.clear()
    this.redraw()
  }

  /**
   * Makes one row again.
   * @param {number} index
   */
  renewRow(index) {
    this.made.delete(index)
    this.redraw()
  }

  scrolled() {
    if (this.isOwnScroll) {
      this.isOwnScroll = false
      return
    }
    this.isScrolledByHand = true
    const top = this.place.scrollTop
    const by = top - this.top
    const isScaled = this.count * this.rowHeight > tallest
    if (isScaled && Math.abs(by) < this.viewHeight * 2 && top > 0 && top < this.height - this.viewHeight - 1) {
      this.position += by / this.rowHeight
    } else {
      const most = Math.max(this.height - this.viewHeight, 1)
      this.position = isScaled ? top / most * this.lastPosition : top / this.rowHeight
    }
    this.position = Math.min(Math.max(this.position, 0), this.lastPosition)
    this.top = top
    this.wantedTop = null
    this.redraw()
  }

  /**
   * Moves so that a position is at the top.
   * @param {number} position
   */
  go(position) {
    this.position = Math.min(Math.max(position, 0), this.lastPosition)
    const isScaled = this.count * this.rowHeight > tallest
    const most = Math.max(this.height - this.viewHeight, 0)
    this.wantedTop = isScaled ? this.position / Math.max(this.lastPosition, 1) * most : this.position * this.rowHeight
    this.redraw()
  }

  /**
   * Makes a row visible: at the edge if it is near, in the middle if it is far.
   * @param {number} index
   */
  reveal(index) {
    this.isScrolledByHand = false
    const visible = Math.floor(this.visibleRows)
    if (index >= this.position && index < this.position + visible) return
    const isNear = index > this.position - 3 && index < this.position + visible + 3
    if (!isNear) this.go(index - Math.floor(visible / 3))
    else this.go(index < this.position ? index : index - visible + 1)
  }

  /**
   * The row at a height of the window, or -1.
   * @param {number} y
   */
  indexAt(y) {
    const index = Math.floor(this.position + (y - this.place.getBoundingClientRect().top) / this.rowHeight)
    return index >= 0 && index < this.count ? index : -1
  }

  draw() {
    if (this.viewHeight === 0) return
    const first = Math.max(Math.floor(this.position) - 2, 0)
    const end = Math.min(Math.ceil(this.position + this.visibleRows) + 2, this.count)
    this.shown(first, end)
    /** @type {Map<number, HTMLElement>} */
    const made = new Map()
    for (let index = first; index < end; index++) made.set(index, this.made.get(index) ?? this.makeRow(index))
    this.made = made
    patch(this.rows, [...made.values()])
    if (this.wantedTop !== null && Math.abs(this.wantedTop - this.top) > 0.5) {
      this.place.scrollTop = this.wantedTop
      const { scrollTop } = this.place
      // A browser that stays where it was reports no scrolling.
      this.isOwnScroll = scrollTop !== this.top
      this.top = scrollTop
    }
    this.wantedTop = null
    const offset = this.top - (this.position - first) * this.rowHeight
    this.rows.style.transform = `translateY(${Math.max(offset, 0)}px)`
  }
}
