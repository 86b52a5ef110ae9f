import ArgumentParser
import EvlogAnswers
import EvlogCuts
import EvlogStore

struct CutCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cut", abstract: "Cuts of several logs: consistent or not, and what is near.",
    discussion: """
      A cut of a group has a position in each log. It is consistent if it has the causes of every event that it has.

      EXAMPLES
        evlog cut check shop.group orders=5077,payments=813
        evlog cut of shop.group payments@812
        evlog cut at shop.group 2026-03-01T10:00:00Z
        evlog cut stats shop.group
      """,
    subcommands: [
      Check.self, Nearest.self, Of.self, At.self, InFlight.self, Order.self, Stats.self,
    ])

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "check", abstract: "Say whether a cut is consistent.",
      discussion: """
        Exits with 6 if it is not, and names an edge from an event outside of the cut to one inside.

        EXAMPLES
          evlog cut check shop.group orders=5077,payments=813
          evlog cut check shop.group orders=5077,payments=812 --json
        """)

    @OptionGroup var group: GroupOptions
    @Argument(help: "The cut, as in orders=5077,payments=812.") var cut: String
    @OptionGroup var page: PageOptions

    func run() throws {
      let page = try page.open()
      let answer = try group.history().check(try VectorCut(cut))
      try page?.write(answer)
      if group.json { try answer.print() } else { CutText.print(answer) }
      if !answer.consistent { throw Failure(.inconsistentCut, "") }
    }
  }

  struct Nearest: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "nearest", abstract: "Find the nearest consistent cuts.",
      discussion: """
        Below: the greatest consistent cut that the cut includes. Above: the least one that includes it.

        EXAMPLES
          evlog cut nearest shop.group orders=5077,payments=813
          evlog cut nearest shop.group orders=5077,payments=813 --below
        """)

    @OptionGroup var group: GroupOptions
    @Argument(help: "The cut, as in orders=5077,payments=812.") var cut: String
    @Flag(help: "Print only the cut below.") var below = false
    @Flag(help: "Print only the cut above.") var above = false
    @OptionGroup var page: PageOptions

    func validate() throws {
      if below, above { throw ValidationError("Choose --below or --above, or neither for both.") }
    }

    func run() throws {
      let page = try page.open()
      let answer = try group.history().check(try VectorCut(cut), asked: "cut nearest")
      try page?.write(answer)
      if group.json { return try answer.print() }
      if !above { Output.standard.line((below ? "" : "below  ") + "\(answer.below)") }
      if !below { Output.standard.line((above ? "" : "above  ") + "\(answer.above)") }
    }
  }

  struct Of: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "of", abstract: "Find the least consistent cut with some events in it.",
      discussion: """
        EXAMPLES
          evlog cut of shop.group payments@812
          evlog cut of shop.group payments@812 orders@5100
        """)

    @OptionGroup var group: GroupOptions
    @Argument(help: "The events, by log and offset.") var events: [String]

    func run() throws {
      let history = try group.history()
      let answer = try history.cut(
        of: try events.map { text in
          guard let at = text.lastIndex(of: "@"),
            let line = history.group.names.firstIndex(of: String(text[..<at])),
            let offset = Offset(text[text.index(after: at)...])
          else {
            throw Failure.usage(
              "'\(text)' is not an event of the group, as in \(history.group.names[0])@12. Its logs: "
                + history.group.names.joined(separator: ", "))
          }
          return CausalEvent(line: line, offset: offset)
        })
      if group.json { try answer.print() } else { Output.standard.line("\(answer.cut)") }
    }
  }

  struct At: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "at", abstract: "Find the cut of a time, and the consistent ones around it.",
      discussion: """
        Each log is cut before its first event of the time or later. Clocks of different machines differ, so the \
        cut may be inconsistent; the exit code is then 6.

        EXAMPLES
          evlog cut at shop.group 2026-03-01T10:00:00Z
          evlog cut at shop.group 2026-03-01T10:00:00Z --json
        """)

    @OptionGroup var group: GroupOptions
    @Argument(help: "A time (RFC 3339).") var time: String
    @OptionGroup var page: PageOptions

    func run() throws {
      guard let time = Timestamp(time) else {
        throw Failure.usage("'\(time)' is not a time, as in 2026-03-01T10:00:00Z.")
      }
      let page = try page.open()
      let history = try group.history()
      let answer = try history.check(try history.cut(at: time), asked: "cut at", time: time)
      try page?.write(answer)
      if group.json { try answer.print() } else { CutText.print(answer) }
      if !answer.consistent { throw Failure(.inconsistentCut, "") }
    }
  }

  struct InFlight: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "in-flight", abstract: "List the messages that are in flight at a cut.",
      discussion: """
        Those that were sent before the cut and not received before it, by the group's match rules.

        EXAMPLES
          evlog cut in-flight shop.group orders=5077,payments=812
          evlog cut in-flight shop.group orders=5077,payments=812 --json
        """)

    @OptionGroup var group: GroupOptions
    @Argument(help: "The cut, as in orders=5077,payments=812.") var cut: String

    func run() throws {
      let history = try group.history()
      guard history.messages != nil else {
        throw Failure.usage(
          "The group matches no messages. Say how they are matched: "
            + "\(EvlogTool.name) group init FILE … --match 'data.sent -> data.received'")
      }
      let answer = try history.inFlight(at: try VectorCut(cut))
      if group.json { try answer.print() } else { CutText.print(answer) }
    }
  }

  struct Order: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "order", abstract: "Print the events of a group in one causal order.",
      discussion: """
        Every event comes after its causes. What edges leave open is ordered by time, or by the group's order; an \
        event that edges put later than that is a correction, and all are counted.

        EXAMPLES
          evlog cut order shop.group --limit 20
          evlog cut order shop.group --from 5000 --limit 20 --json
        """)

    @OptionGroup var group: GroupOptions
    @Option(help: "The position to begin at.") var from: Offset = 0
    @Option(help: "Stop after this many events.") var limit: Int?

    func validate() throws {
      if let limit, limit < 0 { throw ValidationError("--limit must not be negative.") }
    }

    func run() throws {
      let history = try group.history()
      let first = min(from, history.end.offsetAfter)
      let count = min(UInt64(limit ?? .max), history.end.offsetAfter - first)
      if group.json {
        return try Answers.CutOrder(history, first..<(first + count)).print()
      }
      CurrentGroup.set(history)
      try history.forEachRow(of: Query(from: first.cutBefore, to: first.cutBefore + count)) { row in
        for event in row { Output.standard.line(EventText.line(event)) }
        return true
      }
      let corrections = history.order.corrections
      Output.note(
        "\(Words.count(history.end, "event")), \(Words.count(corrections, "correction"))")
    }
  }

  struct Stats: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "stats", abstract: "Say how much is known of the events' causes.",
      discussion: """
        EXAMPLES
          evlog cut stats shop.group
          evlog cut stats shop.group --json
        """)

    @OptionGroup var group: GroupOptions

    func run() throws {
      let answer = try group.history().statistics()
      if group.json { try answer.print() } else { CutText.print(answer) }
    }
  }
}

/// The group that a verb about cuts works on.
struct GroupOptions: ParsableArguments {
  @Argument(
    help: "The group's file, or several logs as orders=orders.evlog,payments=payments.evlog.",
    completion: .file())
  var group: String

  @Flag(help: "Print one JSON object instead of text.")
  var json = false

  func history() throws -> CausalHistory {
    guard let history = try GroupArguments.history(group) else {
      throw Failure.usage(
        PathKind(group) == .nothing
          ? "There is no group at \(group). To make one: "
            + "\(EvlogTool.name) group init \(Words.shell(group)) orders=orders.evlog …"
          : "\(group) is not a group's file; a cut of a single log is a number.")
    }
    return history
  }
}
