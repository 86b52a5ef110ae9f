// A list of any length, of which only the visible rows exist. Browsers cannot scroll beyond some
// ten million pixels, so a longer list moves in proportion when the scroll bar is dragged, and
// pixel by pixel when it is scrolled.
import { h, perFrame } from "studio/shared/dom.js"

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
    this.lastTop = 0
    this.isOwnScroll = false
    /** Whether somebody has scrolled since the list was last moved to a row. */
    this.isScrolledByHand = false
    this.rows = h("div", { class: "rows", role: "presentation" })
    this.space = h("div", { class: "space", role: "presentation" }, this.rows)
    place.append(this.space)
    this.redraw = perFrame(() => this.draw())
    place.addEventListener("scroll", () => this.scrolled(), { passive: true })
    new ResizeObserver(() => this.redraw()).observe(place)
  }

  get visibleRows() {
    return this.place.clientHeight / this.rowHeight
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
    this.space.style.height = `${this.height}px`
    this.position = Math.min(this.position, this.lastPosition)
    this.redraw()
  }

  scrolled() {
    if (this.isOwnScroll) {
      this.isOwnScroll = false
      this.lastTop = this.place.scrollTop
      return
    }
    this.isScrolledByHand = true
    const top = this.place.scrollTop
    const by = top - this.lastTop
    const isScaled = this.count * this.rowHeight > tallest
    if (isScaled && Math.abs(by) < this.place.clientHeight * 2 && top > 0 && top < this.height - this.place.clientHeight - 1) {
      this.position += by / this.rowHeight
    } else {
      const most = Math.max(this.height - this.place.clientHeight, 1)
      this.position = isScaled ? top / most * this.lastPosition : top / this.rowHeight
    }
    this.position = Math.min(Math.max(this.position, 0), this.lastPosition)
    this.lastTop = top
    this.redraw()
  }

  /**
   * Moves so that a position is at the top.
   * @param {number} position
   */
  go(position) {
    this.position = Math.min(Math.max(position, 0), this.lastPosition)
    const isScaled = this.count * this.rowHeight > tallest
    const most = Math.max(this.height - this.place.clientHeight, 0)
    const top = isScaled ? this.position / Math.max(this.lastPosition, 1) * most : this.position * this.rowHeight
    if (Math.abs(top - this.place.scrollTop) > 0.5) {
      this.isOwnScroll = true
      this.place.scrollTop = top
      this.lastTop = this.place.scrollTop
    }
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
    if (this.place.clientHeight === 0) return
    const first = Math.max(Math.floor(this.position) - 2, 0)
    const end = Math.min(Math.ceil(this.position + this.visibleRows) + 2, this.count)
    this.shown(first, end)
    const rows = []
    for (let index = first; index < end; index++) rows.push(this.makeRow(index))
    this.rows.replaceChildren(...rows)
    const offset = this.place.scrollTop - (this.position - first) * this.rowHeight
    this.rows.style.transform = `translateY(${Math.max(offset, 0)}px)`
  }
}
