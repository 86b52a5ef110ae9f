// A queue with a visibility timeout and dead letters.
//
// It promises that a message is delivered until it is acknowledged, that it is never delivered again after that, that
// messages of one key go out one after the other, and that a message which fails too often becomes a dead letter,
// behind which the others of its key wait.
// It assumes that consumers acknowledge with the receipt of their delivery, and that all ticks come from one clock.
// It cannot deliver exactly once. A consumer that is slower than the timeout works on a message that is delivered
// again, so what it does must be idempotent.
// It cannot forget an id either, so its state grows with every message.
const VISIBILITY = 2 // ticks
const ATTEMPTS = 2

machine("queue", 1, {
  // Messages in the order in which they were sent, and how those ended that are gone.
  initial: { messages: [], settled: {} },

  on: {
    Send: (s, { data: { id, key } }) => {
      if (id in s.settled || find(s, id) !== undefined) return
      s.messages.push({ id, key, place: "waiting", attempts: 0, receipt: 0, left: 0 })
    },
    // Takes the first message that may go out; nothing if there is none.
    Receive: s => {
      const message = s.messages.find(m => mayGoOut(s, m))
      if (message === undefined) return
      message.place = "taken"
      message.attempts++
      message.receipt++
      message.left = VISIBILITY
    },
    Acknowledge: (s, { data: { id, receipt } }) => {
      if (!isTaken(s, id, receipt)) return
      settle(s, id, "acknowledged")
    },
    Reject: (s, { data: { id, receipt } }) => {
      if (!isTaken(s, id, receipt)) return
      putBack(find(s, id))
    },
    Tick: s => {
      for (const message of s.messages.filter(m => m.place === "taken")) {
        message.left--
        if (message.left === 0) putBack(message)
      }
    },
    // What an operator does with a dead letter.
    Redrive: (s, { data: { id } }) => {
      if (find(s, id)?.place !== "dead") return
      find(s, id).place = "waiting"
      find(s, id).attempts = 0
    },
    Discard: (s, { data: { id } }) => {
      if (find(s, id)?.place !== "dead") return
      settle(s, id, "discarded")
    },
  },

  events: {
    Send: { id: text, key: text },
    Receive: {},
    Acknowledge: { id: text, receipt: integer },
    Reject: { id: text, receipt: integer },
    Tick: {},
    Redrive: { id: text },
    Discard: { id: text },
  },

  invariants: {
    "what is settled never comes back": always(s => s.messages.every(m => !(m.id in s.settled))),
    "nothing is lost": history([], (sent, before, e, after) => {
      if (e.type === "Send" && !sent.includes(e.data.id)) sent.push(e.data.id)
      sent.sort()
      return sent.every(id => id in after.settled || find(after, id) !== undefined)
    }),
    "only a dead letter is discarded": step((before, e, after) =>
      Object.keys(after.settled).every(id => id in before.settled
        || (after.settled[id] === "discarded") === (find(before, id).place === "dead"))),
    "a message is taken by one consumer at a time": step((before, e, after) =>
      goneOut(before, after).every(m => find(before, m.id).place === "waiting")),
    "an old receipt does nothing": step((before, e, after) =>
      !["Acknowledge", "Reject"].includes(e.type) || isSame(before, after)
        || before.messages.some(m =>
          m.id === e.data.id && m.place === "taken" && m.receipt === e.data.receipt)),
    "what is said in time counts": step((before, e, after) => {
      const old = find(before, e.data.id)
      const isTaken = old?.place === "taken" && old.receipt === e.data.receipt
      if (e.type === "Acknowledge" && isTaken) return after.settled[old.id] === "acknowledged"
      if (e.type === "Discard" && old?.place === "dead") return after.settled[old.id] === "discarded"
      if (e.type !== "Reject" || !isTaken) return true
      return find(after, old.id).place !== "taken" && find(after, old.id).left === 0
    }),
    "a message goes back when its time is over": step((before, e, after) =>
      e.type !== "Tick" || before.messages.filter(m => m.place === "taken").every(m => {
        const now = find(after, m.id)
        return now.left === m.left - 1 && (now.place === "taken") === (now.left > 0)
      })),
    "a delivery counts": step((before, e, after) => goneOut(before, after).every(m =>
      m.left === VISIBILITY && m.attempts === find(before, m.id).attempts + 1)),
    "a receipt is used once": step((before, e, after) =>
      after.messages.every(m => m.receipt >= (find(before, m.id)?.receipt ?? 0))
        && goneOut(before, after).every(m => m.receipt > find(before, m.id).receipt)),
    "messages of one key go out in order": history([], (sent, before, e, after) => {
      if (e.type === "Send" && sent.every(m => m.id !== e.data.id)) sent.push(e.data)
      return goneOut(before, after).every(m =>
        sent.slice(0, sent.findIndex(o => o.id === m.id))
          .every(o => o.key !== m.key || o.id in before.settled))
    }),
    "no message is tried more often than allowed": always(s => s.messages.every(m => m.attempts <= ATTEMPTS)),
    "no message is given up before that": always(s =>
      s.messages.every(m => m.place !== "dead" || m.attempts === ATTEMPTS)),
    "what may go out does": step((before, e, after) =>
      e.type !== "Receive" || goneOut(before, after).length === 1
        || before.messages.every((m, i) => m.place !== "waiting"
          || before.messages.slice(0, i).some(o => o.key === m.key))),
  },

  // Three messages of two keys, up to three receipts of each, which also come with other messages and late.
  explore: {
    events: s => {
      const events = [{ type: "Receive" }, { type: "Tick" }]
      for (const [id, key] of [["m1", "k"], ["m2", "k"], ["m3", "l"]]) {
        events.push({ type: "Send", data: { id, key } })
        events.push({ type: "Redrive", data: { id } }, { type: "Discard", data: { id } })
        for (let receipt = 0; receipt <= 3; receipt++)
          events.push({ type: "Acknowledge", data: { id, receipt } }, { type: "Reject", data: { id, receipt } })
      }
      return events
    },
    bound: s => s.messages.every(m => m.receipt <= 3),
  },
})

function find(s, id) { return s.messages.find(m => m.id === id) }

// A message waits for all earlier ones of its key, even for a dead letter.
function mayGoOut(s, message) {
  return message.place === "waiting" && s.messages.find(m => m.key === message.key).id === message.id
}

function isTaken(s, id, receipt) {
  const message = find(s, id)
  return message?.place === "taken" && message.receipt === receipt
}

function putBack(message) {
  message.left = 0
  message.place = message.attempts < ATTEMPTS ? "waiting" : "dead"
}

function settle(s, id, how) {
  s.messages = s.messages.filter(m => m.id !== id)
  s.settled[id] = how
}

// The messages that an event has delivered: their receipt or their place says so.
function goneOut(before, after) {
  return after.messages.filter(m => m.place === "taken"
    && (find(before, m.id)?.place !== "taken" || find(before, m.id).receipt !== m.receipt
      || find(before, m.id).left < m.left))
}

function isSame(a, b) {
  if (typeof a !== "object" || typeof b !== "object") return a === b
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every(key => key in b && isSame(a[key], b[key]))
}
