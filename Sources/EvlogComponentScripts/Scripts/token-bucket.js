// A rate limiter: a token bucket.
//
// The component gcra does the same in another way, and each refines the other.
// It promises to admit at most BURST + t / INTERVAL requests in any span of t milliseconds, and to admit all that this
// limit allows.
// It assumes that one log has all requests that count. A request that is dated before the last one counts as
// simultaneous with it.
// It cannot be fair: one client can use up what all share. Keep one state for each client where that matters.
const BURST = 3
const INTERVAL = 2 // milliseconds
const LATEST = 2 ** 52 // so that what comes after it is exact

machine("token-bucket", 1, {
  // A token is worth INTERVAL milliseconds, and the level is in milliseconds, so that it is a whole number.
  initial: { at: 0, level: BURST * INTERVAL, outcome: "none" },

  on: {
    Request: (s, { data: { at } }) => {
      const now = Math.max(s.at, Math.min(Number(at), LATEST))
      s.level = Math.min(BURST * INTERVAL, s.level + now - s.at)
      s.at = now
      s.outcome = s.level < INTERVAL ? "refused" : "admitted"
      if (s.outcome === "admitted") s.level -= INTERVAL
    },
  },

  events: { Request: { at: integer(0, LATEST) } },

  invariants: {
    "no span has more than the limit": history([], (admitted, before, e, after) => {
      if (after.outcome === "admitted") admitted.push(after.at)
      return isWithinLimit(admitted)
    }),
    "what the limit allows is admitted": history([], (admitted, before, e, after) => {
      if (after.outcome === "admitted") admitted.push(after.at)
      return after.outcome === "admitted" || !isWithinLimit([...admitted, after.at])
    }),
    "time does not run backwards": step((before, e, after) =>
      after.at >= before.at && after.at >= Math.min(Number(e.data.at), LATEST)),
  },

  regions: {
    of: s => s.level < INTERVAL ? "empty" : s.level < BURST * INTERVAL ? "some" : "full",
    moves: {
      full: { Request: ["some", "empty"] },
      some: { Request: ["some", "empty"] },
      empty: { Request: ["some", "empty"] },
    },
  },

  // Requests at any of nine milliseconds, also at earlier ones than the last.
  explore: {
    events: s => [0, 1, 2, 3, 4, 5, 6, 7, 8].map(at => ({ type: "Request", data: { at } })),
  },

  // The bucket is as far from full as the theoretical arrival time is ahead.
  refines: {
    abstract: s => ({ at: s.at, arrival: s.at + BURST * INTERVAL - s.level, outcome: s.outcome }),
  },
})

// Whether no span from one of these times to another has more of them than the limit allows.
function isWithinLimit(times) {
  return times.every((first, i) => times.slice(i).every((last, count) =>
    count + 1 <= BURST + Math.floor((last - first) / INTERVAL)))
}
