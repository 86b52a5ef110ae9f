#if NATS
  /// What the reply subject of a delivered message says of it:
  /// `$JS.ACK.[DOMAIN.ACCOUNT.]STREAM.CONSUMER.DELIVERED.SEQUENCE.CONSUMERSEQUENCE.TIME.PENDING[.TOKEN]`.
  struct DeliveredPlace: Hashable {
    /// The message's sequence in its stream.
    var sequence: UInt64 = 0
    /// Its place among the messages of the consumer, from 1, without gaps unless one was lost on the way.
    var consumerSequence: UInt64 = 0
    /// Nanoseconds since 1970.
    var time: Int64 = 0
    /// How many messages the consumer had behind it.
    var pending: UInt64 = 0

    /// Nil where it is not such a subject.
    init?(_ reply: UnsafePointer<CChar>) {
      // The value of each token as far as it is a number; names have some value too, which is never asked for.
      var values = InlineArray<12, UInt64>(repeating: 0)
      var token = 0
      var place = unsafe reply
      for byte in "$JS.ACK.".utf8 {
        guard unsafe place.pointee == CChar(bitPattern: byte) else { return nil }
        unsafe place += 1
      }
      while unsafe place.pointee != 0 {
        let byte = unsafe UInt8(bitPattern: place.pointee)
        if byte == UInt8(ascii: ".") {
          token += 1
        } else if token < values.count {
          values[token] = values[token] &* 10 &+ UInt64(byte &- UInt8(ascii: "0"))
        }
        unsafe place += 1
      }
      // Without a domain there are 7 tokens after the prefix, and 9 or more with one.
      guard token == 6 || token >= 8 else { return nil }
      let first = token == 6 ? 3 : 5
      sequence = values[first]
      consumerSequence = values[first + 1]
      time = Int64(truncatingIfNeeded: values[first + 2])
      pending = values[first + 3]
    }
  }
#endif
