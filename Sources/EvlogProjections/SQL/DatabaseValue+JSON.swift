package import EvlogJSON
package import GRDB

/// A value of SQLite as text, and as JSON.
extension DatabaseValue {
  package var text: String {
    switch storage {
    case .null: "NULL"
    case .int64(let number): "\(number)"
    case .double(let number): number.isInfinite ? (number < 0 ? "-9e999" : "9e999") : "\(number)"
    case .string(let text): text
    case .blob(let data):
      "x'" + data.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() + "'"
    }
  }

  package var json: JSONValue {
    switch storage {
    case .null: .null
    case .int64(let number): .int(number)
    case .double(let number):
      // What is beyond all doubles is written as SQLite's own JSON has it.
      JSONNumber(number).map { .number($0) }
        // Two constants, both of which are numbers.
        ?? JSONValue(validating: number < 0 ? "-9e999" : "9e999") ?? .null
    case .string(let text): .string(text)
    case .blob: .string(text)
    }
  }
}
