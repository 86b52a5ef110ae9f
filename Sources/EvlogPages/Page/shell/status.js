// The last line: what the server does, how far verdicts are known, and whether the end is followed.
import { run } from "studio/commands.js"
import { define, h, show } from "studio/shared/dom.js"
import { focus, onMove } from "studio/shared/focus.js"
import { studio } from "studio/shared/studio.js"
import { count, counted, visible } from "studio/shared/text.js"

class Status extends HTMLElement {
  message = ""
  timer = 0

  connectedCallback() {
    this.setAttribute("role", "contentinfo")
    this.draw()
    for (const kind of ["opened", "connection"]) studio.addEventListener(kind, () => this.draw())
    studio.addEventListener("grown", event => {
      if (studio.isFollowing) focus.move({ cut: studio.subject.end }, { replaces: true })
      if (/** @type {CustomEvent} */ (event).detail.reordered) this.say("Events came before others that were known: cuts may have other numbers now.")
      this.draw()
    })
    studio.addEventListener("machine", event => this.sayMachine(/** @type {CustomEvent} */ (event).detail))
    studio.addEventListener("broken", event => this.say(/** @type {CustomEvent} */ (event).detail.message))
    onMove(changed => changed.has("s") && this.draw())
  }

  /**
   * Shows a message for a while.
   * @param {string} text
   */
  say(text) {
    this.message = text
    clearTimeout(this.timer)
    this.timer = setTimeout(() => {
      this.message = ""
      this.draw()
    }, 8000)
    this.draw()
  }

  /**
   * What an edit of the machine has changed.
   * @param {any} change
   */
  sayMachine(change) {
    const parts = ["The machine has changed."]
    const gone = change.goneCount ?? 0
    const appeared = change.appearedCount ?? 0
    if (gone) parts.push(`${counted(gone, "episode")} gone.`)
    if (appeared) parts.push(`${counted(appeared, "episode")} new.`)
    if (!gone && !appeared) parts.push("The verdicts are the same.")
    const [before, after] = [change.unknownBefore, change.unknownAfter]
    if (before && after) {
      parts.push(`Unknown cells: ${count(before.unknown)} of ${count(before.cells)} before, ${count(after.unknown)} of ${count(after.cells)} now.`)
    }
    this.say(parts.join(" "))
  }

  toggleFollowing() {
    studio.isFollowing = !studio.isFollowing
    if (studio.isFollowing) focus.move({ cut: studio.subject.end })
    this.draw()
  }

  draw() {
    const subject = studio.subject
    if (!subject) return
    const known = subject.knownTo ?? 0
    show(this,
      h("span", { class: `connection ${studio.isConnected ? "on" : "off"}`, role: "img",
        "aria-label": studio.isConnected ? "connected" : "not connected" }, studio.isConnected ? "●" : "○"),
      h("span", {}, studio.isConnected ? `${count(subject.end)} events` : "The server does not answer"),
      subject.machine ? h("span", { class: "wide" }, known >= subject.end ? "every verdict known"
        : `verdicts known to cut ${count(known)}`) : null,
      (subject.damage?.length ?? 0) > 0 ? h("span", { class: "damage" }, `! ${counted(subject.damage.length, "damaged place")}`) : null,
      h("span", { class: "message", role: "status" }, visible(this.message)),
      h("span", { class: "spring" }),
      h("span", { class: "keys wide", "aria-hidden": "true" },
        key("j"), key("k"), "event", key("n"), key("N"), "violation", key("y"), "why", key("m"), "note", key("?"), "keys"),
      h("button", {
        class: `follow${studio.isFollowing ? " is-on" : ""}`, "aria-pressed": String(studio.isFollowing),
        onclick: () => run("follow"), title: "Keep the focus at the end while the log grows",
      }, studio.isFollowing ? "Following" : "Follow"))
  }
}

/** @param {string} name */
function key(name) {
  return h("kbd", {}, name)
}

define("studio-status", Status)
