import ArgumentParser
import EvlogAnswers
import EvlogCuts
import EvlogStore
import SystemPackage

struct GroupCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "group", abstract: "Look at several logs together.",
    subcommands: [Init.self])

  struct Init: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "init", abstract: "Write the file of a group of logs.",
      discussion: """
        The file names the logs, and says how their events caused one another. Wherever a verb takes a log, it \
        takes a group's file too: it then sees all events in one causal order, in which every event comes after \
        its causes. Cuts of a group are written orders=5077,payments=812.

        Edges come from:
          causation        an event's causation has ids of events of the group
          --cause FIELD    a field names the causes: ids, or orders@5120
          --clock FIELD    a field is a vector clock, with the logs' names as hosts
          --match 'A -> B' field A is the id of a message that was sent, field B of
                           one that was received; either may begin with the types
                           of its events: 'Asked data.id -> Took data.id'
          --atomic FIELD   events with the same value are of one transaction

        A FIELD is id, causation, correlation, turn, time, data.PATH or metadata.PATH. Times and logical clocks \
        make no edges: they only order what the edges leave open.

        A log is NAME=PATH, one stream of a log NAME=PATH#STREAM, and every stream with a prefix \
        NAME=PATH#PREFIX*.

        EXAMPLES
          evlog group init shop.group orders=orders.evlog payments=payments.evlog
          evlog group init shop.group a=a.evlog b=b.evlog --match 'data.id -> data.of'
          evlog group init ring.group 'n=trace.evlog#trace0/*' --clock data.clock
        """)

    @Argument(help: "The new file.", completion: .file()) var file: String
    @Argument(help: ArgumentHelp("The logs.", valueName: "name=path")) var logs: [String]
    @Option(help: "A field that names the causes; repeatable.") var cause: [String] = []
    @Option(help: "A field that is a vector clock; repeatable.") var clock: [String] = []
    @Option(help: "The fields of a message that is sent and received; repeatable.")
    var match: [String] = []
    @Option(help: "A field that is the same in the events of a transaction; repeatable.")
    var atomic: [String] = []
    @Flag(help: "Take no edges from causation.") var noCausation = false
    @Option(help: "What orders events that the edges leave open.") var order = "time"
    @Option(help: "References to events outside of the group: refuse, or count.")
    var dangling = Dangling.refuse
    @Flag(help: "Replace the file if it exists.") var force = false
    @Flag(help: "Print one JSON object instead of text.") var json = false

    enum Dangling: String, ExpressibleByArgument, CaseIterable { case refuse, count }

    func run() throws {
      let entries = try logs.map { text in
        guard let entry = GroupFile.Entry(text) else {
          throw Failure.usage("'\(text)' is not a name and a log, as in orders=orders.evlog.")
        }
        return entry
      }
      guard let order = EventField(order) else {
        throw Failure.usage("--order '\(order)' is not a field, such as time or data.lamport.")
      }
      let file = GroupFile(
        entries, edges: try rules(), order: order,
        dangling: dangling == .count ? .counted : .refused)
      // A group that cannot be looked at is not written.
      let history = try file.open(in: FilePath(self.file).removingLastComponent()).history()
      let output = try OutputFile(self.file, replacing: force)
      try output.write(Array(file.text.utf8))
      try output.finish()
      let answer = try history.statistics()
      if json { return try answer.print() }
      CutText.print(answer)
    }

    private func rules() throws -> [EdgeRule] {
      var rules: [EdgeRule] = noCausation ? [] : [.causation]
      for (kind, values) in [
        ("cause", cause), ("clock", clock), ("match", match), ("atomic", atomic),
      ] {
        for value in values {
          guard let rule = EdgeRule("\(kind) \(value)") else {
            throw Failure.usage(
              kind == "match"
                ? "--match '\(value)' is not two fields, as in 'data.sent -> data.received'."
                : "--\(kind) '\(value)' is not a field, such as metadata.cause.")
          }
          rules.append(rule)
        }
      }
      return rules
    }
  }
}
