// One server that keeps one value, and two clients that each write once and then read once: the example of Stateright's
// documentation. Messages are a set; one that is delivered is gone. What the clients saw is a part of the state, so that
// every history is told apart, and judged whether it is linearizable.
const CLIENTS = [1, 2]
const VALUE = { 1: "A", 2: "B" }

machine("single-copy-register", 1, {
  initial: begin(),
  on: {
    Delivered: (s, { data: { from, to, kind, request, value } }) => {
      const message = s.network.findIndex(m => m.from === from && m.to === to && m.kind === kind)
      s.network.splice(message, 1)
      if (to === 0) {
        if (kind === "put") s.server = value
        send(s, { from: 0, to: from, kind: `${kind}Ok`, request, value: kind === "get" ? s.server : null })
        return
      }
      const client = s.clients[to]
      returned(s, to, value)
      if (kind === "putOk") {
        client.awaits = (client.operations + 1) * to
        invoked(s, to, null)
        send(s, { from: to, to: 0, kind: "get", request: client.awaits, value: null })
      } else client.awaits = null
      client.operations++
    },
  },
  invariants: { linearizable: always(isLinearizable) },
  explore: {
    events: s => s.network
      .filter(m => m.to === 0 || s.clients[m.to].awaits === m.request)
      .map(data => ({ type: "Delivered", data })),
  },
})

function begin() {
  const s = { server: "", clients: {}, network: [], done: { 1: [], 2: [] }, running: {} }
  for (const c of CLIENTS) {
    s.clients[c] = { awaits: c, operations: 1 }
    invoked(s, c, VALUE[c])
    send(s, { from: c, to: 0, kind: "put", request: c, value: VALUE[c] })
  }
  return s
}

function send(s, message) {
  s.network.push(message)
  s.network.sort((a, b) => a.from - b.from || a.to - b.to)
}

// An operation comes after those of others that were done when it was invoked: so many of them.
function invoked(s, client, writes) {
  const after = {}
  for (const c of CLIENTS) if (c !== client && s.done[c].length > 0) after[c] = s.done[c].length
  s.running[client] = { after, writes }
}

function returned(s, client, value) {
  s.done[client].push({ ...s.running[client], read: value })
  delete s.running[client]
}

// Whether the operations have an order that each client and a register agree with.
function isLinearizable(s) {
  const rest = {}
  for (const c of CLIENTS) {
    rest[c] = s.done[c].map(o => ({ ...o, isDone: true }))
    if (s.running[c] !== undefined) rest[c].push({ ...s.running[c], isDone: false })
  }
  const place = (taken, value) => {
    if (CLIENTS.every(c => rest[c].slice(taken[c]).every(o => !o.isDone))) return true
    return CLIENTS.some(c => {
      const next = rest[c][taken[c]]
      if (next === undefined) return false
      if (Object.keys(next.after).some(o => taken[o] < next.after[o])) return false
      const after = { ...taken, [c]: taken[c] + 1 }
      if (next.writes !== null) return place(after, next.writes)
      return (!next.isDone || next.read === value) && place(after, value)
    })
  }
  return place({ 1: 0, 2: 0 }, "")
}
