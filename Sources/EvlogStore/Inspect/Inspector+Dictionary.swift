import SystemPackage

/// The two copies of a sealed segment's dictionary.
extension Inspector {
  /// Explains both copies; the dictionary, as far as one of them is whole, and where the blocks begin.
  func inspectDictionary(
    _ file: File, _ header: SegmentHeader, _ trailer: SealedTrailer?,
    _ result: inout FileInspection
  ) throws(EventLogError) -> (dictionary: SegmentDictionary, blocks: UInt64) {
    let first = UInt64(SegmentHeader.byteCount)
    guard header.format >= SegmentHeader.pagesFormat else { return (SegmentDictionary(), first) }
    var found: SegmentDictionary?
    var end = first
    var copies = [("first", first)]
    if let trailer { copies.append(("second", trailer.dictionary)) }
    for (copy, position) in copies {
      let part = try dictionaryPart("dictionary, \(copy) copy", file, at: position, header.salt)
      result.parts.append(part)
      if position == first { end = part.bytes.upperBound }
      if let whole = try SegmentDictionary(file, at: position, salt: header.salt) {
        found = found ?? whole
      } else {
        result.add(problem: "The \(copy) copy of the dictionary is damaged", byte: position)
      }
    }
    result.parts.sort { $0.bytes.lowerBound < $1.bytes.lowerBound }
    return (found ?? SegmentDictionary(), end)
  }

  /// The dictionary of a file of which nothing else is known to be whole.
  func dictionary(_ file: File, salt: UInt64) throws(EventLogError) -> SegmentDictionary {
    let first = UInt64(SegmentHeader.byteCount)
    if let found = try SegmentDictionary(file, at: first, salt: salt) { return found }
    let count = SealedTrailer.byteCount
    let size = try file.size()
    guard size >= first + UInt64(count) else { return SegmentDictionary() }
    let position = size - UInt64(count)
    guard
      let trailer = SealedTrailer(
        decoding: try file.read(at: position, count: count), salt: salt, position: position)
    else { return SegmentDictionary() }
    return try SegmentDictionary(file, at: trailer.dictionary, salt: salt) ?? SegmentDictionary()
  }

  private func dictionaryPart(
    _ name: String, _ file: File, at position: UInt64, _ salt: UInt64
  ) throws(EventLogError) -> FileInspection.Part {
    let bytes = try file.read(at: position, count: SegmentDictionary.headerBytes)
    var fields = FieldReader(bytes, at: position)
    fields.checksum(
      "header checksum",
      bytes.count < SegmentDictionary.headerBytes
        ? nil : CRC32C.checksum(bytes[4...], seed: CRC32C.seed(salt: salt, position: position)))
    fields.number("kind", UInt8.self) {
      $0 == SegmentDictionary.kind ? "\($0): a dictionary" : "\($0)"
    }
    fields.reserved(3)
    fields.number("stored", UInt32.self) { "\($0) bytes" }
    fields.number("raw", UInt32.self) { "\($0) bytes" }
    fields.number("checksum", UInt32.self) { Inspector.hex($0) }
    fields.reserved(4)
    var part = fields.part(name)
    if let header = SegmentDictionary.Header(decoding: bytes.span, salt: salt, position: position) {
      part.bytes = position..<(position + UInt64(header.byteCount))
    }
    return part
  }
}
