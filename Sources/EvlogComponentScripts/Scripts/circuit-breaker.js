// A circuit breaker that survives restarts.
//
// It promises that it opens after so many failures in a row and not before, that an open breaker admits nothing, that
// one probe at a time decides whether it closes again, and that it is never stuck: an open one is half open after its
// pause, and a probe that is not answered counts as failed.
// It assumes that every admitted call has an id of its own and ends with 'Succeeded' or 'Failed', a cancelled one too,
// and that all ticks come from one clock.
// It cannot stop a call that is under way. What such a call says after the breaker has opened is not counted.
const FAILURES = 3 // in a row
const PAUSE = 2 // ticks
const PATIENCE = 2 // ticks that a probe may take

machine("circuit-breaker", 1, {
  // The calls that were admitted and have not ended, and the ticks until the pause or the patience is over.
  initial: { place: "closed", failures: 0, left: 0, calls: [] },

  on: {
    // Admitted calls are in the state afterwards; all others are refused.
    Call: (s, { data: { id } }) => {
      if (s.place === "open") return
      if (s.place === "half-open" && isProbed(s)) return
      if (s.place === "half-open") s.left = PATIENCE
      add(s.calls, id)
    },
    Succeeded: (s, { data: { id } }) => {
      if (!s.calls.includes(id)) return
      s.calls = s.calls.filter(other => other !== id)
      s.failures = 0
      s.place = "closed"
      s.left = 0
    },
    Failed: (s, { data: { id } }) => {
      if (!s.calls.includes(id)) return
      s.calls = s.calls.filter(other => other !== id)
      s.failures++
      if (s.place === "half-open" || s.failures >= FAILURES) open(s)
    },
    Tick: s => {
      if (s.left === 0) return
      s.left--
      if (s.left > 0) return
      if (s.place === "open") s.place = "half-open"
      else open(s)
    },
  },

  events: { Call: { id: text }, Succeeded: { id: text }, Failed: { id: text }, Tick: {} },

  invariants: {
    "an open breaker admits nothing": always(s => s.place !== "open" || s.calls.length === 0),
    "a half-open one admits one probe": always(s =>
      s.place !== "half-open" || s.calls.length <= 1),
    "a closed one admits every call": step((before, e, after) =>
      e.type !== "Call" || before.place !== "closed" || after.calls.includes(e.data.id)),
    "it opens after so many failures in a row": history(0, (row, before, e, after) => {
      const isCounted = before.place === "closed" && before.calls.includes(e.data.id)
      const failed = !isCounted ? row : e.type === "Failed" ? row + 1 : e.type === "Succeeded" ? 0 : row
      const isRight = before.place !== "closed" || (after.place === "open") === (failed >= FAILURES)
      return [after.place === "closed" ? failed : 0, isRight]
    }),
    "a probe decides": step((before, e, after) => {
      if (before.place !== "half-open") return true
      if (hasEnded(before, e)) return after.place === (e.type === "Succeeded" ? "closed" : "open")
      return after.place === "half-open" || (e.type === "Tick" && after.place === "open")
    }),
    "a call is there once": always(s => s.calls.every((id, i) => s.calls.indexOf(id) === i)),
    "what has ended is gone": step((before, e, after) =>
      !hasEnded(before, e) || !after.calls.includes(e.data.id)),
    "what comes late changes nothing": step((before, e, after) =>
      !["Succeeded", "Failed"].includes(e.type) || before.calls.includes(e.data.id) || isSame(before, after)),
    "it is never stuck": step((before, e, after) =>
      e.type !== "Tick" || before.place === "closed" || (before.place === "half-open" && !isProbed(before))
        || (before.left > 0 && (after.left === before.left - 1 || after.place !== before.place))),
    "a pause is never cut short": step((before, e, after) =>
      before.place !== "open" || after.place === "open" || (e.type === "Tick" && before.left === 1)),
  },

  regions: {
    of: s => s.place,
    moves: {
      closed: { Call: ["closed"], Succeeded: ["closed"], Failed: ["closed", "open"], Tick: "ignored" },
      open: { Call: "ignored", Succeeded: "ignored", Failed: "ignored", Tick: ["open", "half-open"] },
      "half-open": {
        Call: ["half-open"], Succeeded: ["half-open", "closed"], Failed: ["half-open", "open"],
        Tick: ["half-open", "open"],
      },
    },
  },

  // Three calls at a time, whose names come again.
  explore: {
    events: s => [
      { type: "Tick" },
      ...CALLS.flatMap(id => ["Call", "Succeeded", "Failed"].map(type => ({ type, data: { id } }))),
    ],
    // Which call it is does not matter.
    symmetry: s => ({ ...s, calls: CALLS.slice(0, s.calls.length) }),
  },
})

const CALLS = ["1", "2", "3"]

// Whether an event ends a call that was admitted.
function hasEnded(s, e) {
  return ["Succeeded", "Failed"].includes(e.type) && s.calls.includes(e.data.id)
}

function isProbed(s) { return s.calls.length > 0 }

// Calls that are under way no longer count.
function open(s) {
  s.place = "open"
  s.failures = 0
  s.left = PAUSE
  s.calls = []
}

// A set is a sorted array, so that equal sets are equal states.
function add(set, item) {
  if (set.includes(item)) return
  set.push(item)
  set.sort()
}

function isSame(a, b) {
  if (typeof a !== "object" || typeof b !== "object") return a === b
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every(key => key in b && isSame(a[key], b[key]))
}
