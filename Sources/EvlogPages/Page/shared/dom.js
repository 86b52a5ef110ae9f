// Elements are made here and nowhere else: every text becomes a text node, never markup.

const SVG = "http://www.w3.org/2000/svg"

/**
 * Makes an HTML element. A property `onclick` is a listener; `class`, `aria-…` and the like are
 * attributes; what is null or false is left out.
 * @template {string} T
 * @param {T} tag
 * @param {Record<string, any>} [properties]
 * @param {...any} children texts, elements, lists of them; what is null or false is left out
 * @returns {T extends keyof HTMLElementTagNameMap ? HTMLElementTagNameMap[T] : HTMLElement}
 */
export function h(tag, properties = {}, ...children) {
  return /** @type {any} */ (fill(document.createElement(tag), properties, children))
}

/**
 * Makes an SVG element.
 * @param {string} tag
 * @param {Record<string, any>} [properties]
 * @param {...any} children
 * @returns {SVGElement}
 */
export function svg(tag, properties = {}, ...children) {
  return fill(/** @type {any} */ (document.createElementNS(SVG, tag)), properties, children)
}

/** @param {any} element @param {Record<string, any>} properties @param {any[]} children */
function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value == null || value === false) continue
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value)
    else if (name === "value" || name === "checked") element[name] = value
    else element.setAttribute(name, value === true ? "" : String(value))
  }
  for (const child of children.flat(3)) {
    if (child == null || child === false) continue
    element.append(child instanceof Node ? child : String(child))
  }
  return element
}

/**
 * Replaces what an element contains.
 * @param {Element} element
 * @param {...any} children
 */
export function show(element, ...children) {
  element.replaceChildren(
    ...children.flat(3).filter(child => child != null && child !== false)
      .map(child => (child instanceof Node ? child : String(child))))
}

/**
 * Gives an element other children, and leaves those alone that stay in their order.
 * @param {Element} element
 * @param {Element[]} children
 */
export function patch(element, children) {
  const kept = new Set(children)
  for (const child of [...element.children]) if (!kept.has(child)) child.remove()
  let next = element.firstElementChild
  for (const child of children) {
    if (child === next) next = next.nextElementSibling
    else element.insertBefore(child, next)
  }
}

/** @param {string} tag @param {CustomElementConstructor} element */
export function define(tag, element) {
  customElements.define(tag, element)
}

/**
 * Calls back once per frame at most.
 * @param {() => void} draw
 */
export function perFrame(draw) {
  let requested = false
  return () => {
    if (requested) return
    requested = true
    requestAnimationFrame(() => {
      requested = false
      draw()
    })
  }
}

/**
 * Calls back when calls have ceased for a while.
 * @param {number} milliseconds
 * @param {() => void} call
 */
export function settled(milliseconds, call) {
  let timer = 0
  return () => {
    clearTimeout(timer)
    timer = setTimeout(call, milliseconds)
  }
}

/**
 * Says something to a screen reader.
 * @param {string} text
 */
export function announce(text) {
  const region = document.getElementById("announcer")
  if (region) region.textContent = text
}
