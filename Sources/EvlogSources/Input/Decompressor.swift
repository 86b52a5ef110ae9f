/// Undoes a compression, chunk by chunk.
protocol Decompressor: AnyObject {
  /// Hands out what some bytes are when they are decompressed. What comes before the place where the bytes are wrong
  /// is handed out, too.
  func decompress(_ compressed: [UInt8], _ body: (ArraySlice<UInt8>) -> Void) throws(SourceError)
  /// Throws where the compressed bytes end early.
  func finish() throws(SourceError)
}

extension Decompressor {
  /// Adds to `result` what some bytes are when they are decompressed.
  func decompress(_ compressed: [UInt8], into result: inout [UInt8]) throws(SourceError) {
    try decompress(compressed) { result += $0 }
  }

  /// Throws where the bytes are not what they should be; makes nothing of them.
  func check(_ compressed: [UInt8]) throws(SourceError) { try decompress(compressed) { _ in } }
}
