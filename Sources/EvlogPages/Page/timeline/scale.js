// Where a position of the axis is drawn. Idle time is folded: a gap takes a fixed small width.

/** @typedef {{ from: number, to: number }} Span */

/** The width of a folded gap, as a part of all time that is not idle. */
const keptPart = 0.02

export class Folding {
  /** @param {Span[]} gaps in the order of the axis, apart from one another @param {Span} whole */
  constructor(gaps, whole) {
    const idle = gaps.reduce((sum, gap) => sum + gap.to - gap.from, 0)
    const kept = (whole.to - whole.from - idle) * keptPart
    this.gaps = gaps.filter(gap => gap.to - gap.from > kept)
    this.kept = kept
  }

  /**
   * A position without what is folded before it.
   * @param {number} position
   */
  folded(position) {
    let result = position
    for (const gap of this.gaps) {
      if (gap.from >= position) break
      const passed = Math.min(position, gap.to) - gap.from
      result -= passed * (1 - this.kept / (gap.to - gap.from))
    }
    return result
  }

  /**
   * The inverse of `folded`.
   * @param {number} position
   */
  unfolded(position) {
    let result = position
    for (const gap of this.gaps) {
      const length = gap.to - gap.from
      if (result <= gap.from) break
      result += Math.min((result - gap.from) / this.kept, 1) * (length - this.kept)
    }
    return result
  }
}

/** The visible part of the axis, in folded positions, on a width in pixels. */
export class Scale {
  /** @param {Span} view @param {number} width @param {Folding} folding */
  constructor(view, width, folding) {
    this.view = view
    this.width = width
    this.folding = folding
    this.perUnit = width / Math.max(view.to - view.from, 1e-9)
    this.isFolded = folding.gaps.length > 0
  }

  /** @param {number} position */
  x(position) {
    const folded = this.isFolded ? this.folding.folded(position) : position
    return (folded - this.view.from) * this.perUnit
  }

  /** @param {number} x */
  position(x) {
    const folded = this.view.from + x / this.perUnit
    return this.isFolded ? this.folding.unfolded(folded) : folded
  }

  get first() {
    return this.position(0)
  }

  get end() {
    return this.position(this.width)
  }
}

/**
 * Round numbers within a span, some 90 pixels apart.
 * @param {Scale} scale
 * @param {number[]} steps
 */
export function ticks(scale, steps) {
  const wanted = (scale.view.to - scale.view.from) / Math.max(scale.width / 100, 1)
  const step = steps.find(step => step >= wanted) ?? /** @type {number} */ (steps.at(-1))
  const first = Math.ceil(scale.first / step) * step
  const positions = []
  let last = -Infinity
  for (let position = first; position <= scale.end && positions.length < 400; position += step) {
    const x = scale.x(position)
    if (x - last < 60) continue
    positions.push(position)
    last = x
  }
  return { step, positions }
}

export const offsetSteps = Array.from({ length: 12 }, (_, power) =>
  [1, 2, 5].map(digit => digit * 10 ** power)).flat()

const second = 1e3
export const timeSteps = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500].map(micros => micros / 1e3),
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200].map(s => s * second),
  ...[1, 2, 7, 14, 28, 56, 112, 365, 730, 3650].map(days => days * 86_400 * second),
]
