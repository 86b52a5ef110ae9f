#if JavaScript
  import EvlogMachine
  import EvlogCore
  import SystemPackage

  /// A machine's file, or one whose machine is a part of it.
  struct ScriptFile: Sendable {
    /// A machine is written by a person: a larger file is some other file.
    static let byteLimit = 16 << 20

    /// What messages call it: its path from the folder of the machine's own file.
    var name: String
    var source: String
    /// Where it was read; nil for a text.
    var path: FilePath?
    /// The files that it uses: their names, by what stands in its calls of `use`.
    var uses: [String: String] = [:]

    static func read(_ path: FilePath) throws -> String {
      let bytes: [UInt8]
      do { bytes = try contents(of: path) } catch let errno as Errno {
        throw MachineError(
          .invalid, machine: path.string, "The file cannot be read: \(errno)",
          advice: .init("A machine is one JavaScript file", .nameFile))
      }
      guard let source = String(validating: bytes, as: UTF8.self) else {
        throw MachineError(
          .invalid, machine: path.string, "The file is not UTF-8",
          advice: "A machine is one JavaScript file.")
      }
      return source
    }

    private static func contents(of path: FilePath) throws -> [UInt8] {
      let descriptor = try FileDescriptor.open(path, .readOnly)
      return try descriptor.closeAfter {
        var bytes = [UInt8]()
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
          let count = try unsafe chunk.withUnsafeMutableBytes {
            try unsafe descriptor.read(into: $0)
          }
          if count == 0 { return bytes }
          bytes += chunk[..<count]
          guard bytes.count <= byteLimit else {
            throw MachineError(
              .invalid, machine: path.string, "The file has more than \(byteLimit) bytes",
              advice: "A machine is one JavaScript file.")
          }
        }
      }
    }
  }

  /// The files that a machine is made of.
  struct ScriptFiles: Sendable {
    static let countLimit = 100

    /// The machine's own.
    var own: ScriptFile
    /// Those of its parts, and of the parts of these.
    private(set) var used: [ScriptFile] = []
    /// Why others cannot be used. It is said if a file does.
    private(set) var problems: [(name: String, reason: String)] = []

    var all: [ScriptFile] {
      get { [own] + used }
      set { (own, used) = (newValue[0], Array(newValue.dropFirst())) }
    }

    /// A machine in one file, whose name is for messages.
    init(source: String, name: String) {
      own = ScriptFile(name: name, source: source)
      for name in Self.names(in: source) {
        own.uses[name] = name
        problems.append((name, "this machine is a text without a folder, in which a file could be"))
      }
    }

    /// A machine's file, and those that it names in calls of `use`.
    init(_ path: FilePath) throws {
      let folder = path.removingLastComponent()
      own = ScriptFile(
        name: path.lastComponent?.string ?? path.string, source: try ScriptFile.read(path),
        path: path)
      var known: Set<String> = []
      own.uses = try uses(in: own, at: FilePath(), folder: folder, known: &known)
    }

    /// Reads the files that one uses, and what they use.
    private mutating func uses(
      in file: ScriptFile, at place: FilePath, folder: FilePath, known: inout Set<String>
    ) throws -> [String: String] {
      var uses: [String: String] = [:]
      for text in Self.names(in: file.source) {
        let path = place.pushing(FilePath(text)).lexicallyNormalized()
        let name = path.string
        uses[text] = name
        guard known.insert(name).inserted else { continue }
        guard FilePath(text).isRelative else {
          problems.append((name, "write its path from the folder of the file that uses it"))
          continue
        }
        guard used.count < Self.countLimit else {
          problems.append((name, "a machine is made of no more than \(Self.countLimit) files"))
          continue
        }
        do {
          let file = folder.pushing(path)
          var found = ScriptFile(name: name, source: try ScriptFile.read(file), path: file)
          let index = used.count
          used.append(found)
          found.uses = try self.uses(
            in: found, at: path.removingLastComponent(), folder: folder, known: &known)
          used[index] = found
        } catch let error as MachineError { problems.append((name, error.message)) }
      }
      return uses
    }

    /// The texts in calls of `use`. One in a comment is found as well, which does no harm: nothing asks for it.
    private static func names(in source: String) -> [String] {
      var names: [String] = []
      for match in source.matches(of: /use\(\s*(?:"([^"\\\n]+)"|'([^'\\\n]+)')\s*\)/) {
        if let name = match.output.1 ?? match.output.2 { names.append(String(name)) }
      }
      return names
    }
  }
#endif
