import EvlogStore

/// A value in a machine that says itself which one it is.
///
/// What a machine holds tells it from others of its type. Of a function, and of an object behind a reference,
/// that cannot be seen, so nothing is kept of a machine that holds one: no snapshots, no verdicts. A type
/// that conforms to this says it by its ``identity``.
///
///     final class PriceList: MachineParameter {
///       let edition: Int
///       let prices: [String: Int]
///       var identity: String { "edition \(edition)" }
///     }
public protocol MachineParameter {
  /// Another one wherever the value makes a machine behave differently.
  var identity: String { get }
}

/// The values that a machine is made of, as a text that is another one where a value is another one.
///
/// What a function does cannot be seen, nor whether an object will be another one: where the machine holds
/// such a thing, two machines with the same text may differ.
struct MachineParts {
  private(set) var text = ""
  /// Why the text does not say everything; nil where it does.
  private(set) var unidentified: String?

  init(of machine: some Machine) { add(machine, at: "the machine") }

  private mutating func note(_ reason: String) { unidentified = unidentified ?? reason }

  private mutating func add(_ value: Any, at place: String) {
    let type = String(reflecting: type(of: value))
    text += "\(type.utf8.count):\(type)"
    if let leaf = leaf(value) {
      text += "=\(leaf.utf8.count):\(leaf)"
      return
    }
    if Swift.type(of: value) is AnyClass {
      return note("\(place) is a reference, and what is behind it may change")
    }
    let mirror = Mirror(reflecting: value)
    switch mirror.displayStyle {
    case nil where mirror.children.isEmpty && type.contains("->"):
      return note("\(place) is a function, and what it does cannot be seen")
    case .dictionary, .set:
      // In an order that does not follow from the hashes of this process.
      var parts: [String] = []
      for child in mirror.children {
        var part = MachineParts()
        part.add(child.value, at: "a value in \(place)")
        parts.append(part.text)
        if let reason = part.unidentified { note(reason) }
      }
      text += "{\(parts.sorted().joined(separator: ","))}"
      return
    case .enum: text += "=\(value)".prefix { $0 != "(" }
    default: break
    }
    if type.hasPrefix("Swift.Unsafe") || type == "Swift.OpaquePointer" {
      return note("\(place) is a pointer")
    }
    let isKnown = [.optional, .collection, .dictionary, .set].contains(mirror.displayStyle)
    if mirror.children.isEmpty, value is any CustomReflectable, !isKnown {
      return note("\(place) does not show what is in it")
    }
    text += "("
    for (i, child) in mirror.children.enumerated() {
      let label = child.label ?? "\(i)"
      text += "\(label.utf8.count):\(label)="
      add(child.value, at: child.label.map { "'\($0)' in \(place)" } ?? "an element of \(place)")
    }
    text += ")"
  }

  private init() {}

  /// The text of a value that has no parts.
  private func leaf(_ value: Any) -> String? {
    switch value {
    case let value as any MachineParameter: value.identity
    case let value as String: value
    case let value as any BinaryInteger: "\(value)"
    case let value as any BinaryFloatingPoint: "\(value)"
    case let value as Bool: "\(value)"
    case let value as Character: "\(value)"
    case let value as Substring: "\(value)"
    case let value as StaticString: "\(value)"
    case let value as any Any.Type: String(reflecting: value)
    default: nil
    }
  }
}
