import CZlib

/// Compresses by gzip, chunk by chunk; the same bytes give the same file, for it names no time.
@safe final class Deflater {
  private let stream: UnsafeMutablePointer<z_stream>

  init() throws {
    unsafe stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    guard unsafe evlog_deflate_init_gzip(stream) == Z_OK else {
      throw Failure(.failed, "gzip cannot be written: zlib does not start")
    }
  }

  deinit {
    unsafe deflateEnd(stream)
    unsafe stream.deallocate()
  }

  func deflate(_ bytes: [UInt8]) -> [UInt8] { run(bytes, Z_NO_FLUSH) }

  /// What is left, with the end that says that it is whole.
  func finish() -> [UInt8] { run([], Z_FINISH) }

  private func run(_ bytes: [UInt8], _ flush: Int32) -> [UInt8] {
    var result: [UInt8] = []
    var input = bytes
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    unsafe input.withUnsafeMutableBufferPointer { input in
      unsafe stream.pointee.next_in = input.baseAddress
      unsafe stream.pointee.avail_in = UInt32(input.count)
      var isFull = true
      while isFull {
        let produced = unsafe chunk.withUnsafeMutableBufferPointer { chunk in
          unsafe stream.pointee.next_out = chunk.baseAddress
          unsafe stream.pointee.avail_out = UInt32(chunk.count)
          _ = unsafe CZlib.deflate(stream, flush)
          return unsafe chunk.count - Int(stream.pointee.avail_out)
        }
        result += chunk[..<produced]
        isFull = produced == chunk.count
      }
    }
    return result
  }
}
