import EvlogAnswers
import EvlogContracts
import EvlogJSON
import EvlogStore

/// Contracts, and what they refuse, for people.
enum ContractText {
  static func print(_ answer: Answers.ContractCheck) {
    let out = Output.standard
    for row in answer.types where row.refused > 0 {
      out.line(
        "\(Words.plain(row.type)): \(Words.number(row.refused)) of "
          + "\(Words.count(row.events, "event")) would be refused")
      out.line(
        "  first at offset \(Words.number(row.firstOffset ?? 0)): \(Words.plain(row.path ?? "")) is "
          + "\(row.value.map(Words.plain) ?? "missing"), but must be \(Words.plain(row.rule ?? ""))"
      )
    }
    let total = Words.count(answer.cut, "event")
    out.line(
      answer.refused == 0
        ? "\(total): none would be refused"
        : "\(Words.number(answer.refused)) of \(total) would be refused")
  }

  static func print(_ inForce: ContractInForce?, lost: UInt64) {
    let out = Output.standard
    if let inForce {
      let contract = inForce.contract
      out.line(
        "the contract \(contract.fingerprint) is in force since offset "
          + "\(Words.number(inForce.offset))"
          + (contract.isClosed ? "; other event types are refused" : ""))
      for event in contract.events {
        let since = event.since > 1 ? " since version \(event.since)" : ""
        out.line("  \(Words.plain(event.type))\(since)")
        for (name, words) in event.lines {
          out.line("    \(Words.plain(name)): \(Words.plain(words))")
        }
      }
    } else {
      out.line("the log has no contract")
    }
    if lost > 0 {
      Output.note(
        "\(Words.count(lost, "event")) of the log \(lost == 1 ? "is" : "are") lost; if one of them set a "
          + "contract, set it again")
    }
  }

  static func write(_ value: JSONValue, to file: String, _ force: Bool) throws {
    let output = try OutputFile(file, replacing: force)
    try output.write(Array((value.prettyText + "\n").utf8))
    try output.finish()
  }

  /// Names what was left out, and ends the verb with 1 if there is something.
  static func report(_ gaps: [SchemaGap], _ what: String) throws {
    if gaps.isEmpty { return }
    for gap in gaps {
      Output.note("\(what): \(gap.part.isEmpty ? "" : "\(gap.part): ")\(gap.what)")
    }
    throw Failure(.found, "")
  }
}
