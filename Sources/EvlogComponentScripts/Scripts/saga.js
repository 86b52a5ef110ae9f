// A saga: steps that are undone in reverse if one fails.
//
// It promises that exactly what was completed is undone, in reverse; that it ends with everything done or everything
// undone; and that a step which cannot be undone is a state, 'stuck', which is left by a retry or a skip only.
// It assumes that each step says what came of it, that a failed step has no effect, and that what a step does may be
// seen by others before the saga ends.
// It cannot isolate: a saga is no transaction. It cannot undo what cannot be undone either; that is left to people.
const STEPS = ["reserve", "charge", "ship", "notify"]
const CANNOT_UNDO = ["ship"]

machine("saga", 1, {
  // The completed steps that are not undone, in their order; and the steps that people skipped.
  initial: { place: "running", completed: [], skipped: [] },

  on: {
    // Only the next step is taken, and only the last one is undone. Everything else is refused.
    Completed: (s, { data: { step } }) => {
      if (s.place !== "running" || step !== next(s)) return
      s.completed.push(step)
      if (s.completed.length === STEPS.length) s.place = "done"
    },
    Failed: (s, { data: { step } }) => {
      if (s.place !== "running" || step !== next(s)) return
      s.place = "undoing"
      settle(s)
    },
    Undone: (s, { data: { step } }) => {
      if (s.place !== "undoing" || step !== last(s)) return
      s.completed.pop()
      settle(s)
    },
    UndoFailed: (s, { data: { step } }) => {
      if (s.place !== "undoing" || step !== last(s)) return
      s.place = "stuck"
    },
    // What people do about a saga that is stuck: try again, if that makes sense, or leave the step as it is.
    Retry: (s, { data: { step } }) => {
      if (s.place !== "stuck" || step !== last(s) || CANNOT_UNDO.includes(step)) return
      s.place = "undoing"
    },
    Skip: (s, { data: { step } }) => {
      if (s.place !== "stuck" || step !== last(s)) return
      s.skipped.push(s.completed.pop())
      s.place = "undoing"
      settle(s)
    },
  },

  events: {
    Completed: { step: text }, Failed: { step: text },
    Undone: { step: text }, UndoFailed: { step: text },
    Retry: { step: text }, Skip: { step: text },
  },

  invariants: {
    "steps are completed in order": always(s => s.completed.every((step, i) => step === STEPS[i])),
    "what was completed is undone in reverse": history([], (done, before, e, after) => {
      const change = after.completed.length - before.completed.length
      if (change === 0) return isSame(before.completed, after.completed)
      if (change > 0) done.push(e.data.step)
      return change === 1 ? e.type === "Completed"
        : change === -1 && ["Undone", "Skip"].includes(e.type) && done.pop() === e.data.step
    }),
    "done means that every step is": always(s =>
      (s.place === "done") === (s.completed.length === STEPS.length)),
    "undone means that no step is left": always(s => s.place !== "undone" || s.completed.length === 0),
    "it undoes until nothing is left": always(s => s.place !== "undoing" || s.completed.length > 0),
    "what cannot be undone is not": step((before, e, after) =>
      e.type !== "Undone" || !CANNOT_UNDO.includes(e.data.step) || isSame(before, after)),
    "what comes in its turn counts": step((before, e, after) => {
      const place = {
        Completed: "running", Failed: "running", Undone: "undoing", UndoFailed: "undoing",
        Retry: "stuck", Skip: "stuck",
      }[e.type]
      const turn = place === "running" ? STEPS[before.completed.length] : before.completed.at(-1)
      const isItsTurn = before.place === place && e.data.step === turn
        && !(e.type === "Retry" && CANNOT_UNDO.includes(turn))
      return !isItsTurn || !isSame(before, after)
    }),
    "it is stuck only where an undo failed": history("", (failed, before, e, after) => {
      if (e.type === "UndoFailed" && before.place === "undoing" && after.place === "stuck")
        failed = e.data.step
      const at = after.completed.at(-1)
      return [failed, after.place !== "stuck" || CANNOT_UNDO.includes(at) || at === failed]
    }),
    "stuck is left by people only": step((before, e, after) =>
      before.place !== "stuck" || ["Retry", "Skip"].includes(e.type) || isSame(before, after)),
    "what is skipped was stuck": step((before, e, after) =>
      after.skipped.length === before.skipped.length || before.place === "stuck"),
    "what has ended stays as it is": step((before, e, after) =>
      !["done", "undone"].includes(before.place) || isSame(before, after)),
  },

  regions: {
    of: s => s.place,
    moves: {
      running: {
        Completed: ["running", "done"], Failed: ["running", "undoing", "undone", "stuck"],
        Undone: "ignored", UndoFailed: "ignored", Retry: "ignored", Skip: "ignored",
      },
      undoing: {
        Undone: ["undoing", "undone", "stuck"], UndoFailed: ["undoing", "stuck"],
        Completed: "ignored", Failed: "ignored", Retry: "ignored", Skip: "ignored",
      },
      stuck: {
        Retry: ["stuck", "undoing"], Skip: ["stuck", "undoing", "undone"],
        Completed: "ignored", Failed: "ignored", Undone: "ignored", UndoFailed: "ignored",
      },
      done: {
        Completed: "ignored", Failed: "ignored", Undone: "ignored", UndoFailed: "ignored",
        Retry: "ignored", Skip: "ignored",
      },
      undone: {
        Completed: "ignored", Failed: "ignored", Undone: "ignored", UndoFailed: "ignored",
        Retry: "ignored", Skip: "ignored",
      },
    },
  },

  // Any step may say anything at any time.
  explore: {
    events: s => STEPS.flatMap(step =>
      ["Completed", "Failed", "Undone", "UndoFailed", "Retry", "Skip"].map(type => ({ type, data: { step } }))),
  },
})

function next(s) { return STEPS[s.completed.length] }
function last(s) { return s.completed[s.completed.length - 1] }

// Where undoing goes on from here: to its end, or to a step that cannot be undone.
function settle(s) {
  if (s.completed.length === 0) s.place = "undone"
  else if (CANNOT_UNDO.includes(last(s))) s.place = "stuck"
}

function isSame(a, b) {
  if (typeof a !== "object" || typeof b !== "object") return a === b
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every(key => key in b && isSame(a[key], b[key]))
}
