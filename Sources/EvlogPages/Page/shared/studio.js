// What is open: the subjects, what is known of the one in focus, and its live changes.
import { AnswerCache, get } from "studio/shared/api.js"
import { focus } from "studio/shared/focus.js"
import { parseJSON } from "studio/shared/text.js"

/**
 * @typedef {object} Episode
 * @property {"episode"} kind
 * @property {string} invariant
 * @property {string | null} [key]
 * @property {number} firstCut
 * @property {number | null} endCut null if it lasts
 */

/** The open logs and machines. Its events: `opened`, `grown`, `answered`, `machine`, `broken`. */
class Studio extends EventTarget {
  constructor() {
    super()
    /** @type {any[]} */
    this.subjects = []
    this.answers = new AnswerCache(400)
    /** @type {EventSource | null} */
    this.live = null
    this.isFollowing = false
    this.isConnected = true
    /** Whether one answer is shown in a file of its own, without a server. */
    this.isFile = false
    focus.endOf = s => this.subjects.find(subject => subject.id === s)?.end ?? Infinity
    focus.positionOf = async (frontier, s) => (await this.answers.get("cuts/check", { s, cut: frontier })).position
  }

  /**
   * The subject in focus.
   * @returns {any}
   */
  get subject() {
    return this.subjects.find(subject => subject.id === focus.now.s) ?? this.subjects[0] ?? null
  }

  /** @returns {Episode[]} */
  get episodes() {
    return this.subject?.episodes ?? []
  }

  /**
   * Shows one answer, and asks nothing.
   * @param {any} answer the command's JSON
   * @param {string} command
   */
  openFile(answer, command) {
    this.isFile = true
    this.fileAnswer = answer
    // The machine, and the one that it is compared with, by the names that were typed.
    this.subjects = ["machine", "against"].map((option, id) => ({
      id, log: "", end: answer.cut ?? 0, types: [], episodes: [], machine: id === 0 ? { regions: [] } : null,
      machineArgument: new RegExp(`--${option}[= ]('[^']*'|\\S+)`).exec(command)?.[1].replaceAll("'", ""),
    }))
  }

  async open() {
    this.subjects = (await get("subjects")).subjects
    this.dispatchEvent(new Event("opened"))
  }

  /** Listens for what happens to the log and the machine in focus. */
  follow() {
    this.live?.close()
    const id = this.subject.id
    const live = new EventSource(`/api/live?s=${id}`)
    this.live = live
    live.onopen = () => this.connected(true)
    live.onerror = () => this.connected(false)
    for (const kind of ["grown", "machine", "broken"]) {
      live.addEventListener(kind, event => this.changed(kind, id, parseJSON(event.data)))
    }
    // What was there before the page is judged now.
    live.addEventListener("judged", event => this.changed("grown", id, parseJSON(event.data)))
  }

  /** A browser has few connections to a server, so a tab that is not seen gives up its own. */
  followWhileSeen() {
    this.follow()
    document.addEventListener("visibilitychange", async () => {
      if (document.hidden) {
        this.live?.close()
        return
      }
      this.follow()
      await this.refresh()
    })
  }

  /** Takes over what happened to the subjects while no one listened. */
  async refresh() {
    const before = this.subject
    try {
      this.subjects = (await get("subjects")).subjects
    } catch {
      this.connected(false)
      return
    }
    if (this.subject.end !== before.end) this.dispatchEvent(new CustomEvent("grown", { detail: this.subject }))
    if (this.subject.machine?.fingerprint !== before.machine?.fingerprint) {
      this.answers.clear()
      this.dispatchEvent(new CustomEvent("machine", { detail: {} }))
    }
  }

  /** @param {boolean} isConnected */
  connected(isConnected) {
    if (this.isConnected === isConnected) return
    this.isConnected = isConnected
    this.dispatchEvent(new Event("connection"))
  }

