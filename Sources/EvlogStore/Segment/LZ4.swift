import CLZ4

/// LZ4 block compression, by the system's library; bytes that do not get smaller stay as they are.
package enum LZ4 {
  /// How much time to spend on fewer bytes.
  package enum Effort: Sendable {
    case fast
    /// The high-compression variant at level 4: a fifth fewer bytes in six to ten times the time. Its output is
    /// read as fast as the other's, or faster.
    case best

    static let bestLevel: Int32 = 4
  }

  /// Appends `bytes` compressed, or unchanged where that would not be smaller; how many it appended.
  package static func store(
    _ bytes: Span<UInt8>, _ effort: Effort = .fast, appendingTo target: inout [UInt8]
  ) -> Int {
    let start = target.count
    if bytes.count > 32, bytes.count < Int(LZ4_MAX_INPUT_SIZE) {
      let bound = Int(LZ4_compressBound(Int32(bytes.count)))
      target.reserveCapacity(start + bound)
      target.append(addingCapacity: bound) { output in
        unsafe output.withUnsafeMutableBufferPointer { room, filled in
          unsafe filled = bytes.withUnsafeBytes { source in
            unsafe compress(source, into: UnsafeMutableRawBufferPointer(room), effort)
          }
        }
      }
      let count = target.count - start
      if count > 0, count < bytes.count { return count }
      target.removeSubrange(start...)
    }
    target.append(bytes)
    return bytes.count
  }

  private static func compress(
    _ source: UnsafeRawBufferPointer, into room: UnsafeMutableRawBufferPointer, _ effort: Effort
  ) -> Int {
    let from = unsafe source.baseAddress?.assumingMemoryBound(to: CChar.self)
    let to = unsafe room.baseAddress?.assumingMemoryBound(to: CChar.self)
    return switch effort {
    case .fast:
      unsafe Int(LZ4_compress_default(from, to, Int32(source.count), Int32(room.count)))
    case .best:
      unsafe Int(
        LZ4_compress_HC(from, to, Int32(source.count), Int32(room.count), Effort.bestLevel))
    }
  }

  /// Puts what was stored at the beginning of `target`, which has room for it; false where it is
  /// not `rawCount` bytes.
  package static func load(_ stored: Span<UInt8>, rawCount: Int, into target: inout [UInt8])
    -> Bool
  {
    guard isPlausible(rawCount: rawCount, storedCount: stored.count), rawCount <= target.count
    else { return false }
    return unsafe target.withUnsafeMutableBytes { target in
      unsafe stored.withUnsafeBytes { unsafe load($0, rawCount: rawCount, into: target) }
    }
  }

  private static func load(
    _ source: UnsafeRawBufferPointer, rawCount: Int, into target: UnsafeMutableRawBufferPointer
  ) -> Bool {
    if source.count == rawCount {
      unsafe target.copyMemory(from: source)
      return true
    }
    return unsafe LZ4_decompress_safe(
      source.baseAddress?.assumingMemoryBound(to: CChar.self),
      target.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(source.count),
      Int32(rawCount)) == Int32(rawCount)
  }

  /// Whether so many bytes can come of so few: LZ4 never makes more than 255 of one.
  ///
  /// By this, a damaged count cannot ask for all of memory.
  static func isPlausible(rawCount: Int, storedCount: Int) -> Bool {
    storedCount <= rawCount && rawCount <= Int(Int32.max) && rawCount <= storedCount * 255 + 64
  }

  /// `bytes` compressed, or unchanged where that would not be smaller.
  package static func stored(_ bytes: [UInt8]) -> [UInt8] {
    var stored: [UInt8] = []
    _ = store(bytes.span, appendingTo: &stored)
    return stored
  }

  /// What `stored` was made from; nil where it is not `rawCount` bytes.
  package static func raw(_ stored: ArraySlice<UInt8>, rawCount: Int) -> [UInt8]? {
    guard isPlausible(rawCount: rawCount, storedCount: stored.count) else { return nil }
    var isWhole = false
    let raw = unsafe [UInt8](unsafeUninitializedCapacity: rawCount) { raw, count in
      isWhole = unsafe stored.withUnsafeBytes {
        unsafe load($0, rawCount: rawCount, into: UnsafeMutableRawBufferPointer(raw))
      }
      count = isWhole ? rawCount : 0
    }
    return isWhole ? raw : nil
  }
}
