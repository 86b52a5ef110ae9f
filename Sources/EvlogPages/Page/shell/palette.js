// One line that leads anywhere: to a cut, a time, a stream, a path, a command, a query.
import { commands, run } from "studio/commands.js"
import { get } from "studio/shared/api.js"
import { define, h, show } from "studio/shared/dom.js"
import { focus } from "studio/shared/focus.js"
import { quotedFilter } from "studio/shared/links.js"
import { studio } from "studio/shared/studio.js"
import { count, foreign } from "studio/shared/text.js"

/** @typedef {{ title: any, hint: string, run: () => any }} Choice */

/** What the page's own words mean. */
const words = {
  cut: "A place between two events: cut 7,778 is after the first 7,778 events, the last of which is event 7,777, for events are counted from 0.",
  episode: "The cuts from where an invariant is violated until it holds again. It is transient if it ended.",
  exact: "Every cut was judged, so no violation was overlooked.",
  "but-for": "Without this event alone, the whole log would not have broken the invariant there.",
  region: "A part of the machine's states, such as all orders that are shipped.",
}

class Palette extends HTMLElement {
  /** @type {Choice[]} */
  choices = []
  chosen = 0

  connectedCallback() {
    this.input = h("input", {
      role: "combobox", "aria-expanded": "true", "aria-controls": "choices", "aria-label": "Go to, command or query",
      autocomplete: "off", spellcheck: "false", placeholder: "7778 · 10:48 · stream · path · >command · :SQL",
      oninput: () => this.suggest(), onkeydown: (/** @type {KeyboardEvent} */ event) => this.key(event),
    })
    this.list = h("div", { id: "choices", role: "listbox", "aria-label": "Choices" })
    this.dialog = h("dialog", { class: "palette", "aria-label": "Go to" }, this.input, this.list)
    this.keys = h("dialog", { class: "help", "aria-label": "Keys and words" })
    for (const dialog of [this.dialog, this.keys]) {
      dialog.addEventListener("click", event => event.target === dialog && dialog.close())
    }
    this.append(this.dialog, this.keys)
  }

  /** @param {string} text */
  open(text) {
    if (!this.input || !this.dialog || this.dialog.open) return
    this.input.value = text
    this.suggest()
    this.dialog.showModal()
    this.input.focus()
  }

  suggest() {
    const text = this.input?.value.trim() ?? ""
    this.choices = text.startsWith(">") ? commandChoices(text.slice(1).trim()) : goChoices(text)
    this.chosen = 0
    this.draw()
  }

  draw() {
    if (!this.list || !this.input) return
    show(this.list, this.choices.map((choice, index) => h("div", {
      role: "option", id: `choice-${index}`, class: "choice", "aria-selected": String(index === this.chosen),
      onclick: () => this.take(index),
    }, h("span", { class: "choice-title" }, choice.title), h("kbd", {}, choice.hint))))
    this.input.setAttribute("aria-activedescendant", `choice-${this.chosen}`)
    this.list.children[this.chosen]?.scrollIntoView({ block: "nearest" })
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const move = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0
    if (move !== 0) {
      event.preventDefault()
      this.chosen = Math.min(Math.max(this.chosen + move, 0), this.choices.length - 1)
      this.draw()
    } else if (event.key === "Enter") {
      event.preventDefault()
      this.take(this.chosen)
    }
  }

  /** @param {number} index */
  take(index) {
    const choice = this.choices[index]
    if (!choice) return
    this.dialog?.close()
    choice.run()
  }

  help() {
    if (!this.keys || this.keys.open) return
    const groups = [...new Set(commands.map(command => command.group))]
    show(this.keys, h("header", {}, h("h2", {}, "Keys and words"),
      h("button", { class: "icon", "aria-label": "Close", onclick: () => this.keys?.close() }, "×")),
    h("div", { class: "help-groups" }, groups.map(group => h("section", {}, h("h3", {}, group),
      h("dl", {}, commands.filter(command => command.group === group).map(command => h("div", {},
        h("dt", {}, command.key ? command.key.split(" ").map(key => h("kbd", {}, shown(key))) : h("kbd", {}, "> …")),
        h("dd", {}, command.title))))))),
    h("section", { class: "words" }, h("h3", {}, "Words"), h("dl", {}, Object.entries(words).map(([word, meaning]) =>
      h("div", {}, h("dt", {}, word), h("dd", {}, meaning))))))
    this.keys.showModal()
  }
}

