// Concurrent operations on registers: is each history linearizable? The state holds every way in
// which the operations so far can have happened, one after the other. When none is left, no order
// explains what the clients saw.
//
// A way is the register's value; the operations that have happened but have not returned, each with
// the result that it must return; and how many of those that timed out it has used: such an
// operation may happen at any later time, or never.

// What an operation does to a value: the new value, and the result that it returns.
const EFFECTS = {
  read: (value) => [value, value],
  write: (value, written) => [written, "ok"],
  cas: (value, [from, to]) => value === from ? [to, "ok"] : [value, "fail"],
  get: (value) => [value, value ?? ""],
  put: (value, written) => [written, "ok"],
  append: (value, added) => [(value ?? "") + added, "ok"],
}

const sorted = (object) => Object.entries(object).sort((a, b) => a[0] < b[0] ? -1 : 1)

// Of two ways that differ only in what they have used, the one that has used less can do more.
const isWorse = (way, other) =>
  Object.entries(other.used).every(([effect, count]) => count <= (way.used[effect] ?? 0))

// Ways of which none is worse than another.
class Best {
  groups = new Map()
  add(way) {
    const name = JSON.stringify([way.value, sorted(way.done)])
    const group = this.groups.get(name) ?? []
    if (group.some(other => isWorse(way, other))) return false
    this.groups.set(name, [...group.filter(other => !isWorse(other, way)), way])
    return true
  }
  get ways() { return [...this.groups.values()].flat() }
}

function best(ways) {
  const best = new Best()
  for (const way of ways) best.add(way)
  return best.ways
}

// Every way that follows from a way when one more operation happens. Each is a copy: a state holds
// no object twice.
function* next(s, way) {
  for (const [op, { kind, argument }] of Object.entries(s.open)) {
    if (op in way.done) continue
    const [value, result] = EFFECTS[kind](way.value, argument)
    yield { value, done: { ...way.done, [op]: result }, used: { ...way.used } }
  }
  for (const [effect, { kind, argument, count }] of Object.entries(s.lost)) {
    const used = way.used[effect] ?? 0, [value] = EFFECTS[kind](way.value, argument)
    if (used < count && value !== way.value)
      yield { value, done: { ...way.done }, used: { ...way.used, [effect]: used + 1 } }
  }
}

// Keeps the ways in which an operation has happened and returned this result.
function returned(s, op, result) {
  const found = new Best(), seen = new Best()
  for (let ways = s.ways; ways.length > 0;) {
    const more = []
    for (const way of ways) {
      if (op in way.done) {
        const { [op]: own, ...done } = way.done
        if (own === result) found.add({ ...way, done })
      } else
        for (const one of next(s, way)) if (seen.add(one)) more.push(one)
    }
    ways = more
  }
  delete s.open[op]
  s.ways = found.ways
}

function timedOut(s, e) {
  const op = String(e.data.op), { kind, argument } = s.open[op]
  const effect = `${kind} ${argument}`
  s.lost[effect] = { kind, argument, count: (s.lost[effect]?.count ?? 0) + 1 }
  s.timedOut++
  delete s.open[op]
  s.ways = best(s.ways.map(way => {
    if (!(op in way.done)) return way
    const { [op]: result, ...done } = way.done
    return { ...way, done, used: { ...way.used, [effect]: (way.used[effect] ?? 0) + 1 } }
  }))
}

const invoke = (s, e) => {
  s.open[e.data.op] = { kind: e.type.split(".")[0], argument: e.data.value ?? null }
}
const answer = (result) => (s, e) => returned(s, String(e.data.op), result(e))

machine("register", 1, {
  scope: "stream",
  initial: { ways: [{ value: null, done: {}, used: {} }], open: {}, lost: {}, timedOut: 0 },
  on: {
    "read.invoke": invoke, "write.invoke": invoke, "cas.invoke": invoke,
    "read.ok": answer(e => e.data.value),
    "write.ok": answer(() => "ok"), "cas.ok": answer(() => "ok"), "cas.fail": answer(() => "fail"),
    "write.info": timedOut, "cas.info": timedOut,
    "get.invoke": invoke, "put.invoke": invoke, "append.invoke": invoke,
    "get.ok": answer(e => e.data.value),
    "put.ok": answer(() => "ok"), "append.ok": answer(() => "ok"),
  },
  invariants: {
    "linearizable": always(s => s.ways.length > 0),
  },
})
