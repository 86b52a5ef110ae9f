#if NATS
  import CNATS
  import Foundation
  import Testing

  /// What the tests do to a stream, by the library's own client.
  @safe final class StreamClient {
    private var connection: OpaquePointer?
    private var jetStream: OpaquePointer?
    let stream: String

    struct Failed: Error, CustomStringConvertible {
      let description: String
    }

    private static func check(_ status: natsStatus, _ what: String) throws {
      guard status == NATS_OK else {
        throw Failed(description: "\(what): \(unsafe String(cString: natsStatus_GetText(status)))")
      }
    }

    /// Waits until the server answers.
    init(_ url: String, _ stream: String) async throws {
      self.stream = stream
      for attempt in 0... {
        let status = unsafe natsConnection_ConnectTo(&connection, url)
        if status == NATS_OK { break }
        if attempt == 200 { try Self.check(status, "connect") }
        try await Task.sleep(for: .milliseconds(50))
      }
      try unsafe Self.check(natsConnection_JetStream(&jetStream, connection, nil), "JetStream")
    }

    deinit {
      unsafe jsCtx_Destroy(jetStream)
      unsafe natsConnection_Destroy(connection)
    }

    /// Makes the stream, as soon as there is a JetStream to make it in.
    func create(
      subjects: String = "orders.>", replicas: Int64 = 1,
      retention: jsRetentionPolicy = js_LimitsPolicy
    ) async throws {
      for attempt in 0... {
        let status = unsafe stream.withCString { name in
          unsafe subjects.withCString { subject in
            var list: [UnsafePointer<CChar>?] = unsafe [subject]
            return unsafe list.withUnsafeMutableBufferPointer { list in
              var config = unsafe jsStreamConfig()
              unsafe jsStreamConfig_Init(&config)
              unsafe config.Name = name
              unsafe config.Subjects = list.baseAddress
              unsafe config.SubjectsLen = 1
              unsafe config.Replicas = replicas
              unsafe config.Retention = retention
              return unsafe js_AddStream(nil, jetStream, &config, nil, nil)
            }
          }
        }
        if status == NATS_OK { return }
        if attempt == 400 { try Self.check(status, "create \(stream)") }
        try await Task.sleep(for: .milliseconds(100))
      }
    }

    func delete() throws {
      try unsafe Self.check(js_DeleteStream(jetStream, stream, nil, nil), "delete")
    }

    func purge() throws {
      try unsafe Self.check(js_PurgeStream(jetStream, stream, nil, nil), "purge")
    }

    func delete(_ sequence: UInt64) throws {
      try unsafe Self.check(js_DeleteMsg(jetStream, stream, sequence, nil, nil), "delete message")
    }

    /// Publishes without waiting for each acknowledgement; all have come when it returns.
    func publish(_ messages: [Message]) throws {
      for message in messages {
        var made: OpaquePointer?
        let length = Int32(message.data.count)
        try unsafe message.data.withUnsafeBufferPointer { data in
          try unsafe data.withMemoryRebound(to: CChar.self) { data in
            try unsafe Self.check(
              natsMsg_Create(&made, message.subject, nil, data.baseAddress, length), "message")
          }
        }
        for (name, value) in message.headers {
          try unsafe Self.check(natsMsgHeader_Add(made, name, value), "header")
        }
        let status = unsafe js_PublishMsgAsync(jetStream, &made, nil)
        unsafe natsMsg_Destroy(made)
        try Self.check(status, "publish")
      }
      var options = unsafe jsPubOptions()
      unsafe jsPubOptions_Init(&options)
      unsafe options.MaxWait = 30_000
      try unsafe Self.check(js_PublishAsyncComplete(jetStream, &options), "acknowledge")
    }

    func publish(_ range: ClosedRange<Int>, as kind: String = "paid") throws {
      try publish(range.map { Message.numbered($0, as: kind) })
    }

    /// Publishes one message after the other, each until it is acknowledged; its id keeps it from being stored twice.
    func publishPatiently(_ range: ClosedRange<Int>) async throws {
      for number in range {
        let message = Message.numbered(number)
        for attempt in 0... {
          var options = unsafe jsPubOptions()
          unsafe jsPubOptions_Init(&options)
          unsafe options.MaxWait = 1000
          let status = unsafe "m-\(number)".withCString { id in
            unsafe options.MsgId = id
            return unsafe message.data.withUnsafeBytes {
              unsafe js_Publish(
                nil, jetStream, message.subject, $0.baseAddress, Int32($0.count), &options, nil)
            }
          }
          if status == NATS_OK { break }
          if attempt == 60 { try Self.check(status, "publish") }
          try await Task.sleep(for: .milliseconds(200))
        }
      }
    }

    /// The server that leads the stream.
    func leader() throws -> String? {
      var info: UnsafeMutablePointer<jsStreamInfo>?
      try unsafe Self.check(js_GetStreamInfo(&info, jetStream, stream, nil, nil), "info")
      defer { unsafe jsStreamInfo_Destroy(info) }
      let cluster = unsafe try #require(info).pointee.Cluster
      return unsafe cluster.flatMap { unsafe $0.pointee.Leader.map { unsafe String(cString: $0) } }
    }
  }
#endif

/// A message of the tests.
struct Message: Equatable {
  var subject: String
  var headers: [(name: String, value: String)] = []
  var data: [UInt8]

  static func == (a: Message, b: Message) -> Bool {
    a.subject == b.subject && a.data == b.data
      && a.headers.elementsEqual(b.headers) { $0.name == $1.name && $0.value == $1.value }
  }

  static func numbered(_ number: Int, as kind: String = "paid") -> Message {
    Message(
      subject: "orders.\(number % 7)",
      data: Array(#"{"kind":"\#(kind)","number":\#(number)}"#.utf8))
  }
}
