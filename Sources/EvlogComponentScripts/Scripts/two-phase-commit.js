// Two-phase commit.
//
// As Gray and Lamport specify it (TwoPhase in "Consensus on Transaction Commit"): a transaction manager, N resource
// managers, and messages that are never lost and never taken out.
// It promises that no resource manager commits while another one aborts, and that a decision is final.
// It assumes that what is prepared can be committed, even after a crash, and that each message arrives some time.
// It cannot go on without the transaction manager: a prepared participant waits until it is back.
const N = 3

const RMS = [...Array(N).keys()]

machine("two-phase-commit", 1, {
  initial: { rms: RMS.map(() => "working"), tm: "init", prepared: [], messages: [] },

  // What may not happen changes nothing.
  on: {
    TMReceivedPrepared: (s, e) => { if (may(s, e)) add(s.prepared, e.data.rm) },
    TMCommitted: (s, e) => {
      if (!may(s, e)) return
      s.tm = "committed"
      add(s.messages, "commit")
    },
    TMAborted: (s, e) => {
      if (!may(s, e)) return
      s.tm = "aborted"
      add(s.messages, "abort")
    },
    RMPrepared: (s, e) => {
      if (!may(s, e)) return
      s.rms[e.data.rm] = "prepared"
      add(s.messages, `prepared ${e.data.rm}`)
    },
    RMChoseToAbort: (s, e) => { if (may(s, e)) s.rms[e.data.rm] = "aborted" },
    RMReceivedCommit: (s, e) => { if (may(s, e)) s.rms[e.data.rm] = "committed" },
    RMReceivedAbort: (s, e) => { if (may(s, e)) s.rms[e.data.rm] = "aborted" },
  },

  events: {
    TMReceivedPrepared: { rm: integer(0, N - 1) }, TMCommitted: {}, TMAborted: {},
    RMPrepared: { rm: integer(0, N - 1) }, RMChoseToAbort: { rm: integer(0, N - 1) },
    RMReceivedCommit: { rm: integer(0, N - 1) }, RMReceivedAbort: { rm: integer(0, N - 1) },
  },

  invariants: {
    consistent: always(s => !(s.rms.includes("aborted") && s.rms.includes("committed"))),
    "each decision is announced": always(s =>
      s.messages.includes("commit") === (s.tm === "committed")
        && s.messages.includes("abort") === (s.tm === "aborted")
        && RMS.every(rm => s.rms[rm] !== "prepared" || s.messages.includes(`prepared ${rm}`))),
    "what may happen does": step((before, e, after) => {
      if (e.data.rm !== undefined && !RMS.includes(e.data.rm)) return true
      const isOpen = before.tm === "init"
      const isWorking = before.rms[e.data.rm] === "working"
      switch (e.type) {
        case "TMReceivedPrepared":
          return !isOpen || !before.messages.includes(`prepared ${e.data.rm}`)
            || after.prepared.includes(e.data.rm)
        case "TMCommitted":
          return !isOpen || RMS.some(rm => !before.prepared.includes(rm)) || after.tm === "committed"
        case "TMAborted": return !isOpen || after.tm === "aborted"
        case "RMPrepared": return !isWorking || after.rms[e.data.rm] === "prepared"
        case "RMChoseToAbort": return !isWorking || after.rms[e.data.rm] === "aborted"
        case "RMReceivedCommit": return before.tm !== "committed" || after.rms[e.data.rm] === "committed"
        case "RMReceivedAbort": return before.tm !== "aborted" || after.rms[e.data.rm] === "aborted"
      }
    }),
    "only what all have prepared is committed": step((before, e, after) =>
      before.tm === "committed" || after.tm !== "committed" || before.rms.every(rm => rm === "prepared")),
    "the manager decides once": step((before, e, after) =>
      before.tm === "init" || after.tm === before.tm),
    "a resource manager decides once": step((before, e, after) => RMS.every(rm =>
      ["working", "prepared", after.rms[rm]].includes(before.rms[rm]))),
    "what is prepared waits for the manager": step((before, e, after) => RMS.every(rm =>
      before.rms[rm] !== "prepared" || after.rms[rm] === "prepared"
        || after.rms[rm] === before.tm)),
  },

  regions: {
    of: s => s.tm,
    moves: {
      init: {
        TMCommitted: ["init", "committed"], TMAborted: ["aborted"], TMReceivedPrepared: ["init"],
        RMPrepared: ["init"], RMChoseToAbort: ["init"], RMReceivedCommit: "ignored", RMReceivedAbort: "ignored",
      },
      committed: {
        TMCommitted: "ignored", TMAborted: "ignored", TMReceivedPrepared: "ignored",
        RMPrepared: "ignored", RMChoseToAbort: "ignored", RMReceivedCommit: ["committed"],
        RMReceivedAbort: "ignored",
      },
      aborted: {
        TMCommitted: "ignored", TMAborted: "ignored", TMReceivedPrepared: "ignored",
        RMPrepared: ["aborted"], RMChoseToAbort: ["aborted"], RMReceivedCommit: "ignored",
        RMReceivedAbort: ["aborted"],
      },
    },
  },

  // Every event in every state, whether it may happen there or not.
  explore: {
    events: s => [
      { type: "TMCommitted" }, { type: "TMAborted" },
      ...RMS.flatMap(rm => [
        "TMReceivedPrepared", "RMPrepared", "RMChoseToAbort", "RMReceivedCommit", "RMReceivedAbort",
      ].map(type => ({ type, data: { rm } }))),
    ],
  },
})

function may(s, { type, data }) {
  switch (type) {
    case "TMReceivedPrepared": return s.tm === "init" && s.messages.includes(`prepared ${data.rm}`)
    case "TMCommitted": return s.tm === "init" && s.prepared.length === N
    case "TMAborted": return s.tm === "init"
    case "RMPrepared": return s.rms[data.rm] === "working"
    case "RMChoseToAbort": return s.rms[data.rm] === "working"
    case "RMReceivedCommit": return RMS.includes(data.rm) && s.messages.includes("commit")
    case "RMReceivedAbort": return RMS.includes(data.rm) && s.messages.includes("abort")
  }
}

// A set is a sorted array, so that equal sets are equal states.
function add(set, item) {
  if (set.includes(item)) return
  set.push(item)
  set.sort()
}
