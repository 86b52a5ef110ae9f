/// What a name stands for, or what is open.
package struct FileStatus: Sendable, Hashable {
  package enum Kind: Sendable {
    case file, folder, link, pipe, socket, device

    /// With its article, for the middle of a sentence.
    var words: String {
      switch self {
      case .file: "a file"
      case .folder: "a folder"
      case .link: "a symbolic link"
      case .pipe: "a pipe"
      case .socket: "a socket"
      case .device: "a device"
      }
    }
  }

  /// What a file is whatever its name: two with the same are one.
  package struct ID: Sendable, Hashable {
    package var device: UInt64
    package var number: UInt64

    package init(device: UInt64, number: UInt64) {
      self.device = device
      self.number = number
    }
  }

  package var kind: Kind
  package var id: ID
  /// In bytes.
  package var size: UInt64

  package init(kind: Kind, id: ID, size: UInt64) {
    self.kind = kind
    self.id = id
    self.size = size
  }
}
