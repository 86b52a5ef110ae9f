// The lines that declare what an event type does in a region, in the machine's language.

/**
 * @param {{ region: string, type: string }} cell
 * @param {"allowed" | "forbidden" | "ignored"} rule
 * @param {string} target
 * @param {string} machine its argument on the command line: a file in JavaScript, or a compiled machine
 */
export function declaration(cell, rule, target, machine) {
  const isScript = /\.[cm]?js$/.test(machine)
  const text = JSON.stringify
  if (!isScript) {
    const move = rule === "allowed" ? `.allowed(to: [${text(target)}])` : `.${rule}`
    return `${text(cell.region)}: [${text(cell.type)}: ${move}],`
  }
  const name = (/** @type {string} */ member) => (/^[A-Za-z_$][\w$]*$/.test(member) ? member : text(member))
  const move = rule === "allowed" ? `[${text(target)}]` : text(rule)
  return `// regions.moves\n${name(cell.region)}: { ${name(cell.type)}: ${move} },`
}
