// An answer in a file of its own, which opens without a server: the studio's modules show it.
import "studio/panels/map.js"
import { showAudit } from "studio/answers/audit.js"
import { showBlame } from "studio/answers/blame.js"
import { showComparison } from "studio/answers/comparison.js"
import { showMinimise } from "studio/answers/minimise.js"
import { showVerdict } from "studio/answers/verdict.js"
import { showWhy } from "studio/answers/why.js"
import { showCut } from "studio/cuts/verdict.js"
import { h, show } from "studio/shared/dom.js"
import { studio } from "studio/shared/studio.js"
import { foreign, parseJSON } from "studio/shared/text.js"

/** @type {Record<string, (answer: any, asking: any) => any>} */
const shownBy = {
  bisect: showVerdict, why: showWhy, blame: showBlame, minimise: showMinimise, "what-if": showComparison,
  compare: showComparison, audit: showAudit, map: () => h("studio-map", { class: "panel" }),
  "cut check": showCut, "cut nearest": showCut, "cut at": showCut,
}

const { command, answer } = parseJSON(document.getElementById("answer")?.textContent ?? "")
studio.openFile(answer, command)
show(document.body, h("main", { class: `answer-file is-${answer.command.replace(" ", "-")}` },
  h("h1", {}, h("code", {}, foreign(command, 2000))),
  h("div", { class: "answer" }, shownBy[answer.command](answer, { settings: { against: 1 } }))))
