// The events, as a list of any length; the one before the cut in focus is chosen.
import { EventsByOffset, EventsFound } from "studio/panels/event-source.js"
import { Column } from "studio/panels/columns.js"
import { filterForm } from "studio/panels/filter-form.js"
import { define, h, settled, show } from "studio/shared/dom.js"
import { focus } from "studio/shared/focus.js"
import { steps } from "studio/shared/path.js"
import { Panel, problem } from "studio/shared/panel.js"
import { seriesOfType, swatch } from "studio/shared/series.js"
import { studio } from "studio/shared/studio.js"
import { clock, compact, count, counted, foreign, visible } from "studio/shared/text.js"
import { VirtualList } from "studio/shared/virtual-list.js"

const rowHeight = 24

class Events extends Panel {
  follows = ["s", "cut", "key", "filter", "ranges", "columns"]
  /** @type {Column[]} */
  columns = []
  /** @type {EventsByOffset | EventsFound | null} */
  source = null
  shownBefore = 0
  /** @type {number | null} the cut whose event is chosen in the rows that are drawn */
  chosenCut = null

  build() {
    const typed = settled(300, () => this.applyFilter())
    this.input = h("input", {
      type: "search", class: "filter", placeholder: "Filter: type:… stream:… text", "aria-label": "Filter the events",
      spellcheck: "false", autocomplete: "off", oninput: typed,
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        if (event.key === "Enter") this.applyFilter()
        if (event.key === "Escape") this.leaveFilter(event)
      },
    })
    this.count = h("span", { class: "panel-count", role: "status" })
    this.form = h("div", { class: "filter-form", hidden: true })
    this.problem = h("div", {})
    this.heads = h("div", { class: "event-columns" })
    this.none = h("p", { class: "empty none-found", hidden: true }, "No event matches this filter. ",
      h("button", { class: "small", onclick: () => this.clearFilter() }, "Clear the filter"))
    const scroller = h("div", {
      class: "event-list", role: "listbox", tabindex: "0", "aria-label": "Events",
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.key(event),
      // A row may be drawn again between the button going down and up, so the list takes the click.
      onclick: (/** @type {MouseEvent} */ event) => this.choose(event),
    })
    this.append(
      h("header", { class: "panel-head" }, h("h2", {}, "Events"), this.count),
      h("div", { class: "filter-row" }, this.input, h("button", {
        class: "icon", title: "Build a filter", "aria-label": "Build a filter", "aria-expanded": "false",
        onclick: (/** @type {Event} */ event) => this.toggleForm(/** @type {HTMLElement} */ (event.currentTarget)),
      }, "▾"), h("button", {
        class: "icon", title: "Add a column", "aria-label": "Add a column", onclick: () => this.askColumn(),
      }, "+")),
      this.form, this.problem,
      this.heads, this.none, scroller)
    this.list = new VirtualList(scroller, rowHeight, index => this.row(index), (first, end) => this.want(first, end))
    studio.addEventListener("grown", () => this.refresh(new Set(["grown"])))
  }

  /** @param {HTMLElement} button */
  toggleForm(button) {
    const form = /** @type {HTMLElement} */ (this.form)
    form.hidden = !form.hidden
    button.setAttribute("aria-expanded", String(!form.hidden))
    if (!form.hidden) show(form, filterForm(() => this.toggleForm(button)))
  }

  askFilter() {
    if (!this.isShown) focus.move({ panel: "events" })
    this.input?.focus()
    this.input?.select()
  }

  applyFilter() {
    focus.move({ filter: this.input?.value.trim() ?? "" })
  }

  clearFilter() {
    if (this.input) this.input.value = ""
    this.applyFilter()
  }

  /**
   * Escape leaves the field. The browser would also empty it, and the filter would still be there.
   * @param {KeyboardEvent} event
   */
  leaveFilter(event) {
    event.preventDefault()
    this.list?.place.focus()
  }

  /** @param {Set<string>} changed */
  draw(changed) {
    if (["s", "key", "columns"].some(name => changed.has(name)) || !this.source) this.drawColumns()
    if (!this.source || ["s", "filter", "ranges", "grown"].some(name => changed.has(name)) || changed.size === 0) {
      this.load()
    }
    this.drawChosen()
    this.reveal()
  }

  /** Draws the row that was chosen and the one that is; all of them if something else has changed. */
  drawChosen() {
    const { cut } = focus.now
    const before = this.chosenCut
    this.chosenCut = cut
    if (before === cut || before === null || cut === null) {
      this.list?.renew()
      return
    }
    for (const other of [before, cut]) {
      const index = this.source?.index(Math.max(other - 1, 0)) ?? -1
      if (index >= 0) this.list?.renewRow(index)
    }
  }

  /** The heads of the columns; values of the state are those of the key in focus. */
  drawColumns() {
    const paths = focus.now.columns
    const failed = (/** @type {unknown} */ error) => show(/** @type {HTMLElement} */ (this.problem), problem(error))
    this.columns = paths.map(path => new Column(path, () => this.list?.renew(), failed))
    this.style.setProperty("--derived", paths.map(() => "minmax(2.4rem, 1.4fr)").join(" ") || null)
    this.classList.toggle("has-derived", paths.length > 0)
    show(/** @type {HTMLElement} */ (this.heads),
      h("span", {}, "offset"), h("span", {}, "time"), h("span", {}, "type"), h("span", {}, "stream"), h("span", { class: "data" }, "data"),
      paths.map(path => h("span", { class: "derived", title: visible(path) }, foreign(String(steps(path)?.at(-1) ?? path), 60), h("button", {
        class: "clear", "aria-label": `Remove the column ${visible(path)}`, title: "Remove this column",
        onclick: () => focus.move({ columns: paths.filter(other => other !== path) }),
      }, "×"))))
  }

  /** Asks for the path of another column: that in focus by default. */
  askColumn() {
    const input = h("input", {
      class: "filter", value: focus.now.path ?? "", placeholder: "data.quantity, or a path of the state", "aria-label": "Path of the column",
      spellcheck: "false", onkeydown: (/** @type {KeyboardEvent} */ event) => {
        if (event.key === "Enter") this.addColumn(input.value.trim())
        if (event.key === "Enter" || event.key === "Escape") show(/** @type {HTMLElement} */ (this.problem))
      },
    })
    show(/** @type {HTMLElement} */ (this.problem), h("div", { class: "filter-row" }, input,
      h("button", { class: "small", onclick: () => {
        this.addColumn(input.value.trim())
        show(/** @type {HTMLElement} */ (this.problem))
      } }, "Add")))
    input.select()
  }

  /** @param {string} path */
  addColumn(path) {
    const { columns } = focus.now
    if (path !== "" && !columns.includes(path)) focus.move({ columns: [...columns, path] })
  }

  /** @param {number} first @param {number} end rows that are visible */
  want(first, end) {
    const source = this.source
    if (!source) return
    source.want(first, end)
    const cuts = []
    for (let index = first; index < end; index++) {
      const offset = source.offset(index)
      if (offset >= 0) cuts.push(offset + 1)
    }
    for (const column of this.columns) column.want(cuts)
  }

  load() {
    const { filter } = focus.now
    const input = /** @type {HTMLInputElement} */ (this.input)
    this.style.setProperty("--offset-width", `max(calc(${count(studio.subject.end).length}ch + 4px), 2.7rem)`)
    if (document.activeElement !== input) input.value = filter
    const [first, end] = focus.range ?? [0, studio.subject.end]
    this.source?.stop()
    show(/** @type {HTMLElement} */ (this.problem))
    const failed = (/** @type {unknown} */ error) => show(/** @type {HTMLElement} */ (this.problem), problem(error))
    this.shownBefore = 0
    this.source = filter === ""
      ? new EventsByOffset(first, Math.min(end, studio.subject.end), () => this.list?.renew(), failed)
      : new EventsFound(filter, first, end, Math.max((focus.now.cut ?? 0) - 1, first), () => this.found(), failed)
    this.list?.resize(this.source.count)
    this.sayCount()
  }

  /** A filter has found more. */
  found() {
    const source = /** @type {EventsFound} */ (this.source)
    const list = /** @type {VirtualList} */ (this.list)
    const before = source.addedBefore - this.shownBefore
    this.shownBefore = source.addedBefore
    list.resize(source.count)
    if (!list.isScrolledByHand) this.reveal()
    else if (before > 0) list.go(list.position + before)
    this.sayCount()
  }

  sayCount() {
    const source = /** @type {EventsByOffset | EventsFound} */ (this.source)
    const place = /** @type {HTMLElement} */ (this.count)
    const isNone = source instanceof EventsFound && source.isComplete && source.count === 0
    if (this.none) this.none.hidden = !isNone
    if (source instanceof EventsByOffset) {
      show(place, counted(source.count, "event"))
      return
    }
    show(place, source.isComplete ? `${count(source.count)} found`
      : `${count(source.count)} found in ${count(source.back.scannedTo)}–${count(source.forward.scannedTo)} …`)
  }

  reveal() {
    const cut = focus.now.cut
    if (cut === null || !this.source || this.source.count === 0) return
    this.list?.reveal(this.source.index(Math.max(cut - 1, 0)))
    this.list?.place.setAttribute("aria-activedescendant", `event-${cut - 1}`)
  }

  /** @param {number} index */
  row(index) {
    const source = /** @type {EventsByOffset | EventsFound} */ (this.source)
    const offset = source.offset(index)
    const event = source.event(index)
    const isChosen = focus.now.cut === offset + 1
    const violation = violationOf(offset)
    const row = h("div", {
      class: `event-row${isChosen ? " is-chosen" : ""}${violation ? ` ${violation.kind}` : ""}`,
      role: "option", id: `event-${offset}`, "aria-selected": String(isChosen),
      "aria-setsize": source.count, "aria-posinset": index + 1,
      title: violation ? visible(violation.text) : null,
    },
    h("span", { class: "edge", "aria-label": violation?.text ?? null, role: violation ? "img" : null }, violation?.glyph),
    h("span", { class: "offset" }, count(offset)))
    if (!event) {
      row.append(h("span", { class: "pending" }, "…"))
      return row
    }
    row.append(
      h("time", { title: event.time }, clock(event.time)),
      h("span", { class: "type", title: visible(event.type) }, swatch(seriesOfType(event.type)), foreign(event.type, 120)),
      h("span", { class: "stream", title: visible(event.stream) }, foreign(event.stream, 200)),
      h("span", { class: "data" }, event.dataPreview !== undefined ? foreign(event.dataPreview, 240) : event.data === undefined ? null : foreign(compact(event.data), 240)),
      ...this.columns.map(column => {
        const text = column.text(event)
        return h("span", { class: "derived", title: text ? visible(text) : null }, text === undefined ? "…" : text === null ? h("span", { class: "hint" }, "–") : foreign(text, 120))
      }))
    return row
  }

  /** @param {MouseEvent} event */
  choose(event) {
    const index = this.list?.indexAt(event.clientY) ?? -1
    const offset = index < 0 ? -1 : this.source?.offset(index) ?? -1
    if (offset >= 0) focus.move({ cut: offset + 1 })
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const page = Math.max(Math.floor(this.list?.visibleRows ?? 10) - 1, 1)
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity }
    const by = steps[/** @type {keyof typeof steps} */ (event.key)]
    if (by === undefined || !this.source || this.source.count === 0) return
    event.preventDefault()
    const from = this.source.index(Math.max((focus.now.cut ?? 0) - 1, 0))
    const index = Math.min(Math.max(from + by, 0), this.source.count - 1)
    focus.move({ cut: this.source.offset(index) + 1 }, { steps: true })
  }
}

/**
 * Whether an event begins, ends or is in a violation.
 * @param {number} offset
 */
function violationOf(offset) {
  const cut = offset + 1
  for (const episode of studio.episodes) {
    if (episode.firstCut === cut) return { kind: "breaks", glyph: "✕", text: `breaks ${episode.invariant}` }
    if (episode.endCut === cut) return { kind: "heals", glyph: "✓", text: `heals ${episode.invariant}` }
  }
  const within = studio.episodesAt(cut)[0]
  return within ? { kind: "violated", glyph: "", text: `violated: ${within.invariant}` } : null
}

define("studio-events", Events)
