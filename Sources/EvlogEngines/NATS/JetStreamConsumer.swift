#if NATS
  import CNATS
  import EvlogCore

  /// A consumer of a stream that this program made for itself, and the messages that it sends.
  @safe final class JetStreamConsumer {
    private let connection: NATSConnection
    private let address: String
    private let stream: String
    private let name: String
    private let inbox: String
    private let subscription: OpaquePointer
    private var requests = PullRequests()
    /// Of the last message.
    private var consumerSequence: UInt64 = 0
    /// Whether the server has said that there is nothing behind what it sent.
    private var isAtEnd = false
    /// When something arrived, or the server was asked why nothing does.
    private var lastLook = ContinuousClock.now

    /// The server forgets the consumer when it was not asked for so many nanoseconds.
    private static let memory: Int64 = 60_000_000_000

    init(_ connection: NATSConnection, stream: String, of address: String, from sequence: UInt64)
      throws(EngineError)
    {
      (self.connection, self.address, self.stream) = (connection, address, stream)
      name = try Self.make(connection, stream, address, sequence)
      var text: UnsafeMutablePointer<CChar>?
      unsafe natsInbox_Create(&text)
      inbox = unsafe text.map { unsafe String(cString: $0) } ?? "_INBOX.\(name)"
      unsafe natsInbox_Destroy(text)
      var made: OpaquePointer?
      let status = unsafe natsConnection_SubscribeSync(
        &made, connection.connection, "\(inbox).*")
      guard status == NATS_OK, let subscription = unsafe made else {
        throw connection.error(status, jsErrCode(0), stream: stream, of: address)
      }
      unsafe self.subscription = subscription
      // The requests say how much may be waiting.
      unsafe natsSubscription_SetPendingLimits(subscription, -1, -1)
    }

    deinit {
      unsafe natsSubscription_Destroy(subscription)
      // If it cannot be removed, the server forgets it.
      unsafe js_DeleteConsumer(connection.jetStream, stream, name, nil, nil)
    }

    /// Makes the consumer, and gives its name.
    private static func make(
      _ connection: NATSConnection, _ stream: String, _ address: String, _ sequence: UInt64
    ) throws(EngineError) -> String {
      var config = unsafe jsConsumerConfig()
      unsafe jsConsumerConfig_Init(&config)
      unsafe config.DeliverPolicy = js_DeliverByStartSequence
      unsafe config.OptStartSeq = sequence
      unsafe config.AckPolicy = js_AckNone
      unsafe config.InactiveThreshold = memory
      unsafe config.MemoryStorage = true
      unsafe config.Replicas = 1
      var info: UnsafeMutablePointer<jsConsumerInfo>?
      var code = jsErrCode(0)
      let status = unsafe js_AddConsumer(
        &info, connection.jetStream, stream, &config, nil, &code)
      guard status == NATS_OK, let info = unsafe info else {
        throw connection.error(status, code, stream: stream, of: address)
      }
      defer { unsafe jsConsumerInfo_Destroy(info) }
      return unsafe String(cString: info.pointee.Name)
    }

    private func interrupted(_ reason: String) -> EngineError {
      EngineError(.interrupted, "\(address): \(reason).")
    }

    private func ask() throws(EngineError) {
      for number in requests.toSend() {
        let body = PullRequests.body
        let status = unsafe natsConnection_PublishRequestString(
          connection.connection, "$JS.API.CONSUMER.MSG.NEXT.\(stream).\(name)",
          "\(inbox).\(number)", body)
        guard status == NATS_OK else { throw unreachable(status) }
      }
    }

    private func unreachable(_ status: natsStatus) -> EngineError {
      EngineError(
        .unreachable, "\(address): the connection has ended: \(NATSConnection.text(status)).")
    }

    func read(into batch: inout SourceBatch, waiting: Duration) throws(EngineError) {
      try ask()
      var wait = max(1, Int64(waiting / .milliseconds(1)))
      while !batch.isFull {
        var message: OpaquePointer?
        let status = unsafe natsSubscription_NextMsg(&message, subscription, wait)
        if status == NATS_TIMEOUT { break }
        guard status == NATS_OK, let message = unsafe message else { throw unreachable(status) }
        defer { unsafe natsMsg_Destroy(message) }
        try unsafe take(message, into: &batch)
        // What has arrived is taken without waiting for more.
        wait = 0
      }
      if batch.records.isEmpty {
        if !isAtEnd || ContinuousClock.now - lastLook > .seconds(1) {
          isAtEnd = try nothingIsWaiting()
          lastLook = .now
        }
      } else {
        lastLook = .now
      }
      batch.isAtEnd = isAtEnd
    }

    /// Asked when nothing comes: whether the server has sent all there is, and all of it has arrived.
    private func nothingIsWaiting() throws(EngineError) -> Bool {
      var info: UnsafeMutablePointer<jsConsumerInfo>?
      var code = jsErrCode(0)
      let status = unsafe js_GetConsumerInfo(
        &info, connection.jetStream, stream, name, nil, &code)
      guard status == NATS_OK, let info = unsafe info else {
        if status == NATS_NOT_FOUND { throw interrupted("the server has forgotten the consumer") }
        throw connection.error(status, code, stream: stream, of: address)
      }
      defer { unsafe jsConsumerInfo_Destroy(info) }
      return unsafe info.pointee.NumPending == 0
        && info.pointee.Delivered.Consumer == consumerSequence
    }

    private func take(_ message: OpaquePointer, into batch: inout SourceBatch) throws(EngineError) {
      guard let reply = unsafe natsMsg_GetReply(message),
        let place = unsafe DeliveredPlace(reply)
      else { return try unsafe end(message) }
      requests.countMessage()
      guard place.consumerSequence == consumerSequence + 1 else {
        throw interrupted("a message was lost between the server and here")
      }
      consumerSequence = place.consumerSequence
      isAtEnd = place.pending == 0
      try ask()
      unsafe batch.add(SourceRecord(message, position: place.sequence, time: place.time))
    }

    /// A message of the server's about a request.
    private func end(_ message: OpaquePointer) throws(EngineError) {
      let subject = unsafe String(cString: natsMsg_GetSubject(message))
      let isAnswered = subject.split(separator: ".").last.flatMap { Int($0) }
        .map { requests.end($0) }
      let status = unsafe Self.header("Status", of: message) ?? ""
      let reason = unsafe Self.header("Description", of: message) ?? ""
      switch status {
      case "404", "408": break
      case "409" where reason.contains("MaxBytes"):
        if isAnswered == false {
          throw EngineError(
            .unsuitable,
            "\(address): the next message has more than \(PullRequests.bytes >> 20) MiB, which is more than an "
              + "event may have.")
        }
      // Later servers say so when they have sent all of it; if there is another reason, the next request learns it.
      case "409" where isAnswered == true: break
      default: throw interrupted("the consumer is gone (\(status) \(reason))")
      }
    }

    private static func header(_ name: String, of message: OpaquePointer) -> String? {
      var value: UnsafePointer<CChar>?
      guard unsafe natsMsgHeader_Get(message, name, &value) == NATS_OK else { return nil }
      return unsafe value.map { unsafe String(cString: $0) }
    }
  }
#endif
