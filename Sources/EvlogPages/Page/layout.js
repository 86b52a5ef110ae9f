// The arrangement of the page: which panels are beside each other, and which one is shown.
import "studio/answers/answers.js"
import "studio/panels/cuts.js"
import "studio/panels/events.js"
import "studio/panels/map.js"
import "studio/panels/moment.js"
import "studio/panels/notebook.js"
import "studio/panels/tables.js"
import "studio/shell/focus-bar.js"
import "studio/shell/header.js"
import "studio/shell/palette.js"
import "studio/shell/status.js"
import "studio/timeline/timeline.js"
import { h, show } from "studio/shared/dom.js"
import { focus, onMove, questions } from "studio/shared/focus.js"

/** The panels that are beside each other on a wide page. */
const investigation = ["events", "moment", ...questions]

/** @param {string} panel */
function viewOf(panel) {
  return investigation.includes(panel) ? "case" : panel
}

export function buildLayout() {
  const workspace = h("main", { class: "workspace", id: "workspace" },
    h("studio-events", { class: "panel", role: "region", "aria-label": "Events" }),
    h("div", { class: "splitter", "data-for": "events", "aria-hidden": "true" }),
    h("studio-answers", { class: "panel", role: "region", "aria-label": "Answers" }),
    h("studio-map", { class: "panel", role: "region", "aria-label": "Map" }),
    h("studio-cuts", { class: "panel", role: "region", "aria-label": "Cuts" }),
    h("studio-tables", { class: "panel", role: "region", "aria-label": "Tables" }),
    h("studio-notebook", { class: "panel", role: "region", "aria-label": "Notebook" }),
    h("div", { class: "splitter", "data-for": "moment", "aria-hidden": "true" }),
    h("studio-moment", { class: "panel", role: "region", "aria-label": "Moment" }))
  const arrange = () => {
    const panel = focus.now.panel
    workspace.dataset.view = viewOf(panel)
    workspace.dataset.one = questions.includes(panel) ? "answers" : panel
  }
  arrange()
  show(document.body,
    h("a", { class: "skip", href: "#workspace", onclick: skip }, "Skip to the panels"),
    h("studio-header", {}), h("studio-timeline", {}), h("studio-focus-bar", {}), workspace,
    h("studio-status", {}), h("studio-palette", {}),
    h("div", { id: "announcer", class: "unseen", "aria-live": "polite" }))
  onMove(changed => {
    if (changed.has("panel")) arrange()
  })
  for (const splitter of workspace.querySelectorAll(".splitter")) {
    resize(workspace, /** @type {HTMLElement} */ (splitter))
  }
}

/**
 * The address is not a place in the page, so the link moves the keyboard itself.
 * @param {Event} event
 */
function skip(event) {
  event.preventDefault()
  const first = /** @type {HTMLElement | null} */ (document.querySelector("#workspace [tabindex='0'], #workspace button"))
  first?.focus()
}

/**
 * Lets a splitter set the width of the column beside it.
 * @param {HTMLElement} workspace
 * @param {HTMLElement} splitter
 */
function resize(workspace, splitter) {
  const name = `--${splitter.dataset.for}-width`
  splitter.addEventListener("pointerdown", event => {
    splitter.setPointerCapture(event.pointerId)
    const panel = /** @type {HTMLElement} */ (workspace.querySelector(`studio-${splitter.dataset.for}`))
    const width = panel.offsetWidth
    const direction = splitter.dataset.for === "events" ? 1 : -1
    const move = (/** @type {PointerEvent} */ to) => {
      const wanted = width + direction * (to.clientX - event.clientX)
      workspace.style.setProperty(name, `${Math.min(Math.max(wanted, 240), innerWidth / 2)}px`)
    }
    splitter.addEventListener("pointermove", move)
    splitter.addEventListener("pointerup", () => splitter.removeEventListener("pointermove", move), { once: true })
  })
}
