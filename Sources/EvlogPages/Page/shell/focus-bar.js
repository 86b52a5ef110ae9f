// The focus in words, with the ways to move it one step, and the tabs of the panels.
import { run, say } from "studio/commands.js"
import { define, h, show } from "studio/shared/dom.js"
import { focus, onMove, questions } from "studio/shared/focus.js"
import { streamLink, typeLink } from "studio/shared/links.js"
import { studio } from "studio/shared/studio.js"
import { clock, count, foreign } from "studio/shared/text.js"

/** Names on a narrow page, and on a wide one where some panels are always beside each other. */
const tabs = [
  { panel: "verdict", title: "Investigate", short: "Answers", also: questions, key: "g a" },
  { panel: "events", title: "Events", short: "Events", also: ["events"], narrow: true, key: "g e" },
  { panel: "moment", title: "Moment", short: "Moment", also: ["moment"], narrow: true, key: "g s" },
  { panel: "map", title: "Map", short: "Map", also: ["map"], key: "g m" },
  { panel: "cuts", title: "Cuts", short: "Cuts", also: ["cuts"], key: "g c" },
  { panel: "tables", title: "Tables", short: "Tables", also: ["tables"], key: "g t" },
  { panel: "notebook", title: "Notebook", short: "Notes", also: ["notebook"], key: "g n" },
]

class FocusBar extends HTMLElement {
  place = h("div", { class: "focus", role: "group", "aria-label": "Focus" })
  tabs = h("nav", { class: "tabs", "aria-label": "Panels" })
  end = h("span", { class: "of" })
  event = h("span", { class: "after" })
  chips = h("span", { class: "chips" })
  shownChips = ""
  /** @type {number | null | undefined} */
  shownCut = undefined
  input = h("input", {
    class: "cut-input", inputmode: "numeric", onfocus: () => this.input.select(),
    onkeydown: (/** @type {KeyboardEvent} */ event) => this.typed(event),
  })

  connectedCallback() {
    this.append(this.place, this.tabs)
    onMove(changed => {
      if (changed.has("panel")) this.drawTabs()
      if (changed.has("cut") || changed.has("key") || changed.has("path") || changed.has("s")) this.draw()
    })
    studio.addEventListener("grown", () => this.draw())
    this.drawTabs()
    this.draw()
  }

  drawTabs() {
    const panel = focus.now.panel
    show(this.tabs, tabs.map(tab => {
      const isCurrent = tab.also.includes(panel)
      const isCase = !tab.narrow && tab.panel === "verdict" && ["events", "moment"].includes(panel)
      return h("button", {
        class: `tab${tab.narrow ? " narrow" : ""}${isCase ? " is-case" : ""}`, "data-panel": tab.panel,
        "aria-current": isCurrent ? "page" : null, title: `${tab.title} (${tab.key})`,
        onclick: () => focus.move({ panel: tab.panel === "verdict" ? focus.question : tab.panel }),
      }, h("span", { class: "wide" }, tab.title), h("span", { class: "narrow" }, tab.short))
    }))
    // On a narrow page the tabs are scrolled.
    this.tabs.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" })
  }

  draw() {
    const { cut, key, path } = focus.now
    const end = studio.subject.end
    if (this.input.parentElement === null) this.build()
    // What is being typed stays while the log grows.
    if (cut !== this.shownCut) this.input.value = count(cut ?? 0)
    this.shownCut = cut
    this.input.setAttribute("aria-label", `Cut, of ${count(end)}`)
    for (const button of this.place.querySelectorAll("button[data-command]")) {
      const isBack = /** @type {HTMLElement} */ (button).dataset.command?.startsWith("previous")
      button.toggleAttribute("disabled", isBack ? cut === 0 : cut === end)
    }
    this.end.textContent = `of ${count(end)}`
    const chips = JSON.stringify([key, path])
    if (chips !== this.shownChips) {
      this.shownChips = chips
      show(this.chips, key === null ? null : chip("key", key, () => focus.move({ key: null })),
        path ? chip("path", path, () => focus.move({ path: null })) : null)
    }
    if (cut !== null) this.describe(this.event, cut)
  }

  build() {
    show(this.place,
      h("span", { class: "steps" },
        stepButton("previous-edge", "‹✕"), stepButton("previous-event", "‹"),
        h("label", { class: "cut-label" }, h("span", {}, "cut"), this.input),
        stepButton("next-event", "›"), stepButton("next-edge", "✕›")),
      this.end, this.event, this.chips)
  }

  /**
   * Goes to the cut that was typed.
   * @param {KeyboardEvent} event
   */
  typed(event) {
    if (event.key !== "Enter") return
    const text = this.input.value
    const end = studio.subject.end
    const to = Number(text.replace(/[,\s]/g, ""))
    if (text.trim() !== "" && Number.isInteger(to)) focus.move({ cut: Math.min(Math.max(to, 0), end) })
    else say(`${text} is not a cut: type a number from 0 to ${count(end)}.`)
    this.input.value = count(focus.now.cut ?? 0)
  }

  /**
   * Names the event before the cut.
   * @param {HTMLElement} after
   * @param {number} cut
   */
  async describe(after, cut) {
    if (cut === 0) {
      show(after, "the beginning, before any event")
      return
    }
    try {
      const { event } = await studio.ask("moment", { cut, key: focus.now.key })
      if (!event || cut !== focus.now.cut) return
      show(after, "after ", typeLink(event.type), " in ", streamLink(event.stream),
        h("time", { title: event.time }, clock(event.time)))
    } catch {
      // The panel of the moment shows why it cannot be had.
      show(after, "")
    }
  }
}

/** @param {string} id @param {string} glyph */
function stepButton(id, glyph) {
  const titles = {
    "previous-edge": "Previous begin or end of a violation (N)", "previous-event": "Previous event (k)",
    "next-event": "Next event (j)", "next-edge": "Next begin or end of a violation (n)",
  }
  const title = titles[/** @type {keyof typeof titles} */ (id)]
  return h("button", { class: "icon step-button", "data-command": id, title, "aria-label": title, onclick: () => run(id) }, glyph)
}

/** @param {string} kind @param {string} text @param {() => void} clear */
function chip(kind, text, clear) {
  return h("span", { class: `chip ${kind}-chip` }, h("span", { class: "chip-kind" }, kind), foreign(text, 120),
    h("button", { class: "clear", onclick: clear, "aria-label": `Leave this ${kind}`, title: `Leave this ${kind}` }, "×"))
}

define("studio-focus-bar", FocusBar)
