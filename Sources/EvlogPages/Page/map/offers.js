// What a machine without regions is told: what a region is, and which values of its state may be taken for one.
import { h, show } from "studio/shared/dom.js"
import { focus } from "studio/shared/focus.js"
import { studio } from "studio/shared/studio.js"
import { foreign } from "studio/shared/text.js"

/** How many paths are offered, and how many parts of the state are looked at to find them. */
const most = 8
const mostLooks = 40

export function offers() {
  const paths = h("div", { class: "offers" })
  findPaths().then(found => show(paths, found.length === 0 ? null : [
    h("p", {}, "Choose a path in the state, here or above: each value found there becomes a region."),
    found.map(path => h("button", { class: "small offer", onclick: () => focus.move({ by: path }) }, foreign(path, 80))),
  ])).catch(() => {
    // A path can be typed without offers.
    show(paths)
  })
  const others = studio.subjects.filter(subject => subject.id !== studio.subject.id && subject.machine?.regions)
  return h("div", { class: "empty no-regions" },
    h("p", {}, "A map shows which events occurred in each region of the state, and which never did. This machine declares no regions."),
    others.map(subject => h("p", {}, h("button", { class: "next", onclick: () => focus.move({ s: subject.id }) },
      `The map of ${subject.machineArgument ?? subject.machine.name}, which declares regions`))),
    paths,
    h("p", {}, "Or declare regions in the machine:"),
    h("pre", { class: "snippet" }, "regions: { of: s => s.status }"))
}

/**
 * Paths whose values may be regions: the one in focus, those that the event before the cut changed, and the first ones
 * of the state with a text or a truth value, then with a number.
 * @returns {Promise<string[]>}
 */
async function findPaths() {
  const { cut, key, path } = focus.now
  const at = cut === null || cut === 0 ? studio.subject.end : cut
  const moment = await studio.moment(at)
  const changed = moment.changes.filter((/** @type {any} */ change) => change.kind !== "removed" && typeof change.new !== "object")
    .map((/** @type {any} */ change) => change.path)
  /** @type {any[]} */
  const leaves = []
  const open = [/** @type {string | null} */ (null)]
  for (let looks = 0; looks < mostLooks && open.length > 0 && leaves.length < most; looks++) {
    const { children } = await studio.ask("state", { cut: at, key: key ?? moment.key, path: open.shift(), limit: 20 })
    for (const child of children) {
      if (["object", "array", "list"].includes(child.kind)) open.push(child.path)
      else leaves.push(child)
    }
  }
  const first = leaves.sort((a, b) => Number(a.kind === "number") - Number(b.kind === "number")).map(leaf => leaf.path)
  return [...new Set([...(path ? [path] : []), ...changed, ...first])].slice(0, most)
}
