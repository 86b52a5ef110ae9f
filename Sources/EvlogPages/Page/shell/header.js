// The first line: which log and machine, what is known of them, and the ways in.
import { run } from "studio/commands.js"
import { define, h, show } from "studio/shared/dom.js"
import { focus, onMove } from "studio/shared/focus.js"
import { studio } from "studio/shared/studio.js"
import { count, counted, foreign, visible } from "studio/shared/text.js"

/** When the colours of the night are used, by theme. */
const night = { auto: "(prefers-color-scheme: dark)", light: "not all", dark: "all" }

class Header extends HTMLElement {
  /** @type {keyof typeof night} */
  theme = "auto"

  connectedCallback() {
    this.setAttribute("role", "banner")
    this.setTheme(localStorage.getItem("evlog.theme") ?? "auto")
    this.draw()
    for (const kind of ["opened", "grown", "machine"]) studio.addEventListener(kind, () => this.draw())
    onMove(changed => changed.has("s") && this.draw())
  }

  /** @param {string} theme */
  setTheme(theme) {
    this.theme = /** @type {keyof typeof night} */ (theme in night ? theme : "auto")
    document.documentElement.dataset.theme = this.theme
    const dark = /** @type {HTMLLinkElement} */ (document.getElementById("dark"))
    dark.media = night[this.theme]
    localStorage.setItem("evlog.theme", this.theme)
    dispatchEvent(new Event("themechange"))
  }

  switchTheme() {
    this.setTheme(matchMedia(night[this.theme]).matches ? "light" : "dark")
    this.draw()
  }

  draw() {
    const subject = studio.subject
    show(this,
      h("span", { class: "brand" }, mark(), h("b", {}, "evlog"), h("span", { class: "product" }, "studio")),
      subject ? this.subjects(subject) : null,
      subject ? summary(subject) : null,
      h("span", { class: "spring" }),
      h("button", { class: "search", onclick: () => run("search"), "aria-keyshortcuts": "Control+K" },
        h("span", { "aria-hidden": "true" }, "⌕"), h("span", { class: "wide" }, "Go to an event, time, path, >command, :SQL"),
        h("span", { class: "unseen" }, "Search"), h("kbd", { class: "wide" }, "Ctrl K")),
      h("button", { class: "icon", onclick: () => run("theme"), title: "Light or dark theme", "aria-label": "Switch the theme" }, "◐"),
      h("button", { class: "icon", onclick: () => run("help"), title: "All keys (?)", "aria-label": "Show all keys" }, "?"))
  }

  /** @param {any} subject */
  subjects(subject) {
    const name = visible(`${subject.log} × ${subject.machineArgument ?? subject.machine?.name ?? "no machine"}`)
    const fingerprint = subject.machine?.fingerprint
    return h("span", { class: "subject" },
      studio.subjects.length < 2 ? h("span", { class: "subject-name", title: name }, name)
        : h("select", {
          "aria-label": "Log and machine", title: name,
          onchange: (/** @type {Event} */ event) =>
            focus.move({ s: Number(/** @type {HTMLSelectElement} */ (event.target).value) }),
        }, studio.subjects.map(one => h("option", { value: one.id, selected: one.id === subject.id },
          visible(`${one.log} × ${one.machineArgument ?? one.machine?.name ?? ""}`)))),
      fingerprint
        ? h("code", { class: "fingerprint wide", title: `Fingerprint of the machine: ${fingerprint}` }, fingerprint.slice(0, 8))
        : null)
  }
}

function mark() {
  return h("span", { class: "mark", "aria-hidden": "true" }, h("i", {}), h("i", {}), h("i", {}))
}

/**
 * What is known of the invariants, as a link to the verdict.
 * @param {any} subject
 */
function summary(subject) {
  if (!subject.machine) return null
  const episodes = studio.episodes
  const invariants = subject.machine.invariants ?? []
  const broken = new Set(episodes.map(episode => episode.invariant))
  const known = subject.knownTo ?? 0
  const title = `Verdicts are known up to cut ${count(known)} of ${count(subject.end)}`
  const [kind, glyph, text, short] = invariants.length === 0 ? ["none", "–", "no invariants", ""]
    : broken.size > 0
      ? ["violated", "✕", `${broken.size} of ${counted(invariants.length, "invariant")} violated`, `${broken.size} of ${invariants.length}`]
      : known >= subject.end ? ["holds", "✓", `${counted(invariants.length, "invariant")} held`, "held"]
        : ["undefined", "?", `known to ${count(known)}`, "…"]
  return h("button", { class: `summary ${kind}`, title, "aria-label": `${text}. Show the verdict`, onclick: () => focus.move({ panel: "verdict" }) },
    h("span", { "aria-hidden": "true" }, glyph), h("span", { class: "summary-text wide" }, text),
    h("span", { class: "narrow", "aria-hidden": "true" }, short),
    broken.size > 0 && broken.size < 2 ? h("span", { class: "wide summary-name" }, foreign([...broken][0], 40)) : null)
}

define("studio-header", Header)