/** @param {string} key */
function shown(key) {
  return key.replace("Control+k", "Ctrl K")
}

/** @param {string} text @returns {Choice[]} */
function commandChoices(text) {
  const words = text.toLowerCase().split(/\s+/)
  return commands.filter(command =>
    words.every(word => `${command.title} ${command.id} ${command.group}`.toLowerCase().includes(word)))
    .map(command => ({ title: command.title, hint: shown(command.key), run: () => run(command.id) }))
}

/** @param {string} text @returns {Choice[]} */
function goChoices(text) {
  const end = studio.subject.end
  /** @type {Choice[]} */
  const choices = []
  if (text === "") {
    for (const episode of studio.episodes.slice(0, 5)) {
      choices.push({
        title: ["Violation of ", foreign(episode.invariant, 60), ` at cut ${count(episode.firstCut)}`], hint: "cut",
        run: () => focus.move({ cut: episode.firstCut, key: episode.key ?? focus.now.key }),
      })
    }
    return [...choices, ...commandChoices("")]
  }
  if (text.startsWith(":")) {
    return [{
      title: ["Query ", h("code", {}, text.slice(1))], hint: "SQL",
      run: () => {
        focus.move({ panel: "tables" })
        const tables = /** @type {any} */ (document.querySelector("studio-tables"))
        tables.query(text.slice(1).trim())
      },
    }]
  }
  const number = Number(text.replace(/[,_\s]/g, ""))
  if (Number.isInteger(number) && number >= 0) {
    const cut = Math.min(number, end)
    choices.push({ title: `Cut ${count(cut)}`, hint: "cut", run: () => focus.move({ cut }) })
    if (number < end) {
      choices.push({ title: `Event ${count(number)}: the cut after it`, hint: "event", run: () => focus.move({ cut: number + 1 }) })
    }
  }
  if (/^\d{1,4}[-:]\d\d/.test(text)) {
    choices.push({ title: `The first event at or after ${text}`, hint: "time", run: () => goToTime(text) })
  }
  if (/^[A-Za-z_$][\w$]*([.[].*)?$/.test(text)) {
    choices.push({ title: ["Path ", h("code", {}, foreign(text))], hint: "path", run: () => focus.move({ path: text, panel: "blame" }) })
  }
  for (const type of (studio.subject.types ?? []).filter((/** @type {any} */ t) => t.name.toLowerCase().includes(text.toLowerCase())).slice(0, 6)) {
    choices.push({ title: ["Events of type ", foreign(type.name, 80), ` · ${count(type.count)}`], hint: "type", run: () => filterBy(`type:${quotedFilter(type.name)}`) })
  }
  choices.push({ title: ["Events of the stream ", foreign(text, 80)], hint: "stream", run: () => filterBy(`stream:${quotedFilter(text)}`) })
  choices.push({ title: ["Events that contain ", foreign(text, 80)], hint: "text", run: () => filterBy(text) })
  return [...choices, ...commandChoices(text)]
}

/** @param {string} filter */
function filterBy(filter) {
  focus.move({ filter, panel: matchMedia("(max-width: 800px)").matches ? "events" : focus.now.panel })
}

/**
 * A time of day is one of the log's first day.
 * @param {string} text
 */
async function goToTime(text) {
  const first = studio.subject.firstTime
  const whole = /^\d{4}-/.test(text) ? text : `${first.slice(0, 10)}T${text.padStart(5, "0")}`
  const seconds = /T\d\d:\d\d$/.test(whole) ? whole + ":00" : /T/.test(whole) ? whole : whole + "T00:00:00"
  const since = seconds.endsWith("Z") ? seconds : seconds + "Z"
  const { events } = await get("events", { s: studio.subject.id, since, limit: 1 })
  focus.move({ cut: events.length > 0 ? events[0].offset : studio.subject.end })
}

define("studio-palette", Palette)
