// Opens the studio: exchanges the token for a cookie, loads the subjects, builds the page.
import { listenToKeys } from "studio/commands.js"
import { buildLayout } from "studio/layout.js"
import { post, ServerError } from "studio/shared/api.js"
import { h, show } from "studio/shared/dom.js"
import { focus, onMove } from "studio/shared/focus.js"
import { studio } from "studio/shared/studio.js"

/** The token is in the address once, when the command opens the page; it is not kept there. */
async function exchangeToken() {
  const parameters = new URLSearchParams(location.hash.slice(1))
  const token = parameters.get("t")
  if (token === null) return
  parameters.delete("t")
  history.replaceState(null, "", parameters.toString() !== "" ? `#${parameters}` : location.pathname)
  await post("session", { token })
}

/** The address that was chosen before the verdicts were known. */
let chosen = ""

/** Where to look first: the first violation, else the end of the log. */
function chooseMoment() {
  const isChosen = chosen !== "" && location.hash === chosen && studio.episodes.length > 0
  if ((focus.now.cut !== null && !isChosen) || !studio.subject) return
  const first = studio.episodes.reduce(
    (least, episode) => Math.min(least, episode.firstCut), Infinity)
  const key = studio.episodes.find(episode => episode.firstCut === first)?.key ?? focus.now.key
  focus.move({ s: studio.subject.id, cut: first === Infinity ? studio.subject.end : first, key }, { replaces: true })
  const isKnown = !studio.subject.machine || studio.subject.knownTo >= studio.subject.end
  chosen = isKnown ? "" : location.hash
}

/** @param {unknown} error */
function showProblem(error) {
  const isLockedOut = error instanceof ServerError && error.status === 401
  show(document.body, h("main", { class: "problem" },
    h("h1", {}, "evlog studio"),
    h("p", {}, isLockedOut
      ? "This page needs the address that evlog studio printed, with the token at its end. A token lets one browser in; for another one, start the studio again."
      : error instanceof Error ? error.message : String(error)),
    error instanceof ServerError && error.advice && !isLockedOut ? h("p", {}, error.advice) : null))
}

/** Takes the focus from the address; if that has no cut, chooses one. */
async function readAddress() {
  await focus.read()
  chooseMoment()
}

async function open() {
  try {
    await exchangeToken()
    await studio.open()
  } catch (error) {
    showProblem(error)
    return
  }
  await readAddress()
  buildLayout()
  studio.followWhileSeen()
  listenToKeys()
  studio.addEventListener("grown", chooseMoment)
  addEventListener("popstate", readAddress)
  onMove(changed => {
    if (changed.has("s")) {
      studio.follow()
      studio.refresh()
      chooseMoment()
    }
  })
}

open()
