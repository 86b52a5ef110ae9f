/// Faults of components that agree on something, limit something, or mend something.
extension Fault {
  static let twoPhaseCommit = [
    Fault(
      "two-phase-commit", "consistent", "s.prepared.length === N", "s.prepared.length >= N - 1"),
    Fault(
      "two-phase-commit", "each decision is announced", "      add(s.messages, \"commit\")\n", ""),
    Fault(
      "two-phase-commit", "what may happen does",
      "case \"TMReceivedPrepared\": return s.tm === \"init\"",
      "case \"TMReceivedPrepared\": return s.tm !== \"init\""),
    Fault(
      "two-phase-commit", "the manager decides once",
      "TMAborted: (s, e) => {\n      if (!may(s, e)) return\n", "TMAborted: (s, e) => {\n"),
    Fault(
      "two-phase-commit", "only what all have prepared is committed",
      " && s.messages.includes(`prepared ${data.rm}`)", ""),
    Fault(
      "two-phase-commit", "the manager decides once",
      "case \"TMAborted\": return s.tm === \"init\"",
      "case \"TMAborted\": return s.tm !== \"aborted\""),
    Fault(
      "two-phase-commit", "the manager decides once", "return s.tm === \"init\" && s.prepared",
      "return s.prepared"),
    Fault(
      "two-phase-commit", "a resource manager decides once",
      "case \"RMPrepared\": return s.rms[data.rm] === \"working\"",
      "case \"RMPrepared\": return s.rms[data.rm] !== \"prepared\""),
    Fault(
      "two-phase-commit", "what is prepared waits for the manager",
      "case \"RMChoseToAbort\": return s.rms[data.rm] === \"working\"",
      "case \"RMChoseToAbort\": return s.rms[data.rm] !== \"aborted\""),
    Fault(
      "two-phase-commit", "what is prepared waits for the manager",
      "&& s.messages.includes(\"commit\")", ""),
  ]

  static let tokenBucket = [
    Fault(
      "token-bucket", "no span has more than the limit", "s.outcome = s.level < INTERVAL ?",
      "s.outcome = s.level < 1 ?"),
    Fault(
      "token-bucket", "no span has more than the limit",
      "Math.min(BURST * INTERVAL, s.level + now - s.at)", "s.level + now - s.at"),
    Fault(
      "token-bucket", "what the limit allows is admitted", "s.outcome = s.level < INTERVAL ?",
      "s.outcome = s.level <= INTERVAL ?"),
    Fault(
      "token-bucket", "time does not run backwards",
      "const now = Math.max(s.at, Math.min(Number(at), LATEST))", "const now = Number(at)"),
  ]

