// What the panels share: they follow the focus while they are shown, and show errors in one way.
import { isAborted, ServerError } from "studio/shared/api.js"
import { h, show } from "studio/shared/dom.js"
import { onMove } from "studio/shared/focus.js"
import { studio } from "studio/shared/studio.js"

/** A panel draws itself when the focus moves, but only while it can be seen. */
export class Panel extends HTMLElement {
  /**
   * Members of the focus on which the panel depends.
   * @type {string[]}
   */
  follows = ["s", "cut", "key", "path"]
  isStale = true
  isBuilt = false
  /** Whether it can be seen. To ask the browser would make it lay out the page at once. */
  isShown = false

  connectedCallback() {
    if (this.isBuilt) return
    this.isBuilt = true
    this.build()
    onMove(changed => {
      if (this.follows.some(name => changed.has(/** @type {any} */ (name)))) this.refresh(changed)
    })
    studio.addEventListener("machine", () => this.refresh(new Set(["s"])))
    studio.addEventListener("answered", () => this.refresh(new Set(["cut"])))
    this.isShown = this.offsetParent !== null
    new ResizeObserver(([entry]) => {
      this.isShown = entry.contentRect.width > 0
      if (this.isStale) this.refresh(new Set())
    }).observe(this)
    this.refresh(new Set(["s"]))
  }

  /** @param {Set<string>} changed */
  refresh(changed) {
    this.isStale = !this.isShown
    if (!this.isStale) this.draw(changed)
  }

  /** Makes the panel's lasting parts. */
  build() {}

  /**
   * Shows the focus.
   * @param {Set<string>} _changed
   */
  draw(_changed) {}
}

/**
 * An error as a sentence, with what helps.
 * @param {unknown} error
 */
export function problem(error) {
  if (isAborted(error)) return h("p", { class: "hint" }, "Cancelled.")
  return h("div", { class: "problem-box", role: "alert" },
    h("span", { class: "glyph", "aria-hidden": "true" }, "!"),
    h("div", {}, h("p", {}, error instanceof Error ? error.message : String(error)),
      error instanceof ServerError && error.advice ? h("p", { class: "hint" }, error.advice) : null))
}

/**
 * Shows what a promise gives, unless something newer was asked for in this place.
 * @template T
 * @param {HTMLElement} place
 * @param {Promise<T>} promise
 * @param {(value: T) => void} draw
 */
export async function into(place, promise, draw) {
  const mine = Symbol()
  newest.set(place, mine)
  const isNewest = () => newest.get(place) === mine
  const slow = setTimeout(() => isNewest() && place.classList.add("is-waiting"), 150)
  try {
    const value = await promise
    if (isNewest()) draw(value)
  } catch (error) {
    if (isNewest() && !isAborted(error)) show(place, problem(error))
  } finally {
    clearTimeout(slow)
    if (isNewest()) place.classList.remove("is-waiting")
  }
}

/** @type {WeakMap<HTMLElement, symbol>} */
const newest = new WeakMap()
