// The axis of the timeline: offsets, or times. Positions of times are milliseconds since the epoch.
import { focus } from "studio/shared/focus.js"
import { studio } from "studio/shared/studio.js"
import { milliseconds, timestamp } from "studio/shared/text.js"

export class AxisOfLog {
  /** @type {"offset" | "time"} */
  name = "time"
  /** Whether somebody chose it. */
  isChosen = false
  /** @type {Map<number, number>} times of events, by offset */
  times = new Map()

  reset() {
    this.times.clear()
  }

  /** @returns {{ from: number, to: number }} */
  get whole() {
    const subject = studio.subject
    if (this.name === "offset" || !subject.firstTime) return { from: 0, to: Math.max(subject.end, 1) }
    const from = milliseconds(subject.firstTime)
    return { from, to: Math.max(milliseconds(subject.lastTime), from) + 1 }
  }

  /**
   * The position of a cut: that of the event before it, which the moment has if the cut is in focus.
   * @param {number} cut
   */
  async position(cut) {
    if (this.name === "offset") return cut
    if (cut <= 0) return this.whole.from
    const offset = cut - 1
    const known = this.times.get(offset)
    if (known !== undefined) return known
    const event = cut === focus.now.cut ? (await studio.moment(cut)).event
      : (await studio.ask("events", { from: offset, limit: 1 })).events[0]
    const time = event ? milliseconds(event.time) : this.whole.to
    this.times.set(offset, time)
    return time
  }

  /**
   * The position of a cut as far as it is known without a request.
   * @param {number} cut
   */
  estimate(cut) {
    if (this.name === "offset") return cut
    const { from, to } = this.whole
    return this.times.get(cut - 1) ?? from + (to - from) * cut / Math.max(studio.subject.end, 1)
  }

  /**
   * The cut at a position: before the first event that is not earlier.
   * @param {number} position
   */
  async cut(position) {
    const end = studio.subject.end
    if (this.name === "offset") return Math.min(Math.max(Math.round(position), 0), end)
    const { events } = await studio.ask("events", { since: timestamp(position), limit: 1 })
    return events.length > 0 ? events[0].offset : end
  }
}
