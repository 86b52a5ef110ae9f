import CLZ4

/// Compresses pages one by one, each as if it followed the same dictionary.
@safe struct PageCompressor: ~Copyable {
  private let dictionary: UnsafeMutableRawBufferPointer
  private let effort: LZ4.Effort
  /// The state after the dictionary, and the one in use, which begins as a copy of it.
  private let start: UnsafeMutableRawPointer
  private let current: UnsafeMutableRawPointer
  private let stateBytes: Int

  init(_ dictionary: [UInt8], _ effort: LZ4.Effort) {
    self.effort = effort
    unsafe self.dictionary = .allocate(byteCount: dictionary.count, alignment: 8)
    unsafe self.dictionary.copyBytes(from: dictionary)
    let bytes = unsafe self.dictionary.baseAddress?.assumingMemoryBound(to: CChar.self)
    switch effort {
    case .fast:
      unsafe stateBytes = MemoryLayout<LZ4_stream_t>.size
      unsafe start = .allocate(byteCount: stateBytes, alignment: 16)
      let stream = unsafe LZ4_initStream(start, stateBytes)
      unsafe LZ4_loadDict(stream, bytes, Int32(dictionary.count))
    case .best:
      unsafe stateBytes = MemoryLayout<LZ4_streamHC_t>.size
      unsafe start = .allocate(byteCount: stateBytes, alignment: 16)
      let stream = unsafe LZ4_initStreamHC(start, stateBytes)
      unsafe LZ4_resetStreamHC_fast(stream, LZ4.Effort.bestLevel)
      unsafe LZ4_loadDictHC(stream, bytes, Int32(dictionary.count))
    }
    unsafe current = .allocate(byteCount: stateBytes, alignment: 16)
  }

  deinit {
    unsafe dictionary.deallocate()
    unsafe start.deallocate()
    unsafe current.deallocate()
  }

  /// Appends a page compressed, or unchanged where that would not be smaller; how many bytes it appended.
  func append(_ page: Span<UInt8>, to stored: inout [UInt8]) -> Int {
    let first = stored.count
    let bound = Int(LZ4_compressBound(Int32(page.count)))
    stored.append(addingCapacity: bound) { output in
      unsafe output.withUnsafeMutableBufferPointer { room, filled in
        unsafe page.withUnsafeBytes { page in
          unsafe current.copyMemory(from: start, byteCount: stateBytes)
          let from = unsafe page.baseAddress?.assumingMemoryBound(to: CChar.self)
          let to = unsafe UnsafeMutableRawPointer(room.baseAddress)?
            .assumingMemoryBound(to: CChar.self)
          filled =
            switch effort {
            case .fast:
              unsafe Int(
                LZ4_compress_fast_continue(
                  current.assumingMemoryBound(to: LZ4_stream_t.self), from, to, Int32(page.count),
                  Int32(room.count), 1))
            case .best:
              unsafe Int(
                LZ4_compress_HC_continue(
                  current.assumingMemoryBound(to: LZ4_streamHC_t.self), from, to,
                  Int32(page.count), Int32(room.count)))
            }
        }
      }
    }
    let count = stored.count - first
    if count > 0, count < page.count { return count }
    stored.removeSubrange(first...)
    stored.append(page)
    return page.count
  }
}

/// Decompresses pages, each behind the dictionary, where LZ4 finds it fastest.
@safe final class PageDecoder {
  private let memory: UnsafeMutableRawBufferPointer
  private let dictionaryBytes: Int

  init(_ dictionary: SegmentDictionary) {
    dictionaryBytes = dictionary.bytes.count
    unsafe memory = .allocate(
      byteCount: dictionaryBytes + (1 << Int(PagedBlockHeader.pageBits.upperBound)),
      alignment: 64)
    unsafe memory.copyBytes(from: dictionary.bytes)
  }

  deinit { unsafe memory.deallocate() }

  /// Decompresses a page, and copies some of it into a buffer that has room for it; false where it is not what a
  /// writer made.
  ///
  /// The page is decompressed to its end, however little is wanted: where LZ4 stops before, what a forged match of
  /// distance 0 gives depends on what the memory held.
  func copy(
    _ some: Range<Int>, of stored: Span<UInt8>, rawCount: Int, to target: inout [UInt8],
    at place: Int
  ) -> Bool {
    precondition(some.upperBound <= rawCount && place + some.count <= target.count)
    return unsafe target.withUnsafeMutableBytes { target in
      let room = unsafe UnsafeMutableRawBufferPointer(
        rebasing: target[place..<(place + some.count)])
      return unsafe stored.withUnsafeBytes { stored in
        if stored.count == rawCount {
          unsafe room.copyMemory(from: UnsafeRawBufferPointer(rebasing: stored[some]))
          return true
        }
        guard stored.count < rawCount, unsafe rawCount <= memory.count - dictionaryBytes else {
          return false
        }
        let start = unsafe memory.baseAddress?.assumingMemoryBound(to: CChar.self)
        let page = unsafe start.map { unsafe $0 + dictionaryBytes }
        let from = unsafe stored.baseAddress?.assumingMemoryBound(to: CChar.self)
        let got = unsafe LZ4_decompress_safe_usingDict(
          from, page, Int32(stored.count), Int32(rawCount), start, Int32(dictionaryBytes))
        guard got == rawCount, let page = unsafe page else { return false }
        unsafe room.copyMemory(
          from: UnsafeRawBufferPointer(start: page + some.lowerBound, count: some.count))
        return true
      }
    }
  }
}
