#if JavaScript
  import EvlogMachine
  import EvlogCore
  import SystemPackage

  /// Reads a machine's file.
  enum ScriptFile {
    /// A machine is written by a person: a larger file is some other file.
    static let byteLimit = 16 << 20

    static func read(_ path: FilePath) throws -> [UInt8] {
      do {
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
      } catch let errno as Errno {
        throw MachineError(
          .invalid, machine: path.string, "The file cannot be read: \(errno)",
          advice: .init("A machine is one JavaScript file", .nameFile))
      }
    }
  }
#endif
