import CZstd

/// Undoes Zstandard, chunk by chunk; several frames one after the other count as one, and frames that are to be
/// skipped are.
@safe final class ZstdInflater: Decompressor {
  private let stream: OpaquePointer
  private let name: String
  private var chunk = [UInt8](repeating: 0, count: 1 << 18)
  /// How many bytes went in so far.
  private var passed: UInt64 = 0
  private var isBetweenFrames = false

  /// Whether these are the first bytes of Zstandard: of a frame, or of one that is to be skipped.
  static func begins(_ bytes: [UInt8]) -> Bool {
    guard bytes.count >= 4 else { return false }
    return bytes.starts(with: [0x28, 0xB5, 0x2F, 0xFD])
      || bytes[0] & 0xF0 == 0x50 && bytes[1...3].elementsEqual([0x2A, 0x4D, 0x18])
  }

  init(_ name: String) throws(SourceError) {
    guard let stream = unsafe ZSTD_createDStream() else {
      throw SourceError("Zstandard", .notRead("zstd does not start"))
    }
    unsafe self.stream = stream
    self.name = name
  }

  deinit { unsafe ZSTD_freeDStream(stream) }

  func decompress(_ compressed: [UInt8], _ body: (ArraySlice<UInt8>) -> Void) throws(SourceError) {
    var wrong: String?
    unsafe compressed.withUnsafeBytes { bytes in
      var input = unsafe ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
      var isFull = false
      while unsafe input.pos < input.size || isFull {
        let (produced, size, result) = unsafe chunk.withUnsafeMutableBytes { chunk in
          var output = unsafe ZSTD_outBuffer(dst: chunk.baseAddress, size: chunk.count, pos: 0)
          let result = unsafe ZSTD_decompressStream(stream, &output, &input)
          return unsafe (output.pos, output.size, result)
        }
        if ZSTD_isError(result) != 0 {
          wrong = unsafe String(cString: ZSTD_getErrorName(result))
          break
        }
        if produced > 0 { body(chunk[..<produced]) }
        isBetweenFrames = result == 0
        isFull = produced == size && !isBetweenFrames
      }
      passed += unsafe UInt64(input.pos)
    }
    if let wrong {
      throw SourceError(name, .notWhole(.zstd, "it is damaged (\(wrong)), near byte \(passed)"))
    }
  }

  /// Throws where the last frame has no end.
  func finish() throws(SourceError) {
    guard isBetweenFrames else {
      throw SourceError(name, .notWhole(.zstd, "it ends early, at byte \(passed)"))
    }
  }
}
