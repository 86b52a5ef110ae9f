// A lock with leases and fencing tokens.
//
// It promises that at most one client holds the lock, that every grant has a greater token than all grants before it,
// and that the guarded resource takes no write whose token is older than one that it has taken.
// It assumes that whatever is guarded compares tokens, as 'Write' does here, and that all ticks come from one clock.
// It cannot make a lease exclude others by itself. A client that paused for longer than its lease may still believe
// that it holds the lock; its writes are taken until the next holder's first one.
const LEASE = 2 // ticks

machine("lock", 1, {
  initial: { token: 0, leases: {}, resource: { token: 0, value: "" } },

  on: {
    // Refused while anyone holds the lock.
    Acquire: (s, { data: { client } }) => {
      if (Object.keys(s.leases).length > 0) return
      s.token++
      s.leases[client] = { token: s.token, left: LEASE }
    },
    // Refused unless the client holds the lock with this token.
    Renew: (s, { data: { client, token } }) => {
      if (s.leases[client]?.token !== token) return
      s.leases[client].left = LEASE
    },
    Release: (s, { data: { client, token } }) => {
      if (s.leases[client]?.token !== token) return
      delete s.leases[client]
    },
    Tick: s => {
      for (const client of Object.keys(s.leases)) {
        s.leases[client].left--
        if (s.leases[client].left === 0) delete s.leases[client]
      }
    },
    // The guarded resource. It cannot know who holds the lock, and looks at the token alone.
    Write: (s, { data: { token, value } }) => {
      if (token < s.resource.token) return
      if (token < 1 || token > s.token) return
      s.resource = { token, value }
    },
  },

  events: {
    Acquire: { client: text },
    Renew: { client: text, token: integer },
    Release: { client: text, token: integer },
    Tick: {},
    Write: { token: integer, value: text },
  },

  invariants: {
    "at most one client holds the lock": always(s => Object.keys(s.leases).length <= 1),
    "tokens strictly rise": history(0, (newest, before, e, after) => {
      const granted = Object.keys(after.leases)
        .filter(c => before.leases[c]?.token !== after.leases[c].token)
        .map(c => after.leases[c].token)
      return [Math.max(newest, ...granted), granted.every(token => token > newest)]
    }),
    "a free lock is granted": step((before, e, after) =>
      e.type !== "Acquire" || Object.keys(before.leases).length > 0
        || after.leases[e.data.client] !== undefined),
    "a lease lasts its ticks": step((before, e, after) => Object.keys(after.leases).every(c => {
      const { token, left } = after.leases[c]
      const isNew = before.leases[c]?.token !== token
        || (e.type === "Renew" && e.data.client === c && e.data.token === token)
      if (isNew) return left === LEASE
      return left > 0 && left === before.leases[c].left - (e.type === "Tick" ? 1 : 0)
    })),
    "a release ends the lease": step((before, e, after) =>
      e.type !== "Release" || before.leases[e.data.client]?.token !== e.data.token
        || !(e.data.client in after.leases)),
    "a lease ends by its release or its last tick": step((before, e, after) =>
      Object.keys(before.leases).every(c => {
        const { token, left } = before.leases[c]
        if (after.leases[c]?.token === token) return true
        return e.type === "Tick" ? left === 1
          : e.type === "Release" && e.data.client === c && e.data.token === token
      })),
    "an old token writes nothing": step((before, e, after) =>
      e.type !== "Write" || e.data.token >= before.resource.token || isSame(before, after)),
    "a token that was not granted writes nothing": step((before, e, after) =>
      e.type !== "Write" || (e.data.token >= 1 && e.data.token <= before.token)
        || isSame(before, after)),
    "the holder's writes are taken": step((before, e, after) =>
      e.type !== "Write" || Object.values(before.leases).every(l => l.token !== e.data.token)
        || (after.resource.token === e.data.token && after.resource.value === e.data.value)),
  },

  regions: {
    of: s => Object.keys(s.leases).length > 0 ? "held" : "free",
    moves: {
      free: { Acquire: ["held"], Renew: "ignored", Release: "ignored", Tick: "ignored", Write: ["free"] },
      held: {
        Acquire: "ignored", Renew: ["held"], Release: ["held", "free"], Tick: ["held", "free"],
        Write: ["held"],
      },
    },
  },

  // Three clients, four tokens. Renewals, releases and writes come with any token that was ever granted, and with some
  // that were not.
  explore: {
    events: s => {
      const events = [{ type: "Tick" }]
      for (const client of CLIENTS) events.push({ type: "Acquire", data: { client } })
      for (let token = 0; token <= s.token + 1; token++) {
        for (const client of CLIENTS)
          events.push({ type: "Renew", data: { client, token } }, { type: "Release", data: { client, token } })
        for (const value of ["x", "y"]) events.push({ type: "Write", data: { token, value } })
      }
      return events
    },
    bound: s => s.token <= 4,
    // Which client it is does not matter.
    symmetry: s => {
      const leases = Object.values(s.leases).sort((a, b) => a.token - b.token || a.left - b.left)
      return { ...s, leases: Object.fromEntries(leases.map((lease, i) => [CLIENTS[i], lease])) }
    },
  },
})

const CLIENTS = ["a", "b", "c"]

function isSame(a, b) {
  if (typeof a !== "object" || typeof b !== "object") return a === b
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every(key => key in b && isSame(a[key], b[key]))
}
