import CEvlog
import EvlogCore
import EvlogJSON

/// A value in a machine that identifies itself.
///
/// Two machines share snapshots and verdicts where name, version, code and parameters are the same. Parameters
/// are what a machine holds: numbers, texts, enums, structs and collections of them are compared by value. Of a
/// function, and of an object behind a reference, that cannot be seen, so nothing is kept of a machine that
/// holds one. Let it be a computed property, so that it is code; or declare ``Machine/parameters``; or give it a
/// type that conforms to this, and says by its ``identity`` which one it is.
///
///     final class PriceList: MachineParameter {
///       let edition: Int
///       let prices: [String: Int]
///       var identity: String { "edition \(edition)" }
///     }
public protocol MachineParameter {
  /// Another one wherever the value makes a machine behave differently. It is read when a machine's program is
  /// made.
  var identity: String { get }
}

/// What tells a machine from others, as a text that is another one where anything is another one.
struct MachineParts {
  private(set) var text = ""
  /// Why the text does not say everything; nil where it does.
  private(set) var unidentified: String?

  init(of machine: some Machine) { add(machine, at: "the machine") }

  private init() {}

  private mutating func note(_ reason: String) { unidentified = unidentified ?? reason }

  private mutating func write(_ part: String) { text += "\(part.utf8.count):\(part)" }

  private mutating func add(_ value: Any, at place: String) {
    let type = Self.name(of: type(of: value))
    write(type)
    if let machine = value as? any Machine { addSaid(by: machine, at: place) }
    if let leaf = Self.leaf(value) { return write(leaf) }
    if Swift.type(of: value) is AnyClass {
      return note("\(place) is a reference, and what is behind it may change")
    }
    let mirror = Mirror(reflecting: value)
    let isContainer =
      [.optional, .collection, .dictionary, .set].contains(mirror.displayStyle)
      && type.hasPrefix("Swift.")
    // What a type shows of itself need not be all of it.
    if !isContainer, value is any CustomReflectable || Self.isNamedByItself(value, mirror) {
      guard let value = value as? any Encodable, let json = try? StateEncoder().encode(value) else {
        return note("\(place) does not show what is in it")
      }
      return write(json.canonicalText)
    }
    let parameters = (value as? any Machine)?.parameters ?? (value as? Upcaster)?.parameters
    if let parameters {
      for (name, value) in parameters.sorted(by: { $0.key < $1.key }) {
        write(name)
        add(value, at: "'\(name)' in \(place)")
      }
      return
    }
    switch mirror.displayStyle {
    case nil:
      note(
        type.contains("->")
          ? "\(place) is a function, and what it does cannot be seen"
          : "\(place) does not show what is in it")
    case .dictionary, .set:
      // In an order that does not follow from the hashes of this process.
      let parts = mirror.children.map { child in
        var part = MachineParts()
        part.add(child.value, at: "a value in \(place)")
        if let reason = part.unidentified { note(reason) }
        return part.text
      }
      write(parts.sorted().joined(separator: ","))
    default:
      if mirror.displayStyle == .enum, mirror.children.isEmpty { write("\(value)") }
      write("\(mirror.children.count)")
      for child in mirror.children {
        write(child.label ?? "")
        add(child.value, at: child.label.map { "'\($0)' in \(place)" } ?? "an element of \(place)")
      }
    }
  }

  /// What every machine says of itself.
  private mutating func addSaid(by machine: some Machine, at place: String) {
    var initial = JSONValue.null
    do { initial = try StateEncoder().encode(machine.initialState) } catch {
      note("the initial state of \(place) cannot be encoded")
    }
    let said: JSONValue = .array([
      .string(machine.name), .int(machine.version), .string(machine.scope.kind.rawValue), initial,
      .array(machine.ignoredTypes.map(Name.init).sorted().map { .string($0.string) }),
      .array(
        machine.invariants.flatMap { [.string($0.name), .string($0.descriptor.kind.rawValue)] }),
    ])
    write(said.canonicalText)
  }

  /// Whether it is a case without values, whose text is its own and not the case's name.
  private static func isNamedByItself(_ value: Any, _ mirror: Mirror) -> Bool {
    mirror.displayStyle == .enum && mirror.children.isEmpty
      && (value is any CustomStringConvertible || value is any CustomDebugStringConvertible
        || value is any TextOutputStreamable)
  }

  /// The text of a value that has no parts.
  private static func leaf(_ value: Any) -> String? {
    switch value {
    case let value as any MachineParameter: value.identity
    case let value as String: value
    case let value as any BinaryInteger: "\(value)"
    case let value as any BinaryFloatingPoint: "\(value)"
    case let value as Bool: "\(value)"
    case let value as Character: "\(value)"
    case let value as Substring: "\(value)"
    case let value as StaticString: "\(value)"
    case let value as any Any.Type: name(of: value)
    default: nil
    }
  }

  /// A type's name, the same in every process of an executable. In that of a private type, Swift writes an
  /// address, which here is counted from the beginning of the loaded file.
  private static func name(of type: Any.Type) -> String {
    let parts = String(reflecting: type).split(separator: "$", omittingEmptySubsequences: false)
    return parts.dropFirst().reduce(into: String(parts[0])) { name, part in
      let digits = part.prefix(while: \.isHexDigit)
      let address = UInt(digits, radix: 16).map(evlog_offset_in_file)
      name += "$\(address.map { String($0, radix: 16) } ?? "")\(part.dropFirst(digits.count))"
    }
  }
}
