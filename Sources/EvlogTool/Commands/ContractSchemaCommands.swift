import ArgumentParser
import EvlogAnswers
import EvlogContracts
import EvlogJSON
import EvlogStore
import SystemPackage

// Contracts as JSON Schemas, and the other way round.
extension ContractCommand {
  struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write a contract as a JSON Schema.",
      discussion: """
        The schema (draft 2020-12) describes an event's line, as read --ndjson prints it and import reads it, with \
        a condition for each type and schema version. What it cannot say is named on standard error, and the exit \
        code is then 1: bounds of decimal numbers in texts, and that a closed contract refuses older versions.

        EXAMPLES
          evlog contract export shop.evlog
          evlog contract export --machine shop.js --out shop.schema.json
        """)

    @Argument(help: "The log whose contract it is.", completion: .directory) var store: String?
    @OptionGroup var source: ContractOptions
    @Option(help: "Write the schema to this file.", completion: .file()) var out: String?
    @Flag(help: "Replace the file if it exists.") var force = false
    @Flag(help: "Print one JSON object instead of text.") var json = false

    func validate() throws {
      let given = [store, source.machine, source.contract].count { $0 != nil }
      guard given == 1 else {
        throw ValidationError("Name one of a log, --machine and --contract.")
      }
    }

    func run() throws {
      let contract: Contract
      if let given = try source.given() {
        contract = given
      } else {
        let log = try StoreOptions.openForReading(FilePath(store ?? ""))
        guard let inForce = try log.contract() else {
          throw Failure.usage("The log has no contract.")
        }
        contract = inForce.contract
      }
      let (schema, gaps) = contract.jsonSchema()
      let answer = Answers.ContractSchema(
        "contract export", contract, schema: schema, gaps: gaps)
      if let out { try ContractText.write(schema, to: out, force) }
      try answer.print(asJSON: json) {
        if out == nil { Output.standard.pretty(schema) }
      }
      try ContractText.report(gaps, "the schema does not say")
    }
  }

  struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Read a contract from a JSON Schema.",
      discussion: """
        Reads a schema as contract export writes it, or, with --type, the schema of the data of one event type. \
        These words are read: type, properties, required, additionalProperties, items, minItems, maxItems, \
        pattern, minLength, maxLength, minimum, maximum, const, enum, anyOf, oneOf whose alternatives cannot \
        overlap, and $ref into the $defs of the document. What else there is, a contract cannot say: it is named \
        on standard error, it is not in the contract, and the exit code is then 1. Remarks (title, description and \
        the like) are left out.

        EXAMPLES
          evlog contract import shop.schema.json --out shop.contract.json
          evlog contract import order.schema.json --type OrderPlaced
        """)

    @Argument(help: "The JSON Schema.", completion: .file(extensions: ["json"])) var schema: String
    @Option(help: "The event type whose data the schema describes.") var type: String?
    @Option(help: "Write the contract to this file.", completion: .file()) var out: String?
    @Flag(help: "Replace the file if it exists.") var force = false
    @Flag(help: "Print one JSON object instead of text.") var json = false

    func run() throws {
      let text = try ContractOptions.text(of: schema)
      let value: JSONValue
      do throws(JSONParser.Failure) { value = try JSONParser.parse(text) } catch {
        throw Failure.usage("\(schema) is not JSON: \(error).")
      }
      let (contract, gaps): (Contract, [SchemaGap])
      do throws(ContractError) {
        (contract, gaps) = try Contract.importing(jsonSchema: value, ofDataOf: type)
      } catch {
        let hint = type == nil && error.part.isEmpty ? " To name the type: --type NAME." : ""
        throw Failure.usage("\(schema): \(error)\(hint)")
      }
      let answer = Answers.ContractSchema(
        "contract import", contract, schema: value, gaps: gaps)
      if let out { try ContractText.write(contract.json, to: out, force) }
      try answer.print(asJSON: json) {
        if out == nil { Output.standard.pretty(contract.json) }
      }
      try ContractText.report(gaps, "the contract does not say")
    }
  }
}