  static let gcra = [
    Fault(
      "gcra", "no span has more than the limit", "(BURST - 1) * INTERVAL ? \"refused\"",
      "BURST * INTERVAL ? \"refused\""),
    Fault(
      "gcra", "no span has more than the limit", "s.arrival = Math.max(s.arrival, now)\n", "\n"),
    Fault(
      "gcra", "what the limit allows is admitted", "s.arrival - now > (BURST - 1) * INTERVAL",
      "s.arrival - now >= (BURST - 1) * INTERVAL"),
    Fault(
      "gcra", "time does not run backwards",
      "const now = Math.max(s.at, Math.min(Number(at), LATEST))", "const now = Number(at)"),
  ]
  static let circuitBreaker = [
    Fault(
      "circuit-breaker", "an open breaker admits nothing",
      "      if (s.place === \"open\") return\n", ""),
    Fault(
      "circuit-breaker", "an open breaker admits nothing", "  s.calls = []\n", ""),
    Fault(
      "circuit-breaker", "a half-open one admits one probe",
      "      if (s.place === \"half-open\" && isProbed(s)) return\n", ""),
    Fault(
      "circuit-breaker", "a closed one admits every call",
      "if (s.place === \"half-open\" && isProbed(s)) return", "if (isProbed(s)) return"),
    Fault(
      "circuit-breaker", "it opens after so many failures in a row", "s.failures >= FAILURES",
      "s.failures > FAILURES"),
    Fault(
      // Failures that are not in a row are counted.
      "circuit-breaker", "it opens after so many failures in a row",
      "      s.failures = 0\n      s.place", "      s.place"),
    Fault(
      // A failure in the half-open state is forgotten.
      "circuit-breaker", "a probe decides",
      "if (s.place === \"half-open\" || s.failures >= FAILURES) open(s)",
      "if (s.failures >= FAILURES) open(s)\n      else s.place = \"closed\""),
    Fault(
      "circuit-breaker", "a probe decides", "      s.place = \"closed\"\n", ""),
    Fault(
      "circuit-breaker", "a call is there once", "  if (set.includes(item)) return\n", ""),
    Fault(
      "circuit-breaker", "what has ended is gone",
      "      s.calls = s.calls.filter(other => other !== id)\n      s.failures = 0\n",
      "      s.failures = 0\n"),
    Fault(
      "circuit-breaker", "what comes late changes nothing",
      "if (!s.calls.includes(id)) return\n      s.calls = s.calls.filter(other => other !== id)\n      s.failures++",
      "s.calls = s.calls.filter(other => other !== id)\n      s.failures++"),
    Fault(
      // A probe that is not answered keeps it half open for ever.
      "circuit-breaker", "it is never stuck",
      "      if (s.place === \"half-open\") s.left = PATIENCE\n", ""),
    Fault(
      "circuit-breaker", "it is never stuck", "  s.left = PAUSE\n", "  s.left = 0\n"),
    Fault(
      "circuit-breaker", "a pause is never cut short", "if (s.left > 0) return",
      "if (s.left > 1) return"),
  ]

  static let saga = [
    Fault(
      "saga", "steps are completed in order",
      "if (s.place !== \"running\" || step !== next(s)) return\n      s.completed.push",
      "if (s.place !== \"running\") return\n      s.completed.push"),
    Fault(
      "saga", "what was completed is undone in reverse",
      "if (s.place !== \"undoing\" || step !== last(s)) return\n      s.completed.pop()",
      "if (s.place !== \"undoing\") return\n      s.completed.shift()"),
    Fault(
      "saga", "what was completed is undone in reverse",
      "      s.completed.pop()\n      settle(s)", "      s.completed = []\n      settle(s)"),
    Fault(
      "saga", "done means that every step is", "s.completed.length === STEPS.length) s.place",
      "s.completed.length === STEPS.length - 1) s.place"),
    Fault(
      // What was not undone counts as undone.
      "saga", "undone means that no step is left",
      "else if (CANNOT_UNDO.includes(last(s))) s.place = \"stuck\"",
      "else if (CANNOT_UNDO.includes(last(s))) s.place = \"undone\""),
    Fault(
      "saga", "it undoes until nothing is left",
      "  if (s.completed.length === 0) s.place = \"undone\"\n  else if", "  if"),
    Fault(
      "saga", "what cannot be undone is not",
      "  else if (CANNOT_UNDO.includes(last(s))) s.place = \"stuck\"\n", ""),
    Fault(
      "saga", "what cannot be undone is not", " || CANNOT_UNDO.includes(step)) return", ") return"),
    Fault(
      "saga", "what comes in its turn counts",
      "step !== last(s)) return\n      s.place = \"stuck\"",
      "step !== last(s)) return"),
    Fault(
      "saga", "what comes in its turn counts",
      "step !== next(s)) return\n      s.place = \"undoing\"", "step !== next(s)) return"),
    Fault(
      "saga", "it is stuck only where an undo failed",
      "s.skipped.push(s.completed.pop())\n      s.place = \"undoing\"",
      "s.skipped.push(s.completed.pop())"),
    Fault(
      // A failed undo is forgotten.
      "saga", "stuck is left by people only",
      "if (s.place !== \"undoing\" || step !== last(s)) return\n      s.completed.pop()",
      "if (step !== last(s)) return\n      s.completed.pop()"),
    Fault(
      "saga", "what is skipped was stuck",
      "if (s.place !== \"stuck\" || step !== last(s)) return\n      s.skipped",
      "if (step !== last(s)) return\n      s.skipped"),
    Fault(
      "saga", "what has ended stays as it is",
      "if (s.place !== \"running\" || step !== next(s)) return\n      s.completed.push",
      "if (s.place === \"done\" || step !== next(s)) return\n      s.completed.push"),
  ]

