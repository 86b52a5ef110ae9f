import EvlogCore
import EvlogJSON

/// A log of ShiViz: each stream is a host, and an event's clock has what is known to come before it, by its stream
/// and by its causes.
struct ShiVizWriter: EventWriter {
  private typealias Clock = [Int: UInt64]

  /// More entries of clocks are not kept: no picture would show them.
  private static let entryLimit = 4_000_000

  private var hosts: [Name: Int] = [:]
  private var names: [String] = []
  private var clocks: [Clock] = []
  private var clocksByID: [Name: Clock] = [:]
  private var entries = 0
  private var missingCauses: UInt64 = 0

  var remarks: [String] {
    missingCauses == 0
      ? [] : ["causes that are not among the exported events, and are left out: \(missingCauses)"]
  }

  mutating func write(_ event: borrowing EventView, log: String?, to bytes: inout [UInt8]) throws {
    let host = host(event.streamText)
    var clock = clocks[host]
    for cause in event.causation {
      if let known = clocksByID[Name(cause)] {
        clock.merge(known) { max($0, $1) }
      } else {
        missingCauses += 1
      }
    }
    clock[host, default: 0] += 1
    clocks[host] = clock
    if let id = event.id {
      entries += clock.count
      guard entries <= Self.entryLimit else {
        throw Failure.usage(
          "There are too many events and streams for a log of ShiViz. Choose a part of them, with "
            + "--from, --to, --stream or --type.")
      }
      clocksByID[Name(id)] = clock
    }
    write(clock, of: host, to: &bytes)
    bytes.append(event.type)
    let data = event.data
    if !data.isEmpty {
      bytes.append(0x20)
      if JSONValue.isOneLine(data) {
        bytes.append(data)
      } else {
        bytes += Base64.encode(data.copied()[...]).utf8
      }
    }
    bytes.append(0x0A)
  }

  private func write(_ clock: Clock, of host: Int, to bytes: inout [UInt8]) {
    bytes += names[host].utf8
    var first = true
    // The host's own time is first, the others are in the order of their first events.
    for other in [host] + clock.keys.filter({ $0 != host }).sorted() {
      bytes.append(first ? " {" : ",")
      first = false
      JSONValue.write(names[other], to: &bytes)
      bytes.append(":")
      bytes.append(decimal: clock[other] ?? 0)
    }
    bytes.append("}\n")
  }

  private mutating func host(_ stream: String) -> Int {
    if let known = hosts[Name(stream)] { return known }
    hosts[Name(stream)] = names.count
    names.append(Self.encoded(stream))
    clocks.append([:])
    return names.count - 1
  }

  /// A host's name has no space in it: it is written as in an address.
  private static func encoded(_ stream: String) -> String {
    var bytes: [UInt8] = []
    for scalar in stream.unicodeScalars {
      if scalar.properties.isWhitespace || scalar.value < 0x20 || scalar == "%" {
        for byte in String(scalar).utf8 {
          bytes.append(UInt8(ascii: "%"))
          for digit in [byte >> 4, byte & 15] {
            bytes.append(digit < 10 ? 0x30 + digit : UInt8(ascii: "A") + digit - 10)
          }
        }
      } else {
        bytes += String(scalar).utf8
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
