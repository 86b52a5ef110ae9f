import BoxOffice
import Evlog
import EvlogTool

/// The box office's own verbs, and all of evlog's over its machine and its tables.
@main
enum Main {
  static func main() async {
    let verb = CommandLine.arguments.dropFirst().first ?? "--help"
    if BoxOfficeCommand.verbs.contains(verb) {
      await BoxOfficeCommand.main()
    } else {
      await EvlogTool.main(machines: [Show().program], projections: [Bookings()])
    }
  }
}
