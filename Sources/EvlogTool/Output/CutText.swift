import EvlogAnswers
import EvlogStore

/// Answers about cuts in words.
enum CutText {
  static func print(_ answer: Answers.CutCheck) {
    let out = Output.standard
    if let time = answer.time { out.line("\(time): \(answer.cut)") }
    guard let edge = answer.edge else { return out.line("CONSISTENT") }
    out.line(out.bold("INCONSISTENT") + "  " + words(edge))
    out.line("  below  \(answer.below)")
    out.line("  above  \(answer.above)")
  }

  static func print(_ answer: Answers.InFlight) {
    let out = Output.standard
    for message in answer.messages {
      out.line(
        "\(Words.quoted(message.id))  sent \(event(message.sent))"
          + (message.received.map { ", received \(event($0))" } ?? ", never received"))
    }
    out.line("\(Words.count(answer.messages.count, "message")) in flight at \(answer.cut)")
    if !answer.consistent {
      Output.note("the cut is inconsistent: a message may have been received and not sent")
    }
  }

  static func print(_ answer: Answers.CutStats) {
    let out = Output.standard
    out.line(
      "\(Words.count(answer.events, "event")) in \(Words.count(answer.logs.count, "log")): "
        + answer.logs.map { "\($0.name) \(Words.number($0.events))" }.joined(separator: ", "))
    func row(_ label: String, _ text: String) {
      out.line("  \(label)\(String(repeating: " ", count: max(1, 14 - label.count)))\(text)")
    }
    let share =
      answer.events == 0 ? 0 : 100 * Double(answer.eventsWithEdges) / Double(answer.events)
    row(
      "edges",
      "\(Words.number(answer.edges)), into \(Words.count(answer.eventsWithEdges, "event")) "
        + "(\(Words.oneDecimal(share)) %)")
    if answer.transactions > 0 {
      row("transactions", "\(Words.number(answer.transactions)) over several logs")
    }
    if let messages = answer.messages { row("messages", "\(Words.number(messages)) sent") }
    row("concurrent", "\(Words.count(answer.concurrentPairs, "pair")) of events")
    row("corrections", "\(Words.number(answer.corrections)) of the order, by edges")
    if let first = answer.firstContradiction {
      row(
        "contradicted",
        "\(Words.count(answer.contradictions, "edge")) with a cause that is later than its effect, first: "
          + words(first))
    }
    if answer.unresolvedReferences > 0 {
      row(
        "unresolved",
        "\(Words.count(answer.unresolvedReferences, "reference")) to no event of the group")
    }
    if answer.clockHoles > 0 {
      row("holes", "\(Words.count(answer.clockHoles, "clock")) with an event that was not recorded")
    }
  }

  /// An edge as a sentence.
  static func words(_ edge: Answers.CutCheck.Edge) -> String {
    edge.atomic
      ? "\(event(edge.effect)) and \(event(edge.cause)) are one transaction"
      : "\(event(edge.effect)) was caused by \(event(edge.cause))"
  }

  static func event(_ event: Answers.GroupEvent) -> String {
    event.name + (event.event.map { " " + Words.plain($0.type) } ?? "")
  }
}
