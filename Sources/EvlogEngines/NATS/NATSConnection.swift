#if NATS
  import CNATS
  import EvlogCore

  /// A connection to a server, with its JetStream. It ends when the server goes away, and is not made again by itself:
  /// after that, its state must be read again.
  @safe final class NATSConnection {
    let connection: OpaquePointer
    let jetStream: OpaquePointer

    /// How long the server may take for an answer.
    private static let patience: Int64 = 3000

    init(_ url: String, name: String) throws(EngineError) {
      var options: OpaquePointer?
      unsafe natsOptions_Create(&options)
      defer { unsafe natsOptions_Destroy(options) }
      guard unsafe natsOptions_SetURL(options, url) == NATS_OK else {
        throw EngineError(.invalidAddress, "\(name) has no address of a server in it.")
      }
      unsafe natsOptions_SetTimeout(options, Self.patience)
      unsafe natsOptions_SetAllowReconnect(options, false)
      unsafe natsOptions_SetSendAsap(options, true)
      unsafe natsOptions_SetIOBufSize(options, 1 << 18)
      unsafe natsOptions_SetPingInterval(options, 5000)
      unsafe natsOptions_SetName(options, "evlog")
      // Without this, the library prints errors.
      unsafe natsOptions_SetErrorHandler(options, { _, _, _, _ in }, nil)
      var made: OpaquePointer?
      let status = unsafe natsConnection_Connect(&made, options)
      guard status == NATS_OK, let connection = unsafe made else {
        throw Self.notConnected(status, name)
      }
      var context: OpaquePointer?
      guard unsafe natsConnection_JetStream(&context, connection, nil) == NATS_OK,
        let jetStream = unsafe context
      else {
        unsafe natsConnection_Destroy(connection)
        throw EngineError(.unreachable, "\(name) cannot be reached.")
      }
      unsafe (self.connection, self.jetStream) = (connection, jetStream)
    }

    deinit {
      unsafe jsCtx_Destroy(jetStream)
      unsafe natsConnection_Destroy(connection)
    }

    var isClosed: Bool { unsafe natsConnection_IsClosed(connection) }

    static func text(_ status: natsStatus) -> String {
      unsafe String(cString: natsStatus_GetText(status))
    }

    private static func notConnected(_ status: natsStatus, _ name: String) -> EngineError {
      if status == NATS_CONNECTION_AUTH_FAILED {
        return EngineError(
          .notPermitted,
          "\(name): the server refuses the connection. Name a user that it knows, as in "
            + "nats://user:password@host:4222/STREAM.")
      }
      return EngineError(.unreachable, "\(name) cannot be reached: \(text(status)).")
    }

    /// What the server said last about something that it did not answer.
    private var refusal: String? {
      var text: UnsafePointer<CChar>?
      unsafe natsConnection_GetLastError(connection, &text)
      let said = unsafe text.map { unsafe String(cString: $0) } ?? ""
      return said.contains("Permissions Violation") ? said : nil
    }

    /// Why JetStream did not do what it was asked to.
    func error(_ status: natsStatus, _ code: jsErrCode, stream: String, of name: String)
      -> EngineError
    {
      if let refusal {
        return EngineError(
          .notPermitted,
          "\(name): the server does not let this user ask JetStream: \(refusal). The user must be allowed to "
            + "publish to $JS.API.> and to subscribe to _INBOX.>.")
      }
      switch code {
      case JSStreamNotFoundErr:
        return EngineError(
          .notFound,
          "\(name): the server has no stream '\(stream)'. Names are case-sensitive; "
            + "`nats stream ls` lists the streams of an account.")
      case JSNotEnabledErr, JSNotEnabledForAccountErr:
        return EngineError(
          .unsuitable,
          "\(name): JetStream is not enabled. Start the server with -js, or use an account that has it."
        )
      case JSClusterNotAvailErr, JSClusterNotLeaderErr, JSInsufficientResourcesErr:
        return EngineError(.unreachable, "\(name): the cluster has no leader for the stream.")
      default: break
      }
      switch status {
      case NATS_NO_RESPONDERS:
        return EngineError(
          .unreachable, "\(name): JetStream does not answer. The server must run with -js.")
      default: return EngineError(.unreachable, "\(name): \(Self.text(status)).")
      }
    }
  }
#endif
