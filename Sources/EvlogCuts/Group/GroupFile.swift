import EvlogJSON
import EvlogStore
public import SystemPackage

/// A group as its file describes it: which logs, and where edges come from.
///
///     {
///       "evlogGroup": 1,
///       "logs": ["orders=orders.evlog", "payments=payments.evlog"],
///       "edges": ["causation", "match data.sent -> data.received"],
///       "order": "time",
///       "dangling": "refuse"
///     }
///
/// A log's path is relative to the file's folder. `name=path#stream` is one stream of a log, and
/// `name=path#trace0/*` is a line for each stream that begins so, with the rest as its name. The last three members
/// may be missing.
public struct GroupFile: Sendable, Hashable {
  /// A log, or streams of one.
  public struct Entry: Sendable, Hashable, CustomStringConvertible {
    /// The name in cuts. Of several streams, each has its own.
    public let name: String
    /// The log's folder.
    public let path: FilePath
    /// A stream, or with `*` at its end all streams that begin so; nil for the whole log.
    public let streams: String?

    /// A log at a path, or streams of one.
    public init(_ name: String, at path: FilePath, streams: String? = nil) {
      self.name = name
      self.path = path
      self.streams = streams
    }

    /// Reads `name=path` or `name=path#streams`; nil for anything else.
    public init?(_ text: some StringProtocol) {
      guard let equals = text.firstIndex(of: "=") else { return nil }
      var path = text[text.index(after: equals)...]
      var streams: String?
      if let hash = path.lastIndex(of: "#") {
        streams = String(path[path.index(after: hash)...])
        path = path[..<hash]
      }
      guard !path.isEmpty, streams != "" else { return nil }
      self.init(String(text[..<equals]), at: FilePath(String(path)), streams: streams)
    }

    public var description: String { "\(name)=\(path)" + (streams.map { "#\($0)" } ?? "") }
  }

  /// The logs, in the order of the positions of cuts.
  public var logs: [Entry]
  /// Where edges come from.
  public var edges: [EdgeRule]
  /// What orders events that the edges leave open.
  public var order: EventField
  /// What to do with references to events that are not in the group.
  public var dangling: DanglingReferences

  public init(
    _ logs: [Entry], edges: [EdgeRule] = [.causation], order: EventField = .time,
    dangling: DanglingReferences = .refused
  ) {
    self.logs = logs
    self.edges = edges
    self.order = order
    self.dangling = dangling
  }

  /// The member by which a file is known to be a group's.
  private static let mark = "evlogGroup"
  private static let version = 1

  /// Reads a file's text. Throws ``CausalityError`` that says which member is wrong.
  public init(parsing bytes: [UInt8]) throws(CausalityError) {
    func wrong(_ text: String) -> CausalityError { CausalityError(.invalidGroup, text) }
    let json: JSONValue
    do { json = try JSONParser.parse(bytes[...]) } catch {
      throw wrong("This is not the file of a group: \(error)")
    }
    guard case .object(let object) = json, let version = object[Self.mark] else {
      throw wrong("This is not the file of a group: it has no member \"\(Self.mark)\"")
    }
    guard version == .int(Self.version) else {
      throw wrong("The group's file has version \(version.canonicalText); this evlog knows 1")
    }
    let known = [Self.mark, "logs", "edges", "order", "dangling"]
    if let stranger = object.members.first(where: { !known.contains($0.key) }) {
      throw wrong(
        "The group's file has a member \"\(stranger.key)\"; the known ones are "
          + known.map { "\"\($0)\"" }.joined(separator: ", "))
    }
    func texts(_ key: String) throws(CausalityError) -> [String]? {
      guard let value = object[key] else { return nil }
      guard let items = value.arrayValue, items.allSatisfy({ $0.stringValue != nil }) else {
        throw wrong("\"\(key)\" in the group's file is not a list of texts")
      }
      return items.compactMap(\.stringValue)
    }
    guard let logs = try texts("logs") else { throw wrong("The group's file has no \"logs\"") }
    self.init(
      try logs.map { text throws(CausalityError) in
        guard let entry = Entry(text) else {
          throw wrong("'\(text)' in \"logs\" is not a name and a path, as in orders=orders.evlog")
        }
        return entry
      })
    if let rules = try texts("edges") {
      edges = try rules.map { text throws(CausalityError) in
        guard let rule = EdgeRule(text) else {
          throw wrong(
            "'\(text)' in \"edges\" is none of: causation, cause FIELD, clock FIELD, "
              + "match FIELD -> FIELD, atomic FIELD")
        }
        return rule
      }
    }
    if let value = object["order"] {
      guard let field = value.stringValue.flatMap({ EventField($0) }) else {
        throw wrong("\"order\" in the group's file is not a field, such as time or data.lamport")
      }
      order = field
    }
    switch object["dangling"] {
    case nil, .string("refuse")?: break
    case .string("count")?: dangling = .counted
    default: throw wrong("\"dangling\" in the group's file is neither \"refuse\" nor \"count\"")
    }
  }

  /// The file's text.
  public var text: String {
    func list(_ items: [String]) -> String {
      "[" + items.map { JSONValue.string($0).canonicalText }.joined(separator: ", ") + "]"
    }
    return """
      {
        "\(Self.mark)": \(Self.version),
        "logs": \(list(logs.map(\.description))),
        "edges": \(list(edges.map(\.description))),
        "order": "\(order)",
        "dangling": "\(dangling == .counted ? "count" : "refuse")"
      }

      """
  }

  /// Opens the logs for reading; paths are relative to a folder. Throws `EventLogError` for a log, and
  /// ``CausalityError`` for names, or where a log has none of the streams.
  public func open(in folder: FilePath) throws -> LogGroup {
    var members: [LogGroup.Member] = []
    for entry in logs {
      let log = try EventLog.openReadOnly(folder.pushing(entry.path))
      guard let streams = entry.streams, streams.hasSuffix("*") else {
        members.append(.init(entry.name, log, stream: entry.streams))
        continue
      }
      let prefix = String(streams.dropLast())
      let found = try Self.streams(of: log, beginningWith: prefix)
      guard !found.isEmpty else {
        throw CausalityError(
          .invalidGroup, "The log \(entry.path) has no stream that begins with '\(prefix)'")
      }
      members += found.map { .init(String($0.dropFirst(prefix.count)), log, stream: $0) }
    }
    return try LogGroup(members, edges: edges, order: order, dangling: dangling)
  }

  /// The names of streams, sorted.
  private static func streams(of log: EventLog, beginningWith prefix: String) throws -> [String] {
    var found: Set<Name> = []
    try log.forEachRow(of: Query()) { row in
      for event in row where event.stream.utf8.starts(with: prefix.utf8) {
        found.insert(Name(event.stream))
      }
      return true
    }
    return found.sorted().map(\.string)
  }
}
