// The state at the cut, as a tree that loads what is opened. What the event changed comes first.
import { goToWriter, hoverWriter } from "studio/panels/writer.js"
import { h, patch, show } from "studio/shared/dom.js"
import { focus } from "studio/shared/focus.js"
import { into, problem } from "studio/shared/panel.js"
import { studio } from "studio/shared/studio.js"
import { count, foreign, visible } from "studio/shared/text.js"

export class StateTree {
  /** @param {HTMLElement} place */
  constructor(place) {
    this.place = place
    /** @type {Set<string>} paths that are open */
    this.open = new Set()
    /** @type {Map<string, { item: HTMLElement, row: HTMLElement, shows: string }>} what is drawn, by path */
    this.drawn = new Map()
    this.cut = 0
    /** @type {string | null} */
    this.key = null
    this.tree = h("div", { role: "tree", class: "tree", "aria-label": "State" })
    this.tree.addEventListener("keydown", event => this.press(event))
    this.keys = h("div", { class: "keys-of-state" })
    /** @type {string | null} of what key the field for the key was drawn */
    this.keysOf = null
  }

  /** @param {number} cut @param {string | null} key @param {boolean} isOther of another subject or key */
  load(cut, key, isOther) {
    if (!studio.subject.machine) return
    this.cut = cut
    this.key = key
    if (isOther) {
      this.open.clear()
      this.drawn.clear()
    }
    if (this.tree.parentElement !== this.place) {
      show(this.place, h("h3", {}, "State"), this.keys, this.tree)
    }
    this.drawKeys()
    if (studio.hasKeys && key === null) {
      show(this.tree, h("p", { class: "hint" }, "This machine has a state for each key. Choose one above."))
      return
    }
    into(this.tree, this.children(null), ({ children, next, ...state }) => {
      if (children.length > 0) patch(this.tree, this.rows(children, null, next, 1))
      else show(this.tree, h("p", { class: "hint" }, state.preview ? foreign(state.preview) : "The state is empty."))
      this.forget()
      this.setTabStop()
    })
  }

  /** @param {string | null} path @param {string | null} [after] @param {number} [cut] */
  children(path, after = null, cut = this.cut) {
    return studio.ask("state", { cut, key: this.key, path, after, limit: 100 })
  }

  /**
   * Asks for what a step to another cut will show.
   * @param {number} cut
   */
  lookAhead(cut) {
    if (!studio.subject.machine || (studio.hasKeys && focus.now.key === null)) return
    for (const path of [null, ...this.open]) {
      this.children(path, null, cut).catch(() => {
        // It is asked for again, and the error shown, when it is to be seen.
      })
    }
  }

  /** Forgets what is no longer drawn. */
  forget() {
    for (const [path, { item }] of this.drawn) if (!this.tree.contains(item)) this.drawn.delete(path)
  }

  drawKeys() {
    const keysOf = studio.hasKeys ? JSON.stringify([studio.subject.id, this.key]) : null
    if (keysOf === this.keysOf) return
    this.keysOf = keysOf
    if (!studio.hasKeys) {
      show(this.keys)
      return
    }
    const list = h("datalist", { id: "state-keys" })
    const input = h("input", {
      list: "state-keys", value: this.key ?? "", placeholder: "key", "aria-label": "Key of the state", spellcheck: "false",
      onchange: (/** @type {Event} */ event) => focus.move({ key: /** @type {HTMLInputElement} */ (event.target).value || null }),
      oninput: () => this.suggest(list, input.value), onfocus: () => this.suggest(list, ""),
    })
    show(this.keys, h("label", {}, h("span", { class: "hint" }, "state of "), input), list)
  }

  /** @param {HTMLElement} list @param {string} prefix */
  async suggest(list, prefix) {
    try {
      const { keys } = await studio.ask("keys", { cut: this.cut, prefix, limit: 30 })
      show(list, keys.map((/** @type {any} */ key) => h("option", { value: key.key ?? key })))
    } catch {
      // The key can be typed without suggestions.
      show(list)
    }
  }

  /** @param {any[]} children @param {string | null} path @param {string | null} next @param {number} level @returns {HTMLElement[]} */
  rows(children, path, next, level) {
    const sorted = [...children].sort((a, b) => Number(b.changed) - Number(a.changed))
    const rows = /** @type {HTMLElement[]} */ (sorted.map(child => this.node(child, level)))
    if (next !== null && next !== undefined) {
      const more = h("button", { class: "small quiet more", onclick: async () => {
        try {
          const answer = await this.children(path, next)
          more.replaceWith(...this.rows(answer.children, path, answer.next, level))
        } catch (error) {
          more.replaceWith(problem(error))
        }
      } }, "more …")
      rows.push(more)
    }
    return rows
  }

