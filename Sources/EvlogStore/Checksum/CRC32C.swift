import CEvlog

/// The checksum of every byte on disk: CRC-32C (Castagnoli, RFC 3720 appendix B.4).
enum CRC32C {
  /// The checksum of `bytes`, continuing from an earlier one.
  static func checksum(_ bytes: Span<UInt8>, seed: UInt32 = 0) -> UInt32 {
    unsafe bytes.withUnsafeBytes { buffer in
      unsafe evlog_crc32c(seed, buffer.baseAddress, buffer.count)
    }
  }

  static func checksum(_ bytes: some Collection<UInt8>, seed: UInt32 = 0) -> UInt32 {
    let result = bytes.withContiguousStorageIfAvailable { buffer in
      unsafe evlog_crc32c(seed, buffer.baseAddress, buffer.count)
    }
    return result ?? checksum(Array(bytes).span, seed: seed)
  }

  /// A seed that ties what follows to one segment file and one position in it.
  ///
  /// A frame that was copied, misdirected, or left over from an earlier use of the same disk blocks
  /// then fails its check, although its bytes are whole.
  static func seed(salt: UInt64, position: UInt64) -> UInt32 {
    let words: InlineArray<2, UInt64> = [salt.littleEndian, position.littleEndian]
    return unsafe words.span.withUnsafeBytes { unsafe evlog_crc32c(0, $0.baseAddress, $0.count) }
  }
}
