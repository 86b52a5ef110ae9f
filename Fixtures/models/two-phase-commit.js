// Two-phase commit as Gray and Lamport specify it (TwoPhase in "Consensus on Transaction Commit"): a transaction manager,
// N resource managers, and messages that are never lost and never taken out.
const N = 3

const RMS = [...Array(N).keys()]

machine("two-phase-commit", 1, {
  initial: { rms: RMS.map(() => "working"), tm: "init", prepared: [], messages: [] },
  on: {
    TMReceivedPrepared: (s, e) => { add(s.prepared, e.data.rm) },
    TMCommitted: s => { s.tm = "committed"; add(s.messages, "commit") },
    TMAborted: s => { s.tm = "aborted"; add(s.messages, "abort") },
    RMPrepared: (s, e) => { s.rms[e.data.rm] = "prepared"; add(s.messages, `prepared ${e.data.rm}`) },
    RMChoseToAbort: (s, e) => { s.rms[e.data.rm] = "aborted" },
    RMReceivedCommit: (s, e) => { s.rms[e.data.rm] = "committed" },
    RMReceivedAbort: (s, e) => { s.rms[e.data.rm] = "aborted" },
  },
  invariants: {
    consistent: always(s => !(s.rms.includes("aborted") && s.rms.includes("committed"))),
  },
  regions: {
    of: s => s.tm,
    moves: {
      init: {
        TMCommitted: ["committed"], TMAborted: ["aborted"], TMReceivedPrepared: ["init"],
        RMPrepared: ["init"], RMChoseToAbort: ["init"],
      },
    },
  },
  explore: {
    events: s => {
      const events = []
      if (s.tm === "init" && s.prepared.length === N) events.push({ type: "TMCommitted" })
      if (s.tm === "init") events.push({ type: "TMAborted" })
      for (const rm of RMS) {
        const data = { rm }
        if (s.tm === "init" && s.messages.includes(`prepared ${rm}`))
          events.push({ type: "TMReceivedPrepared", data })
        if (s.rms[rm] === "working")
          events.push({ type: "RMPrepared", data }, { type: "RMChoseToAbort", data })
        if (s.messages.includes("commit")) events.push({ type: "RMReceivedCommit", data })
        if (s.messages.includes("abort")) events.push({ type: "RMReceivedAbort", data })
      }
      return events
    },
  },
})

// A set is a sorted array, so that equal sets are equal states.
function add(set, item) {
  if (set.includes(item)) return
  set.push(item)
  set.sort()
}
