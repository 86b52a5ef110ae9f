public import CoreMetrics
import EvlogCore
public import EvlogProjections
public import Logging
public import ServiceLifecycle

/// A projector as a service of a service group: it follows the log until it is shut down.
///
///     let group = ServiceGroup(
///       services: [ProjectorService(stock, logger: logger), server], logger: logger)
///     try await group.run()
///
/// A graceful shutdown ends it after the current transaction. `evlog.projection.position`,
/// `evlog.projection.lag`, `evlog.projection.skipped` and `evlog.projection.quarantined` are gauges by
/// projection. A handler that fails for good is logged as critical, and ends the service with the error: the
/// group decides what happens to the other services.
public struct ProjectorService<P: Projection>: Service {
  public let projector: Projector<P>
  private let logger: Logger
  private let metrics: any MetricsFactory
  private let interval: Duration

  /// `interval` is the time between two measurements of the projection's position.
  public init(
    _ projector: Projector<P>, logger: Logger, metrics: any MetricsFactory = MetricsSystem.factory,
    interval: Duration = .seconds(5)
  ) {
    self.projector = projector
    self.logger = logger
    self.metrics = metrics
    self.interval = interval
  }

  public func run() async throws {
    let name = projector.projection.name
    let metadata: Logger.Metadata = [
      "evlog.projection": "\(name)", "evlog.version": "\(projector.projection.version)",
    ]
    logger.info("projection starts", metadata: metadata)
    do {
      try await cancelWhenGracefulShutdown {
        try await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask { try await projector.run() }
          group.addTask { try await watch() }
          // The log was closed, or the projection failed; there is nothing left to be watched.
          try await group.next()
          group.cancelAll()
        }
      }
    } catch is CancellationError {
      // That is how it ends.
    } catch {
      var more = metadata
      more["error"] = "\(error)"
      if case ProjectionError.failed(let failure) = error {
        more["evlog.offset"] = "\(failure.offset)"
        more["evlog.stream"] = "\(failure.stream)"
      }
      logger.critical("projection failed", metadata: more)
      throw error
    }
    logger.info("projection ends", metadata: metadata)
  }

  /// Says where the projection is, now and then.
  private func watch() async throws {
    let dimensions = [("projection", projector.projection.name)]
    func gauge(_ label: String, _ value: Double) {
      Gauge(label: "evlog.projection.\(label)", dimensions: dimensions, factory: metrics)
        .record(value)
    }
    while true {
      let progress = try await projector.progress()
      gauge("position", Double(UInt64(progress.position)))
      gauge("lag", Double(progress.lag))
      gauge("skipped", Double(progress.skipped))
      gauge("quarantined", Double(progress.quarantined))
      try await Task.sleep(for: interval)
    }
  }
}
