import CEvlog

/// The checksum of every byte on disk: CRC-32C (Castagnoli, RFC 3720 appendix B.4).
enum CRC32C {
  /// The checksum of `bytes`, continuing from an earlier one.
  static func checksum(_ bytes: RawSpan, seed: UInt32 = 0) -> UInt32 {
    unsafe bytes.withUnsafeBytes { buffer in
      unsafe evlog_crc32c(seed, buffer.baseAddress, buffer.count)
    }
  }

  static func checksum(_ bytes: some Collection<UInt8>, seed: UInt32 = 0) -> UInt32 {
    let result = bytes.withContiguousStorageIfAvailable { buffer in
      unsafe evlog_crc32c(seed, buffer.baseAddress, buffer.count)
    }
    return result ?? (unsafe checksum(Array(bytes).span.bytes, seed: seed))
  }

  /// A seed that ties what follows to one segment file and one position in it.
  ///
  /// A frame that was copied, misdirected, or left over from an earlier use of the same disk blocks
  /// then fails its check, although its bytes are whole.
  static func seed(salt: UInt64, position: UInt64) -> UInt32 {
    var bytes: [UInt8] = []
    bytes.appendLittleEndian(salt)
    bytes.appendLittleEndian(position)
    return checksum(bytes)
  }
}
