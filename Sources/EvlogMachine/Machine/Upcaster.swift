package import EvlogCore
public import EvlogJSON

/// A step from an old shape of an event to a newer one.
///
/// After a step, the upcasters are tried again, until none applies: a chain from version 1 to 3 needs
/// no step of its own.
public struct Upcaster: Sendable {
  /// A chain longer than this is taken for a loop.
  static let stepLimit = 32

  /// The type of the old events, and which versions it takes; nil for all of them.
  let type: Name
  let version: UInt32?
  /// The type that events get; nil where it stays.
  let newType: Name?
  /// What the conversion is known by; nil where its author did not say.
  let identity: String?
  let convert: @Sendable (inout RecordedEvent, JSONValue) throws -> JSONValue

  /// Converts events of a type with a schema version; they get the next version.
  ///
  /// Of a machine that holds upcasters, nothing is kept unless each has an `identity`: a text that is another
  /// one wherever `convert` does something else. See ``MachineParameter``.
  public static func upcast(
    _ type: String, from version: UInt32, identity: String? = nil,
    _ convert: @escaping @Sendable (JSONValue) throws -> JSONValue
  ) -> Upcaster {
    Upcaster(type: Name(type), version: version, newType: nil, identity: identity) { event, data in
      event.schemaVersion += 1
      return try convert(data)
    }
  }

  /// Renames a type of events.
  public static func rename(_ type: String, to newType: String) -> Upcaster {
    Upcaster(type: Name(type), version: nil, newType: Name(newType), identity: "") {
      event, data in
      event.type = newType
      return data
    }
  }

  /// What tells it from others.
  var parameters: [String: Any] {
    [
      "type": type.string, "version": version as Any, "newType": newType?.string as Any,
      "conversion": identity as Any? ?? convert,
    ]
  }

  private func applies(to event: RecordedEvent) -> Bool {
    type == Name(event.type) && (version.map { $0 == event.schemaVersion } ?? true)
  }

  /// Brings an event to its newest shape. The one path that every reader of a machine takes.
  ///
  /// Throws where the event is of a version that no step leads to: a later program wrote it.
  package static func apply(_ upcasters: [Upcaster], to event: RecordedEvent) throws
    -> RecordedEvent
  {
    if upcasters.isEmpty { return event }
    var event = event
    if var next = upcasters.first(where: { $0.applies(to: event) }) {
      var data = event.data.isEmpty ? .object(JSONObject()) : try JSONParser.parse(event.data)
      for step in 1... {
        if step > stepLimit { throw UpcastLoop(type: event.type) }
        data = try next.convert(&event, data)
        guard let following = upcasters.first(where: { $0.applies(to: event) }) else { break }
        next = following
      }
      event.data = data.canonicalBytes[...]
    }
    if let newest = upcasters.newestVersion(of: event.type), event.schemaVersion > newest {
      throw NewerSchema(type: event.type, version: event.schemaVersion, newest: newest)
    }
    return event
  }

  struct UpcastLoop: Error, CustomStringConvertible {
    let type: String
    var description: String { "the upcasters of '\(type)' do not end" }
  }

  struct NewerSchema: Error, CustomStringConvertible {
    let type: String
    let version: UInt32
    let newest: UInt32
    var description: String {
      "this '\(type)' has the schema version \(version), and the newest that is known is \(newest)"
    }
  }
}

extension [Upcaster] {
  /// The version to which the steps lead; nil where none is about this type's versions.
  package func newestVersion(of type: String) -> UInt32? {
    lazy.filter { $0.type == Name(type) }.compactMap(\.version).max().map { $0 + 1 }
  }

  /// The names under which events of some types may be in a log: those, and all that are renamed to them.
  package func storedTypes(of types: Set<String>) -> Set<String> {
    var names = Set(types.map(Name.init))
    while let step = first(where: { step in
      step.newType.map(names.contains) == true && !names.contains(step.type)
    }) {
      names.insert(step.type)
    }
    return Set<String>(names.map(\.string))
  }
}

extension Machine {
  /// The version in which events of a type are written today: the one that the upcasters lead to, or 1 if there
  /// are none.
  public func schemaVersion(of type: String) -> UInt32 { upcasters.newestVersion(of: type) ?? 1 }
}
