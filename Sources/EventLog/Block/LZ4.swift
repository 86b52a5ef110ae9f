import CLZ4

/// LZ4 block compression, by the system's library; bytes that do not get smaller stay as they are.
package enum LZ4 {
  /// `bytes` compressed, or unchanged where that would not be smaller.
  package static func stored(_ bytes: [UInt8]) -> [UInt8] {
    guard bytes.count > 32, bytes.count < Int(LZ4_MAX_INPUT_SIZE) else { return bytes }
    let bound = Int(LZ4_compressBound(Int32(bytes.count)))
    let compressed = unsafe [UInt8](unsafeUninitializedCapacity: bound) { target, count in
      count = unsafe bytes.withUnsafeBytes { source in
        unsafe Int(
          LZ4_compress_default(
            source.baseAddress?.assumingMemoryBound(to: CChar.self),
            UnsafeMutableRawPointer(target.baseAddress)?.assumingMemoryBound(to: CChar.self),
            Int32(source.count), Int32(bound)))
      }
    }
    return !compressed.isEmpty && compressed.count < bytes.count ? compressed : bytes
  }

  /// What `stored` was made from; nil where it is not `rawCount` bytes.
  package static func raw(_ stored: ArraySlice<UInt8>, rawCount: Int) -> [UInt8]? {
    if stored.count == rawCount { return Array(stored) }
    guard rawCount <= Int(Int32.max), stored.count < rawCount else { return nil }
    var result: Int32 = -1
    let raw = unsafe [UInt8](unsafeUninitializedCapacity: rawCount) { target, count in
      unsafe stored.withUnsafeBytes { source in
        result = unsafe LZ4_decompress_safe(
          source.baseAddress?.assumingMemoryBound(to: CChar.self),
          UnsafeMutableRawPointer(target.baseAddress)?.assumingMemoryBound(to: CChar.self),
          Int32(source.count), Int32(rawCount))
      }
      count = max(0, Int(result))
    }
    return result == Int32(rawCount) ? raw : nil
  }
}
