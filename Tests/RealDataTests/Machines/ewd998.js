// Nodes that pass messages and a token, to find out whether all of them are done (Dijkstra's EWD
// 998). A log holds several traces; a trace is a key. INITIAL, the first states, is put before this
// file by the test.
const traceOf = (e) => e.stream.split("/")[0]
const nodeOf = (e) => e.stream.split("/")[1]
const messages = (s, type) =>
  Object.values(s.inbox).flat().filter(message => message.type === type).length

machine("ewd998", 1, {
  scope: "key",
  key: traceOf,
  initial: {},
  on: {
    "*": (s, e) => {
      if (!s.inbox) Object.assign(s, JSON.parse(JSON.stringify(INITIAL[traceOf(e)])))
      for (const [node, values] of Object.entries(e.data.set))
        for (const [name, value] of Object.entries(values)) s[name][node] = value
      Object.assign(s.inbox, e.data.inbox)
    },
  },
  invariants: {
    "clock_own": history({ own: {} }, (memory, before, e) => {
      const node = nodeOf(e), expected = (memory.own[node] ?? 0) + 1
      memory.own[node] = e.data.clock[node]
      return e.data.clock[node] === expected
    }),
    "clock_past_delivered": history({ read: {} }, (memory, before, e) => {
      const read = memory.read
      read[nodeOf(e)] = (read[nodeOf(e)] ?? 0) + 1
      return Object.entries(e.data.clock).every(([node, count]) => count <= (read[node] ?? 0))
    }),
    "message_count": always(s =>
      Object.values(s.counter).reduce((sum, n) => sum + n, 0) === messages(s, "pl")),
    "one_token": always(s => messages(s, "tok") === 1),
    "not_terminated": always(s =>
      Object.values(s.active).some(isActive => isActive) || messages(s, "pl") > 0),
    "in_flight_le_5": always(s => messages(s, "pl") <= 5),
  },
})