  /** @param {string} kind @param {number} id @param {any} change */
  async changed(kind, id, change) {
    const subject = this.subjects.find(subject => subject.id === id)
    if (!subject) return
    // In a group, cuts may have become others; elsewhere, verdicts may have become known.
    const isOther = kind === "grown" && (subject.group || subject.knownTo < subject.end)
    if (isOther) this.answers.clear()
    if (kind === "grown" && subject.group) {
      this.subjects = (await get("subjects")).subjects
    } else if (kind === "grown") {
      Object.assign(subject, {
        end: change.end, lastTime: change.lastTime ?? subject.lastTime,
        knownTo: change.knownTo ?? subject.knownTo,
      })
      for (const mark of change.marks ?? []) {
        if (mark.kind !== "episode") continue
        const known = subject.episodes.find((/** @type {Episode} */ e) =>
          e.invariant === mark.invariant && e.key === mark.key && e.firstCut === mark.firstCut)
        if (known) Object.assign(known, mark)
        else subject.episodes.push(mark)
      }
    }
    if (kind === "machine") {
      this.answers.clear()
      this.subjects = (await get("subjects")).subjects
    }
    this.dispatchEvent(new CustomEvent(kind, { detail: change }))
    if (isOther) this.dispatchEvent(new Event("answered"))
  }

  /**
   * A quick question about the subject in focus, whose answer is kept.
   * @param {string} path
   * @param {Record<string, any>} [parameters]
   * @returns {Promise<any>}
   */
  ask(path, parameters = {}) {
    if (this.isFile) return Promise.resolve(this.fileAnswer)
    return this.answers.get(path, { s: this.subject.id, ...parameters })
  }

  /**
   * The moment in focus: event, changes, verdicts.
   * @param {number} cut
   */
  moment(cut) {
    return this.ask("moment", { cut, key: focus.now.key })
  }

  /**
   * The episodes that a cut is in.
   * @param {number} cut
   */
  episodesAt(cut) {
    return this.episodes.filter(e => e.firstCut <= cut && (e.endCut === null || cut < e.endCut))
  }

  /** The machine has a state for each stream or key. */
  get hasKeys() {
    return /stream|key/.test(String(this.subject?.machine?.scope ?? ""))
  }

  /**
   * Moves the focus along the violations.
   * @param {"next" | "previous"} to
   */
  edge(to) {
    const edges = this.episodes.flatMap(e => (e.endCut === null ? [e.firstCut] : [e.firstCut, e.endCut]))
    return this.nearest(to, edges) ? null : `No violation begins or ends ${to === "next" ? "after" : "before"} this cut.`
  }

  /**
   * Moves the focus to the beginning of another episode.
   * @param {"next" | "previous"} to
   */
  episode(to) {
    const firsts = this.episodes.map(e => e.firstCut)
    return this.nearest(to, firsts) ? null : `No episode begins ${to === "next" ? "after" : "before"} this cut.`
  }

  /**
   * Moves the focus to the nearest of some cuts; false if there is none on that side.
   * @param {"next" | "previous"} to
   * @param {number[]} cuts
   */
  nearest(to, cuts) {
    const now = focus.now.cut ?? 0
    const beyond = cuts.filter(cut => (to === "next" ? cut > now : cut < now))
    if (beyond.length === 0) return false
    // Violations of many keys may be more than a call has arguments.
    focus.move({ cut: beyond.reduce((a, b) => (to === "next" ? Math.min(a, b) : Math.max(a, b))) })
    return true
  }

  /**
   * Moves one event forward or back.
   * @param {number} events
   */
  step(events) {
    const cut = Math.min(Math.max((focus.now.cut ?? 0) + events, 0), this.subject.end)
    focus.move({ cut }, { steps: true })
  }

  /**
   * Moves to where the path in focus changes.
   * @param {"next" | "previous"} to
   */
  async change(to) {
    const { cut, key, path } = focus.now
    if (!path) return "Choose a path of the state first."
    const found = await this.ask("seek", { cut: cut ?? 0, key, path, to })
    if (found.cut === null) return `No ${to === "next" ? "later" : "earlier"} event changes ${path}.`
    focus.move({ cut: found.cut })
    return null
  }
}

export const studio = new Studio()
