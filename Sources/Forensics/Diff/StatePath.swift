import Replay

/// The way from a state's root to a place in it.
public struct StatePath: Sendable, Hashable, CustomStringConvertible {
  public enum Step: Sendable, Hashable {
    case key(String)
    case index(Int)
    /// An element of an array, by the value of the member that tells its elements apart.
    case element(member: String, value: String)
  }

  public var steps: [Step]

  public init(_ steps: [Step] = []) { self.steps = steps }

  func appending(_ step: Step) -> StatePath { StatePath(steps + [step]) }

  /// As in `accounts["7"].lines[2].text`; the root is `state`.
  public var description: String {
    var text = ""
    for step in steps {
      switch step {
      case .key(let key) where Self.isIdentifier(key): text += text.isEmpty ? key : ".\(key)"
      case .key(let key):
        var bytes: [UInt8] = []
        JSONValue.write(key, to: &bytes)
        text += "[\(String(decoding: bytes, as: UTF8.self))]"
      case .index(let index): text += "[\(index)]"
      case .element(let member, let value): text += "[\(member)=\(value)]"
      }
    }
    return text.isEmpty ? "state" : text
  }

  private static func isIdentifier(_ key: String) -> Bool {
    guard let first = key.utf8.first else { return false }
    func isLetter(_ byte: UInt8) -> Bool {
      byte == 0x24 || byte == 0x5F || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
    return isLetter(first) && key.utf8.allSatisfy { isLetter($0) || (0x30...0x39).contains($0) }
  }
}
