#if NATS
  import CNATS
  import EvlogCore

  /// A stream of NATS JetStream, read by a consumer that exists only while it is read.
  ///
  /// The consumer acknowledges nothing and is forgotten by the server soon after the reader is gone. Messages are
  /// requested in large numbers, and their sequences at the consumer show if one was lost on the way.
  package final class JetStreamSource: EngineSource {
    private let source: SourceAddress
    private var connection: NATSConnection?
    private var consumer: JetStreamConsumer?

    package init(_ address: SourceAddress) { source = address }

    package var address: String { source.description }
    package var name: String { source.name }

    package func disconnect() { (consumer, connection) = (nil, nil) }

    private func connected() throws(EngineError) -> NATSConnection {
      if let connection, !connection.isClosed { return connection }
      disconnect()
      var failure = EngineError(.invalidAddress, "\(address) names no server.")
      // A cluster has several servers, and one of them may be away.
      for server in source.servers {
        do throws(EngineError) {
          let made = try NATSConnection(source.url(of: server), name: address)
          connection = made
          return made
        } catch { failure = error }
      }
      throw failure
    }

    package func state() throws(EngineError) -> SourceState {
      let connection = try connected()
      var info: UnsafeMutablePointer<jsStreamInfo>?
      var code = jsErrCode(0)
      let status = unsafe js_GetStreamInfo(&info, connection.jetStream, name, nil, &code)
      guard status == NATS_OK, let info = unsafe info else {
        throw connection.error(status, code, stream: name, of: address)
      }
      defer { unsafe jsStreamInfo_Destroy(info) }
      let retention = unsafe info.pointee.Config.pointee.Retention
      guard retention == js_LimitsPolicy else {
        throw EngineError(
          .unsuitable,
          "\(address): the stream deletes messages once they were read (retention by "
            + "\(retention == js_WorkQueuePolicy ? "work queue" : "interest")), so nothing can follow it without "
            + "taking them away. Follow a stream that has this one as its source, with retention by limits."
        )
      }
      let created = unsafe Timestamp(nanoseconds: info.pointee.Created)
      var cluster: String?
      if let of = unsafe info.pointee.Cluster, let name = unsafe of.pointee.Name {
        cluster = unsafe String(cString: name)
      }
      return unsafe SourceState(
        identity: SourceIdentity(name: name, created: created, cluster: cluster),
        first: max(1, info.pointee.State.FirstSeq), last: info.pointee.State.LastSeq)
    }

    package func record(at position: UInt64) throws(EngineError) -> SourceRecord? {
      let connection = try connected()
      var message: OpaquePointer?
      var code = jsErrCode(0)
      let status = unsafe js_GetMsg(
        &message, connection.jetStream, name, position, nil, &code)
      if status == NATS_NOT_FOUND || code == JSNoMessageFoundErr || code == JSSequenceNotFoundErr {
        return nil
      }
      guard status == NATS_OK, let message = unsafe message else {
        throw connection.error(status, code, stream: name, of: address)
      }
      defer { unsafe natsMsg_Destroy(message) }
      return unsafe SourceRecord(
        message, position: natsMsg_GetSequence(message), time: natsMsg_GetTime(message))
    }

    package func begin(at position: UInt64) throws(EngineError) {
      consumer = nil
      consumer = try JetStreamConsumer(
        connected(), stream: name, of: address, from: max(1, position))
    }

    package func read(into batch: inout SourceBatch, waiting: Duration) throws(EngineError) {
      guard let consumer else { throw EngineError(.interrupted, "\(address): nothing is read.") }
      try consumer.read(into: &batch, waiting: waiting)
    }
  }

  extension SourceRecord {
    /// The record that a message is.
    init(_ message: OpaquePointer, position: UInt64, time: Int64) {
      let data = unsafe UnsafeRawBufferPointer(
        start: natsMsg_GetData(message), count: Int(natsMsg_GetDataLength(message)))
      unsafe self.init(
        position: position, time: Timestamp(nanoseconds: time),
        subject: String(cString: natsMsg_GetSubject(message)), data: Array(data))
      var keys: UnsafeMutablePointer<UnsafePointer<CChar>?>?
      var count: Int32 = 0
      guard unsafe natsMsgHeader_Keys(message, &keys, &count) == NATS_OK, let keys = unsafe keys
      else { return }
      // The library keeps headers in a table: their order is none.
      for i in 0..<Int(count) {
        guard let name = unsafe keys[i] else { continue }
        var values: UnsafeMutablePointer<UnsafePointer<CChar>?>?
        var valueCount: Int32 = 0
        guard unsafe natsMsgHeader_Values(message, name, &values, &valueCount) == NATS_OK,
          let values = unsafe values
        else { continue }
        for i in 0..<Int(valueCount) {
          guard let value = unsafe values[i] else { continue }
          unsafe headers.append(
            SourceHeader(name: String(cString: name), value: String(cString: value)))
        }
        unsafe free(values)
      }
      unsafe free(keys)
    }
  }
#endif
