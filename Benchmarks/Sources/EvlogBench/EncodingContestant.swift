import Evlog
import FoundationEssentials

/// evlog and Foundation at making the data of events: structs and enums in turn.
struct EncodingContestant {
  let load: Load
  private let clock = ContinuousClock()

  init(_ load: Load) { self.load = load }

  private enum Change: Codable {
    case moved(from: String, to: String, amount: Int)
    case closed(at: Double, isFinal: Bool)
  }

  func run(_ job: Job) throws -> Measurement {
    let encoder = JSONEncoder()
    let isFoundation = job == .encodeFoundation
    func count(_ value: some Encodable) throws -> Int {
      isFoundation
        ? try encoder.encode(value).count : try StateEncoder().canonicalBytes(of: value).count
    }
    var bytes: UInt64 = 0
    let start = clock.now
    for i in 0..<Int(load.events) {
      switch i % 4 {
      case 0, 2:
        let event = CodableTotals.Event(
          account: "account-0001234", number: 10_000_000 + i, amount: "123.45", currency: "EUR",
          branch: "branch-17")
        bytes += UInt64(try count(event))
      case 1:
        bytes += UInt64(
          try count(Change.moved(from: "account-0001234", to: "account-0004321", amount: i)))
      default:
        bytes += UInt64(try count(Change.closed(at: Double(i) / 8 + 0.125, isFinal: true)))
      }
    }
    let seconds = (clock.now - start).inSeconds
    return Measurement(seconds: seconds, events: load.events, checksum: bytes)
  }
}
