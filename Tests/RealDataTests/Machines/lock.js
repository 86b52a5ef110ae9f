// Clients that ask for a lock and release it, and a server that says whether they got it.
const isResponse = (e) => e.type.endsWith(".responded")
const kindOf = (e) => e.type.split(".")[0]
const ticket = (e) => `${e.stream}/${e.data.client}/${kindOf(e)}/${e.data.id}`
const succeeds = (e, kind) => isResponse(e) && kindOf(e) === kind && e.data.result === "SUCCESS"
const holderOf = (s, e) => s.holder[e.stream] ?? null

function respond(s, e) {
  const lock = e.stream, client = e.data.client
  delete s.pending[ticket(e)]
  const result = `${kindOf(e)}/${e.data.result}`
  s.results[result] = (s.results[result] ?? 0) + 1
  // The specification says who holds the lock whatever the server answers: the first who asks for
  // a free lock, until that one asks to release it.
  if (kindOf(e) === "lock") {
    if (holderOf(s, e) === null) s.holder[lock] = client
  } else if (holderOf(s, e) === client) delete s.holder[lock]

  const claims = s.claims[lock] ?? []
  if (succeeds(e, "lock") && !claims.includes(client)) s.claims[lock] = [...claims, client]
  if (succeeds(e, "release")) s.claims[lock] = claims.filter(c => c !== client)
}

machine("lock", 1, {
  initial: {
    holder: {}, // who must have the lock, by the specification
    claims: {}, // who was told to have it, and was not told to have released it
    pending: {},
    results: {},
  },
  on: {
    "lock.requested": (s, e) => { s.pending[ticket(e)] = true },
    "release.requested": (s, e) => { s.pending[ticket(e)] = true },
    "lock.responded": respond,
    "release.responded": respond,
  },
  invariants: {
    "spec_MutualExclusion": step((before, e) => {
      if (!isResponse(e)) return true
      const may = kindOf(e) === "lock" ? holderOf(before, e) === null
        : holderOf(before, e) === e.data.client
      return may === (e.data.result === "SUCCESS")
    }),
    "lock_success_only_if_free": step((before, e) =>
      !succeeds(e, "lock") || holderOf(before, e) === null),
    "response_only_on_request": step((before, e) =>
      !isResponse(e) || Object.hasOwn(before.pending, ticket(e))),
    "free_lock_status_truthful": step((before, e, after) =>
      !isResponse(e) ||
      e.data.lockStatus === (holderOf(after, e) === null ? "FREE" : "LOCKED")),
    "mutual_exclusion_state": always(s => Object.values(s.claims).every(c => c.length <= 1)),
    "time_monotone": history({ last: 0n }, (memory, before, e) => {
      const isLater = e.timeNs >= memory.last
      memory.last = e.timeNs
      return isLater
    }),
  },
})
