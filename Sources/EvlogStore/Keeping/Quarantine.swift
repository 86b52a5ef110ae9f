import SystemPackage

/// Copies of what is taken out of a log, kept in `quarantine/`, where nothing is ever read again.
extension StoreLayout {
  /// A new folder in the quarantine, under a name that is not taken. Its name is not yet durable:
  /// see ``syncQuarantine(_:)``.
  func makeQuarantineFolder(_ name: String) throws(EventLogError) -> FilePath {
    if try !system.exists(quarantine) {
      try system.makeDirectory(quarantine)
      try system.syncDirectory(root)
    }
    var path = quarantine.appending(name)
    var attempt = 1
    while try system.exists(path) {
      attempt += 1
      path = quarantine.appending("\(name)-\(attempt)")
    }
    try system.makeDirectory(path)
    return path
  }

  /// Copies a file into a folder, whole, and syncs the copy.
  func copy(_ source: FilePath, into folder: FilePath) throws(EventLogError) {
    let original = try File(source, .read, system)
    let copy = try File(
      folder.appending(source.lastComponent?.string ?? "file"), .create, system)
    try copy.copy(original, 0..<(try original.size()))
    try copy.sync()
  }

  /// Makes a folder in the quarantine durable, and the names in it.
  func syncQuarantine(_ folder: FilePath) throws(EventLogError) {
    for folder in [folder, quarantine] { try system.syncDirectory(folder) }
  }
}

extension File {
  /// Writes a stretch of another file at the same place in this one.
  func copy(_ other: File, _ range: Range<UInt64>) throws(EventLogError) {
    var position = range.lowerBound
    while position < range.upperBound {
      let bytes = try other.read(
        at: position, count: Int(min(1 << 20, range.upperBound - position)))
      if bytes.isEmpty { return }
      try write(bytes, at: position)
      position += UInt64(bytes.count)
    }
  }
}
