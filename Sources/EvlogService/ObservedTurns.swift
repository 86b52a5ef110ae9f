public import CoreMetrics
import EvlogForensics
import EvlogReplay
import EvlogStore
public import EvlogTurns
public import Logging
public import Tracing

/// A turn runner that can be observed: logged, counted, timed and traced.
///
///     let accounts = ObservedTurns(try TurnRunner(Account(), on: log), logger: logger)
///     try await accounts.run(.withdraw(40_00), on: "account-7")
///
/// - Each turn is a span, `evlog.turn`, with the machine, the streams, the number of events and how often it
/// was decided. The span's context goes into the metadata of the turn's events, so that a later reader can
/// trace where they came from: `RecordedEvent.serviceContext(by:)`.
/// - `evlog.turns` counts turns and `evlog.turn.duration` times them, by machine and outcome: `appended`,
///   `nothing`, `repeated`, `refused`, `quarantined`, `conflict`, `failed`.
/// - A refusal is logged as a warning, with the violation; a failure, as an error.
public struct ObservedTurns<D: Decider>: Sendable {
  public let runner: TurnRunner<D>
  private let logger: Logger
  private let tracer: any Tracer
  private let metrics: any MetricsFactory
  private let machine: String

  public init(
    _ runner: TurnRunner<D>, logger: Logger, tracer: any Tracer = InstrumentationSystem.tracer,
    metrics: any MetricsFactory = MetricsSystem.factory
  ) {
    self.runner = runner
    self.logger = logger
    self.tracer = tracer
    self.metrics = metrics
    machine = runner.decider.name
  }

  /// Runs one command; see ``TurnRunner/run(_:on:_:)``.
  @discardableResult
  public func run(_ command: D.Command, on stream: String, _ details: TurnDetails = TurnDetails())
    async throws -> Turned<D>
  {
    try await run([(command, stream)], details)
  }

  /// Runs several commands as one turn; see ``TurnRunner/run(_:_:)``.
  @discardableResult
  public func run(
    _ commands: [(command: D.Command, stream: String)], _ details: TurnDetails = TurnDetails()
  ) async throws -> Turned<D> {
    let start = ContinuousClock.now
    return try await tracer.withSpan("evlog.turn", ofKind: .producer) { span in
      span.attributes["evlog.machine"] = machine
      span.attributes["evlog.streams"] = commands.map(\.stream)
      var details = details
      details.metadata = TraceContext.adding(span.context, to: details.metadata, by: tracer)
      do {
        let turned = try await runner.run(commands, details)
        span.attributes["evlog.events"] = turned.events.count
        span.attributes["evlog.attempts"] = turned.attempts
        if let offset = turned.offsets?.lowerBound {
          span.attributes["evlog.offset"] = Int64(offset)
        }
        record(outcome(of: turned), since: start)
        return turned
      } catch {
        report(error, commands.map(\.stream), since: start)
        throw error
      }
    }
  }

  private func outcome(of turned: Turned<D>) -> String {
    guard let appended = turned.appended else { return "nothing" }
    return appended.wasAlreadyThere ? "repeated" : "appended"
  }

  private func report(
    _ error: any Error, _ streams: [String], since start: ContinuousClock.Instant
  ) {
    let metadata: Logger.Metadata = [
      "evlog.machine": "\(machine)", "evlog.streams": .array(streams.map { "\($0)" }),
      "error": "\(error)",
    ]
    switch error {
    case TurnError.violates(let violation):
      var more = metadata
      more["evlog.invariant"] = "\(violation.finding.invariant.name)"
      logger.warning("turn refused", metadata: more)
      record("refused", since: start)
    case TurnError.quarantined:
      logger.warning("turn refused: the stream is in quarantine", metadata: metadata)
      record("quarantined", since: start)
    case TurnError.conflict:
      logger.warning("turn given up: other turns came first", metadata: metadata)
      record("conflict", since: start)
    default:
      // What the domain throws is its own business; what the log throws is not.
      let level: Logger.Level = error is EventLogError || error is TurnError ? .error : .info
      logger.log(level: level, "turn failed", metadata: metadata)
      record("failed", since: start)
    }
  }

  private func record(_ outcome: String, since start: ContinuousClock.Instant) {
    let dimensions = [("machine", machine), ("outcome", outcome)]
    Counter(label: "evlog.turns", dimensions: dimensions, factory: metrics).increment()
    let (seconds, attoseconds) = (ContinuousClock.now - start).components
    Timer(label: "evlog.turn.duration", dimensions: dimensions, factory: metrics)
      .recordNanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
  }
}
