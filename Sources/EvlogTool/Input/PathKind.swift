#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What a path names.
enum PathKind {
  case nothing, file, folder
  /// A device, a pipe, a socket.
  case special

  init(_ path: String) {
    var info = stat()
    guard unsafe path.withCString({ unsafe stat($0, &info) }) == 0 else {
      self = .nothing
      return
    }
    switch info.st_mode & S_IFMT {
    case S_IFREG: self = .file
    case S_IFDIR: self = .folder
    default: self = .special
    }
  }
}
