/// Writing what was collected: the column of envelopes, and the body of a frame.
extension BlockEncoder {
  /// Appends the column of envelopes: the names, then the fields, each of all events. No time is spent on fewer
  /// bytes; that is done when a segment is sealed.
  package func appendColumn(
    to bytes: inout [UInt8], streamNames: borrowing NameTable, typeNames: borrowing NameTable
  ) {
    let most = mostColumnBytes
    bytes.reserveCapacity(bytes.count + most)
    NameList.append(streams, of: streamNames, isCompact: false, to: &bytes)
    NameList.append(types, of: typeNames, isCompact: false, to: &bytes)
    bytes.append(TimeUnit.nanosecond.rawValue)
    // The least number of bytes of data.
    bytes.append(0)
    bytes.append(addingCapacity: count * 41 + rest.count) { output in appendFields(to: &output) }
    bytes.append(contentsOf: rest)
  }

  @_lifetime(output: copy output)
  private func appendFields(to output: inout OutputSpan<UInt8>) {
    let envelopes = envelopes.span
    for i in envelopes.indices { output.append(envelopes[i].flags.rawValue) }
    var next: UInt32 = 0
    for i in envelopes.indices {
      // A stream that is new to the block is the next one, and needs no number.
      if envelopes[i].stream == next {
        output.append(0)
        next &+= 1
      } else {
        output.appendVarint(UInt64(envelopes[i].stream) &+ 1)
      }
    }
    for i in envelopes.indices { output.appendVarint(UInt64(envelopes[i].type)) }
    for i in envelopes.indices { output.appendVarint(envelopes[i].revision) }
    var last: Int64 = 0
    for i in envelopes.indices {
      output.appendSignedVarint(envelopes[i].time &- last)
      last = envelopes[i].time
    }
    for i in envelopes.indices { output.appendVarint(UInt64(envelopes[i].dataCount)) }
  }

  /// How large the body of a finished frame is, without its padding.
  package struct Body {
    package let count: Int
    /// How many of its bytes are envelopes, the last ones.
    package let envelopeCount: Int
  }

  /// The payloads, then the column, then zeros to a multiple of eight, after room for a header.
  ///
  /// Ends the collecting; the buffer is the encoder's own, so that nothing is copied.
  package mutating func finishBody(
    streamNames: borrowing NameTable, typeNames: borrowing NameTable
  ) -> Body {
    let payloadCount = payloadCount
    var bytes: [UInt8] = []
    swap(&bytes, &payload)
    appendColumn(to: &bytes, streamNames: streamNames, typeNames: typeNames)
    let count = bytes.count - headerCount
    bytes.padToMultipleOfEight()
    swap(&bytes, &payload)
    return Body(count: count, envelopeCount: count - payloadCount)
  }

  /// Fills in the header of a finished frame.
  package mutating func setHeader(_ header: [UInt8]) {
    for i in header.indices { payload[i] = header[i] }
  }
}
