// A supervisor with back-off and an intensity of restarts.
//
// It promises that a child is restarted after a pause that doubles with each failure, up to a longest one; that there
// are never more than RESTARTS restarts in PERIOD ticks; and that it gives up before that, which is a state, and stops
// all children until someone resets it. Its state is in the log, so it survives restarts of its own.
// It assumes that the program that runs the children starts and stops them as the state says, and that all ticks come
// from one clock.
// It cannot tell a child that hangs from one that works: let something else say 'Failed'.
const CHILDREN = ["a", "b"]
const FIRST_PAUSE = 1 // ticks
const LONGEST_PAUSE = 4 // ticks
const RESTARTS = 3
const PERIOD = 5 // ticks

machine("supervisor", 1, {
  // By child: whether it runs, the ticks until it does, and the pause after its next failure. And how many ticks ago
  // the restarts of the last period were.
  initial: {
    children: Object.fromEntries(CHILDREN.map(c => [c, { isRunning: true, left: 0, pause: FIRST_PAUSE }])),
    restarts: [],
    hasGivenUp: false,
  },

  on: {
    Failed: (s, { data: { child } }) => {
      const failed = s.children[child]
      if (!failed?.isRunning) return
      failed.isRunning = false
      failed.left = failed.pause
      failed.pause = Math.min(LONGEST_PAUSE, 2 * failed.pause)
    },
    // A child that has done useful work begins again with the first pause.
    Worked: (s, { data: { child } }) => {
      if (s.children[child]?.isRunning) s.children[child].pause = FIRST_PAUSE
    },
    Tick: s => {
      s.restarts = s.restarts.map(age => age + 1).filter(age => age < PERIOD)
      if (s.hasGivenUp) return
      const waiting = Object.values(s.children).filter(c => !c.isRunning)
      for (const child of waiting) child.left--
      const due = waiting.filter(c => c.left === 0)
      if (s.restarts.length + due.length > RESTARTS) return giveUp(s)
      for (const child of due) {
        child.isRunning = true
        s.restarts.push(0)
      }
    },
    Reset: s => {
      if (!s.hasGivenUp) return
      s.hasGivenUp = false
      for (const child of Object.values(s.children))
        Object.assign(child, { isRunning: true, left: 0, pause: FIRST_PAUSE })
    },
  },

  events: { Failed: { child: text }, Worked: { child: text }, Tick: {}, Reset: {} },

  invariants: {
    // How many ticks ago restarts were, kept apart from what the state says of them.
    "restarts keep to the intensity": history([], (ages, before, e, after) => {
      if (e.type !== "Tick") return true
      const recent = ages.map(age => age + 1).filter(age => age < PERIOD)
      const all = [...recent, ...started(before, after).map(() => 0)]
      return [all, all.length <= RESTARTS]
    }),
    "it does not give up too early": history([], (ages, before, e, after) => {
      if (e.type !== "Tick") return before.hasGivenUp || !after.hasGivenUp
      const recent = ages.map(age => age + 1).filter(age => age < PERIOD)
      const due = Object.values(before.children).filter(c => !c.isRunning && c.left === 1)
      const isRight = before.hasGivenUp || !after.hasGivenUp || recent.length + due.length > RESTARTS
      return [[...recent, ...started(before, after).map(() => 0)], isRight]
    }),
    "after giving up, nothing runs": always(s => !s.hasGivenUp || Object.values(s.children).every(c => !c.isRunning)),
    "only a reset ends that": step((before, e, after) =>
      !before.hasGivenUp || after.hasGivenUp || e.type === "Reset"),
    "a child that failed does not run": step((before, e, after) =>
      e.type !== "Failed" || !after.children[e.data.child]?.isRunning),
    "a pause lasts as long as it should": step((before, e, after) =>
      started(before, after).every(c => e.type === "Reset" || (e.type === "Tick" && before.children[c].left === 1))),
    "a pause ends": step((before, e, after) => e.type !== "Tick" || after.hasGivenUp
      || CHILDREN.every(c => before.children[c].isRunning
        || (before.children[c].left === 1 ? after.children[c].isRunning
          : after.children[c].left === before.children[c].left - 1))),
    "each pause is twice the last one": history(
      Object.fromEntries(CHILDREN.map(c => [c, FIRST_PAUSE])), (pauses, before, e, after) => {
        if (e.type === "Worked" && before.children[e.data.child]?.isRunning) pauses[e.data.child] = FIRST_PAUSE
        if (e.type === "Reset" && before.hasGivenUp) for (const c of CHILDREN) pauses[c] = FIRST_PAUSE
        if (e.type !== "Failed" || !before.children[e.data.child]?.isRunning) return true
        const pause = pauses[e.data.child]
        pauses[e.data.child] = Math.min(LONGEST_PAUSE, 2 * pause)
        return after.children[e.data.child].left === pause
      }),
    "the others go on": step((before, e, after) => e.type !== "Failed"
      || CHILDREN.every(c => c === e.data.child || isSame(before.children[c], after.children[c]))),
  },

  regions: {
    of: s => s.hasGivenUp ? "given up" : Object.values(s.children).every(c => c.isRunning) ? "running" : "degraded",
    moves: {
      running: { Failed: ["degraded"], Worked: ["running"], Tick: ["running"], Reset: "ignored" },
      degraded: {
        Failed: ["degraded"], Worked: ["degraded"], Tick: ["running", "degraded", "given up"],
        Reset: "ignored",
      },
      "given up": { Failed: "ignored", Worked: "ignored", Tick: ["given up"], Reset: ["running"] },
    },
  },

  explore: {
    events: s => [
      { type: "Tick" }, { type: "Reset" },
      ...CHILDREN.flatMap(child => [{ type: "Failed", data: { child } }, { type: "Worked", data: { child } }]),
    ],
  },
})

// The children that run after an event and did not before.
function started(before, after) {
  return CHILDREN.filter(c => after.children[c].isRunning && !before.children[c].isRunning)
}

function giveUp(s) {
  s.hasGivenUp = true
  for (const child of Object.values(s.children)) Object.assign(child, { isRunning: false, left: 0 })
}

function isSame(a, b) {
  if (typeof a !== "object" || typeof b !== "object") return a === b
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every(key => key in b && isSame(a[key], b[key]))
}
