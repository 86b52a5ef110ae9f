// Every command of the studio, in one table: keys, the palette and the help are made from it.
import { announce } from "studio/shared/dom.js"
import { focus } from "studio/shared/focus.js"
import { studio } from "studio/shared/studio.js"

/**
 * @typedef {object} Command
 * @property {string} id
 * @property {string} key as pressed: `j`, `J`, `g m`; empty if it has none
 * @property {string} title
 * @property {string} group
 * @property {() => any} run
 */

/** @param {string} name */
function element(name) {
  return /** @type {any} */ (document.querySelector(name))
}

function timeline() {
  return element("studio-timeline")
}

/** @param {string} panel */
function opens(panel) {
  return () => {
    focus.move({ panel })
    element(`[data-panel="${focus.now.panel}"]`)?.focus()
  }
}

/**
 * Goes somewhere, or says why it does not.
 * @param {"change" | "edge" | "episode"} what
 * @param {"next" | "previous"} to
 */
function seek(what, to) {
  return async () => {
    const problem = await studio[what](to)
    if (problem) say(problem)
  }
}

/**
 * Says something for a moment, on the page and to a screen reader.
 * @param {string} text
 */
export function say(text) {
  announce(text)
  element("studio-status")?.say(text)
}

/** @type {Command[]} */
export const commands = [
  ["next-event", "j", "Next event", "Step", () => studio.step(1)],
  ["previous-event", "k", "Previous event", "Step", () => studio.step(-1)],
  ["next-change", "J", "Next change of the path in focus", "Step", seek("change", "next")],
  ["previous-change", "K", "Previous change of the path in focus", "Step", seek("change", "previous")],
  ["next-edge", "n", "Next cut where a violation begins or ends", "Step", seek("edge", "next")],
  ["previous-edge", "N", "Previous cut where a violation begins or ends", "Step", seek("edge", "previous")],
  ["next-episode", "]", "Next episode of a violation", "Step", seek("episode", "next")],
  ["previous-episode", "[", "Previous episode of a violation", "Step", seek("episode", "previous")],
  ["first-cut", "0", "The beginning, before any event", "Step", () => focus.move({ cut: 0 })],
  ["last-cut", "$", "The end of the log", "Step", () => focus.move({ cut: studio.subject.end })],

  ["zoom-in", "w", "Zoom in", "Timeline", () => timeline().zoom(0.5)],
  ["zoom-out", "s", "Zoom out", "Timeline", () => timeline().zoom(2)],
  ["pan-left", "a", "Pan to the left", "Timeline", () => timeline().pan(-0.25)],
  ["pan-right", "d", "Pan to the right", "Timeline", () => timeline().pan(0.25)],
  ["fit", "f", "Fit the range, or the whole log", "Timeline", () => timeline().fit()],
  ["commit-range", "r", "Commit the selected or visible range: all panels show it only", "Timeline", () => timeline().commit()],
  ["uncommit-range", "Backspace", "Leave the committed range", "Timeline", () => focus.uncommit()],
  ["axis", "t", "Axis by offset or by time", "Timeline", () => timeline().switchAxis()],

  ["verdict", "v", "Verdict: which event broke which invariant", "Ask", opens("verdict")],
  ["why", "y", "Why: the events that led to it", "Ask", opens("why")],
  ["blame", "b", "Blame: who wrote the value in focus", "Ask", opens("blame")],
  ["minimise", "i", "Minimise: the few events that suffice", "Ask", opens("minimise")],
  ["what-if", "x", "What if this event had not been", "Ask", () => {
    focus.move({ panel: "what-if" })
    element("studio-answers").dropFocus()
  }],
  ["compare", "", "Compare with another machine", "Ask", opens("compare")],
  ["audit", "", "Audit: is the machine deterministic", "Ask", opens("audit")],

  ["events", "g e", "Events", "Go to", opens("events")],
  ["moment", "g s", "Moment: the state at the cut", "Go to", opens("moment")],
  ["answers", "g a", "Answers", "Go to", () => opens(focus.question)()],
  ["map", "g m", "Map of the unknown", "Go to", opens("map")],
  ["cuts", "g c", "Cuts of several logs", "Go to", opens("cuts")],
  ["tables", "g t", "Tables: SQL as of the cut", "Go to", opens("tables")],
  ["notebook", "g n", "Notebook", "Go to", opens("notebook")],

  ["filter", "/", "Filter the events", "Page", () => element("studio-events").askFilter()],
  ["column", "c", "Show the path in focus as a column of the events", "Page", () => {
    if (focus.now.path === null) return say("Choose a path of the state first.")
    element("studio-events").addColumn(focus.now.path)
  }],
  ["pin", "p", "Pin the path in focus", "Page", () => element("studio-moment").pin()],
  ["note", "m", "Keep this moment in the notebook", "Page", () => element("studio-notebook").keep()],
  ["follow", "", "Follow the end of the log", "Page", () => element("studio-status").toggleFollowing()],
  ["theme", "", "Switch between the light and the dark theme", "Page", () => element("studio-header").switchTheme()],
  ["palette", ">", "Go anywhere, run a command", "Page", () => element("studio-palette").open(">")],
  ["search", "Control+k", "Go to an event, a time, a stream, a path", "Page", () => element("studio-palette").open("")],
  ["help", "?", "Show all keys", "Page", () => element("studio-palette").help()],
].map(([id, key, title, group, run]) => /** @type {Command} */ ({ id, key, title, group, run }))

/** @param {string} id */
export function command(id) {
  return /** @type {Command} */ (commands.find(command => command.id === id))
}

/** @param {string} id */
export async function run(id) {
  try {
    await command(id).run()
  } catch (error) {
    say(error instanceof Error ? error.message : String(error))
  }
}

/** The first key of a pair, such as `g` of `g m`. */
let pending = ""
let pendingTimer = 0

/** @param {KeyboardEvent} event */
function isTyping(event) {
  const target = /** @type {Element} */ (event.composedPath()[0])
  return target.matches?.("input, textarea, select, [contenteditable]") ?? false
}

/** @param {KeyboardEvent} event */
function pressed(event) {
  if (event.ctrlKey || event.metaKey) return `Control+${event.key}`
  return event.altKey ? "" : event.key
}

/** Runs commands by their keys, wherever no text is being typed. */
export function listenToKeys() {
  addEventListener("keydown", event => {
    const key = pressed(event)
    if (key !== "Control+k" && (isTyping(event) || document.querySelector("dialog[open]"))) return
    if (key === "Escape") {
      element("studio-timeline").select(null)
      return
    }
    const whole = pending ? `${pending} ${key}` : key
    const found = commands.find(command => command.key === whole)
    clearTimeout(pendingTimer)
    pending = ""
    if (found) {
      event.preventDefault()
      run(found.id)
    } else if (commands.some(command => command.key.startsWith(key + " "))) {
      pending = key
      pendingTimer = setTimeout(() => (pending = ""), 1500)
    }
  })
}
