import CZlib

/// Undoes gzip, chunk by chunk; several members one after the other count as one, and zeros that
/// pad the file after a member are passed over, as gzip does.
@safe final class Inflater: Decompressor {
  private let stream: UnsafeMutablePointer<z_stream>
  private let name: String
  private var chunk = [UInt8](repeating: 0, count: 1 << 18)
  /// How many bytes went in before the present ones.
  private var passed: UInt64 = 0
  private var isBetweenMembers = false
  private var hasMember = false

  init(_ name: String) throws(SourceError) {
    unsafe stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    self.name = name
    guard unsafe evlog_inflate_init_gzip(stream) == Z_OK else {
      throw SourceError("gzip", .notRead("zlib does not start"))
    }
  }

  deinit {
    unsafe inflateEnd(stream)
    unsafe stream.deallocate()
  }

  func decompress(_ compressed: [UInt8], _ body: (ArraySlice<UInt8>) -> Void) throws(SourceError) {
    var input = compressed
    let count = input.count
    var status = Z_OK
    var left = 0
    unsafe input.withUnsafeMutableBufferPointer { input in
      unsafe stream.pointee.next_in = input.baseAddress
      unsafe stream.pointee.avail_in = UInt32(input.count)
      repeat {
        if isBetweenMembers {
          while unsafe stream.pointee.avail_in > 0, unsafe stream.pointee.next_in.pointee == 0 {
            unsafe stream.pointee.next_in += 1
            unsafe stream.pointee.avail_in -= 1
          }
          if unsafe stream.pointee.avail_in == 0 { break }
          unsafe inflateReset(stream)
          isBetweenMembers = false
        }
        let produced = unsafe chunk.withUnsafeMutableBufferPointer { chunk in
          unsafe stream.pointee.next_out = chunk.baseAddress
          unsafe stream.pointee.avail_out = UInt32(chunk.count)
          status = unsafe CZlib.inflate(stream, Z_NO_FLUSH)
          return unsafe chunk.count - Int(stream.pointee.avail_out)
        }
        if produced > 0 { body(chunk[..<produced]) }
        if status == Z_STREAM_END { (isBetweenMembers, hasMember) = (true, true) }
        if status != Z_OK && status != Z_STREAM_END { break }
      } while unsafe stream.pointee.avail_in > 0 || stream.pointee.avail_out == 0
      left = Int(unsafe stream.pointee.avail_in)
    }
    passed += UInt64(count - left)
    guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
      throw SourceError(name, .notWhole(.gzip, "\(reason), near byte \(passed)"))
    }
  }

  /// What zlib found wrong, in words.
  private var reason: String {
    switch unsafe stream.pointee.msg.map({ unsafe String(cString: $0) }) {
    case "incorrect data check", "incorrect length check":
      "it is damaged: its contents do not match the checksum at its end"
    case "incorrect header check" where hasMember: "what follows its end is not gzip"
    case let message?: "it is damaged (\(message))"
    case nil: "it is damaged"
    }
  }

  /// Throws where the last member has no end.
  func finish() throws(SourceError) {
    guard isBetweenMembers else {
      throw SourceError(name, .notWhole(.gzip, "it ends early, at byte \(passed)"))
    }
  }
}
