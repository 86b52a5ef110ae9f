public import EvlogCore
package import EvlogJSON

/// A machine cannot go on: which machine, at which event, in which handler, and why.
public struct MachineError: Error, Sendable, Hashable {
  /// The kind of problem.
  public enum Kind: String, Codable, Sendable, Hashable {
    /// The machine itself is malformed.
    case invalid
    /// An event's type is neither handled nor ignored.
    case unknownType
    /// An event's data cannot be read.
    case undecodable
    /// A handler, an upcaster or a key function threw.
    case threw
    /// A handler did not end.
    case timedOut
    /// The machine used more memory than allowed.
    case outOfMemory
    /// The state cannot be expressed in JSON.
    case badState
    /// The state can be shown but not saved.
    case notSavable
    /// A saved state cannot be read.
    case badSnapshot
  }

  public var kind: Kind
  /// The machine's name.
  public var machine: String
  /// The problem, in words.
  public var message: String
  /// The handler, invariant or upcaster.
  public var handler: String?
  /// The position of the event in the log; nil if no event is concerned.
  public var offset: Offset?
  /// The position in the source, if it is known.
  public var place: SourcePosition?
  /// What to do about it, if that is known.
  public var advice: Advice<Remedy>?

  /// What helps with a machine that is malformed or takes too much, in a form that a program can put into its
  /// own words.
  public enum Remedy: String, Sendable, Hashable, CustomStringConvertible {
    /// Giving a handler more time, or the machine more memory.
    case raiseBounds
    /// Reading how to write a machine.
    case readGuide
    /// Naming the machine's file.
    case nameFile
    /// Writing a condition over the state.
    case writeCondition

    public var description: String {
      switch self {
      case .raiseBounds: "; its bounds can be raised."
      case .readGuide: ": the documentation of its program."
      case .nameFile: "."
      case .writeCondition: ": state.total >= 0."
      }
    }
  }

  public init(
    _ kind: Kind, machine: String, _ message: String, handler: String? = nil,
    offset: Offset? = nil, place: SourcePosition? = nil, advice: Advice<Remedy>? = nil
  ) {
    self.kind = kind
    self.machine = machine
    self.message = message.boundedReason
    self.handler = handler
    self.offset = offset
    self.place = place
    self.advice = advice
  }

  static func unknownType(_ type: String, machine: String, offset: Offset) -> MachineError {
    MachineError(
      .unknownType, machine: machine, "The event type '\(type)' is neither handled nor ignored",
      offset: offset,
      advice: "Handle it, or add '\(type)' to the types that the machine ignores.")
  }
}

extension MachineError: CustomStringConvertible {
  public var description: String {
    var text = "Machine '\(machine)'"
    if let offset { text += " at offset \(offset)" }
    if let handler { text += ", in \(handler)" }
    if let place { text += " (\(place))" }
    text += ": \(message)"
    if let last = text.last, !".!?".contains(last) { text += "." }
    if let advice { text += " \(advice)" }
    return text
  }
}

extension MachineError {
  /// The error as it is saved with the state of a key that was put aside; the machine's name is known there.
  package var json: JSONValue {
    let members: [(String, JSONValue)] = [
      ("kind", .string(kind.rawValue)), ("message", .string(message)),
      ("handler", handler.map { .string($0) } ?? .null),
      ("offset", offset.map { .int($0) } ?? .null),
      ("file", place.map { .string($0.file) } ?? .null),
      ("line", place.map { .int($0.line) } ?? .null),
      ("advice", advice.map { .string($0.text) } ?? .null),
    ]
    let remedy = advice?.remedy.map { [("remedy", JSONValue.string($0.rawValue))] } ?? []
    return .object(JSONObject(members + remedy))
  }

  /// Nil where it is something else.
  package init?(json: JSONValue, machine: String) {
    guard let kind = json["kind"]?.stringValue.flatMap(Kind.init(rawValue:)),
      let message = json["message"]?.stringValue
    else { return nil }
    let remedy = json["remedy"]?.stringValue.flatMap(Remedy.init(rawValue:))
    self.init(
      kind, machine: machine, message, handler: json["handler"]?.stringValue,
      offset: json["offset"]?.integer(Offset.self),
      advice: json["advice"]?.stringValue.map { Advice($0, remedy) })
    if let file = json["file"]?.stringValue, let line = json["line"]?.integer(Int.self) {
      place = SourcePosition(file: file, line: line)
    }
  }
}

/// A value that takes no room in what seldom holds one.
package final class Boxed<Value: Sendable>: Sendable {
  package let value: Value
  package init(_ value: Value) { self.value = value }
}
