// One cell of the map: what is declared, what was observed, what probing says, and how to declare it.
import { marks, markGlyph, outcomeWords } from "studio/map/marks.js"
import { declaration } from "studio/map/snippet.js"
import { say } from "studio/commands.js"
import { h, show } from "studio/shared/dom.js"
import { cutLink, eventLink } from "studio/shared/links.js"
import { into } from "studio/shared/panel.js"
import { studio } from "studio/shared/studio.js"
import { count, counted, foreign } from "studio/shared/text.js"

/** @param {any} cell @param {any} map @param {any} probed @param {string} by @param {() => void} close */
export function cellDetail(cell, map, probed, by, close) {
  const region = map.regions.find((/** @type {any} */ one) => one.name === cell.region)
  const events = h("div", { class: "cell-events" })
  if (cell.events > 0 && !studio.isFile) {
    into(events, studio.ask("cell", { by, region: cell.region, type: cell.type, limit: 60 }), answer => {
      const offsets = answer.offsets ?? (answer.events ?? []).map((/** @type {any} */ event) => event.offset)
      show(events, h("span", { class: "label" }, "events"), offsets.map((/** @type {number} */ offset) => eventLink(offset)),
        cell.events > offsets.length ? h("span", { class: "hint" }, `… and ${count(cell.events - offsets.length)} more`) : null)
    })
  }
  return h("aside", { class: "cell-detail", "aria-label": "Cell" },
    h("header", { class: "cell-head" }, markGlyph(cell.mark),
      h("div", {}, h("b", {}, foreign(cell.region, 80), " × ", foreign(cell.type, 80)),
        h("div", { class: "hint" }, `${cell.mark}: ${marks[cell.mark]?.meaning ?? ""}`)),
      h("button", { class: "clear", "aria-label": "Close", onclick: close }, "×")),
    h("dl", { class: "evidence" },
      evidence("declared", cell.declared === null ? "nothing"
        : Array.isArray(cell.declared) ? ["allowed, leads to ", names(cell.declared)] : cell.declared),
      evidence("observed", observed(cell, region)),
      evidence("probed", probed === undefined ? h("span", { class: "hint" }, "not tried")
        : [h("span", { class: "tag synthetic", title: "It says what would happen, not what happened." }, "synthetic"),
          probed.outcomes.map((/** @type {any} */ outcome) => h("div", {}, `${counted(outcome.trials, "trial")} ${outcomeWords(outcome)}`, " ",
            h("span", { class: "hint" }, "event "), eventLink(outcome.offset), h("span", { class: "hint" }, " on "),
            outcome.cut === null ? "the initial state" : h("span", {}, "cut ", cutLink(outcome.cut))))])),
    events,
    declare(cell, map, probed))
}

/** @param {string} name @param {any} content */
function evidence(name, content) {
  return h("div", { class: `evidence-${name}` }, h("dt", {}, name), h("dd", {}, content))
}

/** @param {string[]} regions */
function names(regions) {
  return regions.map((region, index) => [index > 0 ? ", " : null, h("b", {}, foreign(region, 60))])
}

/**
 * The rule of three: with 95 % certainty it comes less often than this, in percent.
 * @param {number} exposure
 */
function bound(exposure) {
  const percent = 300 / exposure
  return percent >= 1 ? percent.toFixed(1) : String(Math.ceil(percent * 1000) / 1000)
}

/** @param {any} cell @param {any} region */
function observed(cell, region) {
  if (cell.events === 0) {
    if (region.exposure === 0) return "never: no event ever occurred in this region"
    const share = region.exposure > 3 ? `, so in less than ${bound(region.exposure)} % of them` : ""
    return `never among ${counted(region.exposure, "event")}${share}`
  }
  return [`${counted(cell.events, "event")}: first `, eventLink(cell.first), ", last ", eventLink(cell.last),
    cell.firstWrong === null ? null : [", first not as declared ", eventLink(cell.firstWrong)],
    cell.targets.map((/** @type {any} */ target) => h("div", {}, "→ ", h("b", {}, foreign(target.region, 60)), ` ${count(target.events)} × `, h("span", { class: "hint" }, "first "), eventLink(target.first)))]
}

/**
 * The lines that declare or forbid the cell.
 * @param {any} cell
 * @param {any} map
 * @param {any} probed
 */
function declare(cell, map, probed) {
  const likely = [...new Set([
    ...cell.targets.map((/** @type {any} */ target) => target.region),
    ...(probed?.outcomes ?? []).flatMap((/** @type {any} */ outcome) => outcome.target ?? []),
  ])]
  const regions = map.regions.map((/** @type {any} */ region) => region.name)
  const code = h("pre", { class: "snippet" })
  const target = h("select", { "aria-label": "Where it leads", onchange: () => draw("allowed") },
    regions.map((/** @type {string} */ name) => h("option", { value: name, selected: name === likely[0] }, name)))
  let text = ""
  const draw = (/** @type {"allowed" | "forbidden" | "ignored"} */ rule) => {
    text = declaration(cell, rule, target.value, String(studio.subject.machineArgument ?? ""))
    show(code, text)
    for (const button of choices.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.dataset.rule === rule))
  }
  const choices = h("div", { class: "segmented", role: "group", "aria-label": "Rule" },
    /** @type {const} */ (["forbidden", "ignored", "allowed"]).map(rule =>
      h("button", { "data-rule": rule, "aria-pressed": "false", onclick: () => draw(rule) }, { forbidden: "Forbid", ignored: "Ignore", allowed: "Allow →" }[rule])))
  draw(likely.length > 0 && cell.mark === "surprise" ? "allowed" : "forbidden")
  return h("section", { class: "declare", "aria-label": "Declare" }, h("h3", {}, "Declare it"),
    h("div", { class: "buttons" }, choices, target,
      h("button", { class: "small", onclick: async () => {
        try {
          await navigator.clipboard.writeText(text)
          say("Copied: paste it into the machine.")
        } catch {
          say("The browser does not allow copying; select the text instead.")
        }
      } }, "Copy")),
    code,
    h("p", { class: "hint" }, studio.isFile ? "Paste it into the machine's regions." : "Paste it into the machine's regions; the studio notices when the file is saved."))
}
