#if NATS
  /// The requests for messages that a server has not yet answered in full, in the order in which they were sent.
  ///
  /// Two are open at a time, so that the server sends while the messages before are being appended.
  struct PullRequests {
    private struct Request {
      let number: Int
      var left: Int
      var isAnswered = false
    }

    /// Messages that one request asks for. The server stops at the bytes, which must fit into what it buffers for a
    /// connection.
    static let batch = 8192
    static let bytes = 16 << 20
    /// After so many seconds the server answers that there is nothing.
    static let expiry = 30

    private var open: [Request] = []
    private var lastNumber = 0

    /// The numbers of the requests that are to be sent now.
    mutating func toSend() -> [Int] {
      var numbers: [Int] = []
      while open.count < 2 {
        lastNumber += 1
        open.append(Request(number: lastNumber, left: Self.batch))
        numbers.append(lastNumber)
      }
      return numbers
    }

    static var body: String {
      "{\"batch\":\(batch),\"max_bytes\":\(bytes),\"expires\":\(expiry)000000000}"
    }

    /// A message arrived: it belongs to the oldest request.
    mutating func countMessage() {
      guard !open.isEmpty else { return }
      open[0].left -= 1
      open[0].isAnswered = true
      if open[0].left == 0 { open.removeFirst() }
    }

    /// The server ended a request; false if it had sent no message for it.
    mutating func end(_ number: Int) -> Bool {
      guard let place = open.firstIndex(where: { $0.number == number }) else { return true }
      return open.remove(at: place).isAnswered
    }
  }
#endif
