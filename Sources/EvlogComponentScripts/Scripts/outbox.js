// An outbox and an inbox.
//
// Messages go from one system to another, over a network that loses, repeats and reorders them.
// It promises that the receiver handles exactly what the sender has decided, once and in that order, and that the
// sender keeps a message until the receiver has handled it.
// It assumes that what the sender decides is in its outbox by the same event, and that the receiver handles a message
// and counts it by the same event.
// It cannot say when: what is never sent again is never handled. One pair has one order; another receiver needs another
// outbox.
machine("outbox", 1, {
  // What was decided and is not yet confirmed; the number of the last decision; what the receiver has handled.
  initial: { outbox: [], decided: 0, inbox: { handled: 0, last: "" }, network: [] },

  on: {
    // The sender decides something, and puts it into its outbox.
    Decide: (s, { data: { message } }) => {
      s.decided++
      s.outbox.push({ number: s.decided, message })
    },
    // It sends what is in its outbox, as often as it likes.
    Send: (s, { data: { number } }) => {
      const sent = s.outbox.find(m => m.number === number)
      if (sent === undefined) return
      if (!s.network.some(m => m.number === number)) s.network.push({ ...sent })
      s.network.sort((a, b) => a.number - b.number)
    },
    // The receiver handles the next message. One that it has handled changes nothing, and so does one that is too
    // early.
    Receive: (s, { data: { number } }) => {
      const received = s.network.find(m => m.number === number)
      if (received === undefined || number !== s.inbox.handled + 1) return
      s.inbox.handled = number
      s.inbox.last = received.message
    },
    // The sender hears that the receiver has handled all messages up to this one.
    Confirm: (s, { data: { number } }) => {
      if (number > s.inbox.handled) return
      s.outbox = s.outbox.filter(m => m.number > number)
    },
    // The network loses a message.
    Lose: (s, { data: { number } }) => {
      s.network = s.network.filter(m => m.number !== number)
    },
  },

  events: {
    Decide: { message: text }, Send: { number: integer }, Receive: { number: integer },
    Confirm: { number: integer }, Lose: { number: integer },
  },

  invariants: {
    "what is handled was decided, once and in order": history([], (decided, before, e, after) => {
      if (e.type === "Decide") decided.push(e.data.message)
      const change = after.inbox.handled - before.inbox.handled
      return change === 0 ? isSame(before.inbox, after.inbox)
        : change === 1 && after.inbox.last === decided[after.inbox.handled - 1]
    }),
    "what is not handled is in the outbox": history([], (decided, before, e, after) => {
      if (e.type === "Decide") decided.push(e.data.message)
      return decided.every((message, i) => i < after.inbox.handled
        || after.outbox.some(m => m.number === i + 1 && m.message === message))
    }),
    "a decision is numbered once": step((before, e, after) =>
      e.type === "Decide" ? after.decided === before.decided + 1 : after.decided === before.decided),
    "what is sent is in the network": step((before, e, after) =>
      e.type !== "Send" || before.outbox.every(m => m.number !== e.data.number)
        || after.network.some(m => m.number === e.data.number)),
    "what is confirmed leaves the outbox": step((before, e, after) =>
      e.type !== "Confirm" || e.data.number > before.inbox.handled
        || after.outbox.every(m => m.number > e.data.number)),
    "the next message is handled": step((before, e, after) =>
      e.type !== "Receive" || e.data.number !== before.inbox.handled + 1
        || before.network.every(m => m.number !== e.data.number)
        || after.inbox.handled === e.data.number),
  },

  // Three decisions of two kinds; messages are sent, lost, received and confirmed in any order, and late.
  explore: {
    events: s => {
      const events = []
      if (s.decided < 3) for (const message of ["x", "y"]) events.push({ type: "Decide", data: { message } })
      for (const number of [1, 2, 3, 4])
        for (const type of ["Send", "Receive", "Confirm", "Lose"]) events.push({ type, data: { number } })
      return events
    },
  },
})

function isSame(a, b) {
  if (typeof a !== "object" || typeof b !== "object") return a === b
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every(key => key in b && isSame(a[key], b[key]))
}
