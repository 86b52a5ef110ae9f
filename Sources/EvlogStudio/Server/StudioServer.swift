#if Studio
  import HTTPTypes
  import Hummingbird
  import Logging
  import NIOCore
  import SystemPackage

  /// Serves the studio on the loopback interface, and nowhere else.
  package struct StudioServer: Sendable {
    private let studio: Studio
    private let port: Int

    /// Port 0 is any that is free.
    package init(_ studio: Studio, port: Int = 0) {
      self.studio = studio
      self.port = port
    }

    /// Serves until the task is cancelled. `ready` gets the address, with the token, once it can be opened.
    package func run(ready: @escaping @Sendable (String) async -> Void) async throws {
      let studio = studio
      let application = Application(
        responder: Responder(studio: studio),
        server: Connections.builder,
        configuration: ApplicationConfiguration(
          address: .hostname("127.0.0.1", port: port), serverName: nil),
        onServerRunning: { channel in
          let port = channel.localAddress?.port ?? 0
          studio.door.open(at: port)
          await ready("http://127.0.0.1:\(port)/#t=\(studio.door.token)")
        },
        logger: Logger(label: "evlog.studio") { _ in SwiftLogNoOpLogHandler() })
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await studio.work() }
        defer { group.cancelAll() }
        do { try await application.run() } catch let error as IOError {
          throw PortUnusable(port: port, reason: "\(Errno(rawValue: error.errnoCode))")
        }
      }
    }

    /// The port cannot be listened on.
    package struct PortUnusable: Error {
      package let port: Int
      package let reason: String
    }

    /// Between Hummingbird's requests and the studio's.
    private struct Responder: HTTPResponder {
      typealias Context = BasicRequestContext
      let studio: Studio

      func respond(to request: Request, context: BasicRequestContext) async throws -> Response {
        let asked: StudioRequest
        do {
          asked = try await Self.asked(request)
        } catch {
          return Self.response(to: .failure(error), request)
        }
        return Self.response(to: await studio.answer(asked), request)
      }

      private static func asked(_ request: Request) async throws(StudioError) -> StudioRequest {
        var body: [UInt8] = []
        if request.method != .get {
          do {
            body = Array(
              buffer: try await request.body.collect(upTo: StudioRequest.bodyLimit))
          } catch {
            throw StudioError(413, "The body is too long, or ended early.")
          }
        }
        // The first host is taken out of the headers; where there is another one, it is not known which is meant.
        let hasOtherHost = request.headers.contains { $0.name.canonicalName == "host" }
        return try StudioRequest(
          method: request.method.rawValue, target: request.head.path ?? "",
          host: hasOtherHost ? nil : request.head.authority, origin: request.headers[.origin],
          cookie: request.headers[values: .cookie].joined(separator: ";"), body: body)
      }

      private static func response(to reply: StudioReply, _ request: Request) -> Response {
        var headers: HTTPFields = [
          .contentSecurityPolicy: Page.policy, .xContentTypeOptions: "nosniff",
          .cacheControl: "no-store",
        ]
        if let name = HTTPField.Name("Referrer-Policy") { headers[name] = "no-referrer" }
        if let name = HTTPField.Name("Cross-Origin-Resource-Policy") {
          headers[name] = "same-origin"
        }
        switch reply {
        case .json(let bytes, let status):
          headers[.contentType] = "application/json; charset=utf-8"
          return Response(
            status: .init(code: status), headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
        case .page(let page):
          headers[.contentType] = page.contentType
          return Response(
            status: .ok, headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: page.bytes)))
        case .nothing(let cookie):
          if let cookie { headers[.setCookie] = cookie }
          return Response(status: .noContent, headers: headers)
        case .events(let events):
          headers[.contentType] = "text/event-stream"
          return Response(
            status: .ok, headers: headers,
            body: ResponseBody { writer in
              // A page that goes away ends the stream, and so is missed by what fills it.
              try await request.body.consumeWithCancellationOnInboundClose { _ in
                for await event in events {
                  try await writer.write(ByteBuffer(bytes: event.bytes))
                }
              }
              try await writer.finish(nil)
            })
        }
      }
    }
  }
#endif
