#if Studio
  import HummingbirdCore
  import Logging
  import NIOCore
  import Synchronization

  /// HTTP/1.1 on connections each of which is closed, also one that is accepted while the server ends and so never
  /// gets to be handled.
  ///
  /// NIO would end the process there: swift-nio's issues 2637 and 2813.
  struct Connections: ServerChildChannel {
    private let http: HTTP1Channel

    static var builder: HTTPServerBuilder {
      HTTPServerBuilder { Connections(http: HTTP1Channel(responder: $0)) }
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Connection> {
      http.setup(channel: channel, logger: logger).map { Connection($0) }
    }

    func handle(value connection: Connection, logger: Logger) async {
      connection.isHandled.store(true, ordering: .relaxed)
      await http.handle(value: connection.messages, logger: logger)
    }

    final class Connection: ServerChildChannelValue {
      fileprivate let messages: HTTP1Channel.Value
      fileprivate let isHandled = Atomic(false)

      fileprivate init(_ messages: HTTP1Channel.Value) { self.messages = messages }

      var channel: any Channel { messages.channel }

      deinit {
        guard !isHandled.load(ordering: .relaxed) else { return }
        // What is left to do is to close it; that the other side did so already is no failure.
        Task { [messages] in try? await messages.executeThenClose { _, _ in } }
      }
    }
  }
#endif
