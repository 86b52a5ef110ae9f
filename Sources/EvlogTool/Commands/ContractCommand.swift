import ArgumentParser
import EvlogAnswers
import EvlogContracts
import EvlogJSON
import EvlogMachine
import EvlogStore
import SystemPackage

struct ContractCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "contract", abstract: "Say what events may be, and refuse all others.",
    discussion: """
      A contract says what the fields of each event type may be. A log that has one refuses an event that breaks \
      it, through every door: append, import, the library. A turn is refused as a whole, with the path, the value \
      and the rule. Reading never checks anything, so events from before the contract stay readable.

      A machine in JavaScript says it in 'events':

        events: {
          StockReserved: {
            sku: text(/^[A-Z]-\\d+$/), quantity: integer(1, 1000),
            note: optional(text),
          },
          OrderPlaced: [
            { order: text, lines: list({ sku: text, price: decimal(2) }, 1) },
            since(2, { order: text, currency: oneOf("EUR", "USD"), lines: list }),
          ],
        },

      The rules are text(/pattern/, from, to), integer(from, to), number(from, to), decimal(places, from, to) for \
      numbers in texts, boolean, any, values ("EUR", 1, null), oneOf(...), nullable(rule), list(rule, from, to), \
      map(rule) for objects with any keys, and objects, whose fields may be optional(rule). What follows a name may \
      be left out. Types and fields that are not named may be anything; closed({...}) around the types, or around \
      the fields of an object, refuses others. since(2, rule) holds from schema version 2 on.

      A pattern is one of JavaScript's that takes time in proportion to the text: characters, classes, groups, |, \
      ^, $, and repetitions; no look-around, no references to groups, no \\b, no \\p, no flag but u. It matches \
      anywhere in a text, unless it has ^ and $.

      EXAMPLES
        evlog contract check shop.evlog --machine shop.js
        evlog contract set shop.evlog --machine shop.js
      """,
    subcommands: [Check.self, Set.self, Show.self, Clear.self, Export.self, Import.self])
}

/// Where a contract comes from.
struct ContractOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The machine whose contract it is: a JavaScript file, or the name of one that is compiled in.",
      valueName: "file-or-name"), completion: .file(extensions: ["js"]))
  var machine: String?
  @Option(help: "The file of a contract, as import and show write it.", completion: .file())
  var contract: String?

  func validate() throws {
    if machine != nil, contract != nil {
      throw ValidationError("Choose one of --machine and --contract.")
    }
  }

  /// The contract that is named; nil if none is.
  func given() throws -> Contract? {
    if let contract {
      let text = try Self.text(of: contract)
      do throws(ContractError) { return try Contract(parsing: text) } catch {
        throw Failure.usage("\(contract): \(error)")
      }
    }
    guard let machine else { return nil }
    let program = try RunningOptions.parse([]).load(machine)
    guard let contract = try program.contract else {
      throw Failure.usage(
        "The machine '\(program.descriptor.name)' has no contract: it has no 'events'. To see how they are "
          + "written: \(EvlogTool.name) help contract")
    }
    return contract
  }

  func required() throws -> Contract {
    guard let contract = try given() else {
      throw Failure.usage("Name a contract: --machine FILE, or --contract FILE.")
    }
    return contract
  }

  static func text(of file: String) throws -> String {
    let bytes = try FileBytes(FilePath(file)).readFirst(Contract.byteLimit + 1)
    guard bytes.count <= Contract.byteLimit else {
      throw Failure.usage("\(file) is larger than \(Contract.byteLimit) bytes.")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Failure.usage("\(file) is not UTF-8.")
    }
    return text
  }
}

extension ContractCommand {
  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Count the events of a log that a contract would refuse.",
      discussion: """
        By default, the contract is the log's own. Changes nothing. Exits with 1 if events would be refused.

        EXAMPLES
          evlog contract check shop.evlog --machine shop.js
          evlog contract check shop.evlog --contract shop.contract.json --json
        """)

    @OptionGroup var store: StoreOptions
    @OptionGroup var source: ContractOptions

    func run() throws {
      let given = try source.given()
      let log = try store.openForReading()
      guard let contract = try given ?? log.contract()?.contract else {
        throw Failure.usage(
          "The log has no contract of its own. Name one: --machine FILE, or --contract FILE.")
      }
      let progress = Progress("checking", of: log.end, unless: store.json)
      let answer = try Answers.ContractCheck(contract, on: log) { progress.update($0) }
      progress.finish()
      try answer.print(asJSON: store.json) { ContractText.print(answer) }
      if answer.refused > 0 { throw Failure(.found, "") }
    }
  }

  struct Set: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Let a log take only events that satisfy a contract, from its end on.",
      discussion: """
        The contract becomes an event of the log, so backups and copies have it. Events that are in the log \
        already are not judged; to count those that would be refused: contract check.

        EXAMPLES
          evlog contract set shop.evlog --machine shop.js
          evlog contract set shop.evlog --contract shop.contract.json
        """)

    @OptionGroup var store: StoreOptions
    @OptionGroup var source: ContractOptions

    func run() async throws {
      let contract = try source.required()
      let log = try store.openForWriting()
      let before = try log.contract()
      let set = try await log.setContract(contract)
      let answer = try Answers.ContractShow(
        "contract set", set, wasAlreadyThere: before == set, of: log)
      log.close()
      try answer.print(asJSON: store.json) {
        let place = Words.number(set?.offset ?? 0)
        Output.standard.line(
          before == set
            ? "the contract is in force already, since offset \(place)"
            : "the contract \(contract.fingerprint) is in force from offset \(place) on")
      }
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show the contract that a log has.",
      discussion: """
        --out writes the contract to a file, for contract set on another log. Exits with 1 if the log has none.

        EXAMPLES
          evlog contract show shop.evlog
          evlog contract show shop.evlog --out shop.contract.json
        """)

    @OptionGroup var store: StoreOptions
    @Option(help: "Write the contract to this file.", completion: .file()) var out: String?
    @Flag(help: "Replace the file if it exists.") var force = false

    func run() throws {
      let log = try store.openForReading()
      let inForce = try log.contract()
      let answer = try Answers.ContractShow(
        "contract show", inForce, wasAlreadyThere: inForce != nil, of: log)
      if let out, let inForce { try ContractText.write(inForce.contract.json, to: out, force) }
      try answer.print(asJSON: store.json) { ContractText.print(inForce, lost: answer.lost) }
      if inForce == nil { throw Failure(.found, "") }
    }
  }

  struct Clear: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Let a log take any event again.",
      discussion: """
        That, too, is an event of the log: what was in force before can be read there.

        EXAMPLES
          evlog contract clear shop.evlog
          evlog contract clear shop.evlog --json
        """)

    @OptionGroup var store: StoreOptions

    func run() async throws {
      let log = try store.openForWriting()
      let before = try log.contract()
      try await log.setContract(nil)
      let answer = try Answers.ContractShow(
        "contract clear", nil, wasAlreadyThere: before == nil, of: log)
      log.close()
      try answer.print(asJSON: store.json) {
        Output.standard.line(
          before == nil
            ? "the log has no contract" : "the log takes any event, from offset \(log.end - 1) on")
      }
    }
  }
}
