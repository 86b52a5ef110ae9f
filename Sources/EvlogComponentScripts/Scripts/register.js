// A register with compare-and-set.
//
// It is for clients that repeat a request which they got no reply to.
// It promises that a value is set only where the expected one was, that a request counts once however often it comes,
// and that the replies are those of one register, in the order of the log: it is linearizable.
// It assumes that each client numbers its requests from 1, and sends the next one after it has the reply.
// It cannot notice that a value was changed and changed back. Where that matters, make each value unique, for example
// by writing the version into it.
machine("register", 1, {
  initial: { value: "", version: 0, replies: {} },

  on: {
    Read: (s, { data: { client, request } }) => {
      if (isOld(s, client, request)) return
      s.replies[client] = { request, isSet: false, value: s.value }
    },
    CompareAndSet: (s, { data: { client, request, expected, value } }) => {
      if (isOld(s, client, request)) return
      const isSet = s.value === expected
      if (isSet) s.value = value
      if (isSet) s.version++
      s.replies[client] = { request, isSet, value: s.value }
    },
  },

  events: {
    Read: { client: text, request: integer },
    CompareAndSet: { client: text, request: integer, expected: text, value: text },
  },

  invariants: {
    "a value is set only where the expected one was": step((before, e, after) =>
      after.value === before.value
        || (e.type === "CompareAndSet" && e.data.expected === before.value && e.data.value === after.value)),
    "a repeated request changes nothing": step((before, e, after) =>
      e.data.request > last(before, e.data.client) || isSame(before, after)),
    "a new request is answered": step((before, e, after) =>
      e.data.request <= last(before, e.data.client) || last(after, e.data.client) === e.data.request),
    "versions count what was set": step((before, e, after) =>
      after.version - before.version === (isAnswered(before, e, after) && after.replies[e.data.client].isSet ? 1 : 0)),
    // A register that is kept up by what the replies say.
    "the replies are those of one register": history({ value: "" }, (memory, before, e, after) => {
      if (!isAnswered(before, e, after)) return true
      const reply = after.replies[e.data.client]
      const isRight = reply.isSet === (e.type === "CompareAndSet" && e.data.expected === memory.value)
      if (reply.isSet) memory.value = e.data.value
      return isRight && reply.value === memory.value
    }),
  },

  // Three clients with two requests each, two values. Requests come again, also with other contents.
  explore: {
    events: s => CLIENTS.flatMap(client =>
      [last(s, client), last(s, client) + 1].filter(n => n >= 1 && n <= 2).flatMap(request => [
        { type: "Read", data: { client, request } },
        ...["", "x", "y"].flatMap(expected => ["x", "y"].map(value =>
          ({ type: "CompareAndSet", data: { client, request, expected, value } }))),
      ])),
    // Which client it is does not matter.
    symmetry: s => {
      const replies = Object.values(s.replies).map(r => [JSON.stringify([r.request, r.isSet, r.value]), r])
        .sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0)
      return { ...s, replies: Object.fromEntries(replies.map(([, reply], i) => [CLIENTS[i], reply])) }
    },
  },
})

const CLIENTS = ["a", "b", "c"]

function last(s, client) { return s.replies[client]?.request ?? 0 }
function isOld(s, client, request) {
  const reply = s.replies[client]
  return reply !== undefined && request <= reply.request
}
function isAnswered(before, e, after) { return last(before, e.data.client) !== last(after, e.data.client) }
function isSame(a, b) {
  if (typeof a !== "object" || typeof b !== "object") return a === b
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every(key => key in b && isSame(a[key], b[key]))
}
