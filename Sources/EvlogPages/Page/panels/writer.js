// The last writer of a value: below the path in focus, and while the pointer rests on a value.
import { say } from "studio/commands.js"
import { h, show } from "studio/shared/dom.js"
import { focus } from "studio/shared/focus.js"
import { eventLink, typeLink } from "studio/shared/links.js"
import { into } from "studio/shared/panel.js"
import { studio } from "studio/shared/studio.js"
import { clock, count, foreign, inline } from "studio/shared/text.js"

/** @param {HTMLElement} place @param {string} path @param {number} cut */
export function showWriter(place, path, cut) {
  return into(place, studio.ask("blame", { cut, key: focus.now.key, path }), blame => {
    if (blame.text !== undefined) {
      show(place, h("span", { class: "hint" }, foreign(blame.text)))
      return
    }
    const writer = blame.writers?.[0]
    if (!writer) {
      show(place, inline(blame.value), h("span", { class: "hint" }, "as in the initial state: no event wrote it"))
      return
    }
    const change = writer.changes?.find((/** @type {any} */ change) => change.path === path) ?? writer.changes?.[0]
    show(place,
      h("div", {}, inline(blame.value), h("span", { class: "hint" }, "written by "), eventLink(writer.event.offset), " ",
        typeLink(writer.event.type), h("time", { title: writer.event.time }, clock(writer.event.time))),
      change && "old" in change ? h("div", { class: "hint" }, "in place of ", inline(change.old, 80)) : null)
  })
}

/**
 * Shows the last writer beside a value, once the pointer has rested on it.
 * @param {HTMLElement} element
 * @param {string} path
 */
export function hoverWriter(element, path) {
  let timer = 0
  element.addEventListener("pointerenter", event => {
    if (event.pointerType === "touch") return
    timer = setTimeout(() => reveal(element, path), 250)
  })
  element.addEventListener("pointerleave", () => {
    clearTimeout(timer)
    document.querySelector(".writer-tip")?.remove()
  })
}

/** @param {HTMLElement} element @param {string} path */
async function reveal(element, path) {
  const tip = h("div", { class: "tip writer-tip", role: "tooltip" }, h("span", { class: "hint" }, "last writer …"))
  document.querySelector(".writer-tip")?.remove()
  document.body.append(tip)
  const place = () => {
    const at = element.getBoundingClientRect()
    tip.style.left = `${Math.max(Math.min(at.left, innerWidth - tip.offsetWidth - 8), 8)}px`
    tip.style.top = `${at.bottom + tip.offsetHeight + 4 > innerHeight ? at.top - tip.offsetHeight - 4 : at.bottom + 4}px`
  }
  place()
  try {
    const blame = await studio.ask("blame", { cut: focus.now.cut, key: focus.now.key, path })
    const writer = blame.writers?.[0]
    if (writer) {
      show(tip, h("span", { class: "hint" }, "last written by "), h("b", {}, count(writer.event.offset)), " ",
        foreign(writer.event.type, 80), h("span", { class: "hint" }, " in "), foreign(writer.event.stream, 80), h("div", { class: "hint" }, "click on ↩ to go there"))
    } else show(tip, h("span", { class: "hint" }, blame.text === undefined ? "as in the initial state" : foreign(blame.text)))
  } catch (error) {
    show(tip, error instanceof Error ? error.message : String(error))
  }
  place()
}

/**
 * Goes to the last writer of a value.
 * @param {string} path
 */
export async function goToWriter(path) {
  const blame = await studio.ask("blame", { cut: focus.now.cut, key: focus.now.key, path })
  const writer = blame.writers?.[0]
  if (writer) focus.move({ cut: writer.event.offset + 1, path })
  else say(blame.text ?? "No event wrote it: it is as in the initial state.")
}