  static let outbox = [
    Fault(
      // Messages are handled again.
      "outbox", "what is handled was decided, once and in order",
      "number !== s.inbox.handled + 1", "number > s.inbox.handled + 1"),
    Fault(
      // A message that is lost is never handled.
      "outbox", "what is handled was decided, once and in order",
      "number !== s.inbox.handled + 1", "number <= s.inbox.handled"),
    Fault(
      "outbox", "what is not handled is in the outbox",
      "      if (number > s.inbox.handled) return\n", ""),
    Fault(
      // It is sent, and no longer kept.
      "outbox", "what is not handled is in the outbox",
      "      if (sent === undefined) return\n",
      "      if (sent === undefined) return\n      s.outbox = s.outbox.filter(m => m !== sent)\n"),
    Fault(
      "outbox", "a decision is numbered once", "      s.decided++\n",
      "      s.decided = s.outbox.length + 1\n"),
    Fault(
      "outbox", "what is sent is in the network",
      "      if (!s.network.some(m => m.number === number)) s.network.push({ ...sent })\n", ""),
    Fault(
      "outbox", "what is confirmed leaves the outbox", "m.number > number", "m.number >= number"),
    Fault(
      "outbox", "the next message is handled", "number !== s.inbox.handled + 1",
      "number !== s.inbox.handled + 2"),
  ]

  static let supervisor = [
    Fault(
      "supervisor", "restarts keep to the intensity", "s.restarts.length + due.length > RESTARTS",
      "s.restarts.length > RESTARTS"),
    Fault(
      "supervisor", "restarts keep to the intensity", "        s.restarts.push(0)\n", ""),
    Fault(
      "supervisor", "restarts keep to the intensity",
      "s.restarts.map(age => age + 1).filter(age => age < PERIOD)\n      if",
      "s.restarts.map(age => age + 1).filter(age => age < PERIOD - 1)\n      if"),
    Fault(
      "supervisor", "it does not give up too early", "s.restarts.length + due.length > RESTARTS",
      "s.restarts.length + due.length >= RESTARTS"),
    Fault(
      "supervisor", "it does not give up too early",
      "s.restarts.map(age => age + 1).filter(age => age < PERIOD)\n      if",
      "s.restarts\n      if"),
    Fault(
      "supervisor", "after giving up, nothing runs",
      "Object.assign(child, { isRunning: false, left: 0 })", "child.left = 0"),
    Fault(
      "supervisor", "only a reset ends that", "      if (s.hasGivenUp) return\n",
      "      s.hasGivenUp = false\n"),
    Fault("supervisor", "a child that failed does not run", "      failed.isRunning = false\n", ""),
    Fault(
      "supervisor", "a pause lasts as long as it should", "waiting.filter(c => c.left === 0)",
      "waiting.filter(c => c.left <= 1)"),
    Fault(
      "supervisor", "a pause ends", "        child.isRunning = true\n", ""),
    Fault(
      // Of two children that wait, the time of one stands still.
      "supervisor", "a pause ends", "for (const child of waiting) child.left--",
      "for (const child of waiting.slice(1)) child.left--"),
    Fault(
      "supervisor", "each pause is twice the last one", "2 * failed.pause)", "failed.pause + 1)"),
    Fault(
      "supervisor", "each pause is twice the last one",
      "if (s.children[child]?.isRunning) s.children[child].pause = FIRST_PAUSE", ""),
    Fault(
      "supervisor", "each pause is twice the last one", "Math.min(LONGEST_PAUSE, 2 * failed.pause)",
      "2 * failed.pause"),
    Fault(
      "supervisor", "the others go on", "      failed.isRunning = false\n",
      "      for (const other of Object.values(s.children)) other.isRunning = false\n"),
  ]
}
