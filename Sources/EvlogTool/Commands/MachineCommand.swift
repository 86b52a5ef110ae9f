import ArgumentParser
import EvlogAnswers
import EvlogJSON
import EvlogMachine
import EvlogStore
import SystemPackage

#if JavaScript
  import EvlogScripting
#endif

struct MachineCommand: ParsableCommand {
  #if JavaScript
    private static let drafting: [any ParsableCommand.Type] = [MachineNewCommand.self]
  #else
    private static let drafting: [any ParsableCommand.Type] = []
  #endif

  static let configuration = CommandConfiguration(
    commandName: "machine", abstract: "Explain how to write a machine, draft one, and check one.",
    discussion: MachineGuide.text, subcommands: drafting + [Check.self])

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Report what is wrong with a machine before anything runs.",
      discussion: """
        With a log, also reports which of the log's event types the machine does not know.

        EXAMPLES
          evlog machine check shop.js
          evlog machine check shop.js --log shop.evlog
        """)

    @Argument(
      help: ArgumentHelp(
        "A machine: a JavaScript file, or the name of one that is compiled in.",
        valueName: "file-or-name"), completion: .file(extensions: ["js"]))
    var file: String
    @Option(help: "A log to compare event types with.", completion: .directory)
    var log: String?
    @Flag(help: "Print one JSON object instead of text.") var json = false

    func run() throws {
      if let compiled = EvlogTool.compiledMachine(file) {
        if let log {
          throw Failure.usage(
            "A compiled machine shows which types it knows only when it reduces them: "
              + "\(EvlogTool.name) replay \(Words.shell(log)) --machine \(Words.shell(file))")
        }
        return json
          ? try Answers.MachineCheck(compiled.descriptor).print() : text(compiled.descriptor)
      }
      #if JavaScript
        try CrashWord.checkAddressSpaceForScripts()
        let program = try ScriptProgram(file: FilePath(file))
        let unknown = try unknownTypes(program)
        if json {
          var answer = Answers.MachineCheck(program.descriptor)
          answer.handles = program.handledTypes
          answer.ignores = program.ignoredTypes
          answer.unknownTypes = Named(unknown.map { ($0, $1) })
          try answer.print()
        } else {
          text(program, unknown)
        }
        if !unknown.isEmpty { throw Failure(.found, "") }
      #else
        throw Failure.usage("This evlog is built without JavaScript.")
      #endif
    }

    private func text(_ machine: MachineDescriptor, _ rows: [String] = []) {
      let out = Output.standard
      out.line(
        "\(machine.name) version \(machine.version), one state per \(machine.scope.rawValue)")
      for row in rows { out.line(row) }
      for invariant in machine.invariants {
        out.line(
          "  invariant   \(invariant.name) (\(invariant.kind.rawValue)\(invariant.isFinal ? ", at the end" : ""))"
            + (invariant.place.map { "  \($0)" } ?? ""))
      }
    }

    #if JavaScript
      /// The log's types that have no handler and are not ignored, with how often they occur.
      private func unknownTypes(_ program: ScriptProgram) throws -> [(String, UInt64)] {
        guard let log, !program.handledTypes.contains("*"), !program.hasUpcasters else { return [] }
        let known = Set(
          program.handledTypes + program.ignoredTypes + ControlEvents.types.map(\.string))
        return try EventLog.openReadOnly(FilePath(log)).counts().byType
          .filter { !known.contains($0.name) }.map { ($0.name, $0.count) }
      }

      private func text(_ program: ScriptProgram, _ unknown: [(String, UInt64)]) {
        let out = Output.standard
        var rows = ["  handles     \(program.handledTypes.joined(separator: ", "))"]
        if !program.ignoredTypes.isEmpty {
          rows.append("  ignores     \(program.ignoredTypes.joined(separator: ", "))")
        }
        text(program.descriptor, rows)
        if log != nil, program.hasUpcasters {
          out.line("  the log's types were not compared: 'upcast' may rename them")
        }
        for (type, count) in unknown {
          out.line(
            "UNKNOWN  \(type): \(Words.count(count, "event")); add a handler, or add it to 'ignore'"
          )
        }
        if unknown.isEmpty { out.line("the machine is well formed") }
      }
    #endif
  }
}
