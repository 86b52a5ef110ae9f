// What is written beside the timeline: its controls, the legend, the committed ranges.
import { run } from "studio/commands.js"
import { h } from "studio/shared/dom.js"
import { toggled } from "studio/shared/filter.js"
import { focus } from "studio/shared/focus.js"
import { quotedFilter } from "studio/shared/links.js"
import { swatch } from "studio/shared/series.js"
import { studio } from "studio/shared/studio.js"
import { count, foreign, visible } from "studio/shared/text.js"

/** @param {any} timeline */
export function controls(timeline) {
  const axis = timeline.axis.name
  const stacks = studio.subject.machine?.regions ? ["type", "region", "stream"] : ["type", "stream"]
  return [
    h("div", { class: "segmented", role: "group", "aria-label": "Axis" },
      ["offset", "time"].map(name => h("button", {
        "aria-pressed": String(axis === name), title: `Axis by ${name} (t)`,
        onclick: () => axis !== name && timeline.switchAxis(),
      }, name))),
    h("label", { class: "by" }, h("select", {
      "aria-label": "Stack the events by",
      onchange: (/** @type {Event} */ event) => timeline.stackBy(/** @type {HTMLSelectElement} */ (event.target).value),
    }, stacks.map(name => h("option", { value: name, selected: timeline.by === name }, name)))),
    h("span", { class: "spring" }),
    h("button", { class: "icon", onclick: () => run("zoom-out"), title: "Zoom out (s)", "aria-label": "Zoom out" }, "−"),
    h("button", { class: "icon", onclick: () => run("zoom-in"), title: "Zoom in (w)", "aria-label": "Zoom in" }, "+"),
    h("button", { class: "icon", onclick: () => run("fit"), title: "Fit (f)", "aria-label": "Fit" }, "⤢"),
  ]
}

/** @param {string[]} names @param {number[]} series @param {boolean[]} hidden @param {string} by */
export function legend(names, series, hidden, by) {
  const counts = new Map((studio.subject.types ?? []).map((/** @type {any} */ type) => [type.name, type.count]))
  return names.map((name, index) => {
    const canFilter = by !== "region" && name !== "other"
    return h("button", {
      class: `legend-name${hidden[index] ? " is-hidden" : ""}`, disabled: !canFilter, title: visible(canFilter ? `Show only ${name}` : name),
      onclick: () => focus.move({ filter: toggled(focus.now.filter, `${by}:${quotedFilter(name)}`) }),
    }, swatch(series[index]),
    h("span", { class: "legend-text" }, foreign(name, 60)),
    counts.has(name) && by === "type" ? h("span", { class: "number" }, count(/** @type {number} */ (counts.get(name)))) : null)
  })
}

/**
 * The committed ranges, from the whole log inwards, and what to do with a selection.
 * @param {(() => void) | null} [commit]
 */
export function ranges(commit = null) {
  const all = focus.now.ranges
  const crumbs = all.length === 0 ? [] : [
    h("button", { class: "crumb", onclick: () => focus.move({ ranges: [] }), title: "Leave all ranges" }, "whole log"),
    ...all.map(([first, end], index) => [
      h("span", { class: "crumb-arrow", "aria-hidden": "true" }, "›"),
      h("button", {
        class: "crumb", "aria-current": index === all.length - 1 ? "true" : null,
        onclick: () => focus.move({ ranges: all.slice(0, index + 1) }),
      }, `${count(first)}–${count(end)}`),
    ]),
    h("button", { class: "crumb leave", onclick: () => run("uncommit-range"), "aria-label": "Leave the committed range", title: "Leave the committed range (Backspace)" }, "×"),
  ]
  return [crumbs, commit
    ? h("button", { class: "primary small", onclick: commit, title: "All panels show this range only (r)" }, "Commit range ", h("kbd", {}, "r"))
    : null]
}
