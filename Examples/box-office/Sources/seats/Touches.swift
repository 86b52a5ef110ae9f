import ArgumentParser
import Evlog
import SystemPackage

/// A verb in one file: how many events changed a value.
struct Touches: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Count the events that changed the value at a path of a show's state.")

  @Argument(help: "The folder of the log.") var log: String
  @Argument(help: "The show, which is a stream.") var show: String
  @Argument(help: "The path: left or sold.") var path: String

  func run() throws {
    let log = try EventLog.openReadOnly(FilePath(log))
    let host = Seats().program.makeHost()
    var count = 0
    var cursor = log.events(Query(stream: show)).makeCursor()
    while let events = try cursor.nextBatch() {
      let watch = Watch.paths([try StatePath(parsing: path)], of: show)
      try host.run(events[...], watching: watch, verdict: { _ in }) { _ in count += 1 }
    }
    print("\(count) events changed \(path) of \(show)")
  }
}
