import EvlogTool
import Rules

/// All of evlog's verbs over one machine, run by two hosts; and a verb of its own.
@main
enum Main {
  static func main() async throws {
    let rules = try Rules(
      """
      machine seats-by-rules 1
      scope stream
      start left 0, sold 0
      on opened: left + seats
      on reserved: left - seats, sold + seats
      on cancelled: left + seats, sold - seats
      ignore announced
      always never oversold: left >= 0
      """)
    await EvlogTool.main(machines: [Seats().program, rules], commands: [Touches.self])
  }
}
