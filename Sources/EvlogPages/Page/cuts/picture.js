// The events of a group about a cut, where they are in their logs, and the edges between them.
import { studio } from "studio/shared/studio.js"

/**
 * @typedef {object} Picture
 * @property {{ name: string, end: number, at: number }[]} logs
 * @property {{ log: string, offset: number, order: number, type: string }[]} events
 * @property {{ from: { log: string, offset: number }, to: { log: string, offset: number } }[]} edges
 * @property {{ past: Record<string, number>, future: Record<string, number> } | null} unordered what
 *   is neither before nor after the event in focus
 */

/** How many events are shown on each side of the cut. */
const edgeSide = 120

/**
 * @param {number} position a cut of the causal order
 * @param {number | null} event the event in focus
 * @returns {Promise<Picture>}
 */
export async function pictureAbout(position, event) {
  const first = Math.max(position - edgeSide, 0)
  const [start, now, { events }, unordered] = await Promise.all([
    studio.ask("cuts/check", { cut: first }),
    studio.ask("cuts/check", { cut: position }),
    studio.ask("events", { from: first, limit: 2 * edgeSide }),
    event === null ? null : studio.ask("cuts/edges", { event }),
  ])
  const offsets = { ...start.cut }
  const placed = events.map((/** @type {any} */ event) => ({
    log: event.log, offset: offsets[event.log]++, order: event.offset, type: event.type,
    id: event.id, causes: [event.causation ?? []].flat(),
  }))
  const byId = new Map(placed.map((/** @type {any} */ event) => [event.id, event]))
  const edges = placed.flatMap((/** @type {any} */ event) => event.causes.flatMap((/** @type {string} */ id) => {
    const cause = byId.get(id)
    return cause && cause.log !== event.log ? [{ from: cause, to: event }] : []
  }))
  const logs = studio.subject.group.logs.map((/** @type {any} */ log) =>
    ({ name: log.name, end: log.events, at: now.cut[log.name] }))
  return { logs, events: placed, edges, unordered }
}