  /**
   * A row that shows the same as before is left alone, with what is open below it.
   * @param {any} child
   * @param {number} level
   */
  node(child, level) {
    const shows = JSON.stringify([child, level])
    const isBranch = (child.kind === "object" || child.kind === "list" || child.kind === "array") && (child.count ?? 0) > 0
    const isOpen = this.open.has(child.path)
    const known = this.drawn.get(child.path)
    const hadGroup = known?.item.querySelector(":scope > .group") != null
    if (known && hadGroup === isBranch) {
      if (known.shows !== shows) {
        const row = this.row(child, isBranch, level)
        known.row.replaceWith(row)
        Object.assign(known, { row, shows })
      }
      known.item.setAttribute("aria-selected", String(focus.now.path === child.path))
      const group = /** @type {HTMLElement | null} */ (known.item.querySelector(":scope > .group"))
      if (isOpen && group) this.fill(group, child.path, level + 1)
      return known.item
    }
    const row = this.row(child, isBranch, level)
    const group = isBranch ? h("div", { role: "group", class: "group", hidden: !isOpen }) : null
    const item = h("div", {
      role: "treeitem", tabindex: "-1", "aria-level": level, "aria-expanded": isBranch ? String(isOpen) : null,
      "aria-selected": String(focus.now.path === child.path), "data-path": child.path, class: "item",
    }, row, group)
    this.drawn.set(child.path, { item, row, shows })
    if (isOpen && group) this.fill(group, child.path, level + 1)
    return item
  }

  /** @param {any} child @param {boolean} isBranch @param {number} level */
  row(child, isBranch, level) {
    const row = h("div", {
      class: `node${child.changed ? " is-changed" : ""}`, "data-path": child.path,
    },
    h("span", { class: "twist", "aria-hidden": "true" }, isBranch ? "▸" : ""),
    child.changed ? h("span", { class: "changed-mark", role: "img", "aria-label": "changed by this event" }, "~") : null,
    h("span", { class: "step" }, foreign(String(child.step), 120)),
    isBranch ? h("span", { class: "hint size" }, count(child.count)) : null,
    h("span", { class: `preview is-${child.kind}` }, foreign(child.preview ?? "", 200)),
    h("button", {
      class: "to-writer", tabindex: "-1", title: "Go to its last writer", "aria-label": `Go to the last writer of ${visible(child.path)}`,
      onclick: (/** @type {Event} */ event) => {
        event.stopPropagation()
        goToWriter(child.path)
      },
    }, "↩"))
    row.addEventListener("click", event => {
      const onTwist = /** @type {Element} */ (event.target).classList.contains("twist")
      if (isBranch) this.toggle(/** @type {HTMLElement} */ (row.parentElement), child, level)
      if (!onTwist) focus.move({ path: child.path })
    })
    hoverWriter(/** @type {HTMLElement} */ (row.querySelector(".preview")), child.path)
    return row
  }

  /** @param {HTMLElement} item @param {any} child @param {number} level */
  toggle(item, child, level) {
    const isOpen = !this.open.has(child.path)
    const group = /** @type {HTMLElement} */ (item.querySelector(".group"))
    if (isOpen) this.open.add(child.path)
    else this.open.delete(child.path)
    item.setAttribute("aria-expanded", String(isOpen))
    group.hidden = !isOpen
    if (isOpen) this.fill(group, child.path, level + 1)
  }

  /** @param {HTMLElement} group @param {string} path @param {number} level */
  fill(group, path, level) {
    into(group, this.children(path), ({ children, next }) => patch(group, this.rows(children, path, next, level)))
  }

  /**
   * Shows which path is in focus.
   * @param {string} path
   */
  mark(path) {
    for (const item of this.tree.querySelectorAll("[role=treeitem]")) {
      item.setAttribute("aria-selected", String(/** @type {HTMLElement} */ (item).dataset.path === path))
    }
  }

  setTabStop() {
    if (this.tree.querySelector("[role=treeitem][tabindex='0']")) return
    /** @type {HTMLElement | null} */ (this.tree.querySelector("[role=treeitem]"))?.setAttribute("tabindex", "0")
  }

  /**
   * The keys of a tree: arrows, Enter.
   * @param {KeyboardEvent} event
   */
  press(event) {
    const item = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[role=treeitem]"))
    if (!item) return
    const all = /** @type {HTMLElement[]} */ ([...this.tree.querySelectorAll("[role=treeitem]")]).filter(one => one.offsetParent)
    const index = all.indexOf(item)
    const isOpen = item.getAttribute("aria-expanded")
    const go = (/** @type {HTMLElement | null | undefined} */ to) => {
      if (!to) return
      item.setAttribute("tabindex", "-1")
      to.setAttribute("tabindex", "0")
      to.focus()
    }
    if (event.key === "ArrowDown") go(all[index + 1])
    else if (event.key === "ArrowUp") go(all[index - 1])
    else if (event.key === "ArrowRight" && isOpen === "false") /** @type {HTMLElement} */ (item.querySelector(".twist")).click()
    else if (event.key === "ArrowRight") go(all[index + 1])
    else if (event.key === "ArrowLeft" && isOpen === "true") /** @type {HTMLElement} */ (item.querySelector(".twist")).click()
    else if (event.key === "ArrowLeft") go(/** @type {HTMLElement | null} */ (item.parentElement?.closest("[role=treeitem]")))
    else if (event.key === "Enter" || event.key === " ") focus.move({ path: /** @type {string} */ (item.dataset.path) })
    else return
    event.preventDefault()
    event.stopPropagation()
  }
}
